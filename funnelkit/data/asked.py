"""What is asked of a pipeline is given one: said at the front door, before a measure stumbles."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from funnelkit.errors import FunnelkitError


def asked_of_pipeline(found: Any) -> Any:
    """Return a function that says what to pass when its pipeline is none; all else as it is.

    Examples
    --------
    >>> import funnelkit as fk
    >>> fk.funnel("tiny")
    Traceback (most recent call last):
    ...
    funnelkit.errors.FunnelkitError: funnel is asked of a pipeline, not of "tiny". Open it first: \
fk.funnel(fk.load("tiny")).
    """
    if not inspect.isfunction(found):
        return found
    first = next(iter(inspect.signature(found).parameters.values()), None)
    if first is None or first.name != "p" or str(first.annotation) != "Pipeline":
        return found

    @wraps(found)
    def asked(*args: Any, **options: Any) -> Any:
        given = args[:1] or tuple(options[k] for k in ("p",) if k in options)
        if given and not _is_pipeline(given[0]):
            raise _refusal(found, given[0])
        return found(*args, **options)

    return asked


def _is_pipeline(given: Any) -> bool:
    from funnelkit.data.pipeline import Pipeline

    return isinstance(given, Pipeline)


def _refusal(asked: Callable[..., Any], given: Any) -> FunnelkitError:
    """Name what was given and how to open it."""
    from pathlib import Path

    from funnelkit.data.library import datasets

    what = asked.__name__
    if isinstance(given, str | Path):
        bundled = str(given) in set(datasets()["name"])
        key = "pipeline.asked_of_bundled" if bundled else "pipeline.asked_of_file"
        return FunnelkitError(key, what=what, found=str(given))
    return FunnelkitError("pipeline.asked_of", what=what, found=type(given).__name__)


__all__ = ["asked_of_pipeline"]
