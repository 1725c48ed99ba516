"""Deals that hang together: how much wider an interval is than that of single deals."""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir
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


def design_effects(
    rows: ir.Table, residual: ir.FloatingValue, clusters: Sequence[str], within: str
) -> dict[int, float]:
    """Return how many times a share's variance is that of independent deals.

    The residuals (1 or 0, less the share) are added up by cluster, in the engine, and squared
    (K.-Y. Liang and S. L. Zeger 1986, Biometrika 73, 13-22); what several clusterings add is added
    (A. C. Cameron, J. B. Gelbach, D. L. Miller 2011, Journal of Business & Economic Statistics
    29, 238-249). Few clusters say little of their own variance: Student's t takes the place of
    the normal law.

    Parameters
    ----------
    rows : Table
        One row a deal, with ``clusters`` and ``within``.
    within : str
        A column of whole numbers: a share each.

    Returns
    -------
    dict
        Value of ``within`` to the factor, 1 or above.
    """
    found: dict[int, float] = {}
    rows = rows.mutate(residual=residual)
    alone = rows.group_by(within).agg(squares=(rows.residual * rows.residual).sum()).to_pandas()
    total = {int(r[within]): float(r["squares"]) for r in alone.to_dict("records")}
    for name in clusters:
        part = rows.filter(rows[name].notnull())  # deals without one are not one cluster
        sums = part.group_by([within, name]).agg(
            n=part.count(), own=(part.residual * part.residual).sum(), moved=part.residual.sum()
        )
        each = sums.group_by(within).agg(
            clusters=sums.count(), most=sums.n.max(), own=sums.own.sum(),
            squares=(sums.moved * sums.moved).sum(),
        )  # fmt: skip
        for row in each.to_pandas().to_dict("records"):
            at, size = int(row[within]), int(row["clusters"])
            if size < FEWEST or row["most"] < 2 or not total.get(at):
                continue
            few = (scipy.stats.t.ppf(0.975, size - 1) / _NORMAL) ** 2 * size / (size - 1)
            more = float(row["squares"]) * few - float(row["own"])
            found[at] = found.get(at, 1.0) + max(0.0, more / total[at])
    return found


__all__ = ["EACH_DEAL", "cluster_column", "design_effects"]
