"""What each learner of L12 is given, the right answers and the known slips."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.data.kept import kept
from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.stats import newcombe
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.days import day_in
from funnelkit.teach.kinds.faults import share_in
from funnelkit.teach.source import words
from funnelkit.words import percent
from funnelkit.words.formats import signed

W = words("L12")

STAGES = ("lead", "contact", "need", "proposal", "negotiation")


def stage_name(id: str) -> str:
    """Return a stage of the default sheet in the current language."""
    return load_process(None).label(id)


def step_name(id: str) -> str:
    """Return a step as two stages."""
    after = {**dict(itertools.pairwise(STAGES)), "negotiation": "won"}[id]
    return f"{stage_name(id)} → {stage_name(after)}"


def table(**columns: Any) -> pd.DataFrame:
    """Make a frame of pairs (heading, values)."""
    return pd.DataFrame({str(head): list(values) for head, values in columns.values()})


_RATES = {"lead": 0.55, "contact": 0.40, "need": 0.50, "proposal": 0.60, "negotiation": 0.55}
_DROPS = {"lead": 0.06, "contact": 0.08, "need": 0.10}


def two_years(r: random.Random) -> dict[str, Any]:
    """One early step falls beyond chance; the last falls by more points, within chance."""
    while True:
        values = _two_years(r)
        if len(_beyond(values["year1"], values["year2"])) == 1:
            return values


def _two_years(r: random.Random) -> dict[str, Any]:
    changed = r.choice(list(_DROPS))
    years = []
    for year in (1, 2):
        reached, rows = 1900 + 20 * r.randrange(0, 10), []
        for s in STAGES:
            rate = _RATES[s] + r.choice((-0.005, 0.0, 0.005))
            if year == 2:
                rate -= _DROPS[s] if s == changed else 0.11 if s == "negotiation" else 0.0
            rows.append((reached, round(reached * rate)))
            reached = rows[-1][1]
        years.append(rows)
    return {"changed": changed, "year1": years[0], "year2": years[1]}


def years_table(case: Case) -> pd.DataFrame:
    """Steps of both years with the interval of the change."""
    rows = []
    for s, (n0, k0), (n1, k1) in zip(STAGES, case["year1"], case["year2"], strict=True):
        change, low, high = newcombe(k1, n1, k0, n0)
        interval = f"{signed(100 * float(low), 1)} … {signed(100 * float(high), 1)}"
        rows.append(
            (
                step_name(s),
                f"{k0} / {n0} = {percent(k0 / n0, 1)}",
                f"{k1} / {n1} = {percent(k1 / n1, 1)}",
                signed(100 * float(change), 1),
                interval,
            )
        )
    heads = (
        W["step"],
        W["year_1"],
        W["year_2"],
        W["change_points"],
        W["n_95_interval"],
    )
    return pd.DataFrame(rows, columns=[str(h) for h in heads])


def steps(case: Case) -> dict[str, str]:
    """Number the steps."""
    return {str(k): f"{k} {step_name(s)}" for k, s in enumerate(STAGES, 1)}


def _beyond(year1: list[tuple[int, int]], year2: list[tuple[int, int]]) -> list[int]:
    """Numbers of the steps whose change leaves zero out."""
    pairs = zip(year1, year2, strict=True)
    found = [newcombe(k1, n1, k0, n0) for (n0, k0), (n1, k1) in pairs]
    return [k for k, (_, low, high) in enumerate(found, 1) if float(low) > 0 or float(high) < 0]


def changed_step(case: Case) -> str:
    return str(_beyond(case["year1"], case["year2"])[0])


def step_after(case: Case) -> str:
    """Take the step after, whose number of deals fell."""
    return str(int(changed_step(case)) + 1)


def versions(r: random.Random) -> dict[str, Any]:
    """Moves of two years by step, and which steps a new sheet has redefined."""
    n = [
        10 * r.randrange(100, 120),
        10 * r.randrange(42, 50),
        10 * r.randrange(20, 26),
        10 * r.randrange(11, 15),
        10 * r.randrange(6, 9),
    ]
    m = [
        10 * r.randrange(100, 120),
        10 * r.randrange(42, 50),
        10 * r.randrange(16, 22),
        10 * r.randrange(9, 13),
        10 * r.randrange(5, 8),
    ]
    return {
        "moves1": n,
        "moves2": m,
        "same": r.choice(([1, 0, 0, 1, 1], [1, 0, 1, 0, 1], [1, 0, 1, 1, 0])),
    }


def versions_table(case: Case) -> pd.DataFrame:
    """Steps with their moves and whether the standard is the same."""
    same = {1: str(W["same_standard"]), 0: str(W["standard_changed"])}
    return table(
        step=(W["step"], [step_name(s) for s in STAGES]),
        first=(W["moves_year_1"], case["moves1"]),
        second=(W["moves_year_2"], case["moves2"]),
        sheet=(W["stage_sheet"], [same[x] for x in case["same"]]),
    )


def comparable(case: Case) -> float:
    moves = [a + b for a, b in zip(case["moves1"], case["moves2"], strict=True)]
    kept = [n for n, same in zip(moves, case["same"], strict=True) if same]
    return float(sum(kept) / sum(moves))


def second_only(case: Case) -> float:
    """Look at the second year alone."""
    kept = [n for n, same in zip(case["moves2"], case["same"], strict=True) if same]
    return float(sum(kept) / sum(case["moves2"]))


PHASES = {
    "Suspect": "lead",
    "Talking": "contact",
    "Scoping": "need",
    "Quote out": "proposal",
    "Short list": "negotiation",
    "Order in": "won",
    "Went elsewhere": "lost",
    "Shelved": "no_decision",
}


def foreign(r: random.Random) -> dict[str, Any]:
    """Rows of a file from another system, some of them faulty."""
    rows = []
    for k in range(r.randrange(15, 19)):
        phase = r.choice(list(PHASES)[:5])
        rows.append(
            [
                f"K{101 + k}",
                phase,
                f"2026-0{r.randrange(1, 7)}-{r.randrange(13, 28)}",
                str(1000 * r.randrange(12, 90)),
            ]
        )
    spots = r.sample(range(1, len(rows)), 6)
    unknown, repeated, bad_amounts = r.randrange(1, 3), r.randrange(1, 3), 2
    for at in spots[:unknown]:
        rows[at][1] = "???"
    for at in spots[2 : 2 + repeated]:
        rows[at][0] = rows[at - 1][0] if at - 1 not in spots else rows[0][0]
    for at in spots[4 : 4 + bad_amounts]:
        rows[at][3] = "tbd"
    return {"rows": rows}


def foreign_file(case: Case) -> pd.DataFrame:
    """Return the file as it came."""
    return pd.DataFrame(case["rows"], columns=["Ref", "Phase", "Opened", "Value"])


@kept
def read_in(case: Case) -> list[int]:
    from funnelkit.teach.bank.l12.cases import PHASES, foreign_file

    file = foreign_file(case)
    columns = {"deal_id": "Ref", "stage": "Phase", "created_at": "Opened", "amount": "Value"}
    mapping = {"columns": columns, "stages": PHASES}
    p = fk.read(file, mapping=mapping, process="b2b-six-stages", as_of="2026-06-30")
    return [p.size, len(file) - p.size]


def every_row(case: Case) -> list[int]:
    """Take every row for a deal."""
    return [len(case["rows"]), 0]


def with_cells(case: Case) -> list[int]:
    """Set rows aside for an amount that cannot be read, too."""
    size, aside = read_in(case)
    bad = sum(row[3] == "tbd" for row in case["rows"])
    return [size - bad, aside + bad]


SPAN = W["the_dates_should_follow_one"]


def ninety(filled: Mapping[str, str]) -> Text | None:
    """Refuse dates that do not make ninety days."""
    days = [day_in(filled[k]) for k in ("start", "day30", "day60", "day90")]
    assert all(days)
    known = [d for d in days if d is not None]
    turned = any(b <= a for a, b in itertools.pairwise(known))
    return SPAN if turned or not 80 <= (known[3] - known[0]).days <= 100 else None


FALLING = W["a_later_stage_has_a"]


def rising(filled: Mapping[str, str]) -> Text | None:
    """Refuse a chance that falls from stage to stage."""
    values = [share_in(filled[s]) for s in STAGES]
    return FALLING if any(b < a for a, b in itertools.pairwise(values)) else None


def years(p: Any) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the last two years of a pipeline as periods, or its halves if it is shorter."""
    end = pd.Timestamp(p.as_of).normalize() + pd.Timedelta(days=1)
    closed = p.frame()["closed_at"].dropna()
    first = closed.min() if len(closed) else end
    year = end - pd.DateOffset(years=1)
    days = [end - pd.DateOffset(years=2), year, end]
    if first >= year:
        days = [first.normalize(), closed.median().normalize(), end]
    before, middle, after = (str(d.date()) for d in days)
    return (before, middle), (middle, after)


def group(p: Any) -> str:
    """Return a column to compare by: the source where there is one."""
    return next(c for c in ("source", "region", "owner", "currency") if c in p.attributes)
