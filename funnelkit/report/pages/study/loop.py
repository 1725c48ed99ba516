"""What a closed-loop review works out: the log judged, points then and now, what is next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.report.pages.study.action_log import Loop, read_loop
from funnelkit.report.pages.study.base import Study
from funnelkit.report.pages.study.between_reviews import between_reviews, milestones_now
from funnelkit.report.pages.study.next_steps import next_steps

if TYPE_CHECKING:
    from funnelkit.control import Checkpoints


@dataclass(frozen=True, eq=False)
class LoopStudy(Study):
    """The actions of a log beside what the pipeline says of them."""

    @property
    def period(self) -> dict[str, str | None]:
        """Actions have their own dates."""
        return {"since": None, "until": None}

    @property
    def last_review(self) -> dt.date:
        """The day of the last review; a month before the data if not given."""
        given = self.parameters["last_review"]
        today = self.pipeline.as_of.date()
        day = (
            dt.date.fromisoformat(given)
            if given
            else (pd.Timestamp(today) - pd.DateOffset(months=1)).date()
        )
        if day >= today:
            raise FunnelkitError("loop.last_review_ahead", found=day, as_of=today)
        return day

    @cached_property
    def _loop(self) -> Loop | FunnelkitError:
        name = self.parameters["actions"]
        if not name:
            return FunnelkitError("loop.no_log")
        try:
            return read_loop(self.whole, name, self.parameters["where"])
        except FunnelkitError as problem:
            return problem

    @property
    def loop(self) -> Loop:
        """The log, read once.

        Raises
        ------
        FunnelkitError
            No log was named, or it cannot be read.
        """
        if isinstance(self._loop, FunnelkitError):
            raise self._loop
        self.results["reviews"] = self._loop.reviews
        self.results["closure"] = self._loop.closure
        return self._loop

    def points_now(self) -> Checkpoints:
        """Control points that fire now."""
        from funnelkit.control import checkpoints

        found: Checkpoints = self.kept("points", lambda: checkpoints(self.pipeline))
        return found

    @cached_property
    def points_then(self) -> Checkpoints:
        """Control points that fired at the last review."""
        from funnelkit.control import checkpoints

        return checkpoints(self.pipeline, self.last_review)

    @cached_property
    def moved_points(self) -> pd.DataFrame:
        """Control points then and now, by owner."""
        return between_reviews(self.pipeline, self.points_then, self.points_now())

    @cached_property
    def milestones_kept(self) -> tuple[Any, pd.DataFrame, int]:
        """Every dated open deal beside its next milestone."""
        return milestones_now(self.pipeline)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """What a diagnosis would have somebody act on."""
        return next_steps(self)
