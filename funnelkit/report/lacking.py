"""What the data lack, in the words of somebody who reads a report rather than calls a measure."""

from __future__ import annotations

import re

from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import column_label
from funnelkit.page.parts import Sentence
from funnelkit.words import say
from funnelkit.words.texts import texts

#: Rooms whose results have titles; a name that is no result's stands in the reports' own room.
_ROOMS = ("report", "measures", "control", "hygiene", "movement", "diagnose", "signatures",
          "forecast", "targets", "territory")  # fmt: skip


def left_out(problem: FunnelkitError) -> Sentence:
    """Say that something is left out here, and why."""
    return Sentence(say("report.left_out", reason=missing(problem)), "fk-callout")


def missing(problem: FunnelkitError) -> str:
    """Say what the data lack.

    Examples
    --------
    >>> missing(FunnelkitError("measures.no_deals", what="win_rate(of='value')"))
    'Win rate by value finds no deal in this part of the pipeline. Widen the period or the \
selection.'
    """
    if problem.key == "pipeline.no_history":
        return say("report.no_history")
    values = dict(problem.values)
    if "what" in values:
        values["what"] = measure_label(str(values["what"]))
    if problem.key == "pipeline.missing":
        lacked = [column_name(name) for name in values["missing"]]
        return say("report.missing", what=values["what"], missing=lacked)
    return say(problem.key, **values)


def column_name(name: str) -> str:
    """Return what a column or table of the data is called by those who export it."""
    key = f"lacks_{name}"
    return say(f"report.{key}") if key in texts("report") else column_label(name)


def measure_label(what: str) -> str:
    """Return what a measure is called by its readers, from how it is called in code.

    Examples
    --------
    >>> measure_label("win_rate"), measure_label("time_in_stage")
    ('Win rate (closed deals)', 'Time in stage')
    """
    name = what.split("(")[0].strip()
    counted = re.findall(r"of='(\w+)'", what)
    for key in (*(f"{name}_{way}" for way in counted), name, f"{name}_closed"):
        for room in _ROOMS:
            title = texts(room).get(f"{key}_title")
            if title and "{" not in title["en"]:
                return say(f"{room}.{key}_title")
    return what


__all__ = ["column_name", "left_out", "measure_label", "missing"]
