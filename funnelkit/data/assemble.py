"""The deals of a file in canonical form: stage, outcome, dates and currency."""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from funnelkit.data.defects import Finding
from funnelkit.data.files import ROW
from funnelkit.data.labels import IGNORED, OUTCOMES, Meaning, put_stages
from funnelkit.data.recognise import Dialect
from funnelkit.errors import nearest

# Columns of a system that only serve to derive canonical ones.
HELPERS = (
    "is_closed", "is_won", "deleted", "active", "closing_date", "won_at", "lost_at", "__money",
    "outcome_detail",
)  # fmt: skip


@dataclass
class Assembled:
    """Deals with canonical stage and outcome; ``explicit`` when the file states the outcome."""

    deals: ir.Table
    given: set[str]
    findings: list[Finding] = field(default_factory=list)
    explicit: bool = False


def assemble(
    deals: ir.Table,
    meaning: Meaning,
    dialect: Dialect | None,
    *,
    file: str,
    source: dict[str, str],
    currency: str | None,
    last: ir.Table | None = None,
) -> Assembled:
    """Derive stage, outcome, closing date and currency.

    ``last`` holds the last row of each deal's history, where there is one.
    """
    have = set(deals.columns)
    given = {c for c in have if not c.startswith(("__", "entered:")) and c not in HELPERS}
    result = Assembled(deals, given)
    null = ibis.null("string")
    label = put_stages(deals.stage, meaning.stage_of) if "stage" in have else null
    deals = deals.mutate(__as=label)
    if "stage" in have and None in meaning.stage_of.values():
        deals = deals.mutate(unknown_stage__=deals.stage.notnull() & deals["__as"].isnull())
    from_stage = deals["__as"].isin(OUTCOMES).ifelse(deals["__as"], null)
    closing = meaning.process.closing
    branches: list[tuple[ir.BooleanValue, ir.Value | str]] = []
    if "outcome" in have:
        outcome = _outcomes(deals, meaning, dialect, file, source, result)
        if result.findings:
            deals = deals.mutate(unknown_outcome__=deals.outcome.notnull() & outcome.isnull())
        if "stage" in have and set(OUTCOMES) & set(meaning.stage_of.values()):
            torn = (outcome == "open") & deals["__as"].isin(OUTCOMES)
            deals = deals.mutate(closed_label__=torn.fill_null(False).ifelse(deals.stage, null))
        if "outcome_detail" in have:
            # "Lost" with the detail "Canceled": nobody won the deal
            idle = [
                t for t in _distinct(deals, "outcome_detail")
                if meaning.process.match(t) == "no_decision"
            ]  # fmt: skip
            undecided = (outcome == "lost") & deals.outcome_detail.isin(idle)
            branches.append((undecided.fill_null(False), ibis.literal("no_decision")))
        branches.append((outcome.notnull(), outcome))
        result.explicit = True
    branches.append((from_stage.notnull(), from_stage))
    if "is_won" in have:
        branches.append((deals.is_won.fill_null(False), "won"))
        result.explicit = True
    if "is_closed" in have:
        branches.append((deals.is_closed.fill_null(False), "lost"))
        result.explicit = True
    if "active" in have and dialect is not None and dialect.inactive_is_lost:
        # the server's own CSV says True, and leaves the cell empty where it means False
        silent = _distinct(deals, "active") == ["True"]
        branches.append((~deals.active.fill_null(not silent), "lost"))
    if not result.explicit and closing is not None:
        branches.append(((deals["__as"] == closing.id).fill_null(False), "won"))
    deals = deals.mutate(outcome=ibis.cases(*branches, else_="open"))
    derived = not result.explicit and last is not None and "stage" not in have
    if last is not None:
        deals = deals.left_join(last, "deal_id").drop("deal_id_right")
        if derived:
            deals = deals.mutate(
                outcome=deals.last_stage.isin(OUTCOMES)
                .fill_null(False)
                .ifelse(deals.last_stage, "open")
            )
    closed = deals.outcome != "open"
    dates: list[ir.Value] = []
    if "closed_at" in have:
        dates.append(deals.closed_at)
    if "won_at" in have:
        dates.append((deals.outcome == "won").ifelse(deals.won_at, ibis.null("timestamp(6)")))
    if "lost_at" in have:
        dates.append((deals.outcome != "won").ifelse(deals.lost_at, ibis.null("timestamp(6)")))
    if last is not None and "closed_at" not in have:
        ended = (deals.last_stage == deals.outcome).fill_null(False)
        dates.append(ended.ifelse(deals.last_at, ibis.null("timestamp(6)")))
    if "closing_date" in have:
        dates.append(deals.closing_date)
        given.add("expected_close")
        if "expected_close" not in have:
            deals = deals.mutate(expected_close=deals.closing_date)
    if dates:
        value = ibis.coalesce(*dates) if len(dates) > 1 else dates[0]
        keep = closed if "closed_at" not in have else ibis.literal(True)
        deals = deals.mutate(closed_at=keep.ifelse(value, ibis.null("timestamp(6)")))
        given.add("closed_at")
    sits = deals["__as"]
    gone = sits.isin(OUTCOMES) | (sits == IGNORED)
    if closing is not None:
        gone = gone | ((sits == closing.id) & (deals.outcome != "open"))
    stage = gone.fill_null(True).ifelse(null, sits)
    if last is not None:
        deals = deals.mutate(stage=ibis.coalesce(stage, deals.last_open))
        deals = deals.drop("last_stage", "last_at", "last_open")
        if "created_at" not in have:
            deals = deals.mutate(created_at=deals.first_at)
            given.add("created_at")
        deals = deals.drop("first_at")
        given.add("stage")
    else:
        deals = deals.mutate(stage=stage)
    given.add("outcome")
    if currency is not None:
        deals = deals.mutate(currency=ibis.literal(currency))
        given.add("currency")
    elif "__money" in have:
        own = deals.currency.nullif("") if "currency" in have else null
        deals = deals.mutate(currency=ibis.coalesce(own, deals["__money"]))
        given.add("currency")
    helpers = [c for c in HELPERS if c in deals.columns and c not in ("deleted",)]
    entered = [c for c in deals.columns if c.startswith("entered:")]
    result.deals = deals.drop(*helpers, *entered, "__as")
    result.given -= {"deleted"}
    return result


