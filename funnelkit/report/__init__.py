"""Reports: a template, its parameters, one page for each value of a column."""

from __future__ import annotations

from funnelkit.report.parameters import Parameter, checked, read_cell
from funnelkit.report.run import Batch, Run, finish, plan, report, run
from funnelkit.report.template import Template, find_template, template_names

__all__ = [
    "Batch",
    "Parameter",
    "Run",
    "Template",
    "checked",
    "find_template",
    "finish",
    "plan",
    "read_cell",
    "report",
    "run",
    "template_names",
]
