"""The course report: a pipeline through twelve lessons, a section a lesson.

Each section is what its lesson computes, on the data of this report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from funnelkit.errors import FunnelkitError
from funnelkit.page.parts import Points, Section, Sentence
from funnelkit.report.blocks import left_out
from funnelkit.report.pages.frame import Report, open_report, points_block, section
from funnelkit.report.pages.glance import Block
from funnelkit.report.pages.numbers import collected
from funnelkit.report.pages.sections import lessons_1_to_6 as early
from funnelkit.report.pages.sections import lessons_7_to_12 as late
from funnelkit.report.pages.sections import screen
from funnelkit.report.pages.study.course import LESSONS, CourseStudy
from funnelkit.words import say
from funnelkit.words.formats import counted_in

if TYPE_CHECKING:
    from funnelkit.report.blocks import Fact


@dataclass(frozen=True, eq=False)
class CourseReport(CourseStudy, Report):
    """A pipeline as twelve lessons look at it."""

    template: ClassVar[str] = "course"
    leads: ClassVar[Mapping[str, str]] = {"chance": "r5", "likely": "r5"}
    room: ClassVar[str] = "coursereport"

    def cover_lines(self) -> Iterable[str]:
        """Whose report this is."""
        if self.parameters["learner"]:
            yield say("coursereport.cover_learner", name=self.parameters["learner"])
        if self.asked != LESSONS:
            yield say("coursereport.cover_lessons", names=self.asked)

    def facts(self) -> tuple[Fact, ...]:
        """The headline numbers, those of the funnel review."""
        return screen.facts(self)

    def lead(self) -> str:
        """Where the pipeline stands."""
        return screen.lead(self)

    def screen(self) -> Iterable[Block | None]:
        """Where we stand, what changed, and what this report adds."""
        yield screen.state_block(self)
        yield screen.changed_block(self)
        yield points_block(self.told())

    def sentences(self) -> tuple[str, ...]:
        """The funnel, its speed, the forecast, what lies low, the process."""
        return collected(self, (_funnel, _time, _forecast, _low, _process))

    @section("about")
    def about(self) -> tuple[Any, ...]:
        """What this is, from which data, under which licence."""
        synthetic = "synthetic" if self.pipeline.synthetic else "own"
        return (
            Sentence(say("coursereport.about")),
            Sentence(say(f"coursereport.data_{synthetic}"), "fk-callout"),
            Points(tuple(say(f"coursereport.licence_{part}") for part in _LICENCE)),
        )

    def lesson(self, number: int) -> Section | None:
        """Return the section of a lesson, or None where it was not asked for."""
        if f"L{number:02d}" not in self.asked:
            return None
        name = f"r{number}"
        lead = Sentence(say(f"coursereport.question_{name}"), "fk-muted")
        with counted_in(self.pipeline.currency):
            try:
                parts = (lead, *self.said_once(name, _LESSONS[number - 1](self)))
            except FunnelkitError as problem:
                parts = (lead, left_out(problem))
        return Section(name, say(f"coursereport.section_{name}"), parts)


_LICENCE = ("content", "code", "credit")
_LESSONS: tuple[Callable[[CourseReport], Iterable[Any]], ...] = (
    early.what_it_is, early.standards, early.conversion,
    early.targets, early.forecasting, early.problems, late.team,
    late.regions, late.competition, late.process, late.cases,
    late.outlook,
)  # fmt: skip


def _funnel(report: CourseReport) -> Iterator[str]:
    yield report.measure("funnel").summary()


def _time(report: CourseReport) -> Iterator[str]:
    yield report.measure("sales_cycle").summary()


def _forecast(report: CourseReport) -> Iterator[str]:
    if "L05" in report.asked:
        yield early.coming(report).summary()


def _low(report: CourseReport) -> Iterator[str]:
    if "L06" in report.asked:
        yield from report.loop.steps["text"].head(1)


def _process(report: CourseReport) -> Iterator[str]:
    if "L10" in report.asked:
        yield late.followed(report).summary()


def open_course(parameters: dict[str, Any]) -> CourseReport:
    """Open the course report of the pipeline the parameters name.

    Examples
    --------
    >>> course = open_course({"data": "tiny", "lang": "en", "lessons": ["L01", "L03"]})
    >>> course.asked, course.lesson(2) is None
    (('L01', 'L03'), True)
    """
    return open_report(CourseReport, parameters)


__all__ = ["LESSONS", "CourseReport", "open_course"]
