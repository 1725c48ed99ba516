"""What the lesson's own cells show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L06")


def last_quarter(p: Any) -> tuple[str, str]:
    """Return the two dates between which the last whole quarter of the data lies."""
    seen = pd.Timestamp(p.as_of) + pd.Timedelta(microseconds=1)
    end = seen.to_period("Q").start_time
    return str((end - pd.DateOffset(months=3) - pd.Timedelta(days=1)).date()), str(
        (end - pd.Timedelta(days=1)).date()
    )


def two_years(p: Any) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the last twelve months of the data and the twelve before, half-open."""
    end = (pd.Timestamp(p.as_of) + pd.Timedelta(microseconds=1)).normalize()
    edges = [str((end - pd.DateOffset(months=m)).date()) for m in (24, 12, 0)]
    return (edges[0], edges[1]), (edges[1], edges[2])


def watched(p: Any) -> str:
    """Return the stage the lesson watches: the one before the last in which a deal can be."""
    return str(p.process.open_ids[max(0, len(p.process.open_ids) - 2)])


def months(p: Any) -> Any:
    """Return the control chart of the watched stage; of practice data where months are too few."""
    from funnelkit.errors import FunnelkitError
    from funnelkit.measures.drift import drift
    from funnelkit.teach.practice import practice

    try:
        return drift(p, watched(p))
    except FunnelkitError:
        return drift(practice("firm", 1), "lead")


def limits(p: Any) -> pd.DataFrame:
    """Return the ageing limits with labels in the current language."""
    from funnelkit.control import ageing_limits

    table = ageing_limits(p)
    return pd.DataFrame(
        {
            str(W["deals_that_moved_on"]): table["moved_on"].tolist(),
            str(W["amber_after_days"]): [f"{d:.0f}" for d in table["amber_days"]],
            str(W["red_after_days"]): [f"{d:g}" for d in table["red_days"]],
        },
        index=pd.Index([p.process.label(s) for s in table["stage"]], name=str(W["stage"])),
    )


def own_rule(p: Any) -> str:
    """Return the rule of the watched stage's amber limit."""
    from funnelkit.control import ageing_limits

    days = ageing_limits(p).set_index("stage")["amber_days"][watched(p)]
    return f"days_in_stage > {days if days == days else 30:.0f}"


def threshold(p: Any) -> Any:
    """Show what a limit on the time in a stage catches on past deals, and its false alarms."""
    from funnelkit.control import rule_quality
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    stage, tried = watched(p), list(range(5, 125, 5))
    table = rule_quality(p, "days_in_stage > 30", stage, thresholds=tried).table.set_index(
        "threshold"
    )
    words = (
        (W["deals_asked"], "deals"),
        (W["alarms"], "fired"),
        (W["caught_in_time"], "caught"),
        (W["false_alarms"], "false_alarms"),
        (W["missed"], "missed"),
    )
    caption = W["a_limit_on_the_time"]
    right = W["share_of_alarms_that_were"]

    def render(state: Mapping[str, float]) -> str:
        row: Any = table.loc[min(tried, key=lambda d: abs(d - state["limit"]))]
        shown = percent(row["precision"]) if row["precision"] == row["precision"] else "–"
        rows = [*((name, f"{int(row[c]):,}") for name, c in words), (right, shown)]
        return answer_table(rows, str(caption).format(stage=p.process.label(stage)))

    return panel([Slider("limit", str(W["limit_days"]), 5, 120, 5, 30, form="count")], render)


def luck(p: Any) -> Any:
    """Show how often a faultless team shows a weak seller."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import Script, answer_table, panel

    any_one = W["at_least_one_called_weak"]
    strict = W["chance_to_allow_each_seller"]

    def render(state: Mapping[str, float]) -> str:
        n = state["sellers"]
        rows = ((any_one, 1 - (1 - state["each"]) ** n, 0), (strict, 1 - 0.95 ** (1 / n), 2))
        return answer_table((name, percent(x, d)) for name, x, d in rows)

    return panel(
        [
            Slider("sellers", str(W["sellers_compared"]), 1, 40, 1, 3, form="count"),
            Slider("each", str(W["chance_of_a_false_alarm"]), 0.01, 0.2, 0.01, 0.05),
        ],
        render,
        Script("luck", {"any": str(any_one), "strict": str(strict)}),
    )


WHATIFS = {"threshold": threshold, "luck": luck}
