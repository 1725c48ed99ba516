"""From a sheet's own columns to canonical, typed ones; text is read over its distinct values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.data import engines
from funnelkit.data.cells.amounts import parse_amounts
from funnelkit.data.cells.dates import order_votes, parse_dates
from funnelkit.data.cells.kinds import ATTRIBUTES, NO, YES, kind_of_column, typed
from funnelkit.data.cells.plain import PlainDates, plain_amounts, plain_dates
from funnelkit.data.cells.units import unit
from funnelkit.data.contract import DEALS
from funnelkit.data.defects import Finding, Phrase
from funnelkit.data.inner import MARK, MONEY, ROW, free, inner, name_of
from funnelkit.data.moves import line_up
from funnelkit.data.opening.files import Sheet
from funnelkit.data.understanding.questions import Choice, Question

#: Cells of a column that are looked at, and the share of them that has to be a number.
_LOOKED_AT, _MOSTLY = 200, 0.9
# Without these a row cannot be placed; any other unreadable cell is only emptied.
_PLACING = ("entered_at", "changed_at")
_EXCEL_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!")


@dataclass
class Parsed:
    """A sheet with canonical columns, what was found on the way, and what was decided."""

    table: ir.Table
    findings: list[Finding] = field(default_factory=list)
    formats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    dates_only: set[str] = field(default_factory=set)
    bad: dict[str, list[int]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)


@dataclass
class _Distinct:
    """Distinct texts of a column with how often and where first each stands."""

    texts: list[str | None]
    counts: list[int]
    rows: list[int | None]


def file_orders(sheet: Sheet, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the orders of numeric dates, by separator, that some column of the sheet settles."""
    found: dict[str, str] = {}
    for canonical, source in columns.items():
        if kind_of_column(canonical) == "date" and sheet.text and sheet.arrow is not None:
            column = sheet.arrow[source]
            iso = pc.match_substring_regex(column, r"^\d{4}")
            texts = [t for t in pc.unique(column.filter(pc.invert(iso))).to_pylist() if t]
            for sep, fits in order_votes(texts).items():
                if len(fits) == 1:
                    found.setdefault(sep, next(iter(fits)))
    return found


def read_columns(
    sheet: Sheet,
    columns: Mapping[str, str],
    *,
    clock: dt.timedelta,
    engine: Any,
    order: str | None = None,
    decimal: str | None = None,
    attributes: bool = False,
    utc: bool = False,
) -> Parsed:
    """Give the sheet canonical names and types; with ``attributes`` keep its other columns.

    With ``utc`` the times written without an offset are instants of UTC. ``order`` and ``decimal``
    are the order of numeric dates and the decimal mark, where the user told them.
    """
    parsed = Parsed(sheet.table)
    reader = _Reader(sheet, parsed, columns, clock, order, utc, decimal)
    if sheet.text:
        assert sheet.arrow is not None
        arrays: dict[str, Any] = {}
        for canonical, source in columns.items():
            arrays.update(reader.from_arrow(canonical, source, sheet.arrow[source]))
        taken = set(columns.values())
        for name in sheet.columns if attributes else ():
            if name not in taken and name in ATTRIBUTES:
                arrays.update(reader.from_arrow(name, name, sheet.arrow[name]))
            elif name not in taken:
                arrays[free(name, {*arrays, *DEALS})] = sheet.arrow[name]
        arrays[ROW] = sheet.arrow[ROW]
        rows = pa.table(arrays)
        if {"deal_id", "entered_at"} <= columns.keys() and "from_stage" not in columns:
            rows = line_up(rows)
        parsed.table = engines.hold(rows, engine)
        return parsed
    parsed.table = reader.from_table(columns, attributes, engine)
    return parsed


