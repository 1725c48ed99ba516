"""Lead-quality drop: for some months one source brings many leads, and worse ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy

from funnelkit.measures.signatures.base import Signature, stake, values_of, versus
from funnelkit.measures.signatures.exact import exact_p, scan_p, together
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class LeadQuality(Signature):
    """A source's cohorts of some months convert worse than its others, and than other sources' do.

    The step is the second one (contact to need). A general decline moves the other sources as
    well: the drop has to exceed theirs of the same months. And there have to be more leads
    than in the other months; since fairs bring more leads every year, the drop has to hold at
    ``drop_level`` alone. Windows of each length in ``months`` are tried everywhere; the
    p-value allows for that.
    """

    min_n: int = 20
    months: tuple[int, ...] = (3, 6)
    drop_level: float = 0.005

    id: ClassVar[str] = "lead_quality"
    needs: ClassVar[tuple[str, ...]] = ("source", "created_at", "outcome", "stage_history")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row a source, at its clearest months."""
        k = min(1, len(f.p.process.open_ids) - 1)
        source = f.text("source")
        month = f.created.astype("datetime64[M]")
        counted = f.settled(k) & ~np.isnat(f.created)
        starts = f.months().astype("datetime64[M]")
        out = []
        for name in values_of(source, counted):
            own, p_of, tried = source == name, [], []
            for length in self.months:
                p, found = self._scan(f, k, counted, own, month, starts, length)
                p_of.append(p)
                tried += found
            if not tried:
                out.append(self.row(0, 0, np.nan, np.nan, column="source", group=name))
                continue
            p = float(np.nanmin(p_of)) * len(p_of)
            _, start, length, v = min(tried, key=lambda t: t[0])
            inside = counted & own & (month >= start) & (month < start + length)
            worth = self._worth(f, k, v.expected - v.k / v.n, v.n, inside)
            out.append(
                self.row(
                    v.k, v.n, v.expected, min(p, 1.0), column="source", group=name,
                    stage=f.p.process.open_ids[k], since=start, stake=worth,
                )
            )  # fmt: skip
        return out

    def _scan(
        self, f: Facts, k: int, counted: np.ndarray, own: np.ndarray, month: np.ndarray,
        starts: np.ndarray, length: int,
    ) -> tuple[float, list[Any]]:  # fmt: skip
        passed, every = f.far > k, ~np.isnat(f.created)
        found, kept = [], []
        for start in starts[: len(starts) - length + 1]:
            window = (month >= start) & (month < start + length)
            group, past = counted & own & window, counted & own & ~window
            here, there = counted & ~own & window, counted & ~own & ~window
            if min(group.sum(), past.sum(), here.sum(), there.sum()) < self.min_n:
                kept.append(np.nan)
                continue
            v = versus(passed, group, past, "less")
            drop = steeper_p(*(_pair(passed, w) for w in (group, past, here, there)))
            inside, n = int((every & own & window).sum()), int((every & own).sum())
            other = int((every & ~own & window).sum()), int((every & ~own).sum())
            more = exact_p(inside, n, other[0], other[1], "greater")
            p = together(v.p_value, more, level=self.sign_level)
            if max(v.p_value / self.drop_level, drop / self.sign_level) > 1:
                p = max(p, v.p_value, drop)
            kept.append(p)
            found.append((p, start, length, v))
        if not found:
            return np.nan, []
        return scan_p(kept, [(length - 1) / length] * (len(kept) - 1)), found

    @staticmethod
    def _worth(f: Facts, k: int, share: float, n: int, inside: np.ndarray) -> float:
        came = f.settled(k) & (f.far > k) & f.over
        won = f.won[came].mean() if came.any() else np.nan
        return stake(share * won, n, f.amount[inside])


def _pair(success: np.ndarray, of: np.ndarray) -> tuple[int, int]:
    return int((success & of).sum()), int(of.sum())


def steeper_p(
    group: tuple[int, int], past: tuple[int, int], here: tuple[int, int], there: tuple[int, int]
) -> float:
    """Return the one-sided p-value of a group's fall exceeding the others' of the same time.

    Difference in differences on the log-odds with half a success added to each cell
    (B. Woolf 1955, Annals of Human Genetics 19, 251-253; J. B. S. Haldane 1956, 20, 309-311).
    ``group, past`` are (successes, total) of the group within and outside the time,
    ``here, there`` those of the others.
    """
    estimate = variance = 0.0
    for (k, n), sign in zip((group, past, here, there), (1, -1, -1, 1), strict=True):
        a, b = k + 0.5, n - k + 0.5
        estimate += sign * np.log(a / b)
        variance += 1 / a + 1 / b
    return float(scipy.stats.norm.cdf(estimate / np.sqrt(variance)))
