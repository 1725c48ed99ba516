"""The step rate that will have been: of the deals at a stage, the share that goes on in the end."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.clustered import (
    EACH_DEAL,
    cluster_column,
    counted_in_clusters,
    design_effects,
    in_clusters,
)
from funnelkit.measures.diagnosis.cells import passages
from funnelkit.measures.engine import groups_first, in_days, microseconds, moment_at, within
from funnelkit.stats.eventual import ON, OPEN, eventual, log_odds_interval


def eventual_rates(
    p: Pipeline,
    groups: list[str],
    since: dt.datetime | None,
    until: dt.datetime | None,
    cluster: str | None,
) -> pd.DataFrame:
    """Return ``[groups], place, n``, ``eventual_rate, _error, _low, _high`` of every stage left.

    Deals that are still at a stage are followed to ``as_of`` and then cut, not failed; see
    :func:`funnelkit.stats.eventual.eventual`. The interval allows for deals of one account (or
    another ``cluster``) hanging together, and for good and bad months.
    """
    column = cluster_column(p, cluster)
    known = list(dict.fromkeys([*groups, *([column] if column else [])]))
    rows = passages(p, known, put_down=column is not None)
    if since is not None or until is not None:
        rows = rows.filter(within(rows.created_at, since, until))
    end = moment_at(p.as_of)
    rows = rows.filter(rows.dated)
    rows = rows.mutate(
        day=in_days(microseconds(rows.came, rows.went.coalesce(end))),
        began=(rows.came.year() * 12 + rows.came.month()).cast("int32"),
    )
    rows = rows.filter(rows.day >= 0)
    months = [] if cluster == EACH_DEAL else ["began"]
    keys = [*groups, *months, "place", "day", "exit"]
    counts = groups_first(rows.group_by(keys).agg(n=rows.count()).to_pandas(), groups)
    shares = _by_stage(counts)
    parts: list[pd.DataFrame] = []
    if column and shares:
        decided = rows.filter(rows.exit != OPEN)
        share = ibis.cases(
            *[(decided.place == k, ibis.literal(r)) for k, r in shares.items()],
            else_=ibis.null("float64"),
        )
        went = (decided.exit == ON).ifelse(1, 0).cast("float64")
        parts += in_clusters(decided, went - share, [column], "place")
    if months and shares:
        ended = counts[counts["exit"] != OPEN]
        residual = (ended["exit"] == ON) - ended["place"].map(shares)
        parts.append(counted_in_clusters(ended.assign(residual=residual), "began", "place"))
    effects = design_effects(parts)
    table = []
    for key, part in counts.groupby([*groups, "place"], sort=True):
        own = eventual(part["day"], part["exit"], part["n"])
        place = int(str(key[-1]))
        variance = own.variance * effects.get(place, 1.0)
        table.append((*key[:-1], place, own.rate, variance, float(part["n"].sum())))
    names = [*groups, "place", "eventual_rate", "variance", "n"]
    result = pd.DataFrame(table, columns=names)
    low, high = log_odds_interval(result["eventual_rate"], result["variance"], result["n"])
    result["eventual_low"], result["eventual_high"] = low, high
    result["eventual_error"] = np.sqrt(result.pop("variance"))
    return result


def _by_stage(counts: pd.DataFrame) -> dict[int, float]:
    """Return the rate of all groups together, by stage, where there is one."""
    summed = counts.groupby(["place", "day", "exit"], as_index=False)["n"].sum()
    found = {
        int(str(place)): eventual(part["day"], part["exit"], part["n"]).rate
        for place, part in summed.groupby("place")
    }
    return {place: rate for place, rate in found.items() if rate == rate}


__all__ = ["eventual_rates"]
