"""Tables beside the deals: cut to a part of the pipeline and to what was known at a date."""

from __future__ import annotations

import pandas as pd

from funnelkit.data.pipeline import from_frames


def pipeline():
    day = pd.Timestamp
    return from_frames(
        pd.DataFrame(
            {
                "deal_id": ["a", "b"],
                "outcome": ["open", "open"],
                "region": ["East", "West"],
                "created_at": [day("2026-01-05"), day("2026-01-06")],
            }
        ),
        as_of="2026-03-31",
        tables={
            "activities": pd.DataFrame(
                {
                    "deal_id": ["a", "b", "b"],
                    "at": [day("2026-01-10"), day("2026-01-11"), day("2026-02-20")],
                    "kind": ["call", "meeting", "call"],
                }
            ),
            "targets": pd.DataFrame({"period": ["2026-01"], "amount": [10.0]}),
        },
    )


def test_a_part_keeps_its_own_rows_and_tables_without_deals_whole():
    west = pipeline().where(region="West")
    assert west.tables["activities"].count().execute() == 2
    assert west.tables["targets"].count().execute() == 1
    assert west.has("activities", "targets")


def test_the_past_knows_no_later_rows():
    january = pipeline().at("2026-01-31")
    rows = january.tables["activities"].order_by("at").to_pandas()
    assert rows["deal_id"].tolist() == ["a", "b"]
    assert january.where(region="West").tables["activities"].count().execute() == 1
