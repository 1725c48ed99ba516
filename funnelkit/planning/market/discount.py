"""Discounts: what they have to bring to pay for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from funnelkit.planning.market.plain import PlainResult, fraction, process_of, scope_of
from funnelkit.words import percent, say, sentences

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False, repr=False)
class Discount(PlainResult):
    """What a discount has to bring to pay for itself."""

    name: ClassVar[str] = "discount"

    def summary(self) -> str:
        """Say what makes up for the first discount."""
        row = self.table.iloc[0]
        key = "discount_summary" if row["volume_share"] == row["volume_share"] else "discount_never"
        parts = [
            say(
                f"territory.{key}",
                discount=percent(row["discount_share"]), margin=percent(row["margin_share"]),
                volume=percent(row["volume_share"], 1),
            )
        ]  # fmt: skip
        if "win_rate" in self.table:
            parts.append(
                say(
                    "territory.discount_win",
                    win=percent(row["win_rate"], 1), revenue=percent(row["revenue_win_rate"], 1),
                    margin=percent(row["margin_win_rate"], 1),
                )
            )  # fmt: skip
        if "revenue_change_share" in self.table:
            parts.append(
                say("territory.discount_revenue", change=percent(row["revenue_change_share"], 1))
            )
        return sentences(parts)


def discount_effect(
    discount: float | Sequence[float],
    margin: float,
    *,
    win_rate: float | None = None,
    win_change: float | None = None,
) -> Discount:
    """Work out what a discount has to bring.

    Parameters
    ----------
    discount, margin : float
        Shares of the list price; the margin before the discount.
    win_rate : float, optional
        Win rate without the discount; gives the one that breaks even.
    win_change : float, optional
        Relative change of the win rate that came with it, such as -0.1.

    Returns
    -------
    Discount
        ``table``: ``discount_share, margin_share, volume_share`` (extra volume for the same
        margin in money; missing where the margin is used up), with a win rate also
        ``revenue_win_rate`` and ``margin_win_rate`` (missing above 100%), with a change
        ``revenue_change_share``.

    Examples
    --------
    >>> float(discount_effect(0.2, 0.4).table["volume_share"].iloc[0].round(3))
    1.0
    """
    margin = fraction(margin, "margin")
    given = [discount] if isinstance(discount, int | float) else list(discount)
    table = pd.DataFrame({"discount_share": [fraction(d, "discount") for d in given]})
    d = table["discount_share"]
    table["margin_share"] = margin
    left = (margin - d).where(margin - d > 1e-12)
    table["volume_share"] = d / left
    if win_rate is not None:
        win = fraction(win_rate, "win_rate")
        table["win_rate"] = win
        for name, rate in (
            ("revenue_win_rate", win / (1 - d).where(d < 1)),
            ("margin_win_rate", win * margin / left),
        ):
            table[name] = rate.where(rate <= 1 + 1e-12)
    if win_change is not None:
        table["revenue_change_share"] = (1 - d) * (1 + win_change) - 1
    return Discount(table, scope_of(len(table)), process_of(None))


__all__ = ["Discount", "discount_effect"]
