"""What the lesson's own cells show: focus by seller, the hours split, the smallest number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.simulation.game import Game, record
from funnelkit.stats import wilson
from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L07")

_GAMES = 60  # of which the what-if on hours shows the mean


def team(p: Any) -> Any:
    """Return the pipeline if it knows its sellers, else practice data."""
    from funnelkit.teach.practice import practice

    return p if p.has("owner") else practice("firm", 1)


def _steps(p: Any) -> pd.DataFrame:
    """Return, for every seller and late stage, the settled deals and those that went on."""
    table = fk.funnel(p, by="owner").table
    rows = []
    for owner, part in table.groupby("owner", sort=True):
        reached = part["deals"].tolist()
        waiting = part["still_open"].tolist()
        for k, stage in enumerate(part["stage"].tolist()[:-1]):
            rows.append((str(owner), stage, int(reached[k] - waiting[k]), int(reached[k + 1])))
    steps = pd.DataFrame(rows, columns=["owner", "stage", "came", "went"])
    late = p.process.open_ids[2:] or p.process.open_ids
    steps = steps[steps["stage"].isin(late)].reset_index(drop=True)
    whole = steps.groupby("stage")[["came", "went"]].sum()
    steps["usual"] = steps["stage"].map(whole["went"] / whole["came"])
    return steps


def _focus(steps: pd.DataFrame, least: float) -> pd.DataFrame:
    """Return one row a seller: the stage furthest below, and what may be said of it."""
    level = 1 - 0.05 / max(1, len(steps))
    low, high = wilson(steps["went"], steps["came"], level)
    steps = steps.assign(low=low, high=high, gap=steps["went"] / steps["came"] - steps["usual"])
    rows: list[dict[Any, Any]] = []
    for owner, part in steps.groupby("owner", sort=True):
        enough = part[part["came"] >= least]
        if enough.empty:
            rows.append({"owner": owner, "verdict": "few"})
            continue
        row = enough.iloc[int(enough["gap"].to_numpy().argmin())].to_dict()
        below = enough[enough["high"] < enough["usual"]]
        if len(below):
            row = below.iloc[int(below["gap"].to_numpy().argmin())].to_dict()
        rows.append({**row, "verdict": "focus" if len(below) else "none"})
    return pd.DataFrame(rows)


_SAID = {
    "focus": W["focus"],
    "none": W["nothing_stands_out"],
    "few": W["not_enough_data"],
}


def focus_table(p: Any, least: float = 20) -> pd.DataFrame:
    """Return for every seller the stage furthest below the team, and whether it is a focus."""
    rows = []
    for row in _focus(_steps(p), least).to_dict("records"):
        few = row["verdict"] == "few"
        rows.append(
            (
                row["owner"],
                "–" if few else p.process.label(row["stage"]),
                "–" if few else f"{row['went']:.0f} / {row['came']:.0f}",
                "–" if few else f"{percent(row['low'])}–{percent(row['high'])}",
                "–" if few else percent(row["usual"]),
                str(_SAID[row["verdict"]]),
            )
        )
    columns = [
        W["seller_2"],
        W["stage_furthest_below"],
        W["went_on_came"],
        W["interval"],
        W["team"],
        W["what_may_be_said"],
    ]
    return pd.DataFrame(rows, columns=[str(c) for c in columns]).set_index(str(columns[0]))


def smallest(p: Any) -> Any:
    """Show how many sellers get a verdict when more or fewer deals are asked for."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    steps = _steps(team(p))

    def render(state: Mapping[str, float]) -> str:
        found = _focus(steps, state["least"])["verdict"].value_counts()
        rows = ((name, int(found.get(key, 0))) for key, name in _SAID.items())
        return answer_table(rows, W["sellers"])

    label = str(W["deals_needed_before_a_verdict"])
    return panel([Slider("least", label, 5, 120, 5, 20, form="count")], render)


def play(share: float, react: float) -> list[float]:
    """Return the wins of 24 months for a share of hours on opening and a reaction to bad months.

    The rules are those of the game; mean of many games. After a month below its target,
    ``react`` of the opening hours go to running offers.
    """

    def policy(game: Game) -> float:
        below = bool(game.months) and game.months[-1].wins < game.rules.target
        return game.rules.hours * share * (1 - react if below else 1)

    return list(record(policy, range(_GAMES)).curve)


def hours(p: Any) -> Any:
    """Show what a split of hours, and a change of it in bad months, does over two years."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    rows = (W["wins_in_two_years"], W["weakest_quarter"], W["best_quarter"])

    def render(state: Mapping[str, float]) -> str:
        wins = play(state["share"], state["react"])
        quarters = [sum(wins[k : k + 3]) for k in range(0, 24, 3)]
        values = (sum(wins), min(quarters), max(quarters))
        return answer_table(
            (name, f"{value:.1f}") for name, value in zip(rows, values, strict=True)
        )

    return panel(
        [
            Slider("share", str(W["hours_on_opening_new_deals"]), 0.1, 0.9, 0.05, 0.5),
            Slider("react", str(W["of_these_moved_to_running"]), 0, 1, 0.1, 0),
        ],
        render,
    )


def rep_months(start: int, months: int) -> float:
    """Return the full seller-months a year gets of somebody who begins in month ``start``.

    The first month counts nothing, then the share grows evenly; after ``months`` it is whole.
    """
    return sum(min(1.0, k / months) for k in range(13 - start))


def ramp(p: Any) -> Any:
    """Show what a start and a length of the ramp leave of a year."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    full = W["full_seller_months_this_year"]
    paid = W["months_on_the_payroll"]

    def render(state: Mapping[str, float]) -> str:
        start, months = int(state["start"]), int(state["months"])
        rows = ((paid, 13.0 - start), (full, rep_months(start, months)))
        return answer_table((name, f"{value:.1f}") for name, value in rows)

    return panel(
        [
            Slider("start", str(W["begins_in_month"]), 1, 12, 1, 1, form="count"),
            Slider("months", str(W["months_to_full_strength"]), 1, 12, 1, 6, form="count"),
        ],
        render,
    )


WHATIFS = {"ramp": ramp, "hours": hours, "smallest": smallest}
