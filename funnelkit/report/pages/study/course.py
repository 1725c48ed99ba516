"""What the course report works out: the lessons asked for, with the studies they lean on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.report.pages.study.base import Study
from funnelkit.report.pages.study.loop import LoopStudy
from funnelkit.report.pages.study.regional import RegionalStudy
from funnelkit.report.template import defaults_of

LESSONS = tuple(f"L{number:02d}" for number in range(1, 13))


@dataclass(frozen=True, eq=False)
class CourseStudy(Study):
    """A pipeline as twelve lessons look at it."""

    @property
    def period(self) -> dict[str, str | None]:
        """The lessons look at everything."""
        return {"since": None, "until": None}

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The lessons that have a section; all where none are named.

        Raises
        ------
        FunnelkitError
            There is no such lesson.
        """
        given = [str(x).strip().upper() for x in self.parameters["lessons"]]
        for name in given:
            if name not in LESSONS:
                raise FunnelkitError(
                    "coursereport.unknown_lesson", found=name, allowed=nearest(name, LESSONS)
                )
        return tuple(given) or LESSONS

    @cached_property
    def regional(self) -> RegionalStudy:
        """The plan of the same data, for the lessons on targets, territories and rivals."""
        return RegionalStudy(self.whole, self.pipeline, self._as("regional-plan"), self.results)

    @cached_property
    def loop(self) -> LoopStudy:
        """The closed loop of the same data."""
        return LoopStudy(self.whole, self.pipeline, self._as("closed-loop"), self.results)

    def _as(self, template: str) -> dict[str, Any]:
        """Return another template's parameters with what this report was given."""
        known = defaults_of(template)
        given = {k: v for k, v in self.parameters.items() if k in known}
        return known | given | {"deals": "no"}  # its lists would stand on no page
