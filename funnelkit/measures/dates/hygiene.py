"""Closing dates that cannot be right, and amounts that slip out of the period they were due in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.drawn import draw_rates, row_name
from funnelkit.measures.engine import group_columns, groups_first, period
from funnelkit.measures.result import Result, standing_out
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.stats.intervals import ratio_of_sums, wilson
from funnelkit.words import money, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Checks of :func:`close_date_hygiene`, in the order they are shown.
CHECKS = (
    "overdue", "no_date", "month_end", "creation_month_end", "closed_in_future", "before_creation",
)  # fmt: skip
#: Months a day: the share of days that are the last of their month.
MONTH_END_BY_CHANCE = 12 / 365.25
#: What became of an amount that was due.
FATES = ("won", "lost", "no_decision", "slipped", "not_moved")
_TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True, eq=False, repr=False)
class Slippage(Result):
    """Share of what was due in a period that was still open after it, with a later date."""

    name: ClassVar[str] = "slippage"
    room: ClassVar[str] = "hygiene"
    counts: ClassVar = ("deals", "amount", "slipped_amount", *FATES)

    def _whole(self) -> Pipeline:
        """Groups are those of the period's start."""
        assert self.scope.since is not None
        return super()._whole().at(self.scope.since - _TICK)

    def _behind(self, p: Pipeline) -> pd.DataFrame:
        assert self.scope.since is not None
        assert self.scope.until is not None
        rows = _due(p, super()._whole(), [], self.scope.since, self.scope.until)
        amount = rows["amount"].fillna(0.0)
        fates = {fate: (rows["fate"] == fate).astype(int) for fate in FATES}
        return rows[["deal_id"]].assign(
            deals=1, amount=amount, slipped_amount=amount * fates["slipped"], **fates, why=None
        )

    def summary(self) -> str:
        """Give the share by amount and by count, and the ends of the groups."""
        table = self.table[self.table["deals"] > 0]
        if table.empty:
            return say("measures.nothing")
        due, slipped = (float(table[c].sum()) for c in ("amount", "slipped_amount"))
        n, of = int(table["slipped"].sum()), int(table["deals"].sum())
        parts = [
            say(
                "hygiene.slippage_summary",
                amount=money(due), slipped=money(slipped), share=percent(_divide(slipped, due), 1),
                n=n, of=of, rate=percent(n / of, 1),
            )
        ]  # fmt: skip
        if self.by and len(table) > 1:
            parts.append(standing_out(self, table, "slipped", "deals"))
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the slipped share of every group with its interval."""
        table = self.table
        labels = [row_name(self, row) for row in table.to_dict("records")]
        whole = 0.0 if "currency" in self.by else float(table["amount"].sum())
        return draw_rates(
            self,
            ax,
            labels,
            ("amount", "amount_rate", "amount_low", "amount_high"),
            (say("hygiene.chart_due"), say("hygiene.chart_share")),
            say("hygiene.chart_by_amount"),
            overall=float(table["slipped_amount"].sum()) / whole if whole else None,
            size=money,
        )


def _divide(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def slippage(
    p: Pipeline,
    since: dt.date | str,
    until: dt.date | str,
    by: str | list[str] | None = None,
) -> Slippage:
    """Share of the amount due in [since, until) at its start that slipped out of it.

    Due: open at the start with an expected closing date in the period. Slipped: still open at
    its end, with a later expected date than at the start. Amounts are those of the start, and
    so are the values of ``by``.

    Returns
    -------
    Slippage
        ``table``: [by], ``deals, slipped, rate, low, high, amount, slipped_amount,
        amount_rate, amount_low, amount_high, won, lost, no_decision, not_moved``. The last four
        and ``slipped`` add up to ``deals``; *not moved*: still open, date not moved later.

    Raises
    ------
    FunnelkitError
        The period is not over yet, or the pipeline lacks dates or their history.
    """
    own = ("deals", "amount", "amount_rate", "not_moved", "slipped_amount", "fate", *FATES)
    groups = group_columns(p, by, *own)
    p.need("expected_close", "field_history", "amount", "outcome", what="slippage")
    p.need_open_amounts("slippage")
    single_currency(p, groups)
    start, end = period(since, until)
    assert start is not None
    assert end is not None
    if end - _TICK > p.as_of:
        raise FunnelkitError("hygiene.period_runs", until=end, as_of=p.as_of)
    before, after = p.as_known(start - _TICK), p.as_known(end - _TICK)
    rows = _due(before, after, groups, start, end)
    table = _fates(rows, groups)
    left_out = [("no_amount", int(rows["amount"].isna().sum()))]
    scope = make_scope(after, len(rows), left_out, start, end)
    return Slippage(table, scope, p.process, tuple(groups), (), p.synthetic)


def _due(
    before: Pipeline, after: Pipeline, groups: list[str], start: dt.datetime, end: dt.datetime
) -> pd.DataFrame:
    """Return what was due in the period when it began, with what became of it."""
    names = ["deal_id", "amount", "expected_close"]
    opening = before.deals.filter(before.deals.outcome == "open")
    due = opening.select(*dict.fromkeys([*names, *groups])).to_pandas()
    due = groups_first(due, groups)
    due = due[(due["expected_close"] >= start) & (due["expected_close"] < end)]
    closing = after.deals.select("deal_id", "outcome", late="expected_close").to_pandas()
    rows = due.merge(closing.rename(columns={"outcome": "fate"}), on="deal_id", how="left")
    moved = (rows["late"] > rows["expected_close"]).fillna(False)
    still = rows["fate"].isna() | (rows["fate"] == "open")
    rows["fate"] = rows["fate"].mask(still, np.where(moved, "slipped", "not_moved"))
    return rows


def _fates(rows: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Count and add up what became of each group's due amount."""
    x = rows["amount"].fillna(0.0)
    y = x.where(rows["fate"] == "slipped", 0.0)
    for name, values in {"x": x, "y": y, "xx": x * x, "xy": x * y, "yy": y * y}.items():
        rows[name] = values
    rows["valued"] = rows["amount"].notna()
    for fate in FATES:
        rows[fate] = rows["fate"] == fate
    columns = ["x", "y", "xx", "xy", "yy", "valued", *FATES]
    if groups:
        sums = rows.groupby(groups, sort=True)[columns].sum()
        sums["deals"] = rows.groupby(groups).size()
        sums = sums.reset_index()
    else:
        sums = rows[columns].sum().to_frame().T.assign(deals=len(rows))
    table = sums[groups].copy()
    n, k = sums["deals"].astype("int64"), sums["slipped"].astype("int64")
    table["deals"], table["slipped"] = n, k
    table["rate"] = k / n.where(n > 0)
    table["low"], table["high"] = wilson(k.to_numpy(), n.to_numpy())
    table["amount"], table["slipped_amount"] = sums["x"].astype(float), sums["y"].astype(float)
    parts = (sums[c].to_numpy(dtype=float) for c in ("valued", "x", "y", "xx", "xy", "yy"))
    share, low, high = ratio_of_sums(*parts, share=True)
    table["amount_rate"], table["amount_low"], table["amount_high"] = share, low, high
    for fate in FATES:
        if fate != "slipped":
            table[fate] = sums[fate].astype("int64")
    return table


