"""Territory reshuffle: accounts changed hands, and their deals slow down for two quarters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.measures.signatures.base import Signature, stake, versus
from funnelkit.measures.signatures.exact import logrank_p, together
from funnelkit.measures.signatures.facts import DAY, Facts

#: Share of an account's next deals that stay with its seller where accounts have sellers.
_KEPT = 0.7


@dataclass(frozen=True)
class TerritoryReshuffle(Signature):
    """Stays of handed-over accounts are longer and move on less often than others of that time.

    The start is the month with the most changes of hands. Sellers who are new learn as well,
    whatever they are given: their deals are left out of both sides.
    """

    min_n: int = 20
    days: int = 182
    ramp_days: int = 180
    smallest_share: float = 0.05

    id: ClassVar[str] = "reshuffle"
    needs: ClassVar[tuple[str, ...]] = (
        "field_history", "owner", "created_at", "stage_history", "outcome",
    )  # fmt: skip

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row: the step rate of deals on accounts that were handed over."""
        handed_at = f.time("handed_at")
        months = handed_at[~np.isnat(handed_at)].astype("datetime64[M]")
        if not months.size:
            return [self.row(0, 0, np.nan, np.nan)]
        found, many = np.unique(months, return_counts=True)
        start = found[many.argmax()]
        since = start.astype("datetime64[us]")
        here = handed_at.astype("datetime64[M]") == start
        running = (f.created < since) & ~(f.closed < since)
        if (here & running).sum() < self.smallest_share * max(running.sum(), 1):
            return [self.row(0, 0, np.nan, np.nan, since=since)]
        since = handed_at[here].min()
        key = next((c for c in ("account_id", "account") if f.p.has(c)), None)
        moved = here
        if key is not None:
            account = f.text(key)
            moved = here | np.isin(account.astype(str), account[here].astype(str))
            moved |= _changed_hands(f, account, since, start)
        new = self._new(f, since)
        until = since + self.days * DAY
        group, days, ended, passed, settled, stage, rows = ([] for _ in range(7))
        for k in range(len(f.p.process.open_ids)):
            begin, end = f.time(f"at_{k}"), f.left(k)
            stays = (begin >= since) & (begin < until) & ~new & ~(end < begin)
            group.append(moved[stays])
            cut = np.where(np.isnat(end), f.now, end)
            days.append(f.days(begin, cut)[stays])
            ended.append(~np.isnat(end)[stays])
            passed.append((f.far > k)[stays])
            settled.append(f.settled(k)[stays])
            stage.append(np.full(int(stays.sum()), k))
            rows.append(np.flatnonzero(stays))
        g, t, e, ok, done, s, at = (
            np.concatenate(x) for x in (group, days, ended, passed, settled, stage, rows)
        )
        # among stays that ended the same way: those that stop are longer by themselves
        long = logrank_p(t[done], e[done], g[done], (2 * s + ok)[done], "longer")
        v = versus(ok, g & done, ~g & done, "less", s)
        p = together(long, v.p_value, level=self.sign_level)
        worth = stake(v.expected - v.k / max(v.n, 1), v.n, f.amount[at[g & done]])
        return [self.row(v.k, v.n, v.expected, p, column="accounts", since=since, stake=worth)]

    def _new(self, f: Facts, since: np.datetime64) -> np.ndarray:
        owner = f.text("owner").astype(str)
        if "reps" in f.p.tables:
            reps = f.other("reps")
            begun = reps["start_date"].to_numpy(dtype="datetime64[us]")
            late = begun > since - self.ramp_days * DAY
            names: set[str] = set()
            for column in ("rep_id", "name"):
                if column in reps:
                    names |= set(reps[column].astype(str)[late])
            return np.isin(owner, sorted(names))
        known = ~np.isnat(f.created)
        new = [
            name
            for name in np.unique(owner[known])
            if f.created[known & (owner == name)].min() > since - self.ramp_days * DAY
        ]
        # in the first half year of the data everybody looks new
        first = f.created[known].min() > since - self.ramp_days * DAY
        return np.isin(owner, [] if first else new)


def _changed_hands(
    f: Facts, account: np.ndarray, since: np.datetime64, month: np.datetime64
) -> np.ndarray:
    """Say which deals lie on accounts whose deals since then have another owner than before.

    An account without a deal in hand that day leaves no trace in the changes of owner.
    """
    ended = (month + 1).astype("datetime64[us]")
    frame = pd.DataFrame({"account": account, "owner": f.text("owner"), "at": f.created})
    # a deal handed over then had its former owner until that day
    handed = f.time("handed_at")
    former = np.where(~np.isnat(handed) & (handed < ended), f.text("owner_before"), frame["owner"])
    old = frame.assign(owner=former)[frame["at"] < since].sort_values("at")
    new = frame[frame["at"] >= ended].sort_values("at")
    before, after = (x.dropna().groupby("account")["owner"] for x in (old, new))
    pair = pd.concat([before.last(), after.first()], axis=1, keys=["before", "after"]).dropna()
    kept = old["owner"].eq(old.groupby("account")["owner"].shift())
    again = old["account"].duplicated() & old["account"].notna()
    if not again.any() or kept[again].mean() < _KEPT:
        return np.zeros(len(f), dtype=bool)  # here owners belong to deals, not to accounts
    changed = pair.index[pair["before"] != pair["after"]]
    found: np.ndarray = frame["account"].isin(changed).to_numpy()
    return found
