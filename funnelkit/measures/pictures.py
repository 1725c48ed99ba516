"""From a result to its chart: labels, texts and the sentence that stands for the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.charts.cohort_triangle import cohort_triangle
from funnelkit.charts.curves import lines, stacked_shares
from funnelkit.charts.drivers import drivers
from funnelkit.charts.flow import flow
from funnelkit.charts.funnel_bars import funnel_bars
from funnelkit.charts.rates import rates
from funnelkit.charts.spans import spans
from funnelkit.data.pipeline import OUTCOMES
from funnelkit.measures.fiscal import said
from funnelkit.show.table import Table
from funnelkit.words import count, days, money, percent, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.measures.cohorts import Cohorts
    from funnelkit.measures.curves import ConversionCurve
    from funnelkit.measures.funnel import Funnel
    from funnelkit.measures.moves import StagePairs
    from funnelkit.measures.result import Result
    from funnelkit.measures.time import TimeInStage
    from funnelkit.measures.velocity import Velocity
    from funnelkit.measures.winning import WinRate

# Rows that fit on one picture; the rest is in the table.
_MOST_ROWS = 72


def _note(result: Result, text: str = "") -> str:
    return " · ".join(filter(None, [result.footnote, text]))


def _whole_groups(result: Result) -> tuple[list[dict[Any, Any]], str]:
    """Return the rows of as many whole groups as fit, and what to say of the others."""
    rows = result.table.to_dict("records")
    keys = list(dict.fromkeys(tuple(r[b] for b in result.by) for r in rows))
    fit = max(1, _MOST_ROWS * len(keys) // max(len(rows), 1))
    if len(keys) <= fit:
        return rows, ""
    shown = set(keys[:fit])
    note = say("measures.chart_first_groups", shown=fit, groups=len(keys))
    return [r for r in rows if tuple(r[b] for b in result.by) in shown], note


def _label(result: Result, row: Mapping[Any, Any], last: str = "") -> str:
    """Name a row by its groups and, where there is one, its stage."""
    parts = [str(row[b]) for b in result.by]
    return " · ".join([*parts, last] if last else parts)


def _listed(parts: list[str]) -> str:
    return say("measures.list", parts=parts)


def draw_funnel(result: Funnel, ax: Axes | None) -> Chart:
    """Draw one bar a stage; grouped funnels stand below each other."""
    rows, cut = _whole_groups(result)
    frame = pd.DataFrame(
        {
            "label": [result.process.label(r["stage"]) for r in rows],
            "n": [r["deals"] for r in rows],
            "overall": [r["overall_rate"] for r in rows],
            "rate": [r["step_rate"] for r in rows],
            "low": [r["low"] for r in rows],
            "high": [r["high"] for r in rows],
            "open": [min(r["still_open"], r["deals"]) for r in rows],
        }
    )
    if result.by:
        frame["group"] = [_label(result, r) for r in rows]
    parts = [
        say(
            "measures.alt_funnel_step" if r["rate"] == r["rate"] else "measures.alt_funnel_part",
            stage=" · ".join(filter(None, [r.get("group"), r["label"]])),
            deals=r["n"], rate=r["rate"],
        )
        for r in frame.to_dict("records")
    ]  # fmt: skip
    return funnel_bars(
        frame,
        title=result.title,
        alt=say("measures.alt_funnel", n=len(frame), parts=_listed(parts)),
        headings=[
            say(f"measures.chart_{h}") for h in ("deals", "step_rate", "interval", "overall")
        ],
        data=result.shown("deals"),
        note=" · ".join(
            filter(
                None, [_note(result, say("measures.chart_hollow_open")), _in_the_end(result), cut]
            )
        ),
        ax=ax,
    )


def _in_the_end(result: Funnel) -> str:
    """Name the rates that come in the end, where there is one funnel only."""
    table = result.table.dropna(subset=["eventual_rate"])
    if result.by or table.empty:
        return ""
    parts = [
        say("measures.chart_eventual_part", stage=result.process.label(r["stage"]),
            **{n: r[f"eventual_{n}"] for n in ("rate", "low", "high")})
        for r in table.to_dict("records")
    ]  # fmt: skip
    return say("measures.chart_eventual", parts=_listed(parts))


def draw_flow(result: StagePairs, ax: Axes | None) -> Chart:
    """Draw the moves between stages and to the outcomes."""
    frame = (
        result.table.groupby(["from_stage", "to_stage"], sort=False)["moves"].sum().reset_index()
    )
    frame.columns = pd.Index(["start", "end", "n"])
    ids = list(result.process.open_ids)
    keys = [*ids, *OUTCOMES]
    places = pd.DataFrame(
        {
            "key": keys,
            "label": [result.process.label(k) for k in keys],
            "column": [*range(len(ids)), *[len(ids)] * len(OUTCOMES)],
            "colour": ["stage"] * len(ids) + list(OUTCOMES),
        }
    )
    largest = frame.nlargest(4, "n").to_dict("records")
    parts = [
        say(
            "measures.alt_flow_part",
            start=result.process.label(r["start"]), end=result.process.label(r["end"]), n=r["n"],
        )
        for r in largest
    ]  # fmt: skip
    return flow(
        frame,
        places=places,
        title=result.title,
        alt=say("measures.alt_flow", parts=_listed(parts)),
        data=result.shown(),
        note=_note(result, say("measures.chart_back")),
        ax=ax,
    )


def draw_time_in_stage(result: TimeInStage, ax: Axes | None) -> Chart:
    """Draw median, interval and 90th percentile of each stage, with the sheet's target."""
    rows, cut = _whole_groups(result)
    frame = pd.DataFrame(
        {
            "label": [_label(result, r, result.process.label(r["stage"])) for r in rows],
            "n": [r["entered"] for r in rows],
            "running": [r["still_there"] for r in rows],
            "median": [r["median_days"] for r in rows],
            "low": [r["low"] for r in rows],
            "high": [r["high"] for r in rows],
            "p90": [r["p90_days"] for r in rows],
        }
    )
    parts = [
        say("measures.alt_value", label=r["label"], value=days(r["median"]))
        for r in frame.to_dict("records")
    ]
    return spans(
        frame,
        title=result.title,
        alt=say("measures.alt_time", parts=_listed(parts)),
        headings=tuple(say(f"measures.chart_{h}") for h in ("deals", "running", "median")),  # type: ignore[arg-type]
        unit=say("measures.chart_days_axis"),
        data=result.shown("median_days"),
        note=_note(result, cut),
        ax=ax,
    )


