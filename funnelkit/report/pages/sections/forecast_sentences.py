"""The sentences and headline numbers of a forecast report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from funnelkit.errors import FunnelkitError
from funnelkit.planning.targets.levels import chance_text
from funnelkit.report.blocks import Fact, comma, figure
from funnelkit.report.pages.numbers import collected, facts_of, money_of
from funnelkit.show.column import COUNT, SHARE, Chance, Number
from funnelkit.words import money, number, percent, say
from funnelkit.words import sentences as joined

if TYPE_CHECKING:
    from funnelkit.report.pages.study.outlook import OutlookStudy

#: From this chance on a target is called likely; below one minus it, unlikely.
LIKELY = 0.8
#: New deals whose wins land in time to less than this share are no way to the target.
_TOO_LATE = 0.05
_HELD = 0.8


def sentences(report: OutlookStudy) -> tuple[str, ...]:
    """Return what may come, whether it is enough, and how far to trust it."""
    return collected(report, (_expected, _goal, _trust, _hangs_on, range_of))


def _goal(report: OutlookStudy) -> Iterator[str]:
    yield joined(list(goal_sentences(report)))


def _trust(report: OutlookStudy) -> Iterator[str]:
    yield joined(list(trust(report)))


def _name(method: str) -> str:
    return say(f"forecast.method_{method}")


def _expected(report: OutlookStudy) -> Iterator[str]:
    found = report.forecast()
    total = found.distribution
    assert total is not None
    parts: Any = found.table.set_index("part")
    low, middle, high = (total.quantile(q) for q in (0.1, 0.5, 0.9))
    first, last = report.days
    said = {"since": first, "until": last, "low": low, "middle": middle, "high": high}
    if parts["mean_amount"].isna().any():
        yield say("outlook.opening_expected", **said)
        return
    won, open_, new = (
        float(parts.loc[p, "mean_amount"]) for p in ("won_so_far", "open_deals", "not_yet_created")
    )
    yield say(
        "outlook.opening_parts" if won else "outlook.opening_parts_none",
        won=won,
        open=open_,
        new=new,
        **said,
    )


def goal_sentences(report: OutlookStudy) -> Iterator[str]:
    """Say how likely the target is, and what is missing on average."""
    goal, found = report.goal, report.forecast()
    assert found.distribution is not None
    chance = found.chance(goal.amount)
    kind = "likely" if chance >= LIKELY else "unlikely" if chance <= 1 - LIKELY else "open"
    mean = found.distribution.mean
    yield say(f"outlook.chance_{kind}", amount=goal.amount, chance=chance_text(chance))
    if mean < goal.amount:
        yield say("outlook.missing", missing=goal.amount - mean, mean=mean)
    else:
        yield say("outlook.over", over=mean - goal.amount, mean=mean)


def trust(report: OutlookStudy) -> Iterator[str]:
    """Say which method to trust, as far as the past can tell."""
    found = report.backtest()
    table: Any = found.table.set_index("method")
    best = found.best
    if best is None or table.loc[best, "wape"] != table.loc[best, "wape"]:
        return  # nothing was won in the periods behind: an error is a share of what came
    n = int(table.loc[best, "origins"])
    own = report.method
    alike = [m for m in table.index if table.loc[m, "verdict"] == "within_noise"]
    worse = [m for m in table.index if table.loc[m, "verdict"] == "worse"]
    if (table["verdict"] == "too_few").any():
        yield say("outlook.trust_few", n=n)
    elif own in worse:
        yield say("outlook.trust_other", own=_name(own), best=_name(best), n=n,
                  wape=percent(table.loc[own, "wape"]),
                  best_wape=percent(table.loc[best, "wape"]), option=best)  # fmt: skip
    elif alike:
        same = [_name(m) for m in dict.fromkeys([best, *alike])]
        # would a method with twice the error have been told apart from the best?
        half = (table.loc[alike, "difference_high"] - table.loc[alike, "difference_low"]) / 2
        telling = bool((half <= table.loc[best, "wape"]).all())
        yield say(f"outlook.trust_{'alike' if telling else 'unseen'}", methods=same, n=n)
        if worse:
            yield say("outlook.trust_worse", methods=[_name(m) for m in worse])
    elif worse:
        yield say("outlook.trust_best", best=_name(best), n=n,
                  wape=percent(table.loc[best, "wape"]))  # fmt: skip
    row = table.loc[own]
    if row["coverage"] == row["coverage"]:
        fits = (
            "narrow" if row["high"] < _HELD else "wide" if row["low"] > _HELD else "right"
        )  # fmt: skip
        yield say(f"outlook.held_{fits}", own=_name(own), share=percent(row["coverage"]),
                  low=percent(row["low"]), high=percent(row["high"]),
                  n=int(row["origins"]))  # fmt: skip


def scores_of(report: OutlookStudy) -> dict[str, tuple[float, str]]:
    """Return each method's past error and reading, as far as there is a back-test."""
    try:
        table = report.backtest().table
    except FunnelkitError:
        return {}
    return {
        r["method"]: (r["wape"], say(f"forecast.verdict_{r['verdict']}"))
        for r in table.to_dict("records")
    }


