"""What a report is built of besides sentences, tables and charts.

A `Fact` is a number with its unit, interval and n; a `Headline` is the few that travel inside the
notebook to index, mail and picture; `left_out` is the one way to say that something cannot be had
here, and why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from funnelkit.errors import FunnelkitError
from funnelkit.page.parts import Sentence
from funnelkit.show.column import (
    NOTHING,
    TEXT,
    Days,
    Money,
    Unit,
    unit_from_json,
    unit_to_json,
)
from funnelkit.words import count, say, sentences
from funnelkit.words.texts import texts

MIME = "application/vnd.funnelkit.headline+json"


@dataclass(frozen=True)
class Fact:
    """One headline number.

    Attributes
    ----------
    key, label : str
        Its name, and its name for people.
    value : float or None
        None where the data do not carry it.
    text, note : str
        How it is written, and how sure it is, in the report's language.
    unit : Unit
        What it is.
    low, high : float or None
        Its interval.
    n : int or None
        How many deals stand behind it.
    of : float or None
        What a share is a share of; so the shares of several parts make that of the whole.
    adds : bool
        Whether the numbers of several parts add up to that of the whole.
    link : str
        The part of its page that lists the deals behind it.
    """

    key: str
    label: str
    value: float | None
    text: str
    note: str = ""
    unit: Unit = TEXT
    low: float | None = None
    high: float | None = None
    n: int | None = None
    of: float | None = None
    adds: bool = False
    link: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fact as plain values."""
        return {**vars(self), "unit": unit_to_json(self.unit)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Fact:
        """Read back what `to_json` gave."""
        return cls(**{**found, "unit": unit_from_json(found["unit"])})


def figure(
    value: float, unit: Unit, *, low: float | None = None, high: float | None = None,
    n: int | None = None, note: str = "", text: str = "",
) -> Fact:  # fmt: skip
    """Return a number in the words of the current language; its key and label come later.

    Parameters
    ----------
    note : str
        What is said of it besides its interval and its n.
    text : str
        How it is written, where that is not how its unit writes it.

    Examples
    --------
    >>> from funnelkit.show.column import RATE
    >>> found = figure(0.25, RATE, low=0.2, high=0.31, n=400)
    >>> found.text, found.note
    ('25.0%', '95%: 20.0% to 31.0%, n = 400')
    """
    low, high = (None if v is None or v != v else float(v) for v in (low, high))
    if value != value:
        return Fact("", "", None, NOTHING, say("report.fact_missing"))
    ends = "" if low is None or high is None else _ends(unit, low, high)
    notes = [ends, "" if n is None else f"n = {count(n)}", note]
    return Fact(
        "", "", float(value), text or unit.write(value), comma(*notes), unit, low, high, n,
    )  # fmt: skip


def comma(*parts: str) -> str:
    """Join what is not empty."""
    return say("report.comma").join(filter(None, parts))


def _ends(unit: Unit, low: float, high: float) -> str:
    """Write an interval; the unit's word or currency stands beside the number already."""
    if isinstance(unit, Days):
        unit = replace(unit, worded=False)
    if isinstance(unit, Money):
        unit = replace(unit, coded=False)
    return say("report.fact_interval", low=unit.write(low), high=unit.write(high))


@dataclass(frozen=True)
class Headline:
    """The headline numbers of one report.

    Shown in a notebook it is a row of tiles; the runner finds it again in the cell's output, so the
    index repeats the numbers of the report instead of computing its own.  ``trend`` is what its
    small line shows: deals won in each of the last twelve months.

    Examples
    --------
    >>> Headline("Review", (Fact("deals", "Deals", 12.0, "12"),))
    <Headline: Deals 12>
    """

    title: str
    facts: tuple[Fact, ...]
    lang: str = "en"
    trend: tuple[float, ...] = ()

    def __repr__(self) -> str:
        facts = "; ".join(f"{f.label} {f.text} {f.note}".strip() for f in self.facts)
        return f"<Headline: {facts}>"

    def _repr_html_(self) -> str:
        tiles = "".join(
            f"<div><dt>{escape(f.label)}</dt><dd><b>{_linked(escape(f.text), f.link)}</b>"
            f"<small>{escape(f.note)}</small></dd></div>"
            for f in self.facts
        )
        return f'<dl class="headline">{tiles}</dl>'

    def to_json(self) -> dict[str, Any]:
        """Return the headline as plain values."""
        return {
            "title": self.title, "lang": self.lang, "trend": list(self.trend),
            "facts": [f.to_json() for f in self.facts],
        }  # fmt: skip

    @classmethod
    def from_json(cls, found: Mapping[str, Any] | None) -> Headline | None:
        """Read back what `to_json` gave."""
        if not found:
            return None
        facts = tuple(Fact.from_json(fact) for fact in found["facts"])
        return cls(found["title"], facts, found["lang"], tuple(found.get("trend") or ()))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: self.to_json(), "text/html": self._repr_html_(), "text/plain": repr(self)}


def _linked(text: str, link: str) -> str:
    return f'<a href="#{link}">{text}</a>' if link else text


def headline_of(notebook: Any) -> Headline | None:
    """Find the headline an executed notebook carries."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if found := output.get("data", {}).get(MIME):
                return Headline.from_json(found)
    return None


#: A call or an argument in Python.
_CODE = re.compile(r"\b\w+=(?:\.\.\.|[\"'{\[(])|\bfk\.|\b\w+\(\)|\bp\.")
#: Rooms whose results have titles; a name that is no result's stands in the reports' own room.
_ROOMS = ("report", "measures", "control", "hygiene", "movement", "diagnose", "signatures",
          "forecast", "payments", "targets", "territory")  # fmt: skip


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
    own = f"said_{problem.key.replace('.', '_')}"
    if own in texts("report"):
        return say(f"report.{own}", **values)
    return _without_code(say(problem.key, **values))


def _without_code(text: str) -> str:
    """Leave out the sentences that tell how to call a function, as far as others remain."""
    parts = re.split(r"(?<=[.!?])\s+(?=[A-Z])|(?<=。)", text)
    kept = [part for part in parts if part and not _CODE.search(part)]
    return sentences(kept) if kept else text


def column_name(name: str) -> str:
    """Return what a column or table of the data is called by those who export it."""
    from funnelkit.measures.result import column_label

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
    if (template := f"template_{name.replace('-', '_')}") in texts("report"):
        return say(f"report.{template}")
    counted = re.findall(r"of='(\w+)'", what)
    for key in (*(f"{name}_{way}" for way in counted), name, f"{name}_closed"):
        for room in _ROOMS:
            title = texts(room).get(f"{key}_title")
            if title and "{" not in title["en"]:
                return say(f"{room}.{key}_title")
    return what