class _Reader:
    """Reads the columns of one sheet and notes what it meets."""

    def __init__(
        self,
        sheet: Sheet,
        parsed: Parsed,
        columns: Mapping[str, str],
        clock: dt.timedelta,
        order: str | None,
        utc: bool,
        decimal: str | None,
    ) -> None:
        self.sheet, self.parsed = sheet, parsed
        self.clock, self.order, self.columns = clock, order, columns
        self.decimal = decimal
        self.ahead = clock if utc else dt.timedelta()
        self.bad_codes: dict[str, set[int]] = {}

    def worth(self, source: str) -> float:
        """What one unit of a column is worth: by its own header, else by a line above the table."""
        own = unit(source)
        return self.sheet.worth if own is None else own

    @cached_property
    def others(self) -> Mapping[str, str]:
        """The orders of dates that some column settles; looked for once a date needs it."""
        return file_orders(self.sheet, self.columns) if self.order is None else {}

    @property
    def comma_likely(self) -> bool:
        """Whether decimals have a comma, as with semicolons between cells and dots in days."""
        return self.sheet.separator == ";" or self.others.get(".") == "dmy"

    # --- a column of text in memory -------------------------------------------------------

    def from_arrow(self, canonical: str, source: str, column: Any) -> dict[str, Any]:
        kind = kind_of_column(canonical)
        if kind == "text":
            return {name_of(canonical): column}
        if kind == "amount" and self.decimal is None and self.worth(source) == 1:
            amounts = plain_amounts(column)
            if amounts is not None:
                return {name_of(canonical): amounts}
        plain = plain_dates(column, self.ahead) if kind == "date" else None
        coded = (plain.left if plain else column).combine_chunks().dictionary_encode()
        texts: list[str | None] = coded.dictionary.to_pylist()
        indices = coded.indices
        codes: np.ndarray = indices.fill_null(len(texts)).to_numpy()
        assert self.sheet.arrow is not None
        lines: np.ndarray = self.sheet.arrow[ROW].to_numpy()

        def distinct() -> _Distinct:
            counts = np.bincount(codes, minlength=len(texts) + 1)[:-1]
            first = np.zeros(len(texts) + 1, np.int64)
            first[codes[::-1]] = lines[::-1]
            return _Distinct(texts, counts.tolist(), first[:-1].tolist())

        made = self._parse(kind, canonical, source, texts, distinct, plain)
        if bad := self.bad_codes.get(canonical):
            self.parsed.bad[canonical] = lines[np.isin(codes, list(bad))].tolist()
        read = {
            name: pa.array(values, arrow_type).take(indices)
            for name, (values, arrow_type) in made.items()
        }
        if plain and not texts:
            read[name_of(canonical)] = plain.values
        elif plain:
            own = name_of(canonical)
            read[own] = pc.coalesce(plain.values, read[own])
        return read

    # --- a typed table, kept lazy ---------------------------------------------------------

    def from_table(self, columns: Mapping[str, str], attributes: bool, engine: Any) -> ir.Table:
        table = self.sheet.table
        days = _columns_of_days(table, list(columns.values()))
        made: dict[str, ir.Value] = {}
        joins: list[tuple[str, str]] = []
        for canonical, source in columns.items():
            kind = kind_of_column(canonical)
            value = typed(table[source], kind, self.clock, whole_days=source in days)
            if value is not None and kind == "amount" and self.worth(source) != 1:
                value = value * self.worth(source)
            if value is None:
                joins.append((canonical, source))
                made[inner(f"text_{canonical}")] = table[source].cast("string")
            else:
                made[name_of(canonical)] = value
        taken = set(columns.values())
        for name in self.sheet.columns if attributes else ():
            if name not in taken:
                made[free(name, {*made, *columns, *DEALS})] = table[name]
        if ROW in table.columns:
            made[ROW] = table[ROW]
        result = table.select(**made)
        for canonical, source in joins:
            result = self._join_read(result, canonical, source)
        if not joins:
            return result
        kept = engines.keep(result, "read", engine)
        return result if kept is None else kept

    def _join_read(self, table: ir.Table, canonical: str, source: str) -> ir.Table:
        text = inner(f"text_{canonical}")
        first = table[ROW].min() if ROW in table.columns else ibis.null("int64")
        seen = (
            table.filter(table[text].notnull())
            .group_by(text)
            .agg(n=ibis._.count(), first=first)
            .to_pyarrow()
            .to_pydict()
        )
        texts = [t.strip() for t in seen[text]]
        distinct = _Distinct(list(texts), seen["n"], seen["first"])
        kind = kind_of_column(canonical)
        made = self._parse(kind, canonical, source, distinct.texts, lambda: distinct)
        if (bad := self.bad_codes.get(canonical)) and ROW in table.columns:
            rows = table.filter(table[text].isin([seen[text][i] for i in bad])).select(ROW)
            self.parsed.bad[canonical] = rows.to_pyarrow()[ROW].to_pylist()
        lookup = pa.table(
            {text: pa.array(seen[text], pa.string())}
            | {name: pa.array(v, k) for name, (v, k) in made.items()}
        )
        joined = table.left_join(ibis.memtable(lookup), text)
        return joined.drop(text, f"{text}_right")

    # --- reading distinct texts -----------------------------------------------------------

    def _parse(
        self,
        kind: str,
        canonical: str,
        source: str,
        texts: list[str | None],
        distinct: Callable[[], _Distinct],
        plain: PlainDates | None = None,
    ) -> dict[str, tuple[list[Any], pa.DataType]]:
        problems: dict[int, str] = {}
        out: dict[str, tuple[list[Any], pa.DataType]] = {}
        name = name_of(canonical)
        if kind == "date":
            dates = parse_dates(
                texts,
                clock=self.clock,
                order=self.order,
                others=self.others if texts else {},
                ahead=self.ahead,
            )
            if plain is not None:
                dates.formats = tuple(dict.fromkeys([*plain.formats, *dates.formats]))
                dates.naive += plain.times
                dates.dates_only = dates.dates_only and plain.whole_days
            problems = dates.problems
            out[name] = (dates.values, pa.timestamp("us"))
            self.parsed.formats[source] = dates.formats
            if dates.order:
                self.parsed.orders[source] = dates.order
            if dates.dates_only and (any(dates.values) or (plain is not None and plain.n)):
                self.parsed.dates_only.add(canonical)
            self._date_notes(source, dates, distinct)
        elif kind == "amount":
            worth = self.worth(source)
            amounts = parse_amounts(
                texts, decimal=self.decimal, comma_likely=self.comma_likely, unit=worth
            )
            problems = amounts.problems
            out[name] = (amounts.values, pa.float64())
            if canonical == "amount" and any(amounts.currencies):
                out[MONEY] = (amounts.currencies, pa.string())
            if worth != 1 and any(amounts.values):
                place = next(i for i, v in enumerate(amounts.values) if v)
                read = f"{amounts.values[place] or 0.0:,.0f}"
                self._note("amount_in_units", source, place, distinct(), read=read)
            if amounts.ambiguous is not None:
                self._ask_decimal(source, texts, amounts.ambiguous)
            elif amounts.as_text is not None:
                place = amounts.as_text
                read = f"{amounts.values[place] or 0.0:,.2f}".removesuffix(".00")
                self._note("amount_as_text", source, place, distinct(), read=read)
        elif kind == "number":
            out[name] = self._numbers(source, texts, problems, distinct)
        elif kind == "flag":
            flags: list[bool | None] = []
            for i, text in enumerate(texts):
                word = (text or "").strip().lower()
                flags.append(True if word in YES else False if word in NO else None)
                if word and flags[-1] is None and word not in ("null", "none", "na"):
                    problems[i] = "unparsable_flag"
            out[name] = (flags, pa.bool_())
        else:
            whole: list[int | None] = []
            for text in texts:
                try:
                    whole.append(int(float(text)) if text else None)
                except ValueError:
                    whole.append(None)
            out[name] = (whole, pa.int64())
        if problems:
            self._problems(canonical, source, problems, distinct())
        return out

    def _numbers(
        self,
        source: str,
        texts: list[str | None],
        problems: dict[int, str],
        distinct: Callable[[], _Distinct],
    ) -> tuple[list[Any], pa.DataType]:
        """Probabilities as fractions, whether written 0-1, 0-100 or with a percent sign."""
        values: list[float | None] = []
        signed = [bool(t) and "%" in (t or "") for t in texts]
        for i, text in enumerate(texts):
            word = (text or "").replace("%", "").replace(",", ".").strip()
            try:
                values.append(float(word) if word else None)
            except ValueError:
                values.append(None)
                if word.lower() not in ("na", "n/a", "null", "none", "-", "nan"):
                    problems[i] = "unparsable_number"
        percent = any(signed) or any(v is not None and v > 1 for v in values)
        if percent and values:
            mixed = next(
                (i for i, v in enumerate(values)
                 if v is not None and 0 < v < 1 and not signed[i]), None
            )  # fmt: skip
            if mixed is not None and sum(v is not None and v > 1 for v in values):
                self._note("probability_mixed", source, mixed, distinct())
            largest = max(range(len(values)), key=lambda i: values[i] or 0)
            self._note("probability_percent", source, largest, distinct())
            values = [
                v if v is None or (0 < v < 1 and not s) else v / 100
                for v, s in zip(values, signed, strict=True)
            ]
        for i, v in enumerate(values):
            if v is not None and not 0 <= v <= 1:
                problems[i] = "probability_range"
                values[i] = None
        return values, pa.float64()

    # --- questions and notes --------------------------------------------------------------

    def _ask_decimal(self, source: str, texts: list[str | None], first: int) -> None:
        """Ask whether a point groups thousands or begins the decimals; once a sheet."""
        if any(q.about == "amounts" for q in self.parsed.questions):
            return
        text = texts[first] or ""
        seen = [t for t in texts if t and "." in t][:3]
        choices = []
        for mark in (",", "."):
            read = parse_amounts([text], decimal=mark).values[0] or 0.0
            shown = f"{read:,.3f}".rstrip("0").rstrip(".")
            key = "questions.thousands" if mark == "," else "questions.decimals"
            choices.append(
                Choice(Phrase(key, found=text, read=shown), tuple(seen), {"decimal": mark})
            )
        self.parsed.questions.append(
            Question("amounts", Phrase("questions.amounts", column=source), tuple(choices))
        )

    def _ask_order(self, source: str, text: str) -> None:
        """Ask whether the day or the month comes first; once a sheet."""
        if any(q.about == "dates" for q in self.parsed.questions):
            return
        choices = []
        for order in ("mdy", "dmy"):
            read = parse_dates([text], order=order).values[0]
            choices.append(
                Choice(
                    Phrase(f"questions.{order}", found=text, read=read and read.date()),
                    (), {"dates": order},
                )
            )  # fmt: skip
        self.parsed.questions.append(
            Question("dates", Phrase("questions.dates", column=source, found=text), tuple(choices))
        )

    def _date_notes(self, source: str, dates: Any, distinct: Callable[[], _Distinct]) -> None:
        text = "" if dates.ambiguous is None else distinct().texts[dates.ambiguous] or ""
        if dates.ambiguous is not None and "." not in text:
            self._ask_order(source, text)
        elif dates.ambiguous is not None:  # with dots the day comes first, wherever dots are used
            chosen = Phrase(f"data.order_{dates.order}")
            other = Phrase("data.order_dmy" if dates.order == "mdy" else "data.order_mdy")
            self._note(
                "ambiguous_date", source, dates.ambiguous, distinct(),
                chosen=chosen, other=other,
                setting="dmy" if dates.order == "mdy" else "mdy",
            )  # fmt: skip
        if {"epoch ms", "epoch s"} & set(dates.formats):
            found = distinct()
            place = next(
                i for i, t in enumerate(found.texts)
                if dates.values[i] is not None and len(t or "") > 8 and (t or "").isdigit()
            )  # fmt: skip
            self._note(
                "epoch", source, place, found,
                read=dates.values[place].isoformat(" ", "minutes"),
            )  # fmt: skip
        if "excel" in dates.formats:
            found = distinct()
            place = next(
                i for i, t in enumerate(found.texts)
                if dates.values[i] is not None and (t or "").replace(".", "").isdigit()
            )  # fmt: skip
            self._note("excel_serial", source, place, found, read=dates.values[place].date())
        if dates.offsets:
            found = distinct()
            hours = self.clock.total_seconds() / 3600
            clock = f"UTC{hours:+g}" if hours else "UTC"
            read = (v is not None for v in dates.values)
            zoned = (i for i, good in enumerate(read) if good and _zoned(found.texts[i]))
            place = next(zoned, 0)
            key = "mixed_offsets" if dates.naive else "offsets"
            self._note(key, source, place, found, clock=clock)

    def _note(
        self,
        reason: str,
        source: str,
        place: int,
        distinct: _Distinct,
        **more: Any,
    ) -> None:
        self.parsed.findings.append(
            Finding(
                reason, file=self.sheet.name, row=distinct.rows[place], column=source,
                value=distinct.texts[place], more=more,
            )
        )  # fmt: skip

    def _problems(
        self, canonical: str, source: str, problems: dict[int, str], distinct: _Distinct
    ) -> None:
        # a system's "never" is no day of winning or losing; what nobody can read may be one
        never = "sentinel_date" if canonical in ("won_at", "lost_at") else None
        self.bad_codes[canonical] = {p for p, why in problems.items() if why != never}
        by_reason: dict[str, list[int]] = {}
        for place, reason in problems.items():
            text = distinct.texts[place] or ""
            if text.upper() in _EXCEL_ERRORS or set(text) == {"#"}:
                reason = "excel_error"
            if canonical in _PLACING:
                reason = "sentinel_entry" if reason == "sentinel_date" else "unreadable_entry"
            by_reason.setdefault(reason, []).append(place)
        for reason, places in by_reason.items():
            if reason == "sentinel_date":
                # each such date once: the reader must see which ones were taken for "never"
                groups = [[p] for p in places[:5]] if len(places) <= 5 else [places]
            else:
                groups = [places]
            for group in groups:
                first = min(group, key=lambda p: (distinct.rows[p] is None, distinct.rows[p] or 0))
                self.parsed.findings.append(
                    Finding(
                        reason, file=self.sheet.name, row=distinct.rows[first],
                        column=source, value=distinct.texts[first],
                        count=sum(distinct.counts[p] for p in group),
                    )
                )  # fmt: skip


