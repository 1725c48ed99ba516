"""The opening positions of a regional plan: the largest open deals, what each is worth, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.page.parts import Points, Sentence
from funnelkit.report.side import columns_of, side_table
from funnelkit.show.column import RATE, SHARE, TEXT, Money, columns
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.study.regional import RegionalStudy

#: Deals a meeting can talk about.
MOST_DEALS = 10
_TRUTHS = ("splittable", "unaddressed_need", "strong_in_part", "incumbent_attacked", "strategic")
_WORDS = ("strength", "rules", "time")
_YES, _NO = ("1", "yes", "true", "y", "是"), ("0", "no", "false", "n", "", "nan", "否")
_MARKS = {"go": "verdict-good", "no_go": "verdict-bad", "unsure": ""}


def positions(report: RegionalStudy) -> tuple[Any, ...]:
    """Weigh the largest open deals; name the strategy where the position was written down."""
    frame = worth(report)
    if frame.empty:
        return (Sentence(say("regional.no_open_deals")),)
    known, unknown = written_positions(report)
    rows, marks = [], []
    for row in frame.to_dict("records"):
        found = known.get(row["deal_id"])
        strategy = say(f"territory.strategy_{found.strategy}") if found else None
        rows.append(
            [
                row["deal_id"], row["account"] or None, row["owner"] or None,
                report.pipeline.process.label(row["stage"]), row["competitor"] or None,
                row["amount"], (row["win_rate"], row["of"]), row["expected_amount"],
                row["break_even_rate"],
                strategy, say(f"territory.decision_{row['decision']}"),
            ]
        )  # fmt: skip
        marks.append(_MARKS[row["decision"]])
    unit = Money(currency=report.currency)
    heads = columns("regional.col_", deal=TEXT, account=TEXT, owner=TEXT, stage=TEXT, rival=TEXT,
                    amount=unit, chance=(SHARE, "n"), worth=unit, even=RATE, strategy=TEXT,
                    decision=TEXT)  # fmt: skip
    table = Table(heads, rows, say("regional.positions_caption", n=len(rows)), marks)
    values = report.parameters
    lead = say(
        "regional.positions_lead", n=len(rows), margin=values["margin"],
        cost=values["pursuit_cost"],
    )  # fmt: skip
    parts: list[Any] = [Sentence(lead), table]
    told = [f for d, f in known.items() if d in set(frame["deal_id"])]
    names = {id(f): d for d, f in known.items()}
    if told:
        parts.append(Points(tuple(f"{names[id(f)]}: {f.summary()}" for f in told)))
    if not known:
        needed = ["deal_id", *_WORDS, *_TRUTHS]
        parts.append(Sentence(say("regional.positions_open", columns=needed), "fk-callout"))
    elif unknown:
        parts.append(Sentence(say("regional.positions_unknown", deals=unknown), "fk-callout"))
    parts.append(Sentence(say("regional.positions_note"), "fk-muted"))
    return tuple(parts)


def worth(report: RegionalStudy) -> pd.DataFrame:
    """Return the largest open deals, their chance and what pursuing them is worth."""
    from funnelkit.measures import stage_win_rate
    from funnelkit.planning import go_no_go

    p, values = report.pipeline, report.parameters
    p.need("amount", "stage_history", what="go_no_go")
    rates = report.kept("stage_win_rate", lambda: stage_win_rate(report.whole)).table
    rates = rates.set_index("stage")
    frame = p.frame()
    frame = frame[(frame["outcome"] == "open") & (frame["amount"] > 0) & frame["stage"].notna()]
    order = frame.sort_values(["amount", "deal_id"], ascending=[False, True], kind="stable")
    rows = []
    for deal in order.head(MOST_DEALS).to_dict("records"):
        past = rates.loc[deal["stage"]]
        if not past["of"]:
            continue
        margin = float(deal["amount"]) * values["margin"]
        found = go_no_go(
            margin, values["pursuit_cost"], won=int(past["won"]), deals=int(past["of"])
        )
        row: dict[Any, Any] = found.table.iloc[0].to_dict()
        text = {c: deal[c] if isinstance(deal[c], str) else "" for c in
                ("deal_id", "account", "owner", "stage", "competitor")}  # fmt: skip
        rows.append({**text, "amount": float(deal["amount"]), "of": int(past["of"]), **row})
    return pd.DataFrame(rows)


def written_positions(report: RegionalStudy) -> tuple[dict[str, Any], list[str]]:
    """Return the strategy of each deal somebody wrote down, and the names no deal has."""
    from funnelkit.planning import position_strategy
    from funnelkit.planning.market.positions import RULES_FAVOUR, STRENGTHS, TIMES

    given = report.parameters["positions"]
    if not given:
        return {}, []
    frame = side_table(given, "positions")
    columns_of(frame, ("deal_id", "strength"), given)
    allowed = {"strength": STRENGTHS, "rules": RULES_FAVOUR, "time": TIMES}
    found = {}
    for place, row in enumerate(frame.to_dict("records"), start=2):
        said: dict[str, Any] = {}
        for name in _WORDS:
            text = row.get(name)
            if isinstance(text, str) and text.strip():
                said[name] = _one_of(text.strip(), allowed[name], name, place)
        for name in _TRUTHS:
            if name in row:
                said[name] = _truth(row[name], name, place)
        found[str(row["deal_id"])] = position_strategy(said.pop("strength", ""), **said)
    deals = set(report.whole.frame()["deal_id"])
    return found, sorted(set(found) - deals)


def _one_of(text: str, allowed: tuple[str, ...], name: str, row: int) -> str:
    if text not in allowed:
        raise FunnelkitError(
            "regional.bad_position", row=row, column=name, found=text,
            allowed=nearest(text, allowed),
        )  # fmt: skip
    return text


def _truth(value: Any, name: str, row: int) -> bool:
    text = str(value).strip().lower().removesuffix(".0")
    if text in _YES or text in _NO:
        return text in _YES
    raise FunnelkitError(
        "regional.bad_position", row=row, column=name, found=str(value), allowed=["yes", "no"]
    )
