"""Reports: a template, its parameters, one page for each value of a column."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "Batch": "run",
    "Parameter": "parameters",
    "Run": "run",
    "Template": "template",
    "checked": "parameters",
    "find_template": "template",
    "finish": "run",
    "plan": "run",
    "read_cell": "parameters",
    "report": "run",
    "run_batch": "run",
    "template_names": "template",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    # A kernel that shows a review needs no runner: only who asks for it pays for it.
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found
    return found
