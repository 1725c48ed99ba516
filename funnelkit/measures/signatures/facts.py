"""One row a deal with what the signatures count: the histories are folded in the engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import pandas as pd

from funnelkit.data.history import pushes
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import first_entries
from funnelkit.measures.winning import single_currency

DAY = np.timedelta64(1, "D")
# Attribute columns that a signature may look at; what the source lacks is not asked for.
_ATTRIBUTES = (
    "type", "campaign", "n_contacts", "list_amount", "discount_pct", "discount_approved_by",
    "first_touch_at", "industry", "size", "presales_owner", "account_id",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """The deals as arrays; computed once a pipeline and shared by all signatures."""

    p: Pipeline
    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.frame)

    def text(self, column: str) -> np.ndarray:
        """Return a column as objects, None where it is not known."""
        values = self.frame[column].astype("object")
        found: np.ndarray = values.where(values.notna(), None).to_numpy()
        return found

    def time(self, column: str) -> np.ndarray:
        """Return a column of moments."""
        found: np.ndarray = self.frame[column].to_numpy(dtype="datetime64[us]")
        return found

    def number(self, column: str) -> np.ndarray:
        """Return a column of numbers, nan where it is not known."""
        found: np.ndarray = self.frame[column].to_numpy(dtype=float, na_value=np.nan)
        return found

    @cached_property
    def now(self) -> np.datetime64:
        """The moment the pipeline is seen from."""
        return np.datetime64(self.p.as_of, "us")

    @cached_property
    def won(self) -> np.ndarray:
        """Whether the deal was won."""
        found: np.ndarray = (self.frame["outcome"] == "won").to_numpy(dtype=bool)
        return found

    @cached_property
    def over(self) -> np.ndarray:
        """Whether the deal is closed, whatever the outcome."""
        found: np.ndarray = (self.frame["outcome"] != "open").to_numpy(dtype=bool)
        return found

    @cached_property
    def amount(self) -> np.ndarray:
        """Amounts; all nan where currencies would have to be added up."""
        try:
            single_currency(self.p)
        except FunnelkitError:
            return np.full(len(self), np.nan)
        return self.number("amount")

    @cached_property
    def far(self) -> np.ndarray:
        """Place of the furthest stage ever reached; won deals have reached all."""
        far = self.frame["far"].to_numpy(dtype=float, na_value=-1.0)
        reached: np.ndarray = np.where(self.won, len(self.p.process.open_ids), far).astype(int)
        return reached

    @cached_property
    def created(self) -> np.ndarray:
        """Moments of creation."""
        return self.time("created_at")

    @cached_property
    def closed(self) -> np.ndarray:
        """Moments of closing; NaT while open."""
        ends: np.ndarray = np.where(self.over, self.time("closed_at"), np.datetime64("NaT", "us"))
        return ends

    def entered(self, k: int) -> np.ndarray:
        """Return the first moment at the k-th stage or beyond it."""
        later = [self.time(f"at_{j}") for j in range(k, len(self.p.process.open_ids))]
        later.append(np.where(self.won, self.closed, np.datetime64("NaT", "us")))
        first: np.ndarray = np.fmin.reduce(later)
        return first

    def left(self, k: int) -> np.ndarray:
        """Return the first moment beyond the k-th stage, or of closing; NaT while there."""
        gone: np.ndarray = np.fmin(self.entered(k + 1), self.closed)
        return gone

    def settled(self, k: int) -> np.ndarray:
        """Say which deals reached the k-th stage and have passed it or closed."""
        known: np.ndarray = (self.far >= k) & ((self.far > k) | self.over)
        return known

    def days(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return exact days; nan where either moment is unknown."""
        gap = (end - start).astype("timedelta64[us]")
        return np.where(np.isnat(gap), np.nan, gap.astype(float) / 86_400_000_000)

    def size_class(self, of: np.ndarray, classes: int) -> np.ndarray:
        """Cut deals into classes of amount with about equal numbers of ``of``; -1 unknown."""
        amount = self.number("amount")
        known = amount[of & ~np.isnan(amount)]
        if not known.size:
            return np.full(len(self), -1)
        edges = np.unique(np.quantile(known, np.arange(1, classes) / classes))
        return np.where(np.isnan(amount), -1, np.searchsorted(edges, amount, side="left"))

    def months(self) -> np.ndarray:
        """Return the first moments of the months the data cover, from the second on."""
        known = self.created[~np.isnat(self.created)]
        if not known.size:
            return np.array([], dtype="datetime64[us]")
        first, last = known.min().astype("datetime64[M]"), self.now.astype("datetime64[M]")
        return np.arange(first + 1, last + 1).astype("datetime64[us]")

    def other(self, name: str) -> pd.DataFrame:
        """Return a table that is kept beside the deals."""
        frame: pd.DataFrame = self.p.tables[name].to_pandas()
        return frame


