"""The section on discipline: dates that move, dates that were never right, steps passed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from funnelkit.control.conformance import DEVIATIONS, Conformance
from funnelkit.errors import FunnelkitError
from funnelkit.measures.dates.hygiene import CloseDateHygiene
from funnelkit.measures.fiscal import last_quarter
from funnelkit.page.parts import Sentence
from funnelkit.report.blocks import left_out
from funnelkit.report.pages.sections.rows import interval_rows
from funnelkit.show.chart_table import Axis, ChartTable, Mark
from funnelkit.show.column import COUNT, SHARE, TEXT, Money, columns
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.study.base import Study


def discipline(review: Study) -> tuple[Any, ...]:
    """Return pushed and slipped dates, their hygiene, and how far the process is followed."""
    from funnelkit.control import conformance
    from funnelkit.measures.dates.hygiene import close_date_hygiene, slippage
    from funnelkit.measures.dates.pushes import push_rate
    from funnelkit.measures.moves import returns, skips

    p = review.pipeline
    start, end = last_quarter(p.as_of.date(), p.process.calendar)
    since, until = (review.period[k] for k in ("since", "until"))
    made: dict[str, Callable[[], Any]] = {
        "push_rate": lambda: push_rate(p, since=since, until=until),
        "slippage": lambda: slippage(p, start, end + dt.timedelta(days=1)),
        "close_date_hygiene": lambda: close_date_hygiene(p),
        "conformance": lambda: conformance(p),
        "skips": lambda: skips(p, since=since, until=until),
        "returns": lambda: returns(p, since=since, until=until),
    }
    charts: dict[str, Callable[[Any, Any], ChartTable]] = {
        "close_date_hygiene": _dates,
        "conformance": _course,
    }
    parts: list[Any] = []
    refused: dict[str, FunnelkitError] = {}
    for name, make in made.items():
        try:
            found = review.kept(name, make)
        except FunnelkitError as problem:  # what several lack is said once
            refused.setdefault(f"{problem.key} {problem.values.get('missing')}", problem)
            continue
        parts.append(Sentence(found.summary()))
        if name in charts and found.scope.used:
            parts.append(charts[name](review, found))
    return (*parts, *(left_out(problem) for problem in refused.values()))


def _dates(review: Study, found: CloseDateHygiene) -> ChartTable:
    """Draw the share of deals that fail each check of their closing date."""
    records = found.table[found.table["of"] > 0].to_dict("records")
    rows = [
        (say(f"hygiene.check_{r['check']}"), r["share"], (r["low"], r["high"]), r["deals"],
         r["of"], r["amount"])
        for r in records
    ]  # fmt: skip
    heads = columns(
        "discipline.col_", check=TEXT, share=SHARE, interval=(SHARE, "span"), deals=COUNT,
        of=COUNT, amount=Money(currency=review.pipeline.currency),
    )  # fmt: skip
    points = [
        {"at": r["share"], "low": r["low"], "high": r["high"], "target": r["chance_share"]}
        for r in records
    ]
    key = {"dot": say("discipline.key_share"), "target": say("discipline.key_chance")}
    table = Table(heads, rows, say("discipline.dates_caption"), drawn=("share",))
    chart = interval_rows(table, points, SHARE, key, high=1.0)
    cells = [{"check": r["check"]} for r in records]
    counted = {"deals": "deals", "of": "of", "amount": "amount"}
    return review.lists.behind(chart, found, cells, counted, "deals")


def _course(review: Study, found: Conformance) -> ChartTable:
    """Draw how many deals follow the sheet, and how many deviate in each way."""
    row = found.table.iloc[0]
    names = ["conform", *(kind for kind in DEVIATIONS if row[kind])]
    rows = [(say(f"control.column_{n}"), int(row[n]), row[n] / row["deals"]) for n in names]
    heads = columns("discipline.col_", way=TEXT, deals=COUNT, share=SHARE)
    table = Table(heads, rows, say("discipline.course_caption"), drawn=("deals",))
    looks = ["flow", *("band" for _ in names[1:])]
    plots = [[Mark("bar", look, 0.0, float(row[n]))] for look, n in zip(looks, names, strict=True)]
    chart = ChartTable(table, plots, Axis(0.0, float(row["deals"])), tight=True)
    cells = [{"column": name} for name in names]
    return review.lists.behind(chart, found, cells, {"deals": ""}, "deals")
