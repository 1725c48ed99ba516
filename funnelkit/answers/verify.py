"""A text that quotes the kit, held against the data: each number is right, changed, or bare.

A reference stands behind what it vouches for and covers the words since the last reference or
the end of a sentence. There every number has to be a cell it names, in the cell's unit and at
the precision it is written with; a group or a date that is spoken of has to be the reference's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from funnelkit.answers.answer import told
from funnelkit.answers.definitions import unit_name
from funnelkit.answers.reference import Reference, parse, references_in
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import Named
from funnelkit.measures.result import Result
from funnelkit.show.column import TEXT, Column, Unit, plain
from funnelkit.show.table import Table
from funnelkit.words import say


@dataclass(frozen=True)
class Checked:
    """One number of a text.

    Attributes
    ----------
    line : int
        Of the text, from 1.
    number : str
        As it is written, with its unit.
    verdict : str
        ``right``, ``changed`` or ``no_source``.
    data : str
        What the data say, or why it is not right.
    reference : str
        What it was held against; "" where nothing stands behind it.
    """

    line: int
    number: str
    verdict: str
    data: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Verified:
    """Every number of a text with its verdict."""

    numbers: tuple[Checked, ...]

    @property
    def right(self) -> bool:
        """Whether every number is what the data say."""
        return all(n.verdict == "right" for n in self.numbers)

    @property
    def table(self) -> pd.DataFrame:
        """One row a number: ``line, number, verdict, data, reference``."""
        names = list(Checked.__dataclass_fields__)
        return pd.DataFrame([[getattr(n, c) for c in names] for n in self.numbers], columns=names)

    def summary(self) -> str:
        """Count the verdicts."""
        count = self.table["verdict"].value_counts()
        return say(
            "answers.checked",
            right=int(count.get("right", 0)),
            changed=int(count.get("changed", 0)),
            bare=int(count.get("no_source", 0)),
        )

    def shown(self) -> Table:
        """Return the table for people."""
        columns = [Column(say(f"answers.col_{n}"), TEXT, n) for n in Checked.__dataclass_fields__]
        rows = [
            (str(n.line), n.number, say(f"answers.verdict_{n.verdict}"), n.data, n.reference)
            for n in self.numbers
        ]
        return Table(columns, rows)

    def __repr__(self) -> str:
        parts = [self.shown().frame().to_string(index=False)] if self.numbers else []
        return "\n".join([*parts, self.summary()])

    def _repr_html_(self) -> str:
        return self.shown()._repr_html_()


def verify(text: str, p: Pipeline) -> Verified:
    """Say of each number in a text whether it is what the data say.

    Parameters
    ----------
    text : str
        Markdown, a mail, any text, with references as the kit's answers give them.
    p : Pipeline
        The data.

    Returns
    -------
    Verified
        ``table``: ``line, number, verdict, data, reference``.

    Examples
    --------
    >>> import funnelkit as fk
    >>> p = fk.load("tiny")
    >>> won = int(fk.win_rate(p).table["won"].iloc[0])
    >>> verify(f"{won} deals were won [fk.win_rate(p) @ won].", p).right
    True
    >>> verify("7 of 10 customers agree.", p).table["verdict"].tolist()
    ['no_source', 'no_source']
    """
    found: list[Checked] = []
    at = 0
    answers: dict[str, Result] = {}
    for start, end, written in references_in(text):
        begin = at + _last_sentence(text[at:start])
        found += _bare(text, at, begin)
        found += _held(text, begin, start, written, p, answers)
        at = end
    found += _bare(text, at, len(text))
    return Verified(tuple(found))


def _last_sentence(text: str) -> int:
    """Return where the last sentence of a text begins."""
    ends = [m.end() for m in _SENTENCE.finditer(text)]
    ends = [e for e in ends if text[e:].strip()]
    return ends[-1] if ends else 0


# A full stop inside a number or an abbreviation with a digit before is none.
_SENTENCE = re.compile(
    r"[!?;](?=\s)|(?<=\D)\.(?=\s)|(?<=\d)\.(?=\s+[A-Z])|[。！？；]|\n\s*\n|\n\s*[-*|#]"
)

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATES = re.compile(
    rf"(?P<iso>\b\d{{4}}-\d{{2}}(?:-\d{{2}})?(?!\d))"
    rf"|(?P<dmy>\b\d{{1,2}}\s+{_MONTH}\s+\d{{4}}\b)"
    rf"|(?P<mdy>\b{_MONTH}\s+\d{{1,2}},\s+\d{{4}}\b)"
    rf"|(?P<my>\b{_MONTH}\s+\d{{4}}\b)"
    r"|(?P<zh>\d{4}\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|第?[一二三四1-4]季度)?)"
    r"|(?P<quarter>\bQ[1-4]\s*/?\s*\d{4}\b|\b\d{4}\s*-?Q[1-4]\b)"
    r"|(?P<year>\b(?:in|of|during|for|year)\s+(?:19|20)\d{2}\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?P<before>[€$£¥￥]\s?|\b[A-Z]{3}\s)?"
    r"(?P<sign>[-−+])?(?<![\w.])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<scale>\s?(?:k|m|bn|million|thousand|billion|万|亿)(?![A-Za-z]))?"
    r"(?P<unit>\s?(?:%|％|percentage points|points|pp\b|个?百分点|days?\b|天|日\b|weeks?\b|周"
    r"|months?\b|个?月|hours?\b|小时|years?\b|[€$£¥]|[A-Z]{3}\b|元))?"
)
_SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9,
    "万": 1e4, "亿": 1e8,
}  # fmt: skip
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY"}
# The level of an interval is no finding.
_LEVEL = re.compile(
    r"\b(?:80|90|95|99)\s?[%％](?=\s*(?:interval|confidence|CI\b|probability|Wilson|的?置信|的?区间))"
)
# The number of a list, a heading or a footnote.
_LISTED = re.compile(r"^\s*(?:#+\s*)?(?:\d+[.)、]|\[\d+\])(?=\s)", re.MULTILINE)


def _numbers(text: str, names: Sequence[str] = ()) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the numbers of a text that say something, dates and names apart."""
    blank = text
    for pattern in (_DATES, _LEVEL, _LISTED):
        blank = pattern.sub(lambda m: " " * len(m[0]), blank)
    for name in sorted(names, key=len, reverse=True):
        if any(c.isdigit() for c in name):
            blank = blank.replace(name, " " * len(name))
    for m in _NUMBER.finditer(blank):
        yield m.start(), m


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _bare(text: str, start: int, end: int) -> list[Checked]:
    part = text[start:end]
    return [Checked(_line(text, start + at), m[0].strip(), "no_source") for at, m in _numbers(part)]


