"""What if: the same forecast with some deals lost, some signed, and the rest later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.data.pipeline import Pipeline, end_of
from funnelkit.data.stays import OUTCOME_CODES
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.result import choose
from funnelkit.measures.scope import make_scope
from funnelkit.planning.forecasting.answers import Answer, Span
from funnelkit.planning.forecasting.book import DAY, Book, Known, moment_of
from funnelkit.planning.forecasting.forecast import Forecast, parts_of, weighted_of
from funnelkit.planning.forecasting.methods import METHODS, Setting, ask

#: Methods that look at single deals; the others know only sums of past periods.
BY_DEAL = ("simulation", "weighted", "stage", "cohort")
_GONE = OUTCOME_CODES["lost"]


@dataclass(frozen=True, eq=False)
class Scenarios:
    """A pipeline read once, for as many what-ifs as are asked.

    Attributes
    ----------
    ids : pandas.Index
        The deals, in the order of ``known``.
    """

    p: Pipeline
    book: Book
    known: Known
    ids: pd.Index[str]

    @classmethod
    def of(cls, p: Pipeline) -> Scenarios:
        """Read a pipeline as it is known at ``p.as_of``."""
        p.need("created_at", "outcome", what="forecast")
        if not p.has("amount"):
            raise FunnelkitError("forecast.no_amounts")
        book = Book.of(p)
        known = book.known_at(moment_of(p.as_of))
        return cls(p, book, known, book.ids[known.row])

    def open_deals(self, through: dt.date | str, method: str = "simulation") -> pd.DataFrame:
        """List the open deals with their amount and their chance in the period.

        Returns
        -------
        DataFrame
            ``deal_id, amount, chance, expected_amount``, the largest expected amount first.
        """
        answer = ask(method, self.known, self._span(through), self._setting(2000, 0))
        here = self.known.open
        chance = np.full(int(here.sum()), np.nan) if answer.chance is None else answer.chance
        frame = pd.DataFrame(
            {"deal_id": self.ids[here], "amount": self.known.amount[here], "chance": chance}
        )
        frame["expected_amount"] = frame["amount"] * frame["chance"]
        return frame.sort_values(
            ["expected_amount", "deal_id"], ascending=[False, True]
        ).reset_index(drop=True)

    def ask(
        self, through: dt.date | str, method: str = "simulation", *, off: Sequence[str] = (),
        sure: Sequence[str] = (), slip_days: int = 0, draws: int = 2_000, seed: int = 0,
    ) -> Forecast:  # fmt: skip
        """Forecast from ``p.as_of`` to the end of ``through`` as :func:`forecast`, but changed.

        Parameters
        ----------
        off : sequence of str
            Open deals taken as lost.
        sure : sequence of str
            Open deals taken as won in the period, with the amount they have.
        slip_days : int
            Every other open deal comes so many days later: what would have come in the last
            days of the period falls out of it. Deals yet to come are not touched.

        Raises
        ------
        FunnelkitError
            A deal is not open, or the method knows no single deals and is asked to change some.

        Notes
        -----
        Chances are learnt from the deals as they are; only what the period may bring changes.
        With nothing changed the answer is that of :func:`forecast` with the same draws and seed.
        """
        choose(method, METHODS, "method")
        if (off or sure or slip_days) and method not in BY_DEAL:
            raise FunnelkitError("forecast.no_single_deals", method=method)
        span, setting = self._span(through), self._setting(draws, seed)
        gone, signed = self._places(off), self._places(sure)
        known, certain = self.known, 0.0
        if gone.any() or signed.any():
            setting = replace(setting, model=self.known)
            outcome = np.where(gone | signed, _GONE, known.outcome)
            known = replace(known, outcome=outcome)
            certain = float(np.nansum(self.known.amount[signed]))
        answer = ask(method, known, span, setting)
        if slip_days:
            answer = _later(answer, known, span, setting, method, slip_days)
        if certain or signed.any():
            answer = replace(
                answer, won=answer.won + certain, wins=answer.wins + int(signed.sum()), exact=None
            )
        end = end_of(through)
        scope = make_scope(
            self.p, int(known.open.sum()),
            [("not_dated", self.known.undated), *answer.said,
             ("forecast.taken_as_lost", int(gone.sum())),
             ("forecast.taken_as_won", int(signed.sum()))],
            self.p.as_of + dt.timedelta(microseconds=1), end + dt.timedelta(microseconds=1),
        )  # fmt: skip
        return Forecast(
            pd.DataFrame(parts_of(answer)), scope, self.p.process, (),
            (("method", method), ("of", "amount"), ("through", end)), self.p.synthetic,
            draws=answer.total, distribution=answer.distribution,
            weighted_amount=weighted_of(known, span, setting) + certain,
        )  # fmt: skip

    def _span(self, through: dt.date | str) -> Span:
        end = end_of(through)
        if end <= self.p.as_of:
            raise FunnelkitError("forecast.period_over", until=end, as_of=self.p.as_of)
        now = moment_of(self.p.as_of)
        return Span(now, now, moment_of(end))

    def _setting(self, draws: int, seed: int) -> Setting:
        return Setting(self.p.process, self.book.amount_while_open, draws, seed)

    def _places(self, deals: Sequence[str]) -> NDArray[np.bool_]:
        mask = np.zeros(len(self.ids), dtype=bool)
        for deal in deals:
            at = int((self.ids == deal).argmax())
            if self.ids[at] != deal or not self.known.open[at]:
                there = [str(i) for i in self.ids[self.known.open]]
                raise FunnelkitError(
                    "forecast.not_an_open_deal", found=deal, allowed=nearest(deal, there)
                )
            mask[at] = True
        return mask


def _later(
    answer: Answer, known: Known, span: Span, setting: Setting, method: str, slip_days: int
) -> Answer:
    """Return the answer with the open deals' part of a period that ends so much sooner."""
    assert answer.open is not None
    assert answer.new is not None
    if span.days <= slip_days:
        none = np.zeros_like(answer.open)
        chance = None if answer.chance is None else np.zeros_like(answer.chance)
        early = replace(answer, open=none, open_wins=0.0, open_mean=0.0, chance=chance)
    else:
        early = ask(method, known, replace(span, end=span.end - slip_days * DAY), setting)
    assert early.open is not None
    return replace(
        answer, rest=early.open + answer.new, open=early.open, open_wins=early.open_wins,
        open_mean=early.open_mean, rest_wins=early.open_wins + answer.new_wins,
        chance=early.chance, exact=None,
    )  # fmt: skip


__all__ = ["BY_DEAL", "Scenarios"]
