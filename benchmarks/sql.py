"""The same questions as two DuckDB queries, as one who knows SQL well would write them by hand."""

from __future__ import annotations

import duckdb
import pandas as pd

from benchmarks.data import AS_OF, Log

RANK = "case {} when 'lead' then 0 when 'contact' then 1 when 'need' then 2 when 'proposal' then 3 when 'negotiation' then 4 end"  # noqa: E501

# Reached: ever in the stage or a later one, or won.
FUNNEL = f"""
with far as (
  select deal_id, max({RANK.format("stage")}) as far from read_parquet(?) group by deal_id
),
shape as (
  select region, outcome = 'open' as is_open, count(*) as n,
    case when outcome = 'won' then 5
         else greatest(coalesce(far, -1), coalesce({RANK.format("stage")}, -1)) end as far
  from read_parquet(?) left join far using (deal_id)
  group by all
)
select region, k as stage, sum(n) filter (far >= k) as deals,
  coalesce(sum(n) filter (far = k and is_open), 0) as still_open
from shape, range(6) as stages(k)
group by all order by all
"""

# First stay in each stage, in whole days; Kaplan-Meier with what still runs censored.
MEDIANS = f"""
with moves as (
  select deal_id, stage, entered_at,
    lead(entered_at) over along as left_at,
    row_number() over (partition by deal_id, stage order by entered_at, file_row_number) as nth
  from read_parquet(?, file_row_number = true)
  window along as (partition by deal_id order by entered_at, file_row_number)
  qualify nth = 1
),
stays as (
  select region, moves.stage, entered_at,
    case when left_at is null and outcome <> 'open' then closed_at else left_at end as left_at
  from moves join read_parquet(?) as deals using (deal_id)
),
days as (
  select region, stage, count(*) as n, count(left_at) as gone,
    (epoch(coalesce(left_at, timestamp '{AS_OF}'))::bigint - epoch(entered_at)::bigint) // 86400
      as day
  from stays group by all
),
risk as (
  select *, sum(n) over (partition by region, stage order by day desc) as at_risk from days
),
curve as (
  select *, product(1 - gone / at_risk) over (partition by region, stage order by day) as survival
  from risk
)
select region, {RANK.format("stage")} as stage, sum(n) as entered, sum(gone) as "left",
  min(day) filter (survival <= 0.5 + 1e-12 and gone > 0) as median_days,
  min(day) filter (survival <= 0.1 + 1e-12 and gone > 0) as p90_days
from curve group by all order by all
"""


def ask(log: Log) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answer both on a fresh connection."""
    con = duckdb.connect()
    deals, history = str(log.deals), str(log.history)
    return (
        con.execute(FUNNEL, [history, deals]).df(),
        con.execute(MEDIANS, [history, deals]).df(),
    )
