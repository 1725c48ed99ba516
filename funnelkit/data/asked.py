"""What is asked of a pipeline is given one: said at the front door, before a measure stumbles."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
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
    signature = inspect.signature(found)
    first = next(iter(signature.parameters.values()), None)
    if first is None or first.name != "p" or str(first.annotation) != "Pipeline":
        return found

    @wraps(found)
    def asked(*args: Any, **options: Any) -> Any:
        given = args[:1] or tuple(options[k] for k in ("p",) if k in options)
        if given and not _is_pipeline(given[0]):
            raise _refusal(found, given[0])
        try:
            signature.bind(*args, **options)
        except TypeError as problem:
            names = [str(p.replace(annotation=p.empty)) for p in signature.parameters.values()]
            raise FunnelkitError(
                "pipeline.asked_how", what=found.__name__, why=str(problem), names=names
            ) from None
        return found(*args, **options)

    return asked


def ask_of_pipelines(room: dict[str, Any], names: Iterable[str]) -> None:
    """Do the same for these functions of a room, given by its ``globals()``."""
    room.update({name: asked_of_pipeline(room[name]) for name in names})


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


__all__ = ["ask_of_pipelines", "asked_of_pipeline"]
