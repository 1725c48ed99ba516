"""What-ifs: the reverse funnel, and a year with its season and its team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from funnelkit.planning import capacity, decompose, reverse_funnel
from funnelkit.teach.exercise import both as T
from funnelkit.words import money, number, percent

#: Season of a firm whose buyers order before year's end; January and February as one.
_SEASON = (0.63, 0.63, 1.0, 0.91, 1.01, 1.1, 0.82, 0.82, 1.1, 1.0, 1.2, 1.78)
_RATES = (0.55, 0.40, 0.50, 0.60, 0.55)


def next_target(p: Any) -> tuple[float, dt.date]:
    """Return a target for the next twelve months, a tenth above the last, and their end."""
    won = p.frame().query("outcome == 'won'")
    since = pd.Timestamp(p.as_of) - pd.DateOffset(years=1)
    last = float(won.loc[won["closed_at"] > since, "amount"].sum()) or float(won["amount"].sum())
    step = 10 ** max(len(str(int(last))) - 2, 0)
    until = pd.Timestamp(p.as_of.date()) + pd.DateOffset(years=1, days=1)
    return float(round(1.1 * last / step) * step), until.date()


def backwards(p: Any) -> Any:
    """Change target, amount of a deal and rates; see what each stage needs."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    process = p.process
    stages = list(process.open_ids)
    start = dict(zip(stages, _RATES, strict=True)) if len(stages) == len(_RATES) else {}
    on = T("of “{stage}”, go on", "“{stage}”继续推进的比率")
    sliders = [
        Slider("target", str(T("Target, in million", "目标（百万元）")), 10, 120, 5, 60, form="count"),
        Slider("value", str(T("Amount a deal, in thousand", "单笔金额（千元）")), 100, 1000, 50, 400, form="count"),
        *(
            Slider(s, str(on).format(stage=process.label(s)), 0.1, 1.0, 0.05, start.get(s, 0.5))
            for s in stages
        ),
    ]  # fmt: skip
    head = T("Needed at each stage, rounded up once", "各阶段需要的数量（最后一次取整）")

    def render(state: Mapping[str, float]) -> str:
        rates = {s: state[s] for s in stages}
        plan = reverse_funnel(1e6 * state["target"], 1e3 * state["value"], rates, process=process)
        needed = zip(plan.table["stage"], plan.table["needed_deals"], strict=True)
        rows = [(process.label(stage), number(float(n))) for stage, n in needed]
        return answer_table(rows, head)

    return panel(sliders, render)


def year(p: Any) -> Any:
    """Spread a target over the months and compare it with what the team can carry."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    sliders = [
        Slider("target", str(T("Target, in million", "目标（百万元）")), 20, 100, 5, 60, form="count"),
        Slider("sellers", str(T("Full sellers", "满产销售人数")), 1, 12, 1, 6, form="count"),
        Slider("hires", str(T("New sellers", "新增人数")), 0, 6, 1, 2, form="count"),
        Slider("month", str(T("Month of their start", "入职月份")), 1, 12, 1, 4, form="count"),
        Slider("attainment", str(T("Attainment", "达成率")), 0.5, 1.0, 0.05, 0.8),
        Slider("season", str(T("Season (0 % = equal months)", "季节性（0% 为每月相同）")), 0.0, 1.5, 0.25, 1.0),
    ]  # fmt: skip
    head = T("Twelve months, 850,000 a full seller and month", "十二个月，每名满产销售每月 85 万")
    names = T("Month", "月份"), T("Target", "目标"), T("Team", "团队可完成"), T("Year", "全年")
    ratio = T("Team / target", "可完成 ÷ 目标")

    def render(state: Mapping[str, float]) -> str:
        target = 1e6 * state["target"]
        weights = {k: 1 + (x - 1) * state["season"] for k, x in enumerate(_SEASON, 1)}
        parts = decompose(target, {"month": weights}, unit=1e5).table
        team = capacity(
            state["sellers"], 850_000, hires={int(state["month"]): int(state["hires"])},
            attainment=state["attainment"], target=target,
        ).table  # fmt: skip
        rows: list[tuple[str, ...]] = [tuple(str(n) for n in names[:3])]
        for month, asked, comes in zip(
            parts["month"], parts["amount"], team["expected_amount"], strict=True
        ):
            rows.append((str(month), money(asked), money(comes)))
        whole = float(team["expected_amount"].sum())
        rows.append((str(names[3]), money(float(parts["amount"].sum())), money(whole)))
        rows.append((str(ratio), "", percent(whole / target)))
        return answer_table(rows, head)

    return panel(sliders, render)


WHATIFS = {"backwards": backwards, "year": year}