@dataclass(frozen=True, eq=False, repr=False)
class CloseDateHygiene(Result):
    """Closing dates that say nothing or cannot be right."""

    name: ClassVar[str] = "close_date_hygiene"
    room: ClassVar[str] = "hygiene"
    counts: ClassVar = ("deals", "of", "amount")
    keys: ClassVar = ("check",)

    def _behind(self, p: Pipeline) -> pd.DataFrame:
        deals, checks = _checked(p, [])
        return pd.concat(
            deals[["deal_id"]].assign(
                check=check,
                deals=(able & bad).astype(int),
                of=able.astype(int),
                amount=deals["amount"].where(able & bad).fillna(0.0),
                why=None,
            )
            for check, (able, bad) in checks.items()
        )

    def summary(self) -> str:
        """Give the open deals whose date has passed or is missing, and the month ends."""
        if not self.table["of"].sum():
            return say("measures.nothing")
        failed = self.table.groupby("check")["deals"].sum().to_dict()
        able = self.table.groupby("check")["of"].sum().to_dict()
        parts = [
            say(
                "hygiene.close_date_hygiene_summary",
                overdue=failed["overdue"], none=failed["no_date"], of=able["no_date"],
            )
        ]  # fmt: skip
        k, n = int(failed["month_end"]), int(able["month_end"])
        if n:
            low, high = wilson(k, n)
            beyond = not low <= MONTH_END_BY_CHANCE <= high
            parts.append(
                say(
                    "hygiene.month_end_more" if beyond else "hygiene.month_end_chance",
                    share=percent(k / n, 1), chance=percent(MONTH_END_BY_CHANCE, 1),
                )
            )  # fmt: skip
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the share of each check with its interval."""
        rows = self.table.to_dict("records")
        labels = [row_name(self, row, say(f"hygiene.check_{row['check']}")) for row in rows]
        chance = say("hygiene.chart_chance", share=MONTH_END_BY_CHANCE)
        headings = (say("hygiene.chart_of"), say("hygiene.chart_share"))
        note = f"{say('hygiene.check_month_end')}: {chance}"
        return draw_rates(self, ax, labels, ("of", "share", "low", "high"), headings, note)


def close_date_hygiene(p: Pipeline, by: str | list[str] | None = None) -> CloseDateHygiene:
    """Check the closing dates as of the pipeline's date.

    Returns
    -------
    CloseDateHygiene
        ``table``: [by], ``check, deals, of, share, low, high, chance_share, amount``.
        *overdue*: open, the expected day is past. *no_date*: open without a date. *month_end*:
        open and expected on the last day of a month, against the 3.3% that chance gives.
        *creation_month_end*: open and expected on the last day of the month of creation, which
        some CRMs fill in by themselves. *closed_in_future*: closed on a day still to come.
        *before_creation*: expected before the day the deal was created.
    """
    groups = group_columns(p, by, "check", "deals", "share", "chance_share", "amount")
    p.need("expected_close", "outcome", what="close_date_hygiene")
    single_currency(p, groups)
    deals, checks = _checked(p, groups)
    pieces = list(deals.groupby(groups, sort=True)) if groups else [((), deals)]
    rows = []
    for key, part in pieces:
        for check, (able, bad) in checks.items():
            hit = part[(able & bad).reindex(part.index)]
            of = int(able.reindex(part.index).sum())
            rows.append((*key, check, len(hit), of, float(hit["amount"].fillna(0.0).sum())))
    table = pd.DataFrame(rows, columns=[*groups, "check", "deals", "of", "amount"])
    amount = table.pop("amount")
    table["share"] = table["deals"] / table["of"].where(table["of"] > 0)
    table["low"], table["high"] = wilson(table["deals"].to_numpy(), table["of"].to_numpy())
    chance = table["check"].map({"month_end": MONTH_END_BY_CHANCE})
    table["chance_share"] = chance.astype(float)
    table["amount"] = amount
    left_out = [("hygiene.no_amount_here", int(deals["amount"].isna().sum()))]
    scope = make_scope(p, len(deals), left_out)
    return CloseDateHygiene(table, scope, p.process, tuple(groups), (), p.synthetic)


def _checked(
    p: Pipeline, groups: list[str]
) -> tuple[pd.DataFrame, dict[str, tuple[pd.Series[bool], pd.Series[bool]]]]:
    """Return the deals and, for each check, which can fail and which do."""
    names = ["deal_id", "created_at", "closed_at", "expected_close", "outcome", "amount"]
    deals = p.deals.select(*dict.fromkeys([*names, *groups])).to_pandas()
    deals = groups_first(deals, groups)
    due = deals["expected_close"].dt.normalize()
    made = deals["created_at"].dt.normalize()
    is_open = deals["outcome"] == "open"
    dated = is_open & due.notna()
    closed = ~is_open & deals["closed_at"].notna()
    both = due.notna() & made.notna()
    today = pd.Timestamp(p.as_of)
    checks = {  # who can fail, who does
        "overdue": (dated, due < today.normalize()),
        "no_date": (is_open, due.isna()),
        "month_end": (dated, due.dt.is_month_end),
        "creation_month_end": (dated & both, due == made + pd.offsets.MonthEnd(0)),
        "closed_in_future": (closed, deals["closed_at"] > today),
        "before_creation": (both, due < made),
    }
    return deals, checks


__all__ = [
    "CHECKS",
    "FATES",
    "MONTH_END_BY_CHANCE",
    "CloseDateHygiene",
    "Slippage",
    "close_date_hygiene",
    "slippage",
]
