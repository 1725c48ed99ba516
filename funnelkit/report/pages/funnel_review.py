"""The funnel review: one method a section, each built from the measures and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.measures import Result
from funnelkit.measures.fiscal import said
from funnelkit.page.parts import Heading, Section, Sentence
from funnelkit.report.blocks import Fact, missing
from funnelkit.report.pages.frame import Report, open_report, section
from funnelkit.report.pages.glance import Block
from funnelkit.report.pages.sections import cash, discipline, opening, screen, steering
from funnelkit.report.pages.sections.opening import named
from funnelkit.report.pages.sections.rows import funnel_rows, interval_rows
from funnelkit.report.pages.sections.step_targets import (
    VERDICTS,
    against_step_targets,
    against_time_targets,
)
from funnelkit.report.pages.shown import label_of
from funnelkit.report.pages.study.review import ReviewStudy
from funnelkit.show.chart_table import ChartTable
from funnelkit.show.column import COUNT, RATE, SHARE, TEXT, Column, Days, columns
from funnelkit.show.table import Table
from funnelkit.stats.intervals import wilson
from funnelkit.words import say

MOST_GROUPS = 20
MOST_COHORTS = 24
MOST_PERIODS = 8


@dataclass(frozen=True, eq=False)
class Review(ReviewStudy, Report):
    """A pipeline under review, with what the report's parameters ask of it."""

    template: ClassVar[str] = "funnel-review"
    leads: ClassVar[Mapping[str, str]] = {"chance": "ahead", "likely": "ahead"}

    def facts(self) -> tuple[Fact, ...]:
        """The headline numbers."""
        return screen.facts(self)

    def sentences(self) -> tuple[str, ...]:
        """What stands out, how sure it is, on how many deals."""
        return opening.sentences(self)

    def lead(self) -> str:
        """Where the pipeline stands."""
        return screen.lead(self)

    def screen(self) -> Iterable[Block | None]:
        """Where do we stand, what changed, what to do."""
        yield screen.state_block(self)
        yield screen.changed_block(self)
        yield screen.deals_block(self)
        yield screen.findings_block(self)

    @section("funnel")
    def funnel(self) -> tuple[Any, ...]:
        """How many deals came to each stage."""
        found = self.measure("funnel", rule=self.rule)
        rules = self.measure("counting_rules")
        cells = [{"stage": stage} for stage in found.table["stage"]]
        counted = {"came": "deals", "here": "still_open"}
        return (
            Sentence(found.summary(), "fk-deck"),
            self.lists.behind(funnel_rows(found), found, cells, counted, "deals"),
            Sentence(say("report.rule_used", rule=say(f"measures.rule_name_{self.rule}"))),
            Sentence(rules.summary()),
        )

    @section("targets")
    def targets(self) -> tuple[Any, ...]:
        """Each step against what the process sheet expects."""
        funnel = self.measure("funnel", rule=self.rule)
        found = against_step_targets(funnel)
        if found.empty:
            return (Sentence(say("report.no_targets", process=str(self.pipeline.process.name))),)
        counts = found["verdict"].value_counts()
        lead = say(
            "report.targets_lead",
            n=len(found),
            **{verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS},
        )
        rows = [
            (
                self.pipeline.process.label(r["stage"]), r["deals"], r["still_open"],
                r["step_rate"], r["eventual_rate"], (r["low"], r["high"]), r["target"],
                say(f"report.step_{r['verdict']}"),
            )
            for r in found.to_dict("records")
        ]  # fmt: skip
        heads = columns(
            "report.col_", stage=TEXT, deals=COUNT, waiting=COUNT, step_rate=SHARE,
            eventual=SHARE, interval=(SHARE, "span"), target=SHARE, verdict=TEXT,
        )  # fmt: skip
        marks = [f"verdict-{v}" for v in found["verdict"]]
        table = Table(heads, rows, say("report.targets_caption"), marks, drawn=("step_rate",))
        points = [
            {"at": r["step_rate"], "low": r["low"], "high": r["high"], "target": r["target"]}
            for r in found.to_dict("records")
        ]
        key = {"dot": say("glance.key_rate"), "target": say("glance.key_target")}
        chart = interval_rows(table, points, SHARE, key, high=1.0)
        note = Sentence(say("report.targets_note"), "fk-muted")
        cells = [{"stage": stage} for stage in found["stage"]]
        counted = {"deals": "deals", "waiting": "still_open"}
        chart = self.lists.behind(replace(chart, first=3), funnel, cells, counted, "deals")
        return (Sentence(lead, "fk-deck"), chart, note)

    @section("time")
    def time(self) -> tuple[Any, ...]:
        """How long deals stay in each stage, against the sheet's median."""
        found = self.measure("time_in_stage")
        process = self.pipeline.process
        compared = against_time_targets(found)
        opposite = {"above": "bad", "below": "good"}  # slower is the one to look at
        rows = [
            (
                process.label(r["stage"]), r["entered"], r["still_there"], r["median_days"],
                (r["low"], r["high"]), r["p90_days"], r["target"] or None,
                say(f"report.time_{r['verdict']}"),
            )
            for r in compared.to_dict("records")
        ]  # fmt: skip
        whole = Days(0, worded=True)
        heads = columns("report.col_", stage=TEXT, entered=COUNT, still_there=COUNT,
                        median=whole, interval=(Days(0), "span"), p90=whole, target=whole,
                        verdict=TEXT)  # fmt: skip
        marks = [f"verdict-{opposite.get(v, v)}" for v in compared["verdict"]]
        table = Table(heads, rows, say("report.time_caption"), marks, drawn=("median",))
        points = [
            {"at": r["median_days"], "low": r["low"], "high": r["high"],
             "target": r["target"] or float("nan"), "far": r["p90_days"]}
            for r in compared.to_dict("records")
        ]  # fmt: skip
        key = {"dot": say("glance.key_median"), "far": say("glance.key_p90")}
        if any(p["target"] == p["target"] for p in points):
            key["target"] = say("glance.key_target")
        cells = [{"stage": stage} for stage in compared["stage"]]
        counted = {"entered": "entered", "still_there": "still_there"}
        chart = replace(interval_rows(table, points, Days(0), key), first=3)
        chart = self.lists.behind(chart, found, cells, counted, "entered")
        parts: list[Any] = [Sentence(found.summary(), "fk-deck"), chart]
        try:
            velocity = self.measure("velocity")
            if math.isfinite(velocity.table.iloc[0]["amount_per_day"]):  # no cycle takes no day
                parts.append(Sentence(velocity.summary()))
        except FunnelkitError as problem:
            self.lacking[say("report.fact_velocity")] = missing(problem)
        try:
            parts.append(Sentence(self.measure("sales_cycle").summary()))
        except FunnelkitError as problem:
            self.lacking[say("report.fact_cycle")] = missing(problem)
        return tuple(parts)

    @section("segments")
    def segments(self) -> tuple[Any, ...]:
        """Win rates by group, with the few that differ by more than chance."""
        parts: list[Any] = [Sentence(text, "fk-deck") for text in opening.won(self)]
        parts += [Sentence(text) for text in opening.against_rest(self)]
        told = len(parts)
        for column in self.parameters["segments"]:
            if column in self.parameters["where"]:
                continue
            try:
                parts += self._segment(column)
            except FunnelkitError as problem:
                self.lacking[say("report.by_column", column=label_of(column))] = missing(problem)
        if len(parts) == told:
            parts.append(Sentence(say("report.no_segments"), "fk-muted"))
        closed: list[Any] = []
        for every in ("year", "quarter"):
            try:
                closed += self._closed_in(every)
            except FunnelkitError as problem:
                self.lacking[say(f"report.closed_by_{every}")] = missing(problem)
        if closed:
            parts += [Heading(say("report.closed_heading")), *closed]
        return tuple(parts)

    def _segment(self, column: str) -> list[Any]:
        found, shown = self.segment_table(column)
        key = f"report.by_column{self.pipeline.process.leads}"
        parts: list[Any] = [Heading(say(key, column=label_of(column)))]
        if shown.empty:
            least = self.parameters["min_deals"]
            parts.append(Sentence(say("report.all_small", column=label_of(column), least=least)))
            return parts
        marked = shown[shown["stands_out"]]
        if len(shown) < 2:
            parts.append(Sentence(say("report.one_group", column=label_of(column))))
        elif marked.empty:
            key = "none_stands_out" if shown.attrs["telling"] else "none_seen"
            n = len(shown)
            parts.append(Sentence(say(f"report.{key}", column=label_of(column), n=n)))
        else:
            names = named(marked, column)
            parts.append(Sentence(say("report.some_stand_out", n=len(shown), names=names)))
        groups = pooled(found, shown, column)
        several = [v for v in found.table[column] if v not in set(groups[column])]
        cells = [
            {"group": [several if k == len(groups) - 1 and several else value]}
            for k, value in enumerate(groups[column])
        ]
        counted = {"won_n": "won", "of": "of", "open": "still_open"}
        chart = self._rates(groups, column)
        parts.append(self.lists.behind(chart, found, cells, counted, "of"))
        pooled_groups = len(found.table) - min(len(shown), MOST_GROUPS)
        if pooled_groups:
            text = say("report.groups_pooled", n=pooled_groups, most=MOST_GROUPS,
                       least=self.parameters["min_deals"])  # fmt: skip
            parts.append(Sentence(text, "fk-muted"))
        return parts

    def _closed_in(self, every: str) -> list[Any]:
        """Return the win rates of the last years or quarters, as the process sheet counts them."""
        found = self.measure("trend", measure="win_rate", every=every)
        table = found.table[found.table["of"] > 0].tail(MOST_PERIODS)
        if len(table) < 2:
            return []
        records = table.to_dict("records")
        rows = [
            (said(r["period"]), r["rate"], (r["low"], r["high"]), r["won"], r["of"])
            for r in records
        ]
        fiscal = "fiscal_" if self.pipeline.process.calendar.fiscal_year_start != 1 else ""
        heads = [
            Column(say(f"report.closed_in_{fiscal}{every}")),
            *columns("glance.col_", rate=RATE, interval=(SHARE, "span"), won_n=COUNT, of=COUNT),
        ]
        points = [{"at": r["rate"], "low": r["low"], "high": r["high"]} for r in records]
        caption = say(f"report.closed_by_{fiscal}{every}{self.pipeline.process.leads}")
        key = {"dot": say("glance.key_rate")}
        chart = interval_rows(Table(heads, rows, caption, drawn=("rate",)), points, SHARE, key,
                              high=1.0)  # fmt: skip
        running = "" if table["mature"].iloc[-1] else say("report.closed_so_far")
        chart = replace(chart, tight=True, under=[*[""] * (len(rows) - 1), running])
        cells = [{"period": r["period"]} for r in records]
        return [self.lists.behind(chart, found, cells, {"won_n": "won", "of": "of"}, "of")]

    def _rates(self, groups: pd.DataFrame, column: str) -> ChartTable:
        """Draw the win rate of each group beside that of all."""
        whole = self.measure("win_rate").table.iloc[0]["rate"]
        records = groups.to_dict("records")
        rows = [
            (str(r[column]), r["rate"], (r["low"], r["high"]), r["won"], r["of"], r["still_open"])
            for r in records
        ]
        heads = [
            Column(label_of(column)),
            *columns("glance.col_", rate=RATE, interval=(SHARE, "span"), won_n=COUNT, of=COUNT,
                     open=COUNT),
        ]  # fmt: skip
        leads = self.pipeline.process.leads
        caption = say(f"glance.rates_caption{leads}", column=label_of(column))
        points = [{"at": r["rate"], "low": r["low"], "high": r["high"]} for r in records]
        key = {"dot": say("glance.key_rate"), "line": say("glance.key_all", rate=whole)}
        table = Table(heads, rows, caption, drawn=("rate",))
        return interval_rows(table, points, SHARE, key, high=1.0, line=float(whole))

    def cash(self) -> Section | None:
        """What of the won deals has been paid; nothing where the data know of no payments."""
        found: Section | None = self._cash() if self.pipeline.has("payments") else None
        return found

    @section("cash")
    def _cash(self) -> tuple[Any, ...]:
        return cash.cash(self)

    @section("cohorts")
    def cohorts(self) -> tuple[Any, ...]:
        """Deals created together, followed by age; young ones are marked."""
        found = self.measure("cohorts", every=self.parameters["every"])
        if not found.table["mature"].any():
            return (Sentence(say("report.cohorts_young", n=found.table["cohort"].nunique())),)
        drawn = replace(found, table=_latest(found.table))
        unit = say(f"measures.unit_{self.parameters['every']}")
        links = []
        for r in drawn.table.to_dict("records"):
            title = say("behind.cohort", title=found.title, cohort=said(r["cohort"]), age=r["age"],
                        unit=unit)  # fmt: skip
            cell = {"cohort": r["cohort"], "age": r["age"]}
            links.append(self.lists.of(found, title, "won", **cell))
        n, most = (t["cohort"].nunique() for t in (found.table, drawn.table))
        cut = (Sentence(say("report.cohorts_cut", n=n, most=most), "fk-muted"),) if n > most else ()
        note = Sentence(say("report.cohorts_note"), "fk-muted")
        return Sentence(found.summary()), drawn.plot(links=links), note, *cut

    @section("findings")
    def findings(self) -> tuple[Any, ...]:
        """What lies clearly below its expectation."""
        return steering.findings(self)

    @section("moved")
    def moved(self) -> tuple[Any, ...]:
        """Where the open amount came from and went in the last quarter."""
        return steering.moved(self)

    @section("discipline")
    def discipline(self) -> tuple[Any, ...]:
        """How well dates are kept and the process is followed."""
        return discipline.discipline(self)

    @section("ahead")
    def ahead(self) -> tuple[Any, ...]:
        """What may be won by the end of the quarter."""
        return steering.ahead(self)

    @section("attention")
    def attention(self) -> tuple[Any, ...]:
        """Which open deals need somebody now."""
        return steering.attention(self)


