"""Widgets where a kernel runs, a plain page where none does."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

from funnelkit.words import say

_LINE = re.compile(r"<p class='fk-wake'>.*?</p>", re.S)


def live_or_printed(
    plain: str, page: str, widget: Callable[[], Any], *, saved: bool = True
) -> dict[str, Any]:
    """Return what a notebook shows: the widgets, and what stands for them in print.

    What may be ``saved`` says how to bring it to life: it outlasts its kernel.
    """
    line = f"<p class='fk-wake'><em>{escape(say('page.wake'))}</em></p>" if saved else ""
    bundle: dict[str, Any] = {"text/plain": plain, "text/html": line + page}
    try:
        live = widget()._repr_mimebundle_()
    except ImportError:  # the core alone has no widgets
        return bundle
    return {**live, **bundle}


def on_paper(html: str) -> str:
    """Return what stands for a widget without the line for those who sit before a notebook."""
    return _LINE.sub("", html)
