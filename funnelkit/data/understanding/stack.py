"""Several exports stacked in one table: every deal once a day it was exported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.data.cells.dates import parse_dates
from funnelkit.data.defects import Phrase
from funnelkit.data.engines import hold
from funnelkit.data.inner import ROW, inner
from funnelkit.data.opening.sheet import Sheet
from funnelkit.data.pipeline import end_of
from funnelkit.data.understanding.headers import speaks_for
from funnelkit.data.understanding.mapping import FileMapping
from funnelkit.data.understanding.questions import Choice, Question
from funnelkit.data.understanding.recognise import plain_header, recognise
from funnelkit.errors import FunnelkitError

#: Headers that say when a row was exported.
_WORDS = tuple(
    map(plain_header, (
        "snapshot", "as of", "export date", "exported", "extract", "report date", "reporting date",
        "run date", "load date", "data date", "week", "captured",
        "快照", "导出", "数据日期", "统计日期", "报表日期", "截至", "截止日期", "提取日期", "周",
    ))
)  # fmt: skip
_NO_WORDS = tuple(map(plain_header, ("weeks in", "week number", "周期", "deadline")))
#: Without such a header: no more days than this, and this share of rows that say nothing new.
_MOST_DAYS, _UNCHANGED = 60, 0.3
_MOST = 500
#: So many rows of a large table tell whether deals come again.
_SPREAD = 1_000


def stack_question(sheet: Sheet, mapping: FileMapping, con: Any) -> Question | None:
    """Ask whether a table holds one deal several times because several exports are in it.

    Its rows repeat deals, and a deal and one column of days together name a row; the header of
    that column says so, or many rows say nothing that the deal's row before did not say.
    """
    found = recognise(sheet.columns)
    known = found.columns if found else {}
    deal = _deal(sheet, mapping, known)
    if mapping.snapshot or "entered_at" in mapping.columns or deal is None:
        return None
    named = [c for c in sheet.columns if c != deal and _speaks(c)]
    if not named and (sheet.arrow is None or (found is not None and found.role != "deals")):
        return None
    if sheet.arrow is not None:
        ids = sheet.arrow[deal]
        # rows spread over the table first: deals that come often are met more often, too
        spread = pa.array(range(0, len(ids), 1 + len(ids) // _SPREAD), pa.int64())
        some = pc.unique(ids.take(spread))
        rows = pc.sum(pc.is_in(ids, some)).as_py() or 0
        if len(some) > 0.6 * rows or pc.count_distinct(ids).as_py() > 0.6 * len(ids):
            return None
    stage = mapping.columns.get("stage") or known.get("stage")
    others = [] if stage is None else [c for c in sheet.columns if c not in (deal, stage, *named)]
    table = sheet.table if sheet.arrow is None else hold(sheet.arrow, con)
    for column in (*named, *others):
        days = _days(sheet, table, deal, column)
        if days is None:
            continue
        if column in named or _says_little(table, deal, column, str(stage)):
            return _question(column, days)
    return None


def _speaks(header: str) -> bool:
    plain = plain_header(header)
    return any(w in plain for w in _WORDS) and not any(w in plain for w in _NO_WORDS)


def _deal(sheet: Sheet, mapping: FileMapping, known: Mapping[str, str]) -> str | None:
    told = mapping.columns.get("deal_id") or known.get("deal_id")
    if told in sheet.columns:
        return told
    scored = [(speaks_for(c, "deal_id"), -k, c) for k, c in enumerate(sheet.columns)]
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] >= 0.55 else None


def _days(sheet: Sheet, table: ir.Table, deal: str, column: str) -> list[str] | None:
    """The days of the column, if a deal and a day together name a row and deals come again."""
    t = table.filter(table[deal].notnull() & table[column].notnull())
    row = t.agg(
        n=t.count(), deals=t[deal].nunique(), days=t[column].nunique(),
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    if row["days"] < 2 or row["days"] > _MOST or row["deals"] >= row["n"]:
        return None
    if row["n"] < 2 * row["days"]:  # a day with one deal is a move, not an export
        return None
    pairs = int(t.select(deal, column).distinct().count().execute())
    if pairs < row["n"]:
        return None
    values = t.select(column).distinct().order_by(column).to_pyarrow()[column].to_pylist()
    texts = [str(v) for v in values]
    if sheet.text and parse_dates(texts).problems:
        return None
    if not sheet.text and not isinstance(values[0], dt.date | str):
        return None
    return texts


def _says_little(table: ir.Table, deal: str, column: str, stage: str) -> bool:
    """Whether most rows repeat the stage of the deal's row before: a history never does."""
    t = table.filter(table[deal].notnull())
    w = ibis.window(group_by=t[deal], order_by=t[column])
    was, nth = inner("was"), inner("nth")
    t = t.mutate(**{was: t[stage].lag().over(w), nth: ibis.row_number().over(w)})
    later = t.filter(t[nth] > 0)
    row = later.agg(
        n=later.count(), same=(later[stage] == later[was]).fill_null(False).sum(),
        days=later[column].nunique(),
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    return bool(row["n"]) and row["days"] < _MOST_DAYS and row["same"] >= _UNCHANGED * row["n"]


def _question(column: str, days: list[str]) -> Question:
    seen = tuple(days[:2] + days[-1:] if len(days) > 3 else days)
    stands = Choice(Phrase("questions.stack_yes", column=column), seen, {"snapshot": column})
    moved = Choice(Phrase("questions.stack_move"), (), {"columns": {"entered_at": column}})
    text = Phrase("questions.stack", column=column, n=len(days))
    return Question("table:deals", text, (stands, moved))


def slices(sheet: Sheet, column: str, order: str | None = None) -> list[tuple[dt.datetime, Sheet]]:
    """Return the exports of a stack, the oldest first, each with the moment it shows.

    Raises
    ------
    FunnelkitError
        The column is not there, or holds what is no date.
    """
    if column not in sheet.columns:
        raise FunnelkitError(
            "data.mapping_column", file=sheet.name, found=column, column="snapshot",
            allowed=list(sheet.columns),
        )  # fmt: skip
    arrow = sheet.arrow if sheet.arrow is not None else sheet.table.to_pyarrow()
    texts = arrow[column].to_pylist()
    distinct = [v for v in dict.fromkeys(texts) if v is not None]
    read = parse_dates([str(v) for v in distinct], order=order)
    if read.problems:
        wrong = distinct[min(read.problems)]
        line = arrow[ROW][texts.index(wrong)].as_py() if ROW in arrow.column_names else None
        raise FunnelkitError(
            "data.snapshot_date", file=sheet.name, found=wrong, column=column, row=line
        )
    moments: dict[dt.datetime, list[Any]] = {}
    for value, when in zip(distinct, read.values, strict=True):
        assert when is not None
        moments.setdefault(end_of(when.date() if when.time() == dt.time() else when), []).append(
            value
        )
    rest = [c for c in sheet.columns if c != column]
    keep = [c for c in arrow.column_names if c != column]
    made = []
    for moment, values in sorted(moments.items()):
        part = arrow.filter(pc.is_in(arrow[column], pa.array(values, arrow[column].type)))
        part = part.select(keep)
        made.append(
            (moment, replace(sheet, columns=rest, table=ibis.memtable(part),
                             arrow=part if sheet.text else None, notes=[], rows=part.num_rows))
        )  # fmt: skip
    return made


__all__ = ["slices", "stack_question"]
