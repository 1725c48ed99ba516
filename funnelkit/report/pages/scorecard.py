"""The seller scorecard: what to talk about in a coaching hour, and what is only chance.

Of a whole team it shows every seller in order of name, between the limits of chance; of one
seller, that seller against the others, who are not named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import pandas as pd

from funnelkit import measures
from funnelkit.control import Checkpoints, RampCurve, checkpoints, ramp_curve
from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures import Diagnosis, diagnose
from funnelkit.measures.limits import RateLimits, rate_limits
from funnelkit.page.parts import Heading, Points, Sentence
from funnelkit.report import source
from funnelkit.report.blocks import Fact, missing
from funnelkit.report.pages.frame import Report, listed, open_report, section
from funnelkit.report.pages.sections import seller_sentences, seller_tables
from funnelkit.show.column import TEXT, columns
from funnelkit.show.table import Table
from funnelkit.stats.apart import apart
from funnelkit.words import say

#: A month is that many days when the start of a seller is counted back.
_MONTH = 30.4375


@dataclass(frozen=True, eq=False)
class Scorecard(Report):
    """A team's sellers, or one of them against the others."""

    template: ClassVar[str] = "scorecard"
    room: ClassVar[str] = "scorecard"

    @property
    def seller(self) -> str:
        """The one seller this is about; empty for the whole team."""
        return str(self.parameters["where"].get("owner", ""))

    @cached_property
    def team(self) -> Pipeline:
        """The deals of everybody the seller is compared with, the seller's own included."""
        where = {k: v for k, v in self.parameters["where"].items() if k != "owner"}
        team = self.pipeline if not self.seller else source.matching(self.whole, where)
        team.need("owner", what="scorecard")
        return team

    def of_team(self, name: str, **options: Any) -> Any:
        """Return a measure of the whole team over the period, computed once."""
        make = getattr(measures, name)
        return self.kept(
            f"team {name} {sorted(options.items())}",
            lambda: make(self.team, **options, **self.period),
        )

    def limits(self) -> RateLimits:
        """Return the win rates with the limits of chance."""
        found: RateLimits = self.kept(
            "limits",
            lambda: rate_limits(
                self.team,
                minimum=self.parameters["min_deals"],
                since=self._since,
                until=self._until,
            ),
        )
        return found

    @property
    def _since(self) -> str | None:
        return self.period["since"]

    @property
    def _until(self) -> str | None:
        return self.period["until"]

    @property
    def sellers(self) -> list[str]:
        """Everybody with closed deals, in order of name."""
        return [str(name) for name in self.limits().table["owner"]]

    @property
    def shown(self) -> list[str]:
        """Whom this page names."""
        return [self.seller] if self.seller else self.sellers

    def diagnosis(self) -> Diagnosis:
        """Return where a seller lies below the others beyond chance."""
        found: Diagnosis = self.kept(
            "diagnose",
            lambda: diagnose(
                self.team,
                "owner",
                since=self._since,
                until=self._until,
                looks=self.parameters["looks"],
            ),
        )
        return found

    def points(self) -> Checkpoints:
        """Return the control points that fired on open deals."""
        found: Checkpoints = self.kept("checkpoints", lambda: checkpoints(self.team))
        return found

    def fired(self) -> pd.DataFrame:
        """Return the points that fired on deals still open; those on closed deals are another's."""
        found = self.points()
        closing = dict(found.options)["closing"]
        rows: pd.DataFrame = found.table[~found.table["checkpoint"].isin(closing)]
        return rows

    def pushes(self) -> pd.DataFrame:
        """Return the pushes by seller, marked where they differ from the others' by more."""
        table: pd.DataFrame = self.of_team("push_rate", by="owner").table
        table = table[(table["owner"] != NO_GROUP) & (table["deals"] > 0)]
        return table.assign(stands_out=apart(table["pushed"], table["deals"]).flagged)

    def new_hires(self) -> list[tuple[str, int]]:
        """Return the sellers who began within the months asked for, with their months so far."""
        self.team.need("reps", what="ramp_curve")
        reps = self.team.tables["reps"].to_pandas()
        known = set(self.team.deals.select("owner").distinct().to_pandas()["owner"].dropna())
        found = []
        for r in reps.to_dict("records"):
            names = [str(r[c]) for c in ("name", "rep_id") if str(r[c]) in known]
            began = pd.to_datetime(r["start_date"])
            if not names or pd.isna(began):
                continue
            months = (pd.Timestamp(self.team.as_of) - began).days / _MONTH
            if 0 <= months < self.parameters["ramp_months"]:
                found.append((names[0], int(months)))
        return sorted(found)

    def ramp(self, seller: str) -> RampCurve:
        """Return how fast a new seller comes to what a full one wins."""
        found: RampCurve = self.kept(f"ramp {seller}", lambda: ramp_curve(self.team, seller))
        return found

    def facts(self) -> tuple[Fact, ...]:
        """The headline numbers."""
        return seller_sentences.facts(self)

    def sentences(self) -> tuple[str, ...]:
        """What is more than chance, and what is not."""
        return seller_sentences.sentences(self)

    @section("winning")
    def winning(self) -> tuple[Any, ...]:
        """Win rates between the limits of chance, and drawn towards the team's."""
        found = self.limits()
        return (
            Sentence(found.told(self.seller) if self.seller else found.summary()),
            seller_tables.win_chart(self),
            *self._from_leads(),
            Sentence(say("scorecard.winning_note"), "fk-muted"),
        )

    def _from_leads(self) -> Iterator[Sentence]:
        """Say where the funnel starts with leads that its rates are no win rates of deals."""
        process = self.pipeline.process
        if process.deals_from:
            yield Sentence(say("scorecard.winning_leads", stage=process.label(process.deals_from)))

    @section("steps")
    def steps(self) -> tuple[Any, ...]:
        """Step rates, and where a seller clearly differs from the team."""
        table = seller_tables.own_steps(self) if self.seller else seller_tables.steps(self)
        texts = seller_sentences.below(self, ("step_rate", "win_rate"))
        note = "scorecard.steps_note" if self.seller else "scorecard.steps_note_team"
        return *map(Sentence, texts), table, Sentence(say(note), "fk-muted")

    @section("time")
    def time(self) -> tuple[Any, ...]:
        """How long deals stay in each stage."""
        table = seller_tables.own_time(self) if self.seller else seller_tables.time(self)
        texts = seller_sentences.below(self, ("time_in_stage",))
        return *map(Sentence, texts), table, Sentence(say("scorecard.time_note"), "fk-muted")

    @section("dates")
    def dates(self) -> tuple[Any, ...]:
        """Expected closing dates: pushed, overdue, missing."""
        return (
            Sentence(seller_sentences.pushed(self)),
            seller_tables.dates(self),
            Sentence(say("scorecard.dates_note"), "fk-muted"),
        )

    @section("points")
    def open_points(self) -> tuple[Any, ...]:
        """Open deals with control points that fired."""
        found = self.points()
        lead = Sentence(seller_sentences.points(self))
        if not self.seller:
            return lead, seller_tables.points(self)
        rows = self.fired()
        # gravest first: a deal's first row is its gravest point
        rows = rows[rows["owner"] == self.seller].drop_duplicates("deal_id")
        if rows.empty:
            return (lead,)
        columns = ("deal_id", "stage", "severity", "reason", "action", "amount", "days")
        return lead, listed(found, rows, columns, say("scorecard.points_caption"), lists=self.lists)

    @section("ramp")
    def ramping(self) -> tuple[Any, ...]:
        """How new sellers come up to the wins of a full one."""
        months = self.parameters["ramp_months"]
        hires = [name for name, _ in self.new_hires() if name in self.shown]
        if not hires:
            key = "ramp_past" if self.seller else "ramp_nobody"
            return (Sentence(say(f"scorecard.{key}", months=months)),)
        parts: list[Any] = []
        for name in hires:
            try:
                found = self.ramp(name)
            except FunnelkitError as problem:
                parts.append(Sentence(missing(problem), "fk-muted"))
                continue
            parts += [] if self.seller else [Heading(name)]
            parts += [Sentence(found.summary()), seller_tables.ramp_chart(found)]
        return (*parts, Sentence(say("scorecard.ramp_note"), "fk-muted"))

    @section("talk")
    def talk(self) -> tuple[Any, ...]:
        """Questions for a coaching talk: openings, no verdicts."""
        asked = seller_sentences.questions(self)
        lead = Sentence(say("scorecard.talk_lead"))
        if self.seller:
            return lead, Points(tuple(asked.get(self.seller, ())))
        rows = [(name, text) for name in self.sellers for text in asked[name]]
        heads = columns("scorecard.col_", seller=TEXT, question=TEXT)
        return lead, Table(heads, rows, say("scorecard.talk_caption"))

    def label(self, stage: str) -> str:
        """A stage's name."""
        return self.team.process.label(stage)

    @property
    def stages(self) -> list[tuple[str, str]]:
        """Each step: the stage it leaves, and the row of the funnel it leads to."""
        return list(pairwise(self.team.process.funnel_ids))


def open_scorecard(parameters: dict[str, Any]) -> Scorecard:
    """Open the pipeline of a team.

    Parameters
    ----------
    parameters : dict
        The names of a notebook (``globals()``) or the values themselves; ``where`` with an
        owner asks for that seller.

    Examples
    --------
    >>> card = open_scorecard({"data": "tiny", "lang": "en"})
    >>> card.sellers == sorted(card.sellers)
    True
    """
    return open_report(Scorecard, parameters)


__all__ = ["Scorecard", "open_scorecard"]