def _held(
    text: str, start: int, end: int, written: str, p: Pipeline, answers: dict[str, Result]
) -> list[Checked]:
    """Hold one statement against its reference."""
    part = text[start:end]

    def all_of(why: str, names: Sequence[str] = ()) -> list[Checked]:
        hits = [(_line(text, start + at), m[0].strip()) for at, m in _numbers(part, names)]
        hits = hits or [(_line(text, start), part.strip()[:40])]
        return [Checked(line, number, "changed", why, written) for line, number in hits]

    try:
        reference = parse(written)
        key = str(reference.call)
        if key not in answers:
            answers[key] = reference.call.run(p)
        result = answers[key]
        row = reference.find(result)
    except FunnelkitError as problem:
        return all_of(told(problem))
    except (TypeError, ValueError, KeyError):
        return all_of(say("answers.bad_reference", found=written[:120]))
    names = [str(v) for v in {**reference.row, **reference.call.where}.values()]
    other = _other_group(part, reference, result, p)
    if other:
        return all_of(say("answers.other_group", said=other), names)
    if not _dates_fit(part, reference, result, row):
        return all_of(say("answers.other_date", said=_period(reference, result)), names)
    return [
        Checked(_line(text, start + at), m[0].strip(), verdict, data, written)
        for at, m, verdict, data in _matched(part, reference, result, row, names)
    ]


def _matched(
    part: str, reference: Reference, result: Result, row: pd.Series[Any], names: Sequence[str]
) -> Iterator[tuple[int, re.Match[str], str, str]]:
    """Give each number one of the reference's cells, in order; a number has none is changed."""
    hits = list(_numbers(part, names))
    cells = [(c, _unit(result, c), plain(row[c])) for c in reference.columns]
    if len(hits) == len(cells):
        pairs = [(h, [c]) for h, c in zip(hits, cells, strict=True)]
    else:
        pairs = [(h, cells) for h in hits]
    for (at, m), allowed in pairs:
        good = any(
            _equal(m, value, unit, result.scope.currency)
            for _, unit, value in allowed
            if value is not None
        )
        data = "; ".join(
            f"{c} {unit.write(value) if value is not None else '–'}" for c, unit, value in allowed
        )
        yield at, m, "right" if good else "changed", data


def _unit(result: Result, column: str) -> Unit:
    unit = result.unit(column)
    return unit.unit if isinstance(unit, Named) else unit