def scores_note(report: OutlookStudy) -> str:
    """Explain the columns; say that periods overlap where they do."""
    said = dict(report.backtest().options)
    note = say("outlook.scores_note")
    overlap = said["every"] == "month" and said["horizon"] != "month"
    return f"{note} {say('outlook.overlap')}" if overlap else note


def range_of(report: OutlookStudy) -> Iterator[str]:
    """Say how far the methods lie apart."""
    means = {}
    for name in report.methods:
        try:
            found = report.forecast(name)
        except FunnelkitError:
            continue
        if found.distribution is not None:
            means[name] = found.distribution.mean
    if len(means) < 2:
        return
    low, high = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    yield say(
        "outlook.range", n=len(means), low=means[low], low_name=_name(low), high=means[high],
        high_name=_name(high),
    )  # fmt: skip


def _hangs_on(report: OutlookStudy) -> Iterator[str]:
    yield report.swing().summary()


def creation(report: OutlookStudy) -> Iterator[str]:
    """Say how many deals would have to be created, and by when at the latest."""
    plan = report.plan()
    first = plan.dates.table.iloc[0]
    stage = report.pipeline.process.label(first["stage"])
    if plan.new_deals_in_period == 0:
        yield say("targets.plan_no_new")
    elif plan.outlook.inside < _TOO_LATE or not np.isfinite(plan.new_deals_in_period):
        yield say("targets.plan_too_late", share=plan.outlook.inside)
    else:
        yield say(
            "outlook.create", n=plan.new_deals_in_period, pace=plan.outlook.new_deals,
            share=plan.outlook.inside,
        )  # fmt: skip
    as_of = report.pipeline.as_of.date()
    if first["median_date"] is not None and first["median_date"] <= as_of:
        yield say(
            "outlook.too_late_now", stage=stage, by=first["median_date"], until=report.days[1]
        )
    elif first["median_date"] is not None:
        yield say("outlook.in_time", stage=stage, by=first["median_date"], until=report.days[1])


def facts(report: OutlookStudy) -> tuple[Fact, ...]:
    """Return the headline numbers."""
    return facts_of(
        report,
        {
            "expected": _fact_expected, "target": _fact_target, "chance": _fact_chance,
            "coverage": _fact_coverage, "error": _fact_error,
        },
    )  # fmt: skip


def _fact_expected(report: OutlookStudy) -> Fact:
    found = report.forecast()
    assert found.distribution is not None
    low, middle, high = (found.distribution.quantile(q) for q in (0.1, 0.5, 0.9))
    note = say("outlook.between", low=money(low), high=money(high))
    return figure(middle, money_of(report), note=note)


def _fact_target(report: OutlookStudy) -> Fact:
    goal = report.goal
    return figure(goal.amount, money_of(report), note=goal.said())


def _fact_chance(report: OutlookStudy) -> Fact:
    chance = report.forecast().chance(report.goal.amount)
    parts: Any = report.forecast().table.set_index("part")
    won = float(parts.loc["won_so_far", "mean_amount"])
    note = say("outlook.won_so_far", won=won)
    return figure(chance, Chance(), note=note)


def _fact_coverage(report: OutlookStudy) -> Fact:
    cover = report.plan().coverage
    if cover is None:
        return figure(float("nan"), COUNT)
    row = cover.table.iloc[-1]
    have = float(row["to_go_ratio"])
    if not np.isfinite(have):
        return figure(float("nan"), COUNT)
    low, high = (number(row[c], 1) for c in ("low", "high"))
    needed = say("outlook.needed", needed=number(row["needed_ratio"], 1), low=low, high=high)
    text = say("outlook.times", n=number(have, 1))
    return figure(have, Number(1), text=text, note=needed)


def _fact_error(report: OutlookStudy) -> Fact:
    table: Any = report.backtest().table.set_index("method")
    row = table.loc[report.method]
    n = say("outlook.dates", n=int(row["origins"]))
    held = say("outlook.held", share=percent(row["coverage"]))
    return figure(row["wape"], SHARE, note=comma(n, held))
