"""Files that were made, or happened, to do harm; each by the name of the message it has to end in.

``python hostile.py FOLDER`` writes them, reads each within four GiB of memory and prints one line
a file: the message's key, the seconds of CPU and both texts.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

HEAD = "deal_id,stage,outcome,created_at,closed_at,amount\n"
GOOD = "a1,need,open,2026-01-05,,1000\na2,proposal,won,2026-01-06,2026-02-01,2000\n"
MIB = 1 << 20


def workbook(sheet: str, **parts: str) -> bytes:
    """The least that Excel opens, with a sheet's XML as given."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{rels}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rels}"><sheets>'
        '<sheet name="Deals" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{rels}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData>'
        "</worksheet>",
        **parts,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in files.items():
            book.writestr(name, text)
    return out.getvalue()


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def table() -> str:
    rows = [line.split(",") for line in (HEAD + GOOD).splitlines()]
    return "".join(
        f'<row r="{i}">' + "".join(cell(f"{'ABCDEF'[j]}{i}", v) for j, v in enumerate(row))
        + "</row>"
        for i, row in enumerate(rows, 1)
    )  # fmt: skip


def corner() -> bytes:
    return workbook(table() + f'<row r="1048576">{cell("XFD1048576", "x")}</row>')


def corner_first() -> bytes:
    """The far cell stands before the others, and no row says its number."""
    return workbook(f"<row>{cell('XFD1048576', 'x')}</row>" + table())


def corner_odd() -> bytes:
    """XML as Excel does not write it."""
    far = "<x:row r = '1048576'><x:c\ts='1'\n r = 'XFD1048576' ><x:v>1</x:v></x:c></x:row>"
    return workbook(table() + far.replace("x:", ""))


def unplaced() -> bytes:
    """Cells without a place: one wide row and many narrow ones."""
    wide = "<row>" + "<c><v>1</v></c>" * 16_000 + "</row>"
    return workbook(wide + "<row><c><v>1</v></c></row>" * 20_000)


def zip_bomb() -> bytes:
    return workbook(" " * (100 * MIB))


def strings_bomb() -> bytes:
    return workbook(table(), **{"xl/sharedStrings.xml": " " * (100 * MIB)})


def gz_bomb() -> bytes:
    """Two MiB that unpack to two GiB, in members as `cat a.gz b.gz` joins them."""
    return gzip.compress((HEAD + GOOD * 1_000_000).encode(), 9, mtime=0) * 32


