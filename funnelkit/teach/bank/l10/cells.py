"""What the cells of lesson L10 show beside the exercises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from funnelkit.control import backward_dates, conformance
from funnelkit.data.pipeline import Pipeline
from funnelkit.teach.bank.l10.ways import SHEET_DAYS
from funnelkit.teach.source import words
from funnelkit.words import number, percent

W = words("L10")


def action(p: Pipeline) -> dict[str, Any]:
    """Return an action on this pipeline that is old enough for a verdict."""
    start = (pd.Timestamp(p.as_of) - pd.Timedelta(days=365)).date()
    stages = p.process.open_ids
    return {
        "problem": str(W["too_few_deals_are_won"]),
        "measure": "win_rate",
        "stage": stages[min(2, len(stages) - 1)],
        "hypothesis": str(W["meet_the_payer_early"]),
        "owner": str(W["sales_lead"]),
        "start": start,
        "due": start + dt.timedelta(days=180),
    }


def dates(p: Pipeline) -> Any:
    """Show by when to enter each stage for other signature days and other certainty."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel
    from funnelkit.words import date as written

    day = pd.Timestamp(p.as_of).date()
    caption = W["enter_by_for_a_signature"]
    past = W["past"]
    known = {s: p.process.stage(s).target.median_days for s in p.process.open_ids}
    days = {s: m for s, m in known.items() if m} or SHEET_DAYS
    sliders = [
        Slider("weeks", str(W["weeks_until_the_signature"]), 2, 40, 1, 26, form="count"),
        Slider("share", str(W["share_of_deals_in_time"]), 0.5, 0.95, 0.05, 0.8),
    ]

    def render(state: Mapping[str, float]) -> str:
        close = day + dt.timedelta(weeks=int(state["weeks"]))
        # a slider's 0.5 is meant as a share like the others, not as medians added up
        share = min(max(state["share"], 0.501), 0.99)
        rows = []
        for stage, by in backward_dates(close, days, (share,))[["stage", "enter_by"]].itertuples(
            index=False
        ):
            label = p.process.label(stage) if stage in p.process.open_ids else stage
            mark = f" ({past})" if by < day else ""
            rows.append((label, f"{written(by)}{mark}"))
        return answer_table(rows, str(caption).format(day=written(close), share=percent(share)))

    return panel(sliders, render)


def moves(p: Pipeline) -> Any:
    """Show what share follows the sheet when frequent moves off it are allowed."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    found = conformance(p)
    assert found.deviations is not None
    often = found.deviations[found.deviations["kind"].isin(["skip", "back"])].head(4)
    pairs = list(zip(often["from_stage"], often["to_stage"], strict=True))
    told = W["allow_1_yes"]
    sliders = [
        Slider(
            f"m{k}",
            str(told).format(a=p.process.label(a), b=p.process.label(b)),
            0,
            1,
            1,
            0,
            form="count",
        )
        for k, (a, b) in enumerate(pairs)
    ]
    heads = (W["histories_on_the_sheet"], W["share"])

    def render(state: Mapping[str, float]) -> str:
        fine = [pair for k, pair in enumerate(pairs) if state.get(f"m{k}", 0) >= 0.5]
        row = conformance(p, allowed=fine).table.iloc[0]
        kept = f"{number(int(row['conform']), 0)} / {number(int(row['deals']), 0)}"
        return answer_table(zip(heads, (kept, percent(row["rate"], 1)), strict=True))

    return panel(sliders, render)


WHATIFS = {"dates": dates, "moves": moves}
