"""The seller scorecard: what to talk about in a coaching hour, and what is only chance.

Of a whole team it shows every seller in order of name, between the limits of chance; of one
seller, that seller against the others, who are not named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from funnelkit.errors import FunnelkitError
from funnelkit.page.parts import Heading, Points, Sentence
from funnelkit.report.blocks import Fact, missing
from funnelkit.report.pages.frame import Report, open_report, section
from funnelkit.report.pages.sections import seller_sentences, seller_tables
from funnelkit.report.pages.shown import a_row_a_deal
from funnelkit.report.pages.study.seller import SellerStudy
from funnelkit.show.column import TEXT, columns
from funnelkit.show.table import Table
from funnelkit.words import say


@dataclass(frozen=True, eq=False)
class Scorecard(SellerStudy, Report):
    """A team's sellers, or one of them against the others."""

    template: ClassVar[str] = "scorecard"
    room: ClassVar[str] = "scorecard"

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
            *map(Sentence, seller_sentences.of_deals(self)),
            Sentence(say("scorecard.winning_note"), "fk-muted"),
        )

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
        rows = rows[rows["owner"] == self.seller]
        if rows.empty:
            return (lead,)
        columns = ("deal_id", "stage", "severity", "reason", "action", "amount", "days")
        return lead, a_row_a_deal(
            found, rows, columns, say("scorecard.points_caption"), lists=self.lists
        )

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
