"""Tables as CSV that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from funnelkit.files.whole import write_whole

if TYPE_CHECKING:
    import pandas as pd

#: What makes a spreadsheet take a text for a formula (OWASP's list), full-width signs among it,
#: behind any apostrophes and blanks; a lone sign is none.
_FORMULA = re.compile(r"'*[ \u00a0\u3000]*(?:[=+\-@＝＋－＠](?=.)|[\t\r\n])", re.S)
_NUMBER = re.compile(r"[+-]?\d[\d.,'\u00a0 ]*%?")


def guarded(text: str) -> str:
    r"""Put an apostrophe before what a spreadsheet would run; numbers stay numbers.

    Examples
    --------
    >>> guarded('=HYPERLINK("x")'), guarded("-12.5"), guarded("Acme")
    ('\'=HYPERLINK("x")', '-12.5', 'Acme')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


#: The apostrophe of ``guarded``, for whoever reads such a table: what follows it is the text.
GUARD = r"(?s)^'('*[ \x{a0}\x{3000}]*(?:[=+\-@＝＋－＠].|[\t\r\n]))"


def csv_text(rows: Iterable[Sequence[Any]], end: str = "\r\n") -> str:
    """Return rows as CSV; texts are guarded, None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerows([guarded(c) if isinstance(c, str) else c for c in row] for row in rows)
    return out.getvalue()


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as CSV, whole or not at all, with the mark by which Excel knows UTF-8.

    Raises
    ------
    OSError
        The folder takes no file, or the disk is full.
    """
    safe = frame.rename(columns=lambda c: guarded(str(c)))
    for place, kind in enumerate(frame.dtypes):
        if kind.kind not in "biufcmM":
            cells = [guarded(v) if isinstance(v, str) else v for v in frame.iloc[:, place]]
            safe.isetitem(place, np.array(cells, dtype=object))
    write_whole(path, "\ufeff" + safe.to_csv(index=False, lineterminator="\r\n"))
