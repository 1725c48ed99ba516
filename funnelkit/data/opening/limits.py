"""How much of a file is read at most: no file, however made, takes more memory or time.

Each is far beyond what a CRM writes. A Parquet file and a table of a database stay where they
are and have no limit of size.
"""

from __future__ import annotations

import zlib

from funnelkit.errors import FunnelkitError

MIB = 1 << 20
#: Bytes of a text file or a workbook, unpacked.
UNPACKED = 1024 * MIB
#: Bytes of a workbook of Excel 97 (.xls), which cannot be looked into before it is opened.
OLD_WORKBOOK = 128 * MIB
#: What is packed tighter than this, and is more than a little, was made to burst.
RATIO, LITTLE = 200, 64 * MIB
#: Columns of a table, characters of a header's and of any cell, places of a sheet (rows times
#: columns).
COLUMNS, TITLE, CELL, PLACES = 2_000, 1_000, 131_072, 50_000_000
EXCEL_COLUMNS = 16_384  # what a sheet can have: an address beyond is damage


def unpack(data: bytes, file: str) -> bytes:
    """Unpack gzip, all its members, up to the limit.

    Raises
    ------
    FunnelkitError
        It is cut off or damaged, or unpacks to more than the limit.
    """
    most = min(UNPACKED, max(LITTLE, RATIO * len(data)))
    parts: list[bytes] = []
    size = 0
    rest = data
    while rest[:2] == b"\x1f\x8b":
        member = zlib.decompressobj(wbits=31)
        try:
            while rest and not member.eof:
                parts.append(member.decompress(rest, 16 * MIB))
                rest = member.unconsumed_tail
                size += len(parts[-1])
                if size > most:
                    raise too_large(file, most)
        except zlib.error:
            raise FunnelkitError("data.damaged_file", file=file) from None
        if not member.eof:
            raise FunnelkitError("data.truncated_file", file=file)
        rest = member.unused_data.lstrip(b"\x00")
    return b"".join(parts)


def too_large(file: str, most: int = UNPACKED) -> FunnelkitError:
    """Say that a file, unpacked, is more than is read."""
    return FunnelkitError("data.too_large", file=file, mib=most // MIB)
