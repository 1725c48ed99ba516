"""Missing data: reasons "other", copied amounts, every closing date at the month's end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.measures.signatures.base import Signature
from funnelkit.measures.signatures.exact import above_p
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class MissingData(Signature):
    """Columns that are filled to get past the form, against a share that is ordinary.

    ``usual_other``, ``usual_copied`` and ``usual_month_end`` are far below the shares of
    curriculum section 7 (70% "other", 80% at the month's end), so that a company with some
    such entries is left alone. A column the source lacks is not judged.
    """

    min_n: int = 20
    usual_other: float = 0.40
    usual_copied: float = 0.30
    usual_month_end: float = 0.40
    vague: tuple[str, ...] = ("other", "others", "unknown", "n/a", "其他", "其它", "不明", "未知")

    id: ClassVar[str] = "missing_data"
    needs: ClassVar[tuple[str, ...]] = ("outcome",)

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row a column that the source has."""
        out = []
        if f.p.has("loss_reason"):
            lost = f.over & ~f.won
            vague = [r is None or str(r).strip().casefold() in self.vague
                     for r in f.text("loss_reason")]  # fmt: skip
            out.append(self._share(np.array(vague, dtype=bool), lost, "loss_reason",
                                   self.usual_other))  # fmt: skip
        if f.p.has("amount"):
            amount = pd.Series(f.number("amount"))
            same = (amount.map(amount.value_counts()) >= max(5, 0.01 * len(f))).to_numpy()
            out.append(self._share(same, amount.notna().to_numpy(), "amount", self.usual_copied))
        if f.p.has("expected_close"):
            due = f.time("expected_close")
            day = due.astype("datetime64[D]")
            last = (due.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
            out.append(self._share(day == last, ~np.isnat(due), "expected_close",
                                   self.usual_month_end))  # fmt: skip
        return out

    def _share(self, flag: np.ndarray, of: np.ndarray, column: str, usual: float) -> dict[str, Any]:
        k, n = int((flag & of).sum()), int(of.sum())
        return self.row(k, n, usual, above_p(k, n, usual), column=column)