def draw_win_rate(result: WinRate, ax: Axes | None) -> Chart:
    """Draw the rate of every group with its interval and the overall rate."""
    table = result.table.head(_MOST_ROWS)
    whole = say("measures.chart_whole")
    frame = pd.DataFrame(
        {
            "label": [_label(result, r) or whole for r in table.to_dict("records")],
            "n": table["of"],
            "rate": table["rate"],
            "low": table["low"],
            "high": table["high"],
        }
    )
    total = float(result.table["of"].sum())
    overall = float(result.table["won"].sum()) / total if total and len(frame) > 1 else None
    parts = [
        say("measures.alt_value", label=r["label"], value=percent(r["rate"], 1))
        for r in frame.to_dict("records")
    ]
    return rates(
        frame,
        title=result.title,
        alt=say("measures.alt_rates", title=result.title, parts=_listed(parts)),
        headings=(say(f"measures.chart_{result.of}"), say("measures.chart_rate")),
        data=result.shown("rate"),
        overall=overall,
        overall_label=say("measures.chart_all", rate=overall),
        size=money if result.of == "value" else count,
        note=_note(result),
        ax=ax,
    )


def draw_cohorts(result: Cohorts, ax: Axes | None, links: Sequence[str] = ()) -> Chart:
    """Draw cohorts by age; ``links`` are the parts of a page that the rows open."""
    every = dict(result.options)["every"]
    table = result.table.assign(cohort=result.table["cohort"].map(said))
    if links:
        table["link"] = list(links)
    return cohort_triangle(
        table.rename(columns={"deals": "n"}),
        title=result.title,
        alt=say("measures.alt_cohorts", text=result.summary()),
        age_label=say(f"measures.chart_age_{every}"),
        number_label="n =",
        data=result.shown(),
        note=_note(result, say("measures.chart_hollow_cohort")),
        ax=ax,
    )