def _equal(m: re.Match[str], value: Any, unit: Unit, currency: str) -> bool:
    """Say whether a number as written is a value, in its unit and to the digits given."""
    if isinstance(value, str | dt.date):
        return False
    digits = m["digits"].replace(",", "")
    stated = float(digits)
    step = 10.0 ** -(len(digits.partition(".")[2]))
    if m["sign"] in ("-", "−"):
        stated = -stated
    scale = _SCALES[m["scale"].strip()] if m["scale"] else 1.0
    stated, step = stated * scale, step * scale
    word = (m["unit"] or "").strip()
    money = {_SYMBOLS.get(w, w) for w in ((m["before"] or "").strip(), word) if _is_money(w)}
    kind, value = unit_name(unit), float(value)
    if money and (kind != "money" or (currency and money != {currency})):
        return False
    if kind in ("share", "points"):
        percents = word in ("%", "％")
        points = word in ("points", "percentage points", "pp") or word.endswith("百分点")
        if (kind == "share" and points) or (kind == "points" and word and not points):
            return False
        if percents or points:
            value *= 100
        elif word or m["scale"]:
            return False
    elif kind == "days":
        lengths = {"day": 1, "days": 1, "天": 1, "日": 1, "week": 7, "weeks": 7, "周": 7}
        if word not in lengths:
            return False
        value /= lengths[word]
    elif word and not money:
        return False
    return bool(abs(value - stated) <= step / 2 + 1e-9 * max(abs(value), 1.0))


def _is_money(word: str) -> bool:
    return word in _SYMBOLS or bool(re.fullmatch(r"[A-Z]{3}", word))


def _other_group(part: str, reference: Reference, result: Result, p: Pipeline) -> str:
    """Return the reference's group where the words speak of another one."""
    for column, value in {**reference.call.where, **reference.row}.items():
        if column in result.table and column in reference.row:
            texts = [str(v) for v in result.table[column].dropna().unique()]
            labels = {t: result.name_value(column, t) for t in texts}
        else:
            found = p.deals.select(column).distinct().to_pandas()[column].dropna()
            labels = {str(v): str(v) for v in found}
        own = {str(value), labels.get(str(value), str(value))}
        own |= {k for k, v in labels.items() if v == str(value)}
        if any(_spoken(part, name) for name in own):
            continue
        others = {n for k, v in labels.items() for n in (k, v)} - own
        if any(_spoken(part, name) for name in others):
            return labels.get(str(value), str(value))
    return ""


def _spoken(part: str, name: str) -> bool:
    """Say whether a text names a group: as a whole word, as it is written."""
    if not name or name.isdigit():
        return False
    first = r"(?<![A-Za-z0-9])" if name[0].isascii() else ""
    last = r"(?![A-Za-z0-9])" if name[-1].isascii() else ""
    return re.search(first + re.escape(name) + last, part) is not None


def _period(reference: Reference, result: Result) -> str:
    days = [str(d.date()) for d in (result.scope.since, result.scope.until) if d is not None]
    return " – ".join(days) or str(result.scope.as_of.date())


def _dates_fit(part: str, reference: Reference, result: Result, row: pd.Series[Any]) -> bool:
    """Say whether every date that is spoken of is one of the reference's."""
    scope = result.scope
    days = {d.date() for d in (scope.since, scope.until, scope.as_of) if d is not None}
    days |= {scope.until.date() - dt.timedelta(days=1)} if scope.until is not None else set()
    flat: list[Any] = []
    for value in [*reference.call.arguments.values(), *reference.row.values(), *row.tolist()]:
        flat += list(value) if isinstance(value, tuple | list) else [value]
    for value in map(plain, flat):
        if isinstance(value, dt.datetime):
            days.add(value.date())
        elif isinstance(value, str):
            try:
                day = dt.date.fromisoformat(value)
            except ValueError:
                continue
            days |= {day, day - dt.timedelta(days=1)}
    words = {re.sub(r"[\s-]", "", str(v)).upper() for v in flat}
    for m in _DATES.finditer(part):
        span = _span(m)
        if span is None:
            return False
        first, last = span
        said = re.sub(r"[\s-]", "", m[0]).upper()
        whole = {first, last + dt.timedelta(days=1)} <= days or {first, last} <= days
        if not (said in words or (first == last and first in days) or whole):
            return False
    return True


def _span(m: re.Match[str]) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day that a date, month, quarter or year means."""
    text = m[0]
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    word = re.search(_MONTH, text, re.IGNORECASE)
    try:
        if m["iso"] or (m["zh"] and "季度" not in text):
            year, month, day = (*numbers, 0, 0)[:3]
        elif m["dmy"] or m["mdy"] or m["my"]:
            assert word is not None
            month = _MONTHS.index(word[0][:3].lower()) + 1
            year, day = max(numbers), (0 if m["my"] else min(numbers))
        elif m["year"]:
            year, month, day = numbers[-1], 0, 0
        else:
            year = max(numbers)
            quarter = min(numbers) if len(numbers) > 1 else " 一二三四".index(text[-3])
            first = dt.date(year, 3 * quarter - 2, 1)
            return first, (pd.Timestamp(first) + pd.offsets.QuarterEnd(0)).date()
        if day:
            return (dt.date(year, month, day),) * 2
        if month:
            first = dt.date(year, month, 1)
            return first, (pd.Timestamp(first) + pd.offsets.MonthEnd(0)).date()
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    except (ValueError, AssertionError):
        return None


__all__ = ["Checked", "Verified", "verify"]