def facts(p: Pipeline) -> Facts:
    """Return the facts of a pipeline, computed at the first call."""
    if "signature_facts" not in p._kept:
        p._kept["signature_facts"] = Facts(p, _frame(p))
    kept: Facts = p._kept["signature_facts"]
    return kept


def _frame(p: Pipeline) -> pd.DataFrame:
    deals = p.deals
    columns: list[str] = [
        "deal_id", "account", "owner", "region", "source", "amount", "created_at",
        "expected_close", "stage", "outcome", "closed_at", "loss_reason", "competitor",
    ]  # fmt: skip
    columns += [c for c in _ATTRIBUTES if c in deals.columns]
    table = deals.select(*columns)
    stages = p.process.open_ids
    if p.stage_history is None:
        table = table.mutate(
            far=ibis.null("int64"),
            **{f"at_{k}": ibis.null("timestamp") for k in range(len(stages))},
        )
    else:
        table = table.left_join(p.furthest.select("deal_id", far="furthest"), "deal_id")
        table = table.drop("deal_id_right").left_join(first_entries(p), "deal_id")
        table = table.drop("deal_id_right")
    for extra in _beside(p).values():
        table = table.left_join(extra, "deal_id").drop("deal_id_right")
    frame: pd.DataFrame = table.order_by("deal_id").to_pandas()
    if p.field_history is not None:
        moved = pushes(p)
        days = moved["changed_at"].dt.normalize()
        # a day on which everybody's dates move is a calendar's push, not the deal's
        common = moved.groupby(days)["deal_id"].transform("nunique") >= max(10, 0.02 * p.size)
        for column, part in (("pushes", moved[~common]), ("common_pushes", moved[common])):
            counts = part["deal_id"].value_counts().reindex(frame["deal_id"], fill_value=0)
            frame[column] = counts.to_numpy("int64")
    for column in ("acts", "buyer_acts"):
        if column in frame:
            frame[column] = frame[column].fillna(0).astype("int64")
    return frame


def _beside(p: Pipeline) -> dict[str, Any]:
    """Fold the other histories to one row a deal."""
    found: dict[str, Any] = {}
    if p.field_history is not None:
        rows = p.field_history
        hands = rows.filter(rows.field == "owner")
        found["hands"] = hands.group_by("deal_id").agg(
            handed_at=hands.changed_at.min(),
            owner_before=hands.old.argmin(hands.changed_at),
            owner_after=hands.new.argmin(hands.changed_at),
        )
    if "activities" in p.tables:
        acts = p.tables["activities"]
        by_buyer = acts.by_buyer.cast("boolean").fill_null(False)
        found["acts"] = acts.group_by("deal_id").agg(
            acts=acts.count(), buyer_acts=by_buyer.sum(), last_buyer=acts["at"].max(where=by_buyer)
        )
    if "evidence" in p.tables:
        proof = p.tables["evidence"]
        found["proof"] = proof.group_by("deal_id").agg(
            proofs=proof.count(), last_proof=proof.dated.max()
        )
    return found


__all__ = ["DAY", "Facts", "facts"]
