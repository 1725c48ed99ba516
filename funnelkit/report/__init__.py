"""Reports: a template, its parameters, one page for each value of a column."""

from __future__ import annotations

from funnelkit.lazy import names_from

# A kernel that shows a review needs no runner: only who asks for it pays for it.
__getattr__, __dir__, __all__ = names_from(
    __name__,
    {
        "parameters": ("Parameter", "checked", "read_cell"),
        "factory.run": ("Batch", "Run", "finish", "plan", "report", "run_batch"),
        "template": ("Template", "find_template", "template_names"),
    },
)
