"""Files with seeded damage: each is read, or refused in the kit's own words; nothing else.

``python mutated.py FIRST LAST`` reads those of these seeds within four GiB of memory, checks that
the rows add up and that everything can be shown, and prints what became of them as JSON.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

KINDS = ("csv", "gbk.csv", "json.csv", "csv.gz", "xlsx", "parquet")
HEAD = ["deal_id", "name", "stage", "outcome", "created_at", "closed_at", "amount", "note"]
TOKENS = (
    b'"', b"'", b"\0", b"\n", b"\r", b"\r\n", b",", b";", b"\t", b'""', b'"\n', b"\xff\xfe",
    b"\xef\xbb\xbf", b"1e999", b"-1", b"NaN", b"9999-12-31", b"0000-00-00", b"=1+1", b"\xe5",
    b"won", b"Total", b"<script>", b"{", b"%s", b"{0}", b"sep=;\n", "需求".encode(), b"A" * 3000,
    b"2026-02-30", b"1.234", b"1,5", b"\x1a", b"__fk_row", b"deal_id,stage\n", b"\xed\xa0\x80",
)  # fmt: skip


def rows(r: random.Random, note: Any) -> list[list[str]]:
    """Deals of all outcomes, as a careful export writes them."""
    made = []
    for i in range(r.randrange(8, 30)):
        outcome = r.choice(["open", "won", "lost", "open"])
        closed = "" if outcome == "open" else f"2026-0{r.randrange(3, 6)}-1{r.randrange(10)}"
        made.append([
            f"D{i:03}", f"Deal {i}", r.choice(["lead", "contact", "need", "proposal"]), outcome,
            f"2026-0{r.randrange(1, 3)}-0{r.randrange(1, 9)}", closed,
            str(r.randrange(1, 900) * 10), note(r, i),
        ])  # fmt: skip
    return made


def text(table: list[list[str]], mark: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\n").writerows([HEAD, *table])
    return out.getvalue()


def whole(kind: str, r: random.Random) -> bytes:
    """A file of this kind without a fault."""
    if kind == "json.csv":
        table = rows(r, lambda r, i: json.dumps({"id": i, "tags": ["a", "b"], "say": 'he "x"'}))
        return text(table).encode()
    table = rows(r, lambda r, i: r.choice(["", "call", "two\nlines", 'a "quote"', "x; y, z"]))
    if kind == "gbk.csv":
        for row in table:
            row[1] = "客户" + row[1]
        return text(table, ";").encode("gb18030")
    if kind == "csv.gz":
        return gzip.compress(text(table).encode(), mtime=0)
    if kind == "xlsx":
        import xlsxwriter

        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            sheet = book.add_worksheet("Deals")
            for i, row in enumerate([HEAD, *table]):
                for j, value in enumerate(row):
                    sheet.write(i, j, float(value) if j == 6 and i else value)
        return out.getvalue()
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        out = io.BytesIO()
        columns = dict(zip(HEAD, map(list, zip(*table, strict=True)), strict=True))
        compression = r.choice(["none", "snappy", "zstd"])
        pq.write_table(pa.table(columns), out, compression=compression)
        return out.getvalue()
    return text(table).encode()


def damaged(data: bytes, r: random.Random) -> bytes:
    """One to four faults: bytes changed, lost, doubled, put in or set to zero; an end lost."""
    out = bytearray(data)
    for _ in range(r.randrange(1, 5)):
        at = r.randrange(len(out) + 1)
        some = r.randrange(1, 40)
        fault = r.choice([0, 0, 1, 2, 3, 3, 3, 4, 5, 6])
        if fault == 0 and at < len(out):
            out[at] ^= 1 << r.randrange(8)
        elif fault == 1:
            del out[at : at + some]
        elif fault == 2:
            out[at:at] = out[max(0, at - some * 5) : at]
        elif fault == 3:
            out[at:at] = r.choice(TOKENS)
        elif fault == 4:
            out[at : at + some] = bytes(len(out[at : at + some]))
        elif fault == 5:
            out[at : at + some] = r.randbytes(some)
        elif r.random() < 0.3:
            del out[at:]
    return bytes(out)


def made(seed: int) -> tuple[str, bytes]:
    """The file of a seed: its kind and its bytes."""
    r = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    data = whole(kind, r)
    inside = r.random() < 0.6
    if kind == "csv.gz" and inside:
        return kind, gzip.compress(damaged(gzip.decompress(data), r), mtime=0)
    if kind == "xlsx" and inside:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
            names = old.namelist()
            hit = r.choice([n for n in names if "sheet" in n or "Strings" in n or r.random() < 0.2])
            for name in names:
                part = old.read(name)
                new.writestr(name, damaged(part, r) if name == hit else part)
        return kind, out.getvalue()
    return kind, damaged(data, r)


def look(path: Path) -> str:
    """Read a file and show all there is; return what became of it."""
    import funnelkit as fk
    from funnelkit.errors import FunnelkitError
    from funnelkit.words import speaking

    refused = None
    try:
        p = fk.read(path)
    except FunnelkitError as why:
        refused = why
    if refused is not None:
        for lang in ("en", "zh"):
            with speaking(lang):
                assert str(refused)
        assert refused.key != "data.rows_lost", str(refused)
        return refused.key
    n = 0
    for tally in p.findings.tallies.values():
        parts = [*tally.set_aside, *tally.no_data]
        n += 1
        assert tally.rows == tally.used + sum(n for _, n in parts)
    assert n, "no row was counted"
    for lang in ("en", "zh"):
        with speaking(lang):
            assert str(p.findings)
            assert p.findings._repr_html_()
            assert str(p)
    assert len(p.frame()) == p.size
    try:
        str(fk.win_rate(p))
    except FunnelkitError as why:
        str(why)
    return "read"


def main(first: int, last: int) -> None:
    import resource

    # room for addresses, of which every thread asks for some: who asks for far more is stopped
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    began, became, faults = time.monotonic(), Counter[str](), []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, last):
            kind, data = made(seed)
            path = Path(folder) / f"file.{kind}"
            path.write_bytes(data)
            print(seed, end="\r", file=sys.stderr, flush=True)  # noqa: T201
            try:
                became[look(path)] += 1
            except BaseException as why:  # also what a library in Rust throws
                if isinstance(why, KeyboardInterrupt):
                    raise
                places = [f"{Path(f.filename).name}:{f.lineno}"
                          for f in traceback.extract_tb(why.__traceback__)]  # fmt: skip
                faults.append([seed, kind, type(why).__name__, str(why)[:300], places[-6:]])
    # of this program alone: ru_maxrss begins with what the one that started it held
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.partition("VmHWM:")[2].split()[0])
    told = {
        "files": last - first, "seconds": round(time.monotonic() - began, 1),
        "peak_mib": peak // 1024, "became": dict(became.most_common()), "faults": faults,
    }  # fmt: skip
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
