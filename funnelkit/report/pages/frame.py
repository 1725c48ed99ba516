"""What every report template stands on: the pipeline asked about, and how its sections are made.

A template is a subclass of `Report` with a method a section.  The notebook's cells call these
methods in turn; opened in JupyterLab they can be called in any order, and every section shows
itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from funnelkit import __version__
from funnelkit.data.defects import Finding, box
from funnelkit.data.quality import read_first
from funnelkit.errors import FunnelkitError
from funnelkit.page.parts import Carried, Points, Section, Sentence
from funnelkit.report import source
from funnelkit.report.behind.page import DealLists
from funnelkit.report.blocks import Fact, Headline, left_out, missing
from funnelkit.report.contents import carry
from funnelkit.report.pages.glance import Block, Glance
from funnelkit.report.pages.numbers import won_by_month
from funnelkit.report.pages.sections import appendix
from funnelkit.report.pages.study.base import Study
from funnelkit.report.template import defaults_of
from funnelkit.words import date, say, set_language
from funnelkit.words.formats import counted_in

if TYPE_CHECKING:
    pass

#: Sections every template has; their headings stand in the catalogue of reports.
_COMMON = ("opening", "quality", "definitions", "reproduce")
#: Sections whose first sentence is enough on a narrow screen.
_BRIEF = (*_COMMON, "about")
Kind = TypeVar("Kind", bound="Report")


def section(name: str) -> Callable[[Callable[[Any], tuple[Any, ...]]], Any]:
    """Give a section its heading, and say why where the data do not carry it.

    The heading is ``<room>.section_<name>``, the room being that of the report's texts.
    """

    def wrap(method: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], Section]:
        @wraps(method)
        def made(report: Report) -> Section:
            room = "report" if name in _COMMON else report.room
            title = say(f"{room}.section_{name}")
            asked = len(report._asked)
            with counted_in(report.pipeline.currency):
                try:
                    parts = report.said_once(name, method(report))
                    notes = report.counted(asked)
                    return Section(name, title, parts, notes=notes, brief=name in _BRIEF)
                except FunnelkitError as problem:
                    report.lacking[title] = missing(problem)
                    return Section(name, title, (left_out(problem),), lacking=True)

        return made

    return wrap


@dataclass(frozen=True)
class Cover(Carried):
    """Title and subject: the page's only first heading; what has to be read before a number."""

    title: str
    lines: tuple[str, ...]
    synthetic: str = ""
    first: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        told = [say("data.read_first"), *map(str, self.first)] if self.first else []
        return "\n".join(filter(None, [self.title, *self.lines, self.synthetic, *told]))

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield what stands under the title."""
        yield {"kind": "about", "items": [*self.lines, *filter(None, [self.synthetic])]}

    def _repr_html_(self) -> str:
        from html import escape

        badge = f'<p class="badge">{escape(self.synthetic)}</p>' if self.synthetic else ""
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        return f"<header><h1>{escape(self.title)}</h1>{badge}{lines}</header>{box(self.first)}"


@dataclass(frozen=True, eq=False)
class Report(Study):
    """A pipeline a report is about, with what its parameters ask.

    A template's class names itself (``template``), the room its texts stand in (``room``), and
    brings `facts`, `sentences` and its sections.
    """

    def cover(self) -> Cover:
        """Title, subject, period and date."""
        title = self.parameters.get("title") or say(
            f"report.template_{self.template.replace('-', '_')}"
        )
        if self.subject:
            title = say("report.title_part", title=title, part=self.subject)
        lines = [
            say("report.cover_data", name=self.pipeline.name or "-", as_of=self.pipeline.as_of),
            *self.cover_lines(),
        ]
        synthetic = say("report.synthetic") if self.pipeline.synthetic else ""
        return Cover(title, tuple(lines), synthetic, read_first(self.whole))

    def cover_lines(self) -> Iterable[str]:
        """What the cover says below the data: the period."""
        for key, given in self.period.items():
            if given:
                yield say(f"report.cover_{key}", day=dt.date.fromisoformat(given))

    @cached_property
    def title(self) -> str:
        """The title with its subject."""
        return self.cover().title

    def headline(self) -> Headline:
        """The few numbers that the index page repeats."""
        with counted_in(self.pipeline.currency):
            return self._headline()

    def _headline(self) -> Headline:
        facts = tuple(
            f if f.link or f.value is None else replace(f, link=self.leads.get(f.key, ""))
            for f in self.facts()
        )
        return Headline(self.title, facts, str(self.parameters["lang"]), self.trend())

    def facts(self) -> tuple[Fact, ...]:
        """The headline numbers (see `funnelkit.report.pages.numbers.facts_of`)."""
        return ()

    def trend(self) -> tuple[float, ...]:
        """What the index page's small line shows: deals won by month."""
        return won_by_month(self)

    def sentences(self) -> tuple[str, ...]:
        """The few sentences a report opens with, the most important first."""
        return ()

    def opening(self) -> Section:
        """Three to five sentences: what stands out, how sure it is, on how many deals."""
        with counted_in(self.pipeline.currency):
            points = Points(self.sentences(), "lead")
            return Section("opening", say("report.section_opening"), (points,))

    def lead(self) -> str:
        """The one sentence above the first screen: the most important."""
        return next(iter(self.told()), self.title)

    def told(self) -> tuple[str, ...]:
        """The sentences, worked out once."""
        found: tuple[str, ...] = self.once("sentences", self.sentences)
        return found

    def screen(self) -> Iterable[Block | None]:
        """The blocks of the first screen, in the order to read."""
        yield points_block(self.told()[1:])

    def glance(self) -> Glance:
        """The first screen: where do we stand, what changed, what to do."""
        asked = len(self._asked)
        with counted_in(self.pipeline.currency):
            lead = self.lead()
            blocks = [block for block in self.screen() if block is not None]
            for text in (lead, *(text for block in blocks for text in block.points)):
                self._spoken.setdefault(text, "glance")
            notes = []
            if self.pipeline.stage_history is None and self.pipeline.field_history is None:
                notes.append(Sentence(say("glance.snapshot"), "fk-refusal"))
            return Glance(lead, self._headline(), blocks, notes, self.counted(asked))

    def deals(self) -> Section:
        """The deals behind the numbers above, where the report is asked to carry them."""
        rung: Any = self.results.get("checkpoints")
        any_ = self.lists.lists or self.lists.deals
        parts = (DealLists(self.pipeline, self.lists, rung),) if any_ else ()
        return Section("deals", say("behind.section"), parts, lacking=not parts)

    @section("quality")
    def quality(self) -> tuple[Any, ...]:
        """What was found wrong in the data, before any number."""
        return appendix.quality(self)

    @section("definitions")
    def definitions(self) -> tuple[Any, ...]:
        """How every number on the page is counted, and what was left out."""
        return appendix.definitions(self)

    @section("reproduce")
    def reproduce(self) -> tuple[Any, ...]:
        """What it takes to get the same page again."""
        return appendix.reproduce(self, __version__, date(dt.datetime.now(dt.UTC).date()))


def points_block(points: Sequence[str]) -> Block | None:
    """Return sentences as a block of a first screen; None where there are none."""
    if not points:
        return None
    title = say("glance.points")
    return Block(title, [Points(tuple(points), "lead")], points=points, wide=True)


def open_report(cls: type[Kind], parameters: Mapping[str, Any]) -> Kind:
    """Open the pipeline the parameters name, in the language they ask for.

    Parameters
    ----------
    cls : subclass of Report
        What the template shows; its defaults are those of its notebook's parameters cell.
    parameters : mapping
        The names of a notebook (``globals()``) or the values themselves; what is no parameter
        of the template is ignored.
    """
    defaults = defaults_of(cls.template)
    values = defaults | {k: v for k, v in parameters.items() if k in defaults}
    set_language(values["lang"])
    carry()
    whole = source.open_pipeline(values)
    values["where"] = source.named(whole, values["where"])
    return cls(whole, source.part_of(whole, values["where"]), values)
