"""The forecast report: a distribution, its target and gap, and how well it was said before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from funnelkit.errors import FunnelkitError
from funnelkit.page.parts import Heading, Sentence
from funnelkit.report.blocks import Fact, missing
from funnelkit.report.pages.frame import Report, open_report, points_block, section
from funnelkit.report.pages.glance import Block
from funnelkit.report.pages.sections import forecast_sentences, screen
from funnelkit.report.pages.shown import listed
from funnelkit.report.pages.study.outlook import OutlookStudy
from funnelkit.show.column import COUNT, DATE, SHARE, TEXT, Chance, Money, columns
from funnelkit.show.table import Table
from funnelkit.words import say

_DAY = dt.timedelta(days=1)
_SCORES = ("method", "wape", "bias", "brier", "coverage", "low", "high", "difference_low",
           "difference_high", "verdict")  # fmt: skip


@dataclass(frozen=True, eq=False)
class OutlookReport(OutlookStudy, Report):
    """What a period may bring, with what the report's parameters ask of it."""

    template: ClassVar[str] = "forecast"
    leads: ClassVar[Mapping[str, str]] = {
        "expected": "ahead", "likely": "ahead", "chance": "ahead", "error": "backtest",
    }  # fmt: skip
    room: ClassVar[str] = "outlook"

    def cover_lines(self) -> Iterable[str]:
        """Name the period."""
        first, last = self.days
        yield say("outlook.cover_period", since=first, until=last)

    def facts(self) -> tuple[Fact, ...]:
        """The headline numbers."""
        return forecast_sentences.facts(self)

    def lead(self) -> str:
        """Where the pipeline stands."""
        return screen.lead(self)

    def screen(self) -> Iterable[Block | None]:
        """Where we stand, what changed, and what this report adds."""
        if not (self.parameters["since"] or self.parameters["through"]):
            yield screen.state_block(self)
        yield screen.changed_block(self)
        yield points_block(self.told())

    def sentences(self) -> tuple[str, ...]:
        """What may come, whether it is enough, and how far to trust it."""
        return forecast_sentences.sentences(self)

    @section("ahead")
    def ahead(self) -> tuple[Any, ...]:
        """The distribution, and its three parts."""
        found = self.forecast()
        columns = ("part", "mean_amount", "p10_amount", "p50_amount", "p90_amount", "deals")
        table = listed(found, found.table, columns, say("outlook.parts_caption"))
        note = Sentence(say("outlook.parts_note"), "fk-muted")
        plan = None if isinstance(self._goal, FunnelkitError) else self._goal.amount
        return Sentence(found.summary()), found.plot(plan=plan), table, note

    @section("methods")
    def beside(self) -> tuple[Any, ...]:
        """Every method's answer to the same question."""
        rows, lacking = [], []
        scores = forecast_sentences.scores_of(self)
        for name in self.methods:
            label = say(f"forecast.method_{name}")
            try:
                found = self.forecast(name)
            except FunnelkitError as problem:
                why = say("outlook.no_method", name=label, reason=missing(problem))
                lacking.append(Sentence(why))
                continue
            total = found.table[found.table["part"] == "total"].iloc[0]
            goal = self._goal
            chance = None if isinstance(goal, FunnelkitError) else found.chance(goal.amount)
            amounts = [total[f"{c}_amount"] for c in ("mean", "p10", "p50", "p90")]
            rows.append((label, *amounts, chance, *scores.get(name, (None, None))))
        unit = Money(currency=self.pipeline.currency)
        heads = columns("outlook.col_", method=TEXT, mean=unit, p10=unit, p50=unit, p90=unit,
                        chance=Chance(), wape=SHARE, reading=TEXT)  # fmt: skip
        if not rows:
            return tuple(lacking)
        table = Table(heads, rows, say("outlook.methods_caption"))
        return (
            *(Sentence(text) for text in forecast_sentences.range_of(self)),
            table,
            Sentence(say("outlook.methods_note"), "fk-muted"),
            *lacking,
        )

    @section("gap")
    def gap(self) -> tuple[Any, ...]:
        """The target: how likely, what is missing, and which driver it comes from."""
        goal, plan = self.goal, self.plan()
        parts: list[Any] = [
            Sentence(say("outlook.goal", amount=goal.amount, source=goal.said())),
            *(Sentence(text) for text in forecast_sentences.goal_sentences(self)),
            plan.levels.plot(),
        ]
        if plan.coverage is not None:
            parts.append(Sentence(plan.coverage.summary()))
        if plan.gap is not None:
            parts += [
                Heading(say("outlook.gap_tree")),
                Sentence(plan.gap.summary()),
                plan.gap.plot(),
                Sentence(say("outlook.gap_tree_note"), "fk-muted"),
            ]
        elif "no_gap" in plan.notes:
            parts.append(Sentence(say("outlook.no_gap")))
        columns = ("check", "needed_amount", "available_amount", "short_amount", "verdict")
        marks = [f"verdict-{ {'short': 'bad', 'closes': 'good'}.get(v, 'same')}"
                 for v in plan.table["verdict"]]  # fmt: skip
        caption = say("outlook.checks_caption")
        parts.append(listed(plan, plan.table, columns, caption, marks))
        return tuple(parts)

    @section("create")
    def create(self) -> tuple[Any, ...]:
        """What would have to be in which stage, by when."""
        plan = self.plan()
        stages = plan.stages.table.merge(plan.dates.table, on="stage", how="left")
        label = self.pipeline.process.label
        rows = [
            (
                label(r["stage"]), r["needed_deals"], (r["low"], r["high"]), r["in_place_deals"],
                r["median_date"], r["p80_date"],
            )
            for r in stages.to_dict("records")
        ]  # fmt: skip
        heads = columns("outlook.col_", stage=TEXT, needed=COUNT, interval=(COUNT, "span"),
                        in_place=COUNT, by_half=DATE, by_most=DATE)  # fmt: skip
        return (
            *(Sentence(text) for text in forecast_sentences.creation(self)),
            Table(heads, rows, say("outlook.create_caption")),
            Sentence(say("outlook.create_note"), "fk-muted"),
        )

    @section("backtest")
    def tested(self) -> tuple[Any, ...]:
        """How well each method said it before, and which to trust."""
        found = self.backtest()
        rows = found.table[found.table["origins"] > 0]
        marks = [f"verdict-{ {'best': 'good', 'worse': 'bad'}.get(v, 'same')}"
                 for v in rows["verdict"]]  # fmt: skip
        columns = [c for c in _SCORES if not rows[c].isna().all()]
        parts: list[Any] = [
            Sentence(found.summary()),
            *(Sentence(text) for text in forecast_sentences.trust(self)),
            listed(found, rows, columns, say("outlook.scores_caption"), marks),
            Sentence(forecast_sentences.scores_note(self), "fk-muted"),
        ]
        if self.method in set(rows["method"]):
            parts.append(found.plot(method=self.method))
            if len(found.chances.get(self.method, ((), ()))[0]):
                parts.append(found.plot_calibration(self.method))
                parts.append(Sentence(say("outlook.calibration_note"), "fk-muted"))
        return tuple(parts)

    @section("swing")
    def hangs_on(self) -> tuple[Any, ...]:
        """The open deals that matter most for the spread."""
        found = self.swing()
        rows = found.table[found.table["share"] > 0]
        columns = ("deal_id", "name", "owner", "stage", "expected_close", "amount", "chance",
                   "expected_amount", "share")  # fmt: skip
        kept = [c for c in columns if not rows[c].isna().all()]
        table = listed(found, rows, kept, say("outlook.swing_caption"), lists=self.lists)
        return Sentence(found.summary()), table, Sentence(say("outlook.swing_note"), "fk-muted")

    @section("categories")
    def categories(self) -> tuple[Any, ...]:
        """How much of each forecast category was won in the past."""
        found = self.measure("category_accuracy")
        columns = ("category", "days_before", "periods", "deals", "won", "rate", "low", "high",
                   "amount", "won_amount", "amount_rate")  # fmt: skip
        table = listed(found, found.table, columns, say("outlook.categories_caption"))
        return Sentence(found.summary()), table


def open_outlook(parameters: dict[str, Any]) -> OutlookReport:
    """Open the pipeline a forecast is asked for.

    Parameters
    ----------
    parameters : dict
        The names of a notebook (``globals()``) or the values themselves.

    Examples
    --------
    >>> report = open_outlook({"data": "tiny", "lang": "en"})
    >>> [str(day) for day in report.days]
    ['2026-07-01', '2026-09-30']
    """
    return open_report(OutlookReport, parameters)
