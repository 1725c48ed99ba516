"""The deals of a file in canonical form: stage, outcome, dates and currency."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from funnelkit.data.cells.kinds import sentinel
from funnelkit.data.contract import OUTCOMES, TABLES
from funnelkit.data.inner import MARK, MONEY, ROW, attach, inner
from funnelkit.data.understanding.labels import IGNORED, put_stages
from funnelkit.data.understanding.recognise import Dialect
from funnelkit.data.understanding.understand import Meaning

_AS = inner("as")
#: Rows that say something nobody understands, or that contradict themselves.
UNKNOWN_STAGE, UNKNOWN_OUTCOME = inner("unknown_stage"), inner("unknown_outcome")
TORN, LEFT_OUT, PLANNED = inner("closed_label"), inner("left_out"), inner("planned")
#: Deals with a date of winning and one of losing, where nothing else tells which holds.
BOTH = inner("won_and_lost")


@dataclass
class Assembled:
    """Deals with canonical stage and outcome; ``explicit`` when the file states the outcome."""

    deals: ir.Table
    given: set[str]
    explicit: bool = False


def assemble(
    deals: ir.Table,
    meaning: Meaning,
    dialect: Dialect | None,
    *,
    currency: str | None,
    last: ir.Table | None = None,
    believed: Collection[str] = (),
    unread: Mapping[str, list[int]] = MappingProxyType({}),
) -> Assembled:
    """Derive stage, outcome, closing date and currency.

    ``last`` holds the last row of each deal's history, where there is one; ``believed`` are
    stage labels whose outcome somebody stated, so that another column cannot contradict it;
    ``unread`` are the rows whose cell says something that could not be read, by column.
    """
    have = set(deals.columns)
    reserved = {"stage_history", "field_history", *TABLES}
    given = {c for c in have if not c.startswith(MARK)} - reserved
    result = Assembled(deals, given)
    null = ibis.null("string")
    label = put_stages(deals.stage, meaning.stage_of) if "stage" in have else null
    deals = deals.mutate(**{_AS: label})
    days = {o: deals[inner(f"{o}_at")] for o in ("won", "lost") if inner(f"{o}_at") in have}
    # what a system writes for "never" is no day
    ended = {o: (day.notnull() & ~sentinel(day)).fill_null(False) for o, day in days.items()}
    if "stage" in have and None in meaning.stage_of.values():
        deals = deals.mutate(**{UNKNOWN_STAGE: deals.stage.notnull() & deals[_AS].isnull()})
    if "stage" in have and IGNORED in meaning.stage_of.values():
        deals = deals.mutate(**{LEFT_OUT: (deals[_AS] == IGNORED).fill_null(False)})
    from_stage = deals[_AS].isin(OUTCOMES).ifelse(deals[_AS], null)
    closing = meaning.process.closing
    branches: list[tuple[ir.BooleanValue, ir.Value | str]] = []
    said = _said(deals, meaning, ended)
    if "stage" in have and said is not None and set(OUTCOMES) & set(meaning.stage_of.values()):
        other = (said == "open") | ((said == "won") != (from_stage == "won"))
        torn = (from_stage.notnull() & other).fill_null(False)
        if believed:
            sure = (deals.stage.isin(list(believed)) & from_stage.notnull()).fill_null(False)
            branches.append((sure, from_stage))
            torn = torn & ~sure
        deals = deals.mutate(**{TORN: torn.ifelse(deals.stage, null)})
    if "outcome" in have:
        outcome = put_stages(deals.outcome, meaning.outcome_of)
        if None in meaning.outcome_of.values():
            deals = deals.mutate(**{UNKNOWN_OUTCOME: deals.outcome.notnull() & outcome.isnull()})
        if inner("outcome_detail") in have:
            # "Lost" with the detail "Canceled": nobody won the deal
            idle = [
                t for t in _distinct(deals, inner("outcome_detail"))
                if meaning.process.match(t) == "no_decision"
            ]  # fmt: skip
            undecided = (outcome == "lost") & deals[inner("outcome_detail")].isin(idle)
            branches.append((undecided.fill_null(False), ibis.literal("no_decision")))
        branches.append((outcome.notnull(), outcome))
        result.explicit = True
    branches.append((from_stage.notnull(), from_stage))
    if inner("is_won") in have:
        branches.append((deals[inner("is_won")].fill_null(False), "won"))
        result.explicit = True
        lost = None if inner("is_closed") in have else _lost_by_flag(deals)
        if lost is not None:
            branches.append((lost.fill_null(False), ibis.literal("lost")))
    derived = not result.explicit and last is not None and "stage" not in have
    dated = _dated(ended)
    if inner("is_closed") in have and inner("is_won") in have:  # the two of them tell all
        branches.append((deals[inner("is_closed")].fill_null(False), "lost"))
    if dated is not None:
        result.explicit |= inner("won_at") in have
        silent = ~ibis.or_(*(where for where, _ in branches)).fill_null(False)
        deals = deals.mutate(**{BOTH: silent & (dated == "both").fill_null(False)})
        if slips := [row for o in days for row in unread.get(f"{o}_at", ())]:
            unknown = silent & deals[ROW].isin(slips)
            if UNKNOWN_OUTCOME in deals.columns:
                unknown = unknown | deals[UNKNOWN_OUTCOME]
            deals = deals.mutate(**{UNKNOWN_OUTCOME: unknown})
        branches.append((dated.notnull() & (dated != "both"), dated))
    if inner("is_closed") in have:
        branches.append((deals[inner("is_closed")].fill_null(False), "lost"))
        result.explicit = True
    if inner("active") in have and dialect is not None and dialect.inactive_is_lost:
        # the server's own CSV says True, and leaves the cell empty where it means False
        silent = _distinct(deals, inner("active")) == ["True"]
        branches.append((~deals[inner("active")].fill_null(not silent), "lost"))
    if not result.explicit and closing is not None:
        branches.append(((deals[_AS] == closing.id).fill_null(False), "won"))
    deals = deals.mutate(outcome=ibis.cases(*branches, else_="open"))
    if last is not None:
        deals = attach(deals, last)
        if derived:
            reached = deals[inner("last_stage")]
            over = (deals.outcome == "open") & reached.isin(OUTCOMES).fill_null(False)
            deals = deals.mutate(outcome=over.ifelse(reached, deals.outcome))
    closed = deals.outcome != "open"
    dates: list[ir.Value] = []
    if "closed_at" in have:
        dates.append(deals.closed_at)
    if inner("won_at") in have:
        dates.append(
            (deals.outcome == "won").ifelse(deals[inner("won_at")], ibis.null("timestamp(6)"))
        )
    if inner("lost_at") in have:
        dates.append(
            (deals.outcome != "won").ifelse(deals[inner("lost_at")], ibis.null("timestamp(6)"))
        )
    if last is not None and "closed_at" not in have:
        ended = (deals[inner("last_stage")] == deals.outcome).fill_null(False)
        dates.append(ended.ifelse(deals[inner("last_at")], ibis.null("timestamp(6)")))
    if inner("closing_date") in have:
        dates.append(deals[inner("closing_date")])
        given.add("expected_close")
        if "expected_close" not in have:
            deals = deals.mutate(expected_close=deals[inner("closing_date")])
    if dates:
        value = ibis.coalesce(*dates) if len(dates) > 1 else dates[0]
        never = ibis.null("timestamp(6)")
        if "closed_at" in have:  # the date of an open deal is a plan, whatever its column is called
            plan = closed.ifelse(never, deals.closed_at)
            known = [deals.expected_close] if "expected_close" in have else []
            deals = deals.mutate(expected_close=ibis.coalesce(*known, plan), **{PLANNED: plan})
        deals = deals.mutate(closed_at=closed.ifelse(value, never))
        given.add("closed_at")
    sits = deals[_AS]
    gone = sits.isin((*OUTCOMES, "open", IGNORED))
    if closing is not None:
        gone = gone | ((sits == closing.id) & (deals.outcome != "open"))
    stage = gone.fill_null(True).ifelse(null, sits)
    if last is not None:
        deals = deals.mutate(stage=ibis.coalesce(stage, deals[inner("last_open")]))
        if "created_at" not in have:
            deals = deals.mutate(created_at=deals[inner("first_at")])
            given.add("created_at")
        given.add("stage")
    else:
        deals = deals.mutate(stage=stage)
    given.add("outcome")
    if currency is not None:
        deals = deals.mutate(currency=ibis.literal(currency))
        given.add("currency")
    elif MONEY in have:
        own = deals.currency.nullif("") if "currency" in have else null
        deals = deals.mutate(currency=ibis.coalesce(own, deals[MONEY]))
        given.add("currency")
    kept = (ROW, UNKNOWN_STAGE, UNKNOWN_OUTCOME, TORN, BOTH, LEFT_OUT, PLANNED)
    result.deals = deals.drop(*(c for c in deals.columns if c.startswith(MARK) and c not in kept))
    return result


def _lost_by_flag(deals: ir.Table) -> ir.BooleanValue | None:
    """Where "won: no" says that a deal is lost, not that it is still open; None where it does not.

    It does where the cells of other deals are left empty, and where a deal so marked has a day of
    its end that has come.
    """
    won = deals[inner("is_won")]
    never = ibis.null("timestamp(6)")
    closed = deals.closed_at if "closed_at" in deals.columns else never
    begun = deals.created_at if "created_at" in deals.columns else never
    row = deals.agg(
        empty=won.isnull().sum(), no=(~won).sum(), dated=(~won & closed.notnull()).sum(),
        last=closed.max(where=~won), won=closed.max(where=won), begun=begun.max(),
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    no, dated = int(row["no"] or 0), int(row["dated"] or 0)
    if no and row["empty"] and ("closed_at" not in deals.columns or dated >= 0.5 * no):
        return ~won
    known = max((d for d in (row["won"], row["begun"]) if d is not None), default=None)
    if dated and known is not None and row["last"] <= known:
        return ~won & closed.notnull()
    return None


def _said(
    deals: ir.Table, meaning: Meaning, ended: Mapping[str, ir.BooleanValue]
) -> ir.StringValue | None:
    """What the columns beside the stage say of the outcome: one of their own, flags, or dates."""
    if "outcome" in deals.columns:
        return put_stages(deals.outcome, meaning.outcome_of)
    flags = [
        (deals[inner(flag)].fill_null(False), ibis.literal(outcome))
        for flag, outcome in (("is_won", "won"), ("is_closed", "lost"))
        if inner(flag) in deals.columns
    ]
    # that a deal is closed says nothing of how
    if inner("is_won") in deals.columns:
        return ibis.cases(*flags, else_=ibis.null("string"))
    dated = _dated(ended)
    return None if dated is None else dated.nullif("both")


def _dated(ended: Mapping[str, ir.BooleanValue]) -> ir.StringValue | None:
    """What the dates of winning and losing say, ``both`` where they contradict each other."""
    said = [(ibis.and_(*ended.values()), ibis.literal("both"))] if len(ended) > 1 else []
    said += [(filled, ibis.literal(outcome)) for outcome, filled in ended.items()]
    return ibis.cases(*said, else_=ibis.null("string")) if said else None


def _distinct(table: ir.Table, column: str) -> list[str]:
    found = table.filter(table[column].notnull()).select(column).distinct()
    return sorted(map(str, found.to_pyarrow()[column].to_pylist()))
