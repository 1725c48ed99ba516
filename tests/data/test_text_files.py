"""Arrow's parser gives what Python's csv module gives, and names every row that is no deal.

The module is the other implementation here: it reads the whole text, row by row, and the rules
for what does not fit are written out below once more, plainly.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from typing import Any

import pyarrow as pa
import pytest

from funnelkit.data.cells.amounts import parse_amounts
from funnelkit.data.cells.dates import parse_dates
from funnelkit.data.cells.plain import plain_amounts, plain_dates
from funnelkit.data.inner import ROW
from funnelkit.data.opening.delimited import read_delimited
from funnelkit.data.opening.sheet import Sheet
from funnelkit.data.understanding.recognise import header_score

HEADER = ["deal_id", "stage", "created_at", "amount", "note"]
AROUND = " \t\r\n\u00a0\u3000\ufeff\x1a"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "cp1252")


def cell(r: random.Random, mark: str, end: str, words: list[str]) -> str:
    word = r.choice(words)
    kind = r.random()
    if kind < 0.6:
        return word
    if kind < 0.7:
        return f" {word}  "
    if kind < 0.8:
        return f'"{word}{mark} and more"'
    if kind < 0.88:
        return f'"{word}{r.choice([end, chr(10), chr(13) + chr(10)])}second line"'
    if kind < 0.94:
        return f'"say ""{word}"""'
    return f'{word} 5" wide'


def made(seed: int) -> tuple[bytes, str, str, str]:
    """A file of odd rows: bytes, text, the line above that names the separator, the separator."""
    r = random.Random(seed)
    encoding = r.choice(ENCODINGS)
    mark, end = r.choice([",", ";", "\t", "|"]), r.choice(["\n", "\r\n", "\r"])
    words = ["", "need", "Lead", "2026-01-05", "12.50", "N/A", "0"]
    words += {"cp1252": ["Müller", "Société"]}.get(encoding, ["需求确认", "李娜", "堃垚镕"])
    lines = [mark.join(HEADER)]
    for number in range(r.randrange(3, 60)):
        cells = [f"D{number}", *(cell(r, mark, end, words) for _ in HEADER[1:])]
        kind = r.random()
        if kind < 0.05:
            cells = cells[: r.randrange(1, len(cells))]
        elif kind < 0.1:
            cells += [r.choice(words) for _ in range(r.randrange(1, 3))]
        elif kind < 0.13:
            cells += [""] * r.randrange(1, 3)
        elif kind < 0.16:
            cells = [r.choice(["", " ", "\t", mark * 4])]
        elif kind < 0.18:
            cells = list(HEADER)
        lines.append(mark.join(cells))
    if r.random() < 0.2:
        lines += [r.choice(["Total", f"Grand Total{mark}{mark}{mark}100{mark}", f"Sum{mark * 4}"])
                  for _ in range(r.randrange(1, 3))]  # fmt: skip
    text = end.join(lines) + (end if r.random() < 0.7 else "")
    head = f"sep={mark}{end}" if r.random() < 0.3 else ""
    return (head + text).encode(encoding), text, head, mark


