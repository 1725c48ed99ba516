"""L01 What the funnel is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.data.kept import kept
from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.faults import share_in
from funnelkit.teach.source import words

W = words("L01")

_STAGES = ("lead", "contact", "need", "proposal", "negotiation", "close")
_RISES = W["a_later_stage_has_more"]


def _rising(filled: Mapping[str, str]) -> Text | None:
    numbers = [share_in(filled[s]) for s in _STAGES]
    if any(b > a for a, b in pairwise(numbers)):
        return _RISES
    return None


@kept
def _stages(case: Case) -> pd.DataFrame:
    return fk.funnel(case.p).table


def reached(case: Case) -> list[int]:
    return [int(n) for n in _stages(case)["deals"]]


def stopped(case: Case) -> list[int]:
    """Deals by the furthest stage they ever came to: what adding up is forgotten in."""
    counts = reached(case)
    return [a - b for a, b in zip(counts, [*counts[1:], 0], strict=True)]


def present(case: Case) -> list[int]:
    table = fk.snapshot(case.p, case.p.as_of).table.set_index("stage")["deals"]
    return [int(table.get(s, 0)) for s in _stages(case)["stage"]]


def _furthest(case: Case) -> pd.DataFrame:
    stages = [case.p.process.label(s) for s in _stages(case)["stage"]]
    return pd.DataFrame({str(W["furthest_stage"]): stages, str(W["deals"]): stopped(case)})


def rates(p: Any) -> Any:
    """Show what becomes of 1,000 leads when step rates change."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import Script, answer_table, panel

    process = p.process
    table = fk.funnel(p).table
    stages = list(table["stage"])
    sliders = [
        Slider(
            stage,
            str(W["of_those_before_reach"]).format(stage=process.label(stage)),
            0.05,
            1.0,
            0.05,
            round(float(rate), 2),
        )
        for stage, rate in zip(stages[1:], table["step_rate"][1:], strict=True)
    ]

    caption = W["out_of_1_000_leads"]

    def render(state: Mapping[str, float]) -> str:
        left, rows = 1000.0, []
        for stage in stages:
            left *= state.get(stage, 1.0)
            rows.append((process.label(stage), f"{left:,.0f}"))
        return answer_table(rows, caption)

    shown = [[stage, process.label(stage)] for stage in stages]
    return panel(sliders, render, Script("rates", {"stages": shown, "caption": str(caption)}))


WHATIFS = {"rates": rates}


def stage_labels(case: Case) -> Any:
    return [case.p.process.label(s) for s in _stages(case)["stage"]]


def adding_up(case: Case) -> str:
    """The sums from the last stage upwards, a line each."""
    names, own, counts = stage_labels(case), stopped(case), reached(case)
    lines = [f"{names[-1]}: {own[-1]}"]
    for k in range(len(own) - 2, -1, -1):
        lines.append(f"{names[k]}: {own[k]} + {counts[k + 1]} = {counts[k]}")
    return "\n".join(lines)