def _latest(cohorts: pd.DataFrame) -> pd.DataFrame:
    """Return as many of the last cohorts as can be read on a page."""
    kept = cohorts["cohort"].drop_duplicates().tail(MOST_COHORTS)
    return cohorts[cohorts["cohort"].isin(kept)].reset_index(drop=True)


def pooled(found: Result, shown: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the largest of the groups to show, and all others together as one row.

    Nothing is dropped: the rows still add up to the whole.
    """
    largest = shown.nlargest(MOST_GROUPS, "of", keep="first").index
    kept = shown[shown.index.isin(largest)].drop(columns="stands_out")
    rest = found.table[~found.table.index.isin(largest)]
    if rest.empty:
        return kept.reset_index(drop=True)
    together = rest[["won", "of", "no_decision", "still_open"]].sum()
    low, high = wilson([together["won"]], [together["of"]])
    row = {
        **together.to_dict(),
        column: say("report.other_groups", n=len(rest)),
        "rate": together["won"] / together["of"] if together["of"] else float("nan"),
        "low": float(low[0]),
        "high": float(high[0]),
    }
    return pd.concat([kept, pd.DataFrame([row])[kept.columns]], ignore_index=True)


def open_review(parameters: dict[str, Any]) -> Review:
    """Open the pipeline the parameters name, in the language they ask for.

    Parameters
    ----------
    parameters : dict
        The names of a notebook (``globals()``) or the values themselves; what is no parameter
        of the funnel review is ignored.

    Examples
    --------
    >>> review = open_review({"data": "tiny", "lang": "en"})
    >>> review.pipeline.size
    30
    """
    return open_report(Review, parameters)
