"""Widgets where a kernel runs, a plain page where none does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def live_or_printed(plain: str, page: str, widget: Callable[[], Any]) -> dict[str, Any]:
    """Return what a notebook shows: the widgets, and what stands for them in print."""
    bundle: dict[str, Any] = {"text/plain": plain, "text/html": page}
    try:
        live = widget()._repr_mimebundle_()
    except ImportError:  # the core alone has no widgets
        return bundle
    return {**live, **bundle}
