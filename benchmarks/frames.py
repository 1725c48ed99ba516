"""The same questions in pandas: whole columns at a time, no loop over rows or deals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.data import AS_OF, STAGES, Log


def load(log: Log) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the needed columns and turn their text into numbers."""
    deals = pd.read_parquet(
        log.deals, columns=["deal_id", "region", "stage", "outcome", "closed_at"]
    )
    history = pd.read_parquet(log.history)
    # Deals as row numbers: text is looked up once, everything after works on integers.
    history["deal"] = pd.Index(deals["deal_id"]).get_indexer(history["deal_id"])
    rank = {s: k for k, s in enumerate(STAGES)}
    history["rank"] = history["stage"].map(rank).astype("int8")
    return deals, history.drop(columns=["deal_id", "stage"])


def ask(deals: pd.DataFrame, history: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answer both as fast as pandas goes here, on what ``load`` returned."""
    rank = {s: k for k, s in enumerate(STAGES)}
    return _funnel(deals, history, rank), _medians(deals, history)


def _funnel(deals: pd.DataFrame, history: pd.DataFrame, rank: dict[str, int]) -> pd.DataFrame:
    furthest = history.groupby("deal")["rank"].max().reindex(range(len(deals)), fill_value=-1)
    here = deals["stage"].map(rank).fillna(-1)
    far = np.maximum(furthest.to_numpy(), here.to_numpy()).astype("int8")
    far = np.where(deals["outcome"] == "won", len(STAGES), far)
    shape = pd.DataFrame(
        {"region": deals["region"], "far": far, "open": deals["outcome"] == "open"}
    )
    n = shape.groupby(["region", "open", "far"]).size().unstack("far", fill_value=0)
    n = n.reindex(columns=range(len(STAGES) + 1), fill_value=0)
    reached = n.iloc[:, ::-1].cumsum(axis=1).iloc[:, ::-1].groupby("region").sum().stack()
    still_open = n.xs(True, level="open").stack()
    out = pd.DataFrame({"deals": reached, "still_open": still_open})
    return out.rename_axis(["region", "stage"]).fillna(0).astype("int64").reset_index()


def _medians(deals: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    moves = history.sort_values(["deal", "entered_at"], ignore_index=True)
    left_at = moves["entered_at"].shift(-1).where(moves["deal"].shift(-1) == moves["deal"])
    closed_at = deals["closed_at"].take(moves["deal"]).set_axis(moves.index)
    moves["left_at"] = left_at.fillna(closed_at)
    moves = moves[~moves.duplicated(["deal", "rank"])]
    gone = moves["left_at"].notna()
    seconds = moves["left_at"].fillna(pd.Timestamp(AS_OF)) - moves["entered_at"]
    stays = pd.DataFrame(
        {
            "region": deals["region"].take(moves["deal"]).to_numpy(),
            "stage": moves["rank"].to_numpy(),
            "day": seconds.dt.days.to_numpy(),
            "gone": gone.to_numpy(),
        }
    )
    keys = ["region", "stage"]
    table = stays.groupby([*keys, "day"])["gone"].agg(n="size", gone="sum").reset_index()
    return _kaplan_meier(table)


def _kaplan_meier(table: pd.DataFrame) -> pd.DataFrame:
    """Return entries, exits, median and 90th percentile of a life table by region and stage."""
    keys = ["region", "stage"]
    group = table.groupby(keys)
    at_risk = table["n"].iloc[::-1].groupby([table[k] for k in keys]).cumsum()
    table["survival"] = (1 - table["gone"] / at_risk).groupby([table[k] for k in keys]).cumprod()
    out = group[["n", "gone"]].sum().rename(columns={"n": "entered", "gone": "left"})
    for name, line in (("median_days", 0.5), ("p90_days", 0.1)):
        hit = table[(table["survival"] <= line + 1e-12) & (table["gone"] > 0)]
        out[name] = hit.groupby(keys)["day"].min()
    return out.reset_index()


def ask_plainly(log: Log) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answer both as pandas is mostly written: merge, sort by the keys, shift in groups."""
    deals = pd.read_parquet(log.deals)
    history = pd.read_parquet(log.history)
    rank = {s: k for k, s in enumerate(STAGES)}
    history["rank"] = history["stage"].map(rank)

    furthest = history.groupby("deal_id")["rank"].max().rename("far")
    shape = deals.merge(furthest, on="deal_id", how="left")
    shape["far"] = shape[["far"]].assign(here=shape["stage"].map(rank)).max(axis=1).fillna(-1)
    shape["far"] = shape["far"].where(shape["outcome"] != "won", len(STAGES))
    shape["open"] = shape["outcome"] == "open"
    counts = shape.groupby(["region", "far"])["open"].agg(n="size", still_open="sum")
    every = pd.MultiIndex.from_product(
        [sorted(deals["region"].unique()), range(len(STAGES) + 1)], names=["region", "stage"]
    )
    counts = counts.rename_axis(["region", "stage"]).reindex(every, fill_value=0)
    counts["deals"] = counts["n"].iloc[::-1].groupby("region").cumsum()
    funnel = counts[["deals", "still_open"]].reset_index()

    moves = history.sort_values(["deal_id", "entered_at"])
    moves["left_at"] = moves.groupby("deal_id")["entered_at"].shift(-1)
    moves = moves.drop_duplicates(["deal_id", "stage"])
    moves = moves.merge(deals[["deal_id", "region", "closed_at"]], on="deal_id")
    moves["left_at"] = moves["left_at"].fillna(moves["closed_at"])
    moves["gone"] = moves["left_at"].notna()
    stay = moves["left_at"].fillna(pd.Timestamp(AS_OF)) - moves["entered_at"]
    moves["day"] = stay.dt.days
    keys = ["region", "rank"]
    table = moves.groupby([*keys, "day"])["gone"].agg(n="size", gone="sum").reset_index()
    return funnel, _kaplan_meier(table.rename(columns={"rank": "stage"}))
