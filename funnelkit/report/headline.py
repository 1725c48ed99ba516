"""The few numbers a report hands to the index page: they travel inside the notebook itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

MIME = "application/vnd.funnelkit.headline+json"


@dataclass(frozen=True)
class Fact:
    """One headline number: its value, how it is written, and how sure it is."""

    key: str
    label: str
    value: float | None
    text: str
    note: str = ""


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
            f"<div><dt>{escape(f.label)}</dt><dd><b>{escape(f.text)}</b>"
            f"<small>{escape(f.note)}</small></dd></div>"
            for f in self.facts
        )
        return f'<dl class="headline">{tiles}</dl>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            MIME: {
                "title": self.title,
                "lang": self.lang,
                "facts": [asdict(f) for f in self.facts],
                "trend": list(self.trend),
            },
            "text/html": self._repr_html_(),
            "text/plain": repr(self),
        }


def headline_of(notebook: Any) -> Headline | None:
    """Find the headline an executed notebook carries."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found: Mapping[str, Any] | None = output.get("data", {}).get(MIME)
            if found:
                facts = tuple(Fact(**fact) for fact in found["facts"])
                trend = tuple(found.get("trend") or ())
                return Headline(found["title"], facts, found["lang"], trend)
    return None