def _distinct(table: ir.Table, column: str) -> list[str]:
    found = table.filter(table[column].notnull()).select(column).distinct()
    return sorted(map(str, found.to_pyarrow()[column].to_pylist()))


def _outcomes(
    deals: ir.Table,
    meaning: Meaning,
    dialect: Dialect | None,
    file: str,
    source: dict[str, str],
    result: Assembled,
) -> ir.StringValue:
    """The outcome column with its labels understood; a label that means nothing is an error."""
    first = deals[ROW].min() if ROW in deals.columns else ibis.null("int64")
    seen = (
        deals.filter(deals.outcome.notnull())
        .group_by("outcome")
        .agg(n=ibis._.count(), first=first)
        .to_pyarrow()
        .to_pylist()
    )
    codes = (dialect.codes if dialect else {}).get("outcome", {})
    known: dict[str, str | None] = {}
    for row in seen:
        text = row["outcome"]
        match = meaning.process.match(codes.get(text, text))
        closing = meaning.process.closing
        if closing is not None and match == closing.id:
            match = "won"
        if text.strip().lower() in ("pending", "deleted"):
            match = "open"
        known[text] = match if match in (*OUTCOMES, "open") else None
        if known[text] is None:
            result.findings.append(
                Finding(
                    "unknown_outcome", "error", file=file, row=row["first"],
                    column=source.get("outcome", "outcome"), value=text, count=row["n"],
                    effect="row", more={"allowed": nearest(text, (*OUTCOMES, "open"))},
                )
            )  # fmt: skip
    return put_stages(deals.outcome, known)
