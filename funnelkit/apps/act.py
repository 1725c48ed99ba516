"""Act in month m: a decline replayed, and what acting in another month would have saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.charts import Chart
from funnelkit.charts.trend import trend
from funnelkit.data.library import load
from funnelkit.measures.drift import drift
from funnelkit.page.controls import Choice, Control, Slider, State
from funnelkit.page.parts import Part, Sentence
from funnelkit.planning.acting import FALSE_ALARM, Acted, Decline, decline, declines
from funnelkit.show.column import COUNT, RATE, TEXT, Money, Number, columns
from funnelkit.show.table import Table
from funnelkit.words import date, language, number, say

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

_CASE = "case"  # no stage is called so: a case of the kit stands beside stages of the data
_CASE_STAGE = "need"
_BACK = 0.8  # where the share that comes back begins, as in the course


@dataclass(frozen=True, eq=False)
class Base:
    """The declines that can be replayed, by the value that chooses them."""

    found: dict[str, tuple[Decline, Pipeline]]
    start: str

    @property
    def own(self) -> bool:
        """Whether the data have a decline of their own."""
        return len(self.found) > 1


@cache
def _bundled(lang: str) -> tuple[Decline, Pipeline]:
    p = load("failure" if lang == "en" else f"failure-{lang}")
    found = decline(p, drift(p, _CASE_STAGE, false_alarm=FALSE_ALARM))
    assert found is not None  # it was planted, and a test finds it
    return found, p


def prepare(p: Pipeline) -> Base:
    """Look for stages whose rate fell for good; the case of the kit stands beside them.

    Raises
    ------
    FunnelkitError
        No history, no amounts, or too few months.
    """
    own = {d.stage: (d, p) for d in declines(p)}
    # practice data open with the case; somebody's own decline is what they came for
    start = _CASE if p.synthetic or not own else next(iter(own))
    return Base({_CASE: _bundled(language()), **own}, start)


def controls(base: Base) -> tuple[Control, ...]:
    """Return what is replayed, the month of acting, and how much acting brings back."""
    options = tuple((name, _label(name, found)) for name, found in base.found.items())
    longest = max(len(d.months) for d, _ in base.found.values())
    fallen = base.found[base.start][0]
    return (
        Choice(
            "case", say("app_act.case"), options, base.start,
            say("app_act.case_help", months=round(1 / FALSE_ALARM)),
        ),
        Slider(
            "month", say("app_act.month"), 1, longest, 1, _seen_in(fallen) or len(fallen.months),
            "count", say("app_act.month_help"),
        ),
        Slider("back", say("app_act.back"), 0, 1, 0.05, _BACK, "share", say("app_act.back_help")),
    )  # fmt: skip


def _label(name: str, found: tuple[Decline, Pipeline]) -> str:
    if name == _CASE:
        return say("app_act.bundled")
    return say("app_act.own", stage=found[1].process.label(name))


def answer(base: Base, state: State) -> Answer:
    """Say what acting in the chosen month saves, beside acting earlier and not at all."""
    fallen, p = base.found[state["case"]]
    last = len(fallen.months)
    month, back = min(int(state["month"]), last), float(state["back"])
    acts = [fallen.act(k, back) for k in range(1, last + 1)]
    shown = _Shown(fallen, p, acts)
    parts: list[Part] = [Sentence(shown.lead(month), "lead")]
    if not base.own:
        parts.append(Sentence(say("app_act.none_own")))
    parts += [
        Sentence(shown.fell()), Sentence(shown.seen()), shown.compared(month),
        shown.months(month), Sentence(shown.defined(), "fk-muted"),
        Sentence(str(fallen.scope), "fk-muted"),
    ]  # fmt: skip
    sheets = {say("app_act.sheet_acts"): shown.acts(), say("app_act.sheet_months"): shown.months()}
    # the review of the day one might have acted, with nothing known later
    ends = fallen.months["period"].iloc[month - 1] + pd.offsets.MonthEnd(1)
    paper = None if state["case"] == _CASE else ("funnel-review", {"as_of": f"{ends:%Y-%m-%d}"})
    return Answer(tuple(parts), shown.chart(), sheets, report=paper)


def _month(when: pd.Timestamp) -> str:
    return f"{when:%Y-%m}"


def _seen_in(fallen: Decline) -> int | None:
    """Return the month of the decline in which it could be seen, None where that is later."""
    if fallen.seen is None:
        return None
    periods = fallen.months["period"].dt.to_period("M").tolist()
    seen = fallen.seen.to_period("M")
    return periods.index(seen) + 1 if seen in periods else None


@dataclass(frozen=True, eq=False)
class _Shown:
    """A decline and what acting in each of its months brings, in words."""

    fallen: Decline
    p: Pipeline
    every: list[Acted]

    def when(self, month: int) -> str:
        return _month(self.fallen.months["period"].iloc[month - 1])

    @property
    def unit(self) -> Money:
        return Money(currency=self.p.process.currency, coded=True)

    def money(self, amount: float) -> str:
        return self.unit.write(amount)

    def lead(self, month: int) -> str:
        found, months = self.every[month - 1], len(self.every)
        if month == months:
            return say(
                "app_act.said_last", when=self.when(month), months=months,
                lost=self.money(found.lost),
            )  # fmt: skip
        return say(
            "app_act.said", when=self.when(month), month=month, months=months,
            saved=self.money(found.saved), low=self.money(found.low),
            high=self.money(found.high), wins=number(found.wins, 1),
        )  # fmt: skip

    def fell(self) -> str:
        came, went = self.fallen.usual
        now = self.fallen.months[["n", "went"]].sum()
        return say(
            "app_act.fell", stage=self.p.process.label(self.fallen.stage), usual=self.fallen.rate,
            went=went, came=came, since=self.when(1), now=now["went"] / now["n"],
            now_went=int(now["went"]), now_came=int(now["n"]),
        )  # fmt: skip

    def seen(self) -> str:
        month = _seen_in(self.fallen)
        if month is None:
            return say("app_act.seen_late", date=date(self.fallen.seen))
        found = self.every[month - 1]
        return say(
            "app_act.seen", date=date(self.fallen.seen), month=month,
            saved=self.money(found.saved), low=self.money(found.low), high=self.money(found.high),
        )  # fmt: skip

    def compared(self, month: int) -> Table:
        marks = {1: "row_first", len(self.every): "row_last"}
        seen = _seen_in(self.fallen)
        if seen is not None:
            marks[seen] = "row_seen"
        marks.setdefault(month, "row_chosen")
        rows = []
        for k in sorted(marks):
            a = self.every[k - 1]
            rows.append(
                [
                    say(f"app_act.{marks[k]}", when=self.when(k)), a.before, a.after, a.saved,
                    (a.low, a.high), a.lost,
                ]
            )  # fmt: skip
        heads = columns("app_act.col_", when=TEXT, before=Number(1), after=Number(1),
                        saved=self.unit, interval=(self.unit, "span"), lost=self.unit)  # fmt: skip
        chosen = ["own" if k == month else "" for k in sorted(marks)]
        return Table(heads, rows, say("app_act.caption"), chosen)

    def months(self, month: int = 0) -> Table:
        """Return the months of the decline; the chosen one is marked."""
        found, missing = self.fallen.months, self.fallen.missing
        rows = [
            (_month(r["period"]), r["n"], r["went"], r["went"] / r["n"], lack)
            for r, lack in zip(found.to_dict("records"), missing, strict=True)
        ]
        heads = columns("app_act.col_", month=TEXT, came=COUNT, went=COUNT, rate=RATE,
                        missing=Number(1))  # fmt: skip
        marks = ["own" if k == month else "" for k in range(1, len(rows) + 1)]
        return Table(heads, rows, say("app_act.caption_months"), marks)

    def acts(self) -> Table:
        """Return what acting in each month would have brought."""
        rows = [
            (self.when(k), a.before, a.after, a.saved, a.low, a.high, a.lost)
            for k, a in enumerate(self.every, 1)
        ]
        heads = columns("app_act.col_", when=TEXT, before=Number(1), after=Number(1),
                        saved=self.unit, low=self.unit, high=self.unit, lost=self.unit)  # fmt: skip
        return Table(heads, rows, drawn=("saved",))

    def defined(self) -> str:
        return say(
            "app_act.defined", onward=self.fallen.onward, amount=self.money(self.fallen.amount),
            won=len(self.fallen.amounts),
        )  # fmt: skip

    def chart(self) -> Callable[[], Chart]:
        def draw() -> Chart:
            frame = pd.DataFrame(
                {
                    "period": [self.when(k) for k in range(1, len(self.every) + 1)],
                    "value": [a.saved for a in self.every],
                    "low": [a.low for a in self.every], "high": [a.high for a in self.every],
                    "n": self.fallen.months["n"], "mature": True,
                }
            )  # fmt: skip
            return trend(
                frame, title=say("app_act.chart"),
                alt=say(
                    "app_act.chart_alt", first=self.money(self.every[0].saved),
                    since=self.when(1), until=self.when(len(self.every)),
                ),
                data=self.acts(), write=self.money,
                note=say("apps.synthetic") if self.p.synthetic else "",
            )  # fmt: skip

        return draw


APP = App("act", prepare, controls, answer)