def draw_velocity(result: Velocity, ax: Axes | None) -> Chart:
    """Draw by what factor each driver moves a group away from the mean group."""
    table = result.table.dropna(subset=["amount_per_day"])
    writers: dict[str, Callable[[float], str]] = {
        "open_deals": count,
        "win_rate": lambda v: percent(v, 1),
        "mean_won_amount": money,
        "mean_cycle_days": days,
    }
    # the geometric mean of the groups: factors then multiply to each group's own
    centre = {d: _centre(table[d]) for d in writers}
    rows = []
    for r in table.to_dict("records"):
        for driver, write in writers.items():
            factor = r[driver] / centre[driver] if centre[driver] else float("nan")
            rows.append(
                {
                    "label": f"{_label(result, r) or say('measures.chart_whole')}\n"
                    f"{money(r['amount_per_day'])}",
                    "driver": say(f"measures.column_{driver}"),
                    "factor": 1 / factor if driver == "mean_cycle_days" and factor else factor,
                    "text": write(r[driver]),
                    "divides": driver == "mean_cycle_days",
                }
            )
    parts = [
        say(
            "measures.alt_value",
            label=_label(result, r) or say("measures.chart_whole"),
            value=money(r["amount_per_day"]),
        )
        for r in table.to_dict("records")
    ]
    return drivers(
        pd.DataFrame(rows, columns=["label", "driver", "factor", "text", "divides"]),
        title=result.title,
        alt=say("measures.alt_velocity", parts=_listed(parts)),
        axis_label=say("measures.chart_drivers_axis"),
        data=result.shown(),
        note=_note(result),
        ax=ax,
    )


def _centre(values: pd.Series[Any]) -> float:
    positive = values[values > 0].astype(float)
    product = 1.0
    for value in positive:
        product *= value ** (1 / len(positive))
    return product if len(positive) else 0.0


def _thinned(shown: Table) -> Table:
    """Keep some two dozen days of a curve: the table beside a picture, not the result's."""
    return shown.take(range(0, len(shown), max(1, len(shown) // 24)))


def _draw_curves(result: ConversionCurve, ax: Axes | None) -> Chart:
    table = result.table
    frame = table.assign(
        label=[_label(result, r) for r in table[list(result.by)].to_dict("records")],
        rate=table["won"],
    )
    return lines(
        frame,
        title=f"{result.title} · {result.process.label('won')}",
        alt=say("measures.alt_curve", text=result.summary()),
        axis_label=say("measures.chart_day"),
        data=_thinned(result.shown()),
        note=_note(result),
        ax=ax,
    )


def draw_curve(result: ConversionCurve, ax: Axes | None) -> Chart:
    """Draw the stacked shares of the outcomes; of groups, one line each of what was won."""
    table = result.table
    if result.by:
        return _draw_curves(result, ax)
    labels = {o: result.process.label(o) for o in (*OUTCOMES, "open")}
    return stacked_shares(
        table,
        labels=labels,
        title=result.title,
        alt=say("measures.alt_curve", text=result.summary()),
        axis_label=say("measures.chart_day"),
        data=_thinned(result.shown("won", "lost", "no_decision", "open")),
        note=_note(result),
        ax=ax,
    )
