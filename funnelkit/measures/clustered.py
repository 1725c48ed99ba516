"""Deals that hang together: how much wider an interval is than that of single deals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
import scipy

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.stats.checks import z_value

#: With this as ``cluster`` every deal stands for itself.
EACH_DEAL = "deal_id"
#: Fewer clusters than these tell nothing of how far clusters differ: chance alone is taken.
FEWEST = 6
#: Columns that name the customer, the surest first.
_ACCOUNTS = ("account_id", "account")
_NORMAL = z_value(0.95)


def cluster_column(p: Pipeline, cluster: str | None) -> str | None:
    """Return the column whose deals hang together; None: none of them do.

    Without one named it is the account; where each has one deal, it makes no difference.

    Raises
    ------
    FunnelkitError
        No such column.
    """
    if cluster == EACH_DEAL:
        return None
    if cluster is not None:
        if not p.has(cluster):
            raise FunnelkitError(
                "pipeline.unknown_column", found=cluster,
                allowed=nearest(cluster, [*p.attributes, EACH_DEAL]),
            )  # fmt: skip
        return cluster
    return next((name for name in _ACCOUNTS if p.has(name)), None)


def design_effects(parts: Iterable[pd.DataFrame]) -> dict[int, float]:
    """Return how many times a share's variance is that of independent deals.

    The residuals (1 or 0, less the share) are added up by cluster and squared (K.-Y. Liang and
    S. L. Zeger 1986, Biometrika 73, 13-22); what several clusterings add is added (A. C. Cameron,
    J. B. Gelbach, D. L. Miller 2011, Journal of Business & Economic Statistics 29, 238-249). Few
    clusters say little of their own variance: Student's t takes the place of the normal law.

    Parameters
    ----------
    parts : iterable of DataFrame
        One a clustering, as :func:`in_clusters` and :func:`counted_in_clusters` make them.

    Returns
    -------
    dict
        Number of the share to the factor, 1 or above.
    """
    found: dict[int, float] = {}
    for part in parts:
        for row in part.to_dict("records"):
            at, size = int(row["at"]), int(row["clusters"] or 0)
            if size < FEWEST or row["most"] < 2 or not row["total"] > 0:
                continue
            few = (scipy.special.stdtrit(size - 1, 0.975) / _NORMAL) ** 2 * size / (size - 1)
            more = float(row["squares"]) * few - float(row["own"])
            found[at] = found.get(at, 1.0) + max(0.0, more / float(row["total"]))
    # an engine adds floats up in no fixed order: the same rows shall give the same figures
    return {at: float(f"{factor:.12g}") for at, factor in found.items()}


def in_clusters(
    rows: ir.Table, residual: ir.FloatingValue, clusters: Sequence[str], at: str
) -> list[pd.DataFrame]:
    """Add residuals up by cluster in the engine, all clusterings in one query.

    Parameters
    ----------
    rows : Table
        One row a deal, with ``clusters`` and ``at``.
    residual : FloatingValue
        Less a share, of a column cast to a float: engines read a literal as an exact decimal,
        and squares of exact decimals run out of digits.
    at : str
        A column of whole numbers: a share each.

    Returns
    -------
    list of DataFrame
        For each clustering one row a share: ``at``; ``total``, the squares of all residuals;
        ``clusters`` and the deals of the largest (``most``); ``own``, the squares of the deals
        with a cluster; ``squares``, those of the clusters' sums.
    """
    rows = rows.select(*clusters, at=rows[at].cast("int64"), residual=residual)
    parts = []
    for nth, name in enumerate(clusters):
        sums = rows.group_by(["at", name]).agg(
            n=rows.count(), own=(rows.residual * rows.residual).sum(), moved=rows.residual.sum()
        )
        named = sums[name].notnull()  # deals without one are not one cluster
        each = sums.group_by("at").agg(
            total=sums.own.sum(), clusters=named.sum(), most=sums.n.max(where=named),
            own=sums.own.sum(where=named), squares=(sums.moved * sums.moved).sum(where=named),
        )  # fmt: skip
        parts.append(each.mutate(nth=ibis.literal(nth, "int8")))
    if not parts:
        return []
    found = (ibis.union(*parts) if len(parts) > 1 else parts[0]).to_pandas()
    return [found[found["nth"] == nth] for nth in range(len(clusters))]


def counted_in_clusters(counts: pd.DataFrame, cluster: str, at: str) -> pd.DataFrame:
    """Add up rows that were counted already: ``n`` of them with one ``residual`` each."""
    moved = counts["n"] * counts["residual"]
    rows = counts.assign(at=counts[at], moved=moved, own=moved * counts["residual"])
    sums = rows.groupby(["at", cluster], as_index=False)[["n", "own", "moved"]].sum()
    sums["squares"] = sums["moved"] ** 2
    each = sums.groupby("at", as_index=False).agg(
        total=("own", "sum"), clusters=("n", "size"), most=("n", "max"), own=("own", "sum"),
        squares=("squares", "sum"),
    )  # fmt: skip
    return each


__all__ = [
    "EACH_DEAL", "cluster_column", "counted_in_clusters", "design_effects", "in_clusters",
]  # fmt: skip