def locked() -> bytes:
    """The container that Excel writes around an encrypted workbook."""
    data = bytearray(2048)
    data[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    name = "EncryptedPackage".encode("utf-16-le")
    data[1024 : 1024 + len(name)] = name
    return bytes(data)


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in names:
            z.writestr(name, "application/vnd.oasis.opendocument.spreadsheet")
    return out.getvalue()


def columns(n: int) -> bytes:
    titles = ",".join(["deal_id", "stage", *(f"c{i}" for i in range(n))])
    row = ",".join(["a1", "need", *("x" for _ in range(n))])
    return f"{titles}\n{row}\n{row}\n".encode()


def pages(damage: int) -> bytes:
    """A Parquet file with broken bytes in the pages of its last column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    n = 5000
    out = io.BytesIO()
    frame = {"deal_id": [f"D{i}" for i in range(n)], "stage": ["need"] * n,
             "owner": [f"owner {i * 7919 % 997}" for i in range(n)]}  # fmt: skip
    pq.write_table(pa.table(frame), out, compression="zstd", use_dictionary=False)
    data = bytearray(out.getvalue())
    at = pq.ParquetFile(out).metadata.row_group(0).column(2).data_page_offset + 40
    data[at : at + damage] = b"\xff" * damage
    return bytes(data)


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "corner.xlsx": ("data.far_cell", corner),
    "corner_first.xlsx": ("data.far_cell", corner_first),
    "corner_odd.xlsx": ("data.far_cell", corner_odd),
    "unplaced.xlsx": ("data.far_cell", unplaced),
    "zip_bomb.xlsx": ("data.too_large", zip_bomb),
    "strings_bomb.xlsx": ("data.too_large", strings_bomb),
    "gz_bomb.csv.gz": ("data.too_large", gz_bomb),
    "gz_of_gz.csv.gz": ("data.not_a_table",
                        lambda: gzip.compress(gzip.compress(HEAD.encode(), mtime=0), mtime=0)),
    "cut_off.csv.gz": ("data.truncated_file",
                       lambda: gzip.compress((HEAD + GOOD * 99).encode(), mtime=0)[:-20]),
    "locked.xlsx": ("data.locked_workbook", locked),
    "book.ods": ("data.other_workbook", lambda: zipped("mimetype", "content.xml")),
    "book.xlsb": ("data.other_workbook", lambda: zipped("xl/workbook.bin")),
    "cell.csv": ("data.huge_cell",
                 lambda: (HEAD + GOOD + f"a3,need,open,2026-01-07,,{'9' * 200_000}\n").encode()),
    "cell.xlsx": ("data.huge_cell_of",
                  lambda: workbook(table() + f'<row r="4">{cell("A4", "x" * 200_000)}</row>')),
    "open_quote.csv": ("data.huge_cell_of",
                       lambda: (HEAD + GOOD + 'a3,need,open,2026-01-07,,"1\n').encode()
                       + GOOD.encode() * 160_000),
    "open_quote_first.csv": ("data.huge_cell",
                             lambda: (HEAD + 'a3,"need,open,2026-01-07,,1\n').encode()
                             + GOOD.encode() * 160_000),
    "header_quote.csv": ("data.huge_cell", lambda: b'"' + (HEAD + GOOD * 160_000).encode()),
    "columns.csv": ("data.too_many_columns", lambda: columns(5000)),
    "zeros.csv": ("data.zero_bytes",
                  lambda: (HEAD + GOOD * 200).encode() + b"\0" * 512 + GOOD.encode()),
    "mixed.csv": ("data.mixed_encodings",
                  lambda: (HEAD + "a1,需求,,,,\n" * 9).encode()
                  + "a2,谈判,,,,\n".encode("gb18030")),
    "pages.parquet": ("data.damaged_parquet", lambda: pages(400)),
    "wrong.parquet": ("data.wrong_content", lambda: (HEAD + GOOD).encode()),
    "packed.parquet.gz": ("data.packed_parquet", lambda: gzip.compress(pages(0), mtime=0)),
    "empty.csv": ("data.empty_file", lambda: b""),
    "empty.csv.gz": ("data.empty_file", lambda: gzip.compress(b"", mtime=0)),
    "header_only.csv": ("data.no_rows", lambda: HEAD.encode()),
    "header_only.xlsx": ("data.no_rows", lambda: workbook(table().split("</row>")[0] + "</row>")),
}  # fmt: skip


def places(folder: Path) -> dict[str, str]:
    """What is no file at all, by the message it has to end in."""
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    os.mkfifo(folder / "pipe.csv")
    (folder / "nothing").mkdir()
    return {
        str(folder / "loop.csv"): "data.unreadable",
        str(folder / "pipe.csv"): "data.no_plain_file",
        "/dev/zero": "data.no_plain_file",
        str(folder / "nothing"): "data.empty_folder",
    }


def main(folder: Path) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    from funnelkit import read
    from funnelkit.errors import FunnelkitError
    from funnelkit.words import speaking

    wanted = places(folder)
    for name, (key, made) in FILES.items():
        (folder / name).write_bytes(made())
        wanted[str(folder / name)] = key
    for path, key in wanted.items():
        before = time.process_time()
        told = {"file": path, "wanted": key, "key": "read", "en": "", "zh": ""}
        try:
            read(path)
        except FunnelkitError as why:
            told["key"] = why.key
            for lang in ("en", "zh"):
                with speaking(lang):
                    told[lang] = str(why)
        line = json.dumps({**told, "cpu": time.process_time() - before})
        print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