def told(text: str, head: str, mark: str) -> dict[str, Any]:
    """What Python's csv module makes of it, with the rules for rows that do not fit."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    line = 2 if head else 1
    rows = []
    before = 0
    for row in reader:
        rows.append((line + before, [c.strip(AROUND) for c in row]))
        before = reader.line_num
    out: dict[str, Any] = {"kept": [], "bad": [], "footers": [], "headers": [], "blank": 0}
    first = None
    totals = []
    for at, cells in reversed([row for row in rows[1:] if any(row[1])][1:]):
        if not cells[0].startswith(("Total", "Grand Total", "Sum")):
            break
        totals.append(at)
    for at, cells in rows[1:]:
        if not any(cells):
            out["blank"] += 1
            continue
        first = at if first is None else first
        width = len(HEADER)
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if at in totals:
            out["footers"].append(at)
        elif cells == HEADER:
            out["headers"].append(at)
        elif len(cells) == width:
            out["kept"].append((at, *(c or None for c in cells)))
        elif len(cells) == 1 and at > first:
            out["footers"].append(at)
        else:
            out["bad"].append(at)
    out["rows"] = len(rows) - 1
    out["cut"] = not text.endswith(("\n", "\r"))
    out["last"] = max((at for at, cells in rows[1:] if any(cells)), default=0)
    return out


def found(sheet: Sheet) -> dict[str, Any]:
    assert sheet.arrow is not None
    columns = [sheet.arrow[ROW], *(sheet.arrow[c] for c in sheet.columns)]
    return {
        "kept": list(zip(*(c.to_pylist() for c in columns), strict=True)),
        "rows": sheet.rows,
        **{n.reason: (n.row, n.count) for n in sheet.notes},
    }


@pytest.mark.parametrize("seeds", [range(k, k + 50) for k in range(0, 600, 50)])
def test_the_same_rows_as_the_csv_module(seeds: range) -> None:
    for seed in seeds:
        data, text, head, mark = made(seed)
        right, got = told(text, head, mark), found(read_delimited(data, "f.csv", header_score))
        assert got["kept"] == right["kept"], seed
        assert got["rows"] == right["rows"], seed
        assert got.get("blank_row", (None, 0))[1] == right["blank"], seed
        assert got["rows"] == len(got["kept"]) + sum(
            n for _, n in (v for k, v in got.items() if k not in ("kept", "rows"))
        ), seed
        bad, footers = right["bad"], right["footers"]
        if "cut_off" in got:  # the file ends without an end of line, in a row that does not fit
            row = got["cut_off"][0]
            assert right["cut"], seed
            assert row == right["last"], seed
            bad, footers = ([at for at in places if at != row] for places in (bad, footers))
        assert got.get("ragged_row") == ((bad[0], len(bad)) if bad else None), seed
        assert got.get("footer") == ((footers[0], len(footers)) if footers else None), seed
        again = right["headers"]
        assert got.get("repeated_header") == ((again[0], len(again)) if again else None), seed


def test_the_rows_behind_an_open_quote_are_counted_and_named() -> None:
    rows = [f"D{n},need,2026-01-05,1,x" for n in range(20)]
    rows[12] = 'D12,"need,2026-01-05,1,x'
    for end in ("\n", "\r\n"):
        data = (end.join([",".join(HEADER), *rows]) + end).encode()
        got = found(read_delimited(data, "f.csv", header_score))
        assert [row[:2] for row in got["kept"]] == [(n + 2, f"D{n}") for n in range(12)]
        assert got["open_quote"] == (14, 8)  # line 14 and the seven below it
        assert got["rows"] == 20
    # an inch is no quotation mark: the text does not begin with it
    data = (",".join(HEADER) + '\nD0,need,2026-01-05,1,5" pipe\n').encode()
    assert found(read_delimited(data, "f.csv", header_score))["kept"][0][-1] == '5" pipe'


def test_plain_dates_and_the_others_are_what_reading_them_one_by_one_gives() -> None:
    r = random.Random(7)
    forms = ["2026-01-05", "2026-01-05 08:00:00", "2026-01-05T23:59:59", "1970-01-01", "0000-00-00",
             "2026-02-30", "2024-02-29", "9999-12-31", "2050-01-01 00:00:00", "03/01/2026", "soon",
             "2026-01-05T08:00:00Z", "2026-01-05 08:00", "2026-01-05 24:00:00", "5 Jan 2026", None,
             "2026-01-05 08:00+01", "２026-01-05", "1700-01-01", "46027",
             "2026-01-05 08:61:00"]  # fmt: skip
    for ahead in (dt.timedelta(), dt.timedelta(hours=8)):
        for _ in range(200):
            texts = [r.choice(forms) for _ in range(r.randrange(1, 12))]
            right = parse_dates(texts, ahead=ahead)
            plain = plain_dates(pa.chunked_array([pa.array(texts, pa.string())]), ahead)
            left = plain.left.to_pylist()
            rest = parse_dates(left, ahead=ahead)
            values = [a or b for a, b in zip(plain.values.to_pylist(), rest.values, strict=True)]
            assert values == right.values, texts
            assert rest.problems == right.problems
            assert plain.times + rest.naive == right.naive
            assert {*plain.formats, *rest.formats} == {*right.formats}
            if not ahead:
                assert (plain.whole_days and rest.dates_only) == right.dates_only


def test_plain_amounts_are_what_reading_them_one_by_one_gives() -> None:
    r = random.Random(11)
    forms = ["1", "-2", "12.5", "1234567.89", None, "0.1", "-0.05", "1.234", "1,5", "€5", "1e3", ""]
    read = 0
    for _ in range(400):
        texts = r.choices(forms[: r.choice([7, len(forms)])], k=r.randrange(1, 6))
        values = plain_amounts(pa.chunked_array([pa.array(texts, pa.string())]))
        if values is not None:
            read += 1
            assert values.to_pylist() == parse_amounts(texts).values
    assert read > 100
