"""The closed-loop review: what was decided last time, whether it worked, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from funnelkit.control.verdicts import VERDICTS
from funnelkit.page.parts import Code, Folded, Heading, Points, Sentence
from funnelkit.report.pages.frame import Report, open_report, points_block, section
from funnelkit.report.pages.glance import Block
from funnelkit.report.pages.numbers import collected, facts_of
from funnelkit.report.pages.sections import loop_opening, screen
from funnelkit.report.pages.shown import a_row_a_deal, drawn
from funnelkit.report.pages.study.action_log import EXAMPLE
from funnelkit.report.pages.study.loop import LoopStudy
from funnelkit.report.pages.study.next_steps import commands, points_to_settle
from funnelkit.show.column import COUNT, DATE, RATE, TEXT, Days, Money, PercentagePoints, columns
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.blocks import Fact

_MARKS = {"worked": "verdict-good", "worse": "verdict-bad"}
_STATES = {"overdue": "verdict-bad"}
_MOST_LATE = 20
_OF_LOG = ("actions", "closure", "worked")


@dataclass(frozen=True, eq=False)
class ClosedLoop(LoopStudy, Report):
    """The actions of a log beside what the pipeline says of them."""

    template: ClassVar[str] = "closed-loop"
    room: ClassVar[str] = "loop"

    def cover_lines(self) -> Iterable[str]:
        """Since when the review looks."""
        yield say("loop.cover_since", day=self.last_review)
        if self.parameters["actions"] == EXAMPLE:
            yield say("loop.cover_example")

    def facts(self) -> tuple[Fact, ...]:
        """The headline numbers."""
        found = facts_of(self, loop_opening.FACTS)
        if self.parameters["actions"]:
            return found
        note = say("loop.fact_no_log")
        return tuple(replace(fact, note=note) if fact.key in _OF_LOG else fact for fact in found)

    def lead(self) -> str:
        """Where the pipeline stands."""
        return screen.lead(self)

    def screen(self) -> Iterable[Block | None]:
        """Where we stand, what changed, and what this report adds."""
        yield screen.state_block(self)
        yield screen.changed_block(self)
        yield points_block(self.told())

    def sentences(self) -> tuple[str, ...]:
        """Verdicts, closing, what cleared, what is late, what is next."""
        told = loop_opening
        if not self.parameters["actions"]:
            return collected(self, (told.points, told.late, told.next_, told.verdicts))
        return collected(self, (told.verdicts, told.closing, told.points, told.late, told.next_))

    @section("actions")
    def actions(self) -> tuple[Any, ...]:
        """Every action with its verdict."""
        if not self.parameters["actions"]:
            return (
                Sentence(say("loop.no_log"), "fk-callout"),
                Folded(say("loop.start_log"), Code(commands(self))),
                Sentence(say("loop.start_after")),
            )
        loop = self.loop
        parts: list[Any] = [Sentence(loop.reviews.summary())]
        if self.parameters["actions"] == EXAMPLE:
            parts.append(Sentence(say("loop.example"), "fk-callout"))
        if loop.elsewhere:
            parts.append(Sentence(say("loop.elsewhere", n=loop.elsewhere), "fk-muted"))
        if len(loop.actions):
            parts.append(_log_table(self))
        reviews = loop.reviews
        if (reviews.table["measure"] != "median_days").any():
            parts.append(drawn(reviews))
        if len(reviews.table):
            parts.append(_reviews_table(reviews))
            parts.append(Sentence(say("loop.reviews_note"), "fk-muted"))
        parts += [Sentence(text, "fk-callout") for text in loop.failed]
        return tuple(parts)

    @section("closing")
    def closing(self) -> tuple[Any, ...]:
        """How many loops were closed, and who has one overdue."""
        loop = self.loop
        parts: list[Any] = [Sentence(loop.closure.summary())]
        late = loop.actions[loop.actions["state"] == "overdue"]
        if late.empty:
            return (*parts, Sentence(say("loop.none_overdue")))
        today = pd.Timestamp(self.pipeline.as_of.date())
        rows = []
        for owner, part in late.groupby("owner", sort=True):
            overdue = (today - pd.to_datetime(part["due"])).dt.days
            ready = part["verdict"].isin([v for v in VERDICTS if v != "too_early"])
            names = say("loop.comma").join(part["problem"])
            rows.append([str(owner), len(part), names, overdue.max(), ready.sum()])
        heads = columns("loop.col_", owner=TEXT, overdue=COUNT, problems=TEXT,
                        longest=Days(0, worded=True), ready=COUNT)  # fmt: skip
        table = Table(heads, rows, say("loop.overdue_caption"))
        return (*parts, table, Sentence(say("loop.overdue_note"), "fk-muted"))

    @section("points")
    def points(self) -> tuple[Any, ...]:
        """Control points then and now."""
        table = self.moved_points
        total = table.drop(columns="owner").sum()
        lead = Sentence(loop_opening.points_text(self))
        if table.empty:
            return (lead,)
        counted = ("then", "closed", "settled", "new", "now", "still")
        rows = [[r["owner"], *(r[c] for c in counted)] for r in table.to_dict("records")]
        rows.append([say("loop.total"), *(total[c] for c in counted)])
        heads = columns("loop.col_", owner=TEXT, **dict.fromkeys(counted, COUNT))
        marks = [""] * len(table) + ["fk-total"]
        caption = say("loop.points_caption", then=self.last_review, now=self.pipeline.as_of.date())
        found = self.points_now()
        grave = found.table[found.table["severity"] == "act"]
        shown = ("deal_id", "owner", "stage", "reason", "action", "amount", "days")
        parts = [
            lead, Table(heads, rows, caption, marks),
            Sentence(say("loop.points_note"), "fk-muted"), drawn(found),
        ]  # fmt: skip
        if len(grave):
            parts.append(
                a_row_a_deal(found, grave, shown, say("loop.grave_caption"), lists=self.lists)
            )
        return tuple(parts)

    @section("process")
    def process(self) -> tuple[Any, ...]:
        """Whether deals follow the sheet, and keep their milestones."""
        from funnelkit.control import conformance

        found = self.kept("conformance", lambda: conformance(self.pipeline))
        parts: list[Any] = [Sentence(found.summary()), Heading(say("loop.milestones"))]
        dates, table, unasked = self.milestones_kept
        self.results["milestones"] = dates
        parts.append(Sentence(loop_opening.late_text(self)))
        late = table[table["late_days"] > 0]
        label = self.pipeline.process.label
        rows = [
            [r["deal_id"], r["owner"] or None, label(r["stage"]), label(r["next"]),
             r["expected_close"], r["enter_by"], r["late_days"], r["amount"]]
            for r in late.to_dict("records")
        ]  # fmt: skip
        if rows:
            heads = columns("loop.col_", deal=TEXT, owner=TEXT, stage=TEXT, next=TEXT, close=DATE,
                            enter_by=DATE, late=COUNT,
                            amount=Money(currency=self.pipeline.currency))  # fmt: skip
            parts.append(Table(heads, rows, say("loop.late_caption"), most=_MOST_LATE))
        if unasked:
            parts.append(Sentence(say("loop.unasked", n=unasked), "fk-muted"))
        return tuple(parts)

    @section("next")
    def next(self) -> tuple[Any, ...]:
        """What to decide now: the actions a diagnosis and the control points ask for."""
        steps = self.steps
        parts: list[Any] = []
        if steps.empty:
            parts.append(Sentence(say("loop.nothing_low")))
        else:
            parts.append(Points(tuple(steps["text"])))
            parts.append(Sentence(say("loop.steps_note"), "fk-muted"))
            if self.parameters["actions"]:
                parts.append(Code(commands(self)))
        parts.append(Heading(say("loop.settle")))
        settle = points_to_settle(self)
        parts.append(Points(settle) if settle else Sentence(say("loop.nothing_grave")))
        return tuple(parts)


def _log_table(report: ClosedLoop) -> Table:
    """Return the log as it stands: who does what by when, and how it looks."""
    process = report.pipeline.process
    rows, marks = [], []
    for row in report.loop.actions.to_dict("records"):
        verdict = row["verdict"]
        known = isinstance(verdict, str)
        stage = process.label(row["stage"]) if row["stage"] in process.stage_ids else "–"
        rows.append(
            [
                str(row["id"]), row["problem"], row["hypothesis"] or None, stage,
                row["segment"] or say("loop.all_deals"), row["owner"], row["start"], row["due"],
                say(f"loop.state_{row['state']}"),
                say(f"control.verdict_{verdict}") if known else "–",
            ]
        )  # fmt: skip
        marks.append(_MARKS.get(verdict, "") if known else _STATES.get(row["state"], ""))
    heads = columns("loop.col_", id=TEXT, problem=TEXT, hypothesis=TEXT, stage=TEXT, segment=TEXT,
                    owner=TEXT, start=DATE, due=DATE, state=TEXT, verdict=TEXT)  # fmt: skip
    return Table(heads, rows, say("loop.log_caption"), marks)


def _reviews_table(reviews: Any) -> Table:
    """Return before and after of every open action, with the change and its interval."""
    shown = reviews.shown()
    names = [c.name for c in shown.columns]
    rows = []
    for cells in shown.rows:
        row = dict(zip(names, cells, strict=True))
        before, after = ((row[c], row[f"n_{c}"]) for c in ("before", "after"))
        rows.append([str(row["id"]), row["problem"], row["measure"], row["window"],
                     before, after, row["control_change"], row["effect"],
                     (row["low"], row["high"]), row["verdict"]])  # fmt: skip
    points = PercentagePoints()
    heads = columns("loop.col_", id=TEXT, problem=TEXT, measure=TEXT, window=COUNT,
                    before=(RATE, "n"), after=(RATE, "n"), control=points, effect=points,
                    interval=(points, "span"), verdict=TEXT)  # fmt: skip
    marks = [_MARKS.get(v, "") for v in reviews.table["verdict"]]
    return Table(heads, rows, say("loop.reviews_caption"), marks)


def open_loop(parameters: dict[str, Any]) -> ClosedLoop:
    """Open the review of the log the parameters name.

    Examples
    --------
    >>> loop = open_loop({"data": "tiny", "lang": "en", "actions": "example"})
    >>> len(loop.loop.actions)
    3
    """
    return open_report(ClosedLoop, parameters)
