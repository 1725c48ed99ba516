"""No column gives a planted deal away, but by what the pattern does.

Among deals that had the same exposure (same stage reached, same place, same time) and the same
outcome, nothing written down may tell the planted ones from those of a run without the pattern:
order of ids, names, last digits of amounts, seconds of times.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, ks_2samp

from funnelkit.simulation import PATTERNS, simulate

BASE: dict[str, Any] = {"deals": 8_000, "activities_per_week": 0}
# What each pattern itself changes: there a difference is meant.
MEANT = {
    "stuffed_pipeline": {"day", "amount_digits", "id_order", "source", "region", "owner", "stage"},
    "late_discount": {"day", "amount_digits"},
    "hockey_stick": {"day", "amount_digits"},
    "sandbagging": {"id_order", "owner", "day"},
    "lead_quality": {"source", "id_order", "day", "campaign"},
    "mix_shift": {"source", "id_order", "day"},
    "missing_data": {"amount_digits"},
    # weekend leads come before Monday's: their ids stand together, as their times do
    "slow_response": {"second", "minute", "id_digits", "day"},
    "reshuffle": {"owner"},
}
LEVEL = 1e-4  # fifteen patterns, their twins and ten columns: 280 looks


@cache
def run(key: str | None, twin: bool) -> Any:
    patterns = [{key: {"twin": twin}}] if key else []
    return simulate(plan={**BASE, "patterns": patterns}, seed=9)


def looks(deals: pd.DataFrame) -> pd.DataFrame:
    """What a deal shows besides its story."""
    created = deals["created_at"]
    number = deals["deal_id"].str.removeprefix("D-").astype(int)
    return pd.DataFrame(
        {
            "second": created.dt.second,
            "minute": created.dt.minute,
            "closed_second": deals["closed_at"].dt.second,
            "id_digits": number % 100,
            "account_digits": deals["account_id"].str[-2:].astype(int),
            "amount_digits": (deals["amount"] / 100) % 10,
            "name_length": deals["account"].str.len(),
            "product": deals["product"],
            "source": deals["source"],
            "campaign": deals["campaign"].notna().astype(int),
            "industry": deals["industry"],
        }
    )


def _apart(a: pd.Series, b: pd.Series) -> float:
    a, b = a.dropna(), b.dropna()
    if len(a) < 20 or len(b) < 20:
        return 1.0
    if a.dtype.kind in "if" and a.nunique() > 12:
        return float(ks_2samp(a, b).pvalue)
    table = pd.crosstab(
        np.r_[np.zeros(len(a)), np.ones(len(b))], pd.concat([a, b], ignore_index=True)
    )
    table = table.loc[:, table.sum() >= 10]
    return float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0


CASES = [(k, t) for k, kind in PATTERNS.items() for t in (False, True) if kind.has_twin or not t]


@pytest.mark.parametrize(("key", "twin"), CASES)
def test_nothing_beside_the_mechanism_tells_planted_deals(key: str, twin: bool) -> None:
    p = run(key, twin)
    deals = p.deals.to_pandas().sort_values("deal_id", ignore_index=True)
    truth = p.truth.deals.set_index("deal_id")["patterns"]
    planted = deals["deal_id"].map(truth).str.len() > 0
    if planted.all() or not planted.any():
        rest = run(None, False).deals.to_pandas()  # everybody or nobody: against the control
        planted = planted | True
    else:
        rest = deals[~planted]
    where = p.truth.planted[0]["where"]
    mine = deals[planted]
    # the same exposure: same places, same time, same furthest stage and outcome
    for column, values in where.items():
        if column != "competitor" and column in rest and rest[column].isin(values).sum() >= 20:
            rest, mine = (f[f[column].isin(values)] for f in (rest, mine))
    cells = ["outcome", "stage", "size"]
    rest = _alike(rest, mine, cells)
    meant = MEANT.get(key, set())
    here, there = looks(mine), looks(rest)
    # what the segment itself is made of is no secret
    skip = meant | set(where)
    for column in here.columns.difference(list(skip)):
        assert _apart(here[column], there[column]) > LEVEL, (key, twin, column)


def _alike(rest: pd.DataFrame, mine: pd.DataFrame, cells: list[str]) -> pd.DataFrame:
    """Draw others in the same numbers by outcome, stage and size."""
    parts = []
    for cell, group in mine.groupby(cells):
        same = rest
        for column, value in zip(cells, cell, strict=True):
            same = same[same[column] == value]
        parts.append(same.head(len(group)) if len(same) >= len(group) else same)
    return pd.concat(parts) if parts else rest


@pytest.mark.parametrize(("key", "twin"), CASES)
def test_no_column_is_added_and_no_new_word_said(key: str, twin: bool) -> None:
    """The words of a planted run are those of the control; so are the columns."""
    p, control = run(key, twin), run(None, False)
    assert list(p.deals.columns) == list(control.deals.columns)
    a, b = p.deals.to_pandas(), control.deals.to_pandas()
    for column in ("region", "source", "industry", "size", "tier", "product", "type", "campaign",
                   "competitor", "loss_reason", "forecast_category", "owner", "presales_owner",
                   "stage", "outcome", "currency"):  # fmt: skip
        assert set(a[column].dropna()) <= set(b[column].dropna()), column
    new = set(a["discount_approved_by"].dropna()) - set(b["discount_approved_by"].dropna())
    # the programme has a code of its own: that is how the innocent discount is told
    assert new <= ({"Programme agreement"} if (key, twin) == ("late_discount", True) else set())
    for name, table in p.tables.items():
        assert list(table.columns) == list(control.tables[name].columns)


def test_no_word_of_a_pattern_stands_in_the_data() -> None:
    p = simulate(plan={"deals": 2000, "patterns": list(PATTERNS)}, seed=2)
    tables = [p.deals, p.stage_history, p.field_history, *p.tables.values()]
    words = [*PATTERNS, "twin", "planted", "pattern", "zombie", "fair week"]
    for table in tables:
        frame = table.to_pandas()
        for column in frame.columns:
            assert column not in words
            if frame[column].dtype.kind in "OUT" or str(frame[column].dtype) == "str":
                said = frame[column].dropna().astype("str").str.lower()
                for word in words:
                    assert not said.str.contains(rf"\b{word}\b").any(), (column, word)


def test_ids_follow_creation_alone() -> None:
    p = simulate(plan={"deals": 3000, "patterns": list(PATTERNS)}, seed=2)
    deals = p.deals.to_pandas().sort_values("deal_id")
    assert deals["created_at"].is_monotonic_increasing
    assert deals["deal_id"].is_unique
