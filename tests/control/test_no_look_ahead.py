"""What a rule sees of a past moment is what the pipeline of that moment shows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnelkit.control.checkpoints import checkpoints
from funnelkit.control.facts import MAKERS, Facts, at_moment
from funnelkit.data.pipeline import Pipeline, end_of, from_frames
from funnelkit.simulation import simulate


@pytest.fixture(scope="module")
def business() -> Pipeline:
    return simulate(seed=3)


@pytest.mark.parametrize("day", ["2025-03-31", "2026-01-14"])
def test_every_variable_at_a_past_moment(business: Pipeline, day: str) -> None:
    then = business.at(day)
    deals = then.deals.filter(then.deals.outcome == "open").order_by("deal_id").to_pandas()
    points = at_moment(then, deals["deal_id"], end_of(day))  # type: ignore[arg-type]
    now, past = Facts(business, points), Facts(then, points)
    names = [n for n, maker in MAKERS.items() if maker.ready(business)]
    assert {"pushes", "n_contacts", "days_since_buyer_step", "first_touch_hours"} <= set(names)
    for name in [*names, "amount", "expected_close", "owner", "forecast_category"]:
        if name not in MAKERS and name not in business.deals.columns:
            continue
        a, b = now[name], past[name]
        if pd.api.types.is_numeric_dtype(a):
            np.testing.assert_allclose(a.astype(float), b.astype(float), err_msg=name)
        else:
            assert a.isna().tolist() == b.isna().tolist(), name
            assert a.dropna().tolist() == b.dropna().tolist(), name


def written_down(p: Pipeline) -> Pipeline:
    """The same pipeline in tables of its own."""
    assert p.stage_history is not None
    assert p.field_history is not None
    return from_frames(
        p.frame(), p.stage_history.to_pandas(), p.field_history.to_pandas(),
        process=p.process, as_of=p.as_of,
        tables={name: t.to_pandas() for name, t in p.tables.items() if name != "leads"},
    )  # fmt: skip


def test_points_of_a_past_day_do_not_change_when_more_becomes_known(business: Pipeline) -> None:
    part = business.where(owner=business.frame()["owner"].dropna().unique()[:4].tolist())
    direct = checkpoints(part, "2025-09-30").table
    by_way = checkpoints(written_down(part.at("2026-03-31")), "2025-09-30").table
    columns = ["deal_id", "checkpoint", "severity", "reason"]
    assert len(direct) > 10
    assert set(map(tuple, direct[columns].values)) == set(map(tuple, by_way[columns].values))