def _columns_of_days(table: ir.Table, columns: list[str]) -> set[str]:
    """Columns of instants that are all midnights of UTC: they hold days."""
    zoned = [c for c in columns if getattr(table[c].type(), "timezone", None) is not None]
    if not zoned:
        return set()
    wanted: dict[str, ir.Value] = {}
    for i, name in enumerate(zoned):
        at = table[name].cast("timestamp('UTC')").cast("timestamp(6)")
        wanted[f"odd{i}"] = (at != at.truncate("D")).sum()
        wanted[f"n{i}"] = at.nunique()
    row = table.aggregate(**wanted).to_pyarrow().to_pylist()[0]
    return {c for i, c in enumerate(zoned) if row[f"n{i}"] >= 3 and not row[f"odd{i}"]}


def _zoned(text: str | None) -> bool:
    """Whether a time carries an offset."""
    return text is not None and (text.endswith("Z") or "+" in text or text.count("-") > 2)


def number_columns(deals: ir.Table, roles: Mapping[str, str]) -> list[str]:
    """Return the columns that no role was found for and that hold numbers, as amounts do."""
    known = {*DEALS, *roles, *roles.values()}
    found = []
    for name in deals.columns:
        column = deals[name]
        if name in known or name.startswith(MARK):
            continue
        if column.type().is_numeric():
            found.append(name)
        elif column.type().is_string():
            rows = deals.filter(column.notnull()).select(name).limit(_LOOKED_AT).to_pyarrow()
            texts = [t for t in rows[name].to_pylist() if t.strip()]
            read = sum(v is not None for v in parse_amounts(texts).values)
            if texts and read >= _MOSTLY * len(texts):
                found.append(name)
    return found
