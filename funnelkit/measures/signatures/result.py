"""All signatures at once: one table, one family of comparisons, one verdict a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import P_VALUE, Named, each
from funnelkit.measures.result import Result, choose, column_label
from funnelkit.measures.scope import make_scope
from funnelkit.measures.signatures.base import COLUMNS, Signature, frame_of
from funnelkit.measures.signatures.happy_ears import HappyEars
from funnelkit.measures.signatures.hockey_stick import HockeyStick
from funnelkit.measures.signatures.late_discount import LateDiscounts
from funnelkit.measures.signatures.lead_quality import LeadQuality
from funnelkit.measures.signatures.missing_data import MissingData
from funnelkit.measures.signatures.mix_shift import MixShift
from funnelkit.measures.signatures.new_competitor import NewCompetitor
from funnelkit.measures.signatures.push_count import PushCount
from funnelkit.measures.signatures.reshuffle import TerritoryReshuffle
from funnelkit.measures.signatures.sandbagging import Sandbagging
from funnelkit.measures.signatures.single_contact import SingleContact
from funnelkit.measures.signatures.slow_response import SlowResponse
from funnelkit.measures.signatures.stalled_proposals import StalledProposals
from funnelkit.measures.signatures.stuffed_pipeline import StuffedPipeline
from funnelkit.measures.signatures.zombies import ZombieDeals
from funnelkit.show.column import RATE
from funnelkit.stats.multiplicity import holm
from funnelkit.words import percent, say, sentences

if TYPE_CHECKING:
    pass

SIGNATURES: dict[str, Signature] = {
    s.id: s
    for s in (
        HappyEars(), StuffedPipeline(), ZombieDeals(), StalledProposals(), SingleContact(),
        LateDiscounts(), HockeyStick(), Sandbagging(), LeadQuality(), MixShift(), PushCount(),
        NewCompetitor(), TerritoryReshuffle(), SlowResponse(), MissingData(),
    )
}  # fmt: skip
VERDICTS = ("act", "watch", "too_little_data", "as_expected")


@dataclass(frozen=True, eq=False, repr=False)
class Signatures(Result):
    """Which failure patterns the history shows, each held against its innocent twin."""

    name: ClassVar[str] = "signatures"
    room: ClassVar[str] = "signatures"
    units: ClassVar = {
        "column": Named(lambda r, value: column_label(value, r.room)),
        **each(RATE, "observed expected"),
        **each(P_VALUE, "p_value adjusted_p"),
    }
    #: Patterns that could not be looked at, with what they lack.
    not_examined: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def family(self) -> int:
        """How many comparisons the adjusted p-values allow for."""
        return int(self.table["p_value"].notna().sum())

    def _said(self) -> dict[str, Any]:
        return super()._said() | {"family": self.family}

    def summary(self) -> str:
        """Name the rows to act on, or say that none stands out."""
        act = self.table[self.table["verdict"] == "act"]
        parts = [say("signatures.summary_none", family=self.family)] if act.empty else []
        for _, row in act.iterrows():
            parts.append(
                say(
                    "signatures.summary_act",
                    name=SIGNATURES[row["signature"]].name,
                    where=self._place(row),
                    observed=percent(row["observed"], 1),
                    expected=percent(row["expected"], 1),
                    n=int(row["n"]),
                )
            )
        watch = int((self.table["verdict"] == "watch").sum())
        if watch:
            parts.append(say("signatures.summary_watch", n=watch))
        return sentences(parts)

    def _place(self, row: pd.Series[Any]) -> str:
        parts = [] if row["column"] is None else [column_label(row["column"], self.room)]
        parts += [] if row["group"] is None else [str(row["group"])]
        parts += [] if row["stage"] is None else [self.process.label(row["stage"])]
        return " · ".join(parts) or say("signatures.everything")

    def advice(self) -> pd.DataFrame:
        """Return what to rule out and what to ask next for each row to act on or to watch."""
        rows = self.table[self.table["verdict"].isin(["act", "watch"])]
        told = [SIGNATURES[s] for s in rows["signature"]]
        texts = [
            {"signature": s.id, "name": s.name, "looks": s.looks, "innocent": s.innocent,
             "ask": s.ask}
            for s in told
        ]  # fmt: skip
        return pd.DataFrame(texts, columns=["signature", "name", "looks", "innocent", "ask"])

    def _small_print(self) -> str:
        lines = [super()._small_print()]
        lines += [
            say("signatures.not_examined", name=SIGNATURES[s].name, missing=list(missing))
            for s, missing in self.not_examined
        ]
        return "\n".join(lines)


def signatures(
    p: Pipeline, only: str | Iterable[str] | None = None, *, alpha: float = 0.05
) -> Signatures:
    """Look for the fifteen failure patterns, each by a test that its innocent twin passes.

    Parameters
    ----------
    only : str or iterable of str, optional
        Names of :data:`SIGNATURES`; all of them when not given. A pattern that is asked for
        by name refuses when its data are missing, otherwise it is listed as not examined.
    alpha : float
        The chance of any false "act" in a pipeline without a pattern is at most this.

    Returns
    -------
    Signatures
        ``table``: ``signature, column, group, stage, since, observed, expected, n, low, high,
        p_value, amount_at_stake, adjusted_p, verdict``. ``observed`` and ``expected`` are
        shares, ``low`` and ``high`` the 95% interval of ``observed``. ``adjusted_p`` is
        Holm's over all rows that have a p-value. Verdicts: ``act`` (adjusted p at most
        alpha), ``watch`` (would stand out if it were the only question), ``too_little_data``,
        ``as_expected``.

    Raises
    ------
    FunnelkitError
        An unknown pattern, or one asked for by name whose data are missing.

    Examples
    --------
    >>> from funnelkit.data.pipeline import from_frames
    >>> deals = pd.DataFrame({"deal_id": [str(k) for k in range(60)], "outcome": "lost"})
    >>> deals["loss_reason"] = ["other"] * 45 + ["price"] * 15
    >>> table = signatures(from_frames(deals, as_of="2026-11-23")).table
    >>> table[["signature", "column", "verdict"]].values.tolist()
    [['missing_data', 'loss_reason', 'act']]
    """
    if not 0 < alpha < 1:
        raise FunnelkitError("signatures.bad_alpha", found=alpha)
    wanted = list(SIGNATURES)
    if only is not None:
        names = [only] if isinstance(only, str) else list(only)
        wanted = [choose(n, tuple(SIGNATURES), "only") for n in names]
    frames, missing = [], []
    for name in dict.fromkeys(wanted):
        signature = SIGNATURES[name]
        lacks = tuple(n for n in signature.needs if not p.has(n))
        if lacks and only is None:
            missing.append((name, lacks))
            continue
        frames.append(signature(p))
    table = frame_of([dict(zip(COLUMNS, r, strict=True)) for f in frames for r in f.to_numpy()])
    table["adjusted_p"] = holm(table["p_value"].to_numpy()).adjusted if len(table) else 0.0
    table["verdict"] = [
        verdict(a, b, alpha) for a, b in zip(table["p_value"], table["adjusted_p"], strict=True)
    ]
    order = table["verdict"].map({v: k for k, v in enumerate(VERDICTS)})
    table = (
        table.assign(_order=order)
        .sort_values(["_order", "adjusted_p", "p_value"], kind="stable")
        .drop(columns="_order")
        .reset_index(drop=True)
    )
    left_out = [("signatures.not_examined", len(missing))]
    return Signatures(
        table[[*COLUMNS, "adjusted_p", "verdict"]],
        make_scope(p, p.size, left_out),
        p.process,
        options=(("alpha", alpha),),
        synthetic=p.synthetic,
        not_examined=tuple(missing),
    )


def verdict(p_value: float, adjusted: float, alpha: float) -> str:
    """Return what a row calls for.

    Examples
    --------
    >>> verdict(0.001, 0.03, 0.05), verdict(0.001, 0.2, 0.05), verdict(0.4, 1.0, 0.05)
    ('act', 'watch', 'as_expected')
    """
    if np.isnan(p_value):
        return "too_little_data"
    if adjusted <= alpha:
        return "act"
    return "watch" if p_value <= alpha else "as_expected"


__all__ = ["SIGNATURES", "VERDICTS", "Signatures", "signatures", "verdict"]
