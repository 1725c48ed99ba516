"""The market of a regional plan: territories, growth and share, customers, rivals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import column_label
from funnelkit.page.parts import Folded, Heading, Sentence
from funnelkit.report.blocks import left_out
from funnelkit.report.pages.sections.rows import bar_rows
from funnelkit.report.pages.shown import drawn, listed
from funnelkit.report.pages.study.regional import YEAR, RegionalStudy, end_of
from funnelkit.report.side import columns_of, side_table
from funnelkit.show.column import RATE, TEXT, Column, Money
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.measures import Result

_MARKET = ("market_before", "market_after", "own", "rival")


#: Customers a page shows; the workbook has them all.
_MOST_CUSTOMERS = 10
#: What is drawn of a territory, and written beside it.
_POTENTIAL = ("potential_amount", "sales_amount", "penetration_share", "unsold_amount")


def territory(report: RegionalStudy) -> tuple[Any, ...]:
    """Return potential, penetration, balance of the load and the shares of the target."""
    parts: list[Any] = []
    try:
        found = report.territories
        marks = _own(report, found.table[report.territory_column])
        caption = say("regional.territory_caption")
        table = listed(found, found.table, found.table.columns, caption, marks)
        chart = bar_rows(table.only([report.territory_column, *_POTENTIAL]), "potential_amount")
        parts += [Sentence(found.summary()), chart, Folded(say("charts.data"), table)]
    except FunnelkitError as problem:
        parts.append(left_out(problem))
    try:
        parts += _balance(report)
    except FunnelkitError as problem:
        parts.append(left_out(problem))
    shared = report.allocation(report.goal.whole)
    weight = dict(shared.options)["weight"]
    parts.append(Heading(say("regional.allocation")))
    if not weight and report.parameters["potential_weight"]:
        parts.append(Sentence(say("regional.history_only"), "fk-callout"))
    parts.append(allocation_table(report))
    return tuple(parts)


def allocation_table(report: RegionalStudy) -> Table:
    """Return the target of every territory with the shares behind it."""
    shared = report.allocation(report.goal.whole)
    weight = dict(shared.options)["weight"]
    shares = ("history_share", "potential_share", "share") if weight else ("share",)
    rows = [
        [str(r[report.territory]), *(r[c] for c in shares), r["allotted"]]
        for r in shared.table.to_dict("records")
    ]
    rows.append([say("regional.total"), *("" for _ in shares[:-1]), 1.0,
                 shared.table["allotted"].sum()])  # fmt: skip
    unit = Money(currency=report.currency, whole=True)
    units = {report.territory: TEXT, **dict.fromkeys(shares, RATE), "allotted": unit}
    heads = [Column(column_label(c, "territory"), u, c) for c, u in units.items()]
    caption = say("regional.allocation_caption", currency=report.currency)
    marks = _own(report, shared.table[report.territory])
    return Table(heads, rows, caption, [*marks, "fk-total"])


def _own(report: RegionalStudy, names: pd.Series[Any]) -> list[str]:
    """Return the marks of a table by territory: the one this page is about stands out."""
    own = " · ".join(str(v) for v in report.parameters["where"].values())
    return ["own" if own and str(name) == own else "" for name in names]


def _balance(report: RegionalStudy) -> list[Any]:
    """Compare the open deals and the unsold potential that a seller has to look after."""
    from funnelkit.planning import balance

    p, column = report.whole, report.territory_column
    p.need("owner", what="balance")
    frame = p.frame()
    last = pd.Timestamp(p.as_of) - pd.Timedelta(days=90)
    active = frame[(frame["outcome"] == "open") | (frame["created_at"] >= last)]
    sellers = active.groupby(column)["owner"].nunique()
    waiting = frame[frame["outcome"] == "open"].groupby(column)["deal_id"].size()
    loads = {"open_deals": waiting}
    try:
        known = report.territories.table.set_index(column)["unsold_amount"]
        loads["potential"] = known
    except FunnelkitError:
        pass
    parts: list[Any] = [Heading(say("regional.balance"))]
    for name, load in loads.items():
        table = pd.DataFrame({"sellers": sellers, "load": load}).fillna(0.0)
        table = table[table["sellers"] > 0]
        if len(table) < 2:
            return [Sentence(say("regional.one_territory"), "fk-muted")]
        each = (table["load"] / table["sellers"]).rename("load").rename_axis(column).reset_index()
        found = balance(each, "load", by=column)
        parts.append(Sentence(say(f"regional.balance_{name}", text=found.summary())))
    return parts


def grid(report: RegionalStudy) -> tuple[Any, ...]:
    """Place the territories by growth and relative share."""
    from funnelkit.planning import growth_share

    column, given = report.territory_column, report.parameters["market"]
    if given:
        frame = side_table(given, "market")
        columns_of(frame, (column, *_MARKET), given)
        lead = say("regional.grid_given")
    else:
        frame = _seen_market(report)
        lead = say("regional.grid_seen")
    found = report.kept("grid", lambda: growth_share(frame, by=column))
    caption = say("regional.grid_caption")
    marks = _own(report, found.table[column])
    table = listed(found, found.table, found.table.columns, caption, marks)
    return Sentence(found.summary()), drawn(found), table, Sentence(lead, "fk-callout")


def _seen_market(report: RegionalStudy) -> pd.DataFrame:
    """Return the market as far as it went through the pipeline: won, and lost to a named rival."""
    p, column = report.whole, report.territory_column
    p.need("competitor", "amount", "closed_at", what="growth_share")
    p.groups(column)
    frame = p.frame().dropna(subset=["amount", "closed_at", column])
    won = frame["outcome"] == "won"
    lost = (frame["outcome"] == "lost") & frame["competitor"].notna()
    frame = frame[won | lost]
    end = pd.Timestamp(p.as_of)
    after = frame["closed_at"] > end - YEAR
    before = ~after & (frame["closed_at"] > end - 2 * YEAR)
    amount = frame.groupby(column)["amount"]
    rivals = frame[after & ~won[frame.index]].groupby([column, "competitor"])["amount"].sum()
    table = pd.DataFrame(
        {
            "market_before": frame[before].groupby(column)["amount"].sum(),
            "market_after": frame[after].groupby(column)["amount"].sum(),
            "own": frame[after & won[frame.index]].groupby(column)["amount"].sum(),
            "rival": rivals.groupby(level=0).max(),
        },
        index=amount.sum().index,
    ).fillna(0.0)
    if not table["market_before"].sum() or not table["rival"].sum():
        raise FunnelkitError("regional.no_market")
    return table.rename_axis(column).reset_index()


def customers(report: RegionalStudy) -> tuple[Any, ...]:
    """Return the customers by value, what serving them takes, and where there is more to win."""
    from funnelkit.planning import abc, rfm, service_hours

    p = report.pipeline
    p.need("account", what="abc")
    tiers = report.kept("abc", lambda: abc(p))
    hours = report.kept(
        "hours",
        lambda: service_hours(
            tiers, visits_of(report), hours_a_person=report.parameters["hours_a_person"]
        ),
    )
    largest = listed(tiers, tiers.table, tiers.table.columns, say("regional.customers_caption"))
    chart = bar_rows(replace(largest, most=_MOST_CUSTOMERS), "amount")
    parts: list[Any] = [Sentence(tiers.summary()), chart]
    parts += [Heading(say("regional.service")), Sentence(hours.summary())]
    parts.append(listed(hours, hours.table, hours.table.columns, say("regional.service_caption")))
    parts.append(Sentence(say("regional.service_note"), "fk-muted"))
    makers: tuple[tuple[str, Any], ...] = (
        ("rfm", lambda: rfm(p)),
        ("wallet", lambda: wallet_of(report)),
    )
    for name, make in makers:
        parts.append(Heading(say(f"regional.{name}")))
        try:
            found = report.kept(name, make)
            parts += [Sentence(found.summary()), drawn(found)]
        except FunnelkitError as problem:
            parts.append(left_out(problem))
    return tuple(parts)


def wallet_of(report: RegionalStudy) -> Any:
    """Return what customers could buy in a year, and what they did."""
    from funnelkit.planning import wallet_grid

    p = _with_own_accounts(report)
    return wallet_grid(p, since=p.as_of - YEAR, until=end_of(p))


def _with_own_accounts(report: RegionalStudy) -> Any:
    """Return the part with the accounts of its territory alone, where the table tells."""
    p = report.pipeline
    if "accounts" not in p.tables:
        return p
    accounts = p.tables["accounts"]
    for column, value in report.parameters["where"].items():
        if column in accounts.columns:
            accounts = accounts.filter(accounts[column].cast("string") == str(value))
    return replace(p, tables={**p.tables, "accounts": accounts})


def visits_of(report: RegionalStudy) -> dict[str, tuple[float, float]]:
    """Read the service plan, as in ``A=24x1.5``: visits a year, hours a visit."""
    plan = {}
    for tier, text in report.parameters["service"].items():
        visits, _, hours = str(text).lower().replace("*", "x").replace("×", "x").partition("x")
        try:
            plan[tier] = (float(visits), float(hours))
        except ValueError:
            raise FunnelkitError("regional.bad_service", tier=tier, found=text) from None
    return plan


def rivals(report: RegionalStudy) -> tuple[Any, ...]:
    """Return how often we win against each rival, by segment, and whether that changed."""
    found = rivals_of(report)
    if not found.table["of"].sum():
        raise FunnelkitError("regional.no_rivals")
    latest = found.table[found.table["window"] == found.windows[-1]]
    columns = ("competitor", *found.by, "won", "lost", "rate", "low", "high", "no_decision",
               "before_rate", "verdict")  # fmt: skip
    marks = ["verdict-bad" if v == "change" else "" for v in latest["verdict"]]
    caption = say("regional.rivals_caption", window=found.windows[-1].replace("/", " – "))
    table = listed(found, latest, columns, caption, marks)
    note = Sentence(say("regional.rivals_note"), "fk-muted")
    return Sentence(found.summary()), drawn(found), table, note


def rivals_of(report: RegionalStudy) -> Any:
    """Return the matrix of competitors, by the segment asked for where it is one here."""
    from funnelkit.planning import competitor_matrix

    p, by = report.pipeline, report.parameters["rivals_by"]
    p.need("competitor", "outcome", "closed_at", what="competitor_matrix")
    by = None if not by or by in report.parameters["where"] else by
    found: Result = report.kept(f"rivals {by}", lambda: competitor_matrix(p, by))
    return found
