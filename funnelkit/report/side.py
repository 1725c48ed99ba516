"""Files that stand beside the deals: a market, opening positions, a log of actions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from funnelkit.errors import FunnelkitError, nearest

KINDS = (".csv", ".xlsx")


def side_file(name: str, parameter: str) -> Path:
    """Return the file a parameter names.

    Raises
    ------
    FunnelkitError
        There is none.
    """
    path = Path(name)
    if not path.is_file():
        raise FunnelkitError("regional.no_file", file=name, parameter=parameter)
    return path


def side_table(name: str, parameter: str) -> pd.DataFrame:
    """Read a small table from a CSV or XLSX file.

    Raises
    ------
    FunnelkitError
        There is no such file, it is of another kind, or it cannot be read.
    """
    path = side_file(name, parameter)
    ending = path.suffix.lower()
    if ending not in KINDS:
        raise FunnelkitError("regional.file_kind", file=path.name, allowed=nearest(ending, KINDS))
    try:
        if ending == ".csv":
            return pd.read_csv(path, encoding="utf-8-sig", skipinitialspace=True)
        return pd.read_excel(path, engine="calamine")
    except (ValueError, OSError) as problem:
        why = str(problem).splitlines()[0]
        raise FunnelkitError("regional.file_broken", file=path.name, why=why) from None


def columns_of(frame: pd.DataFrame, wanted: tuple[str, ...], file: str) -> None:
    """Refuse a table without one of these columns."""
    for name in wanted:
        if name not in frame:
            raise FunnelkitError(
                "regional.file_column", file=Path(file).name, column=name, wanted=list(wanted),
                allowed=nearest(name, [str(c) for c in frame.columns]),
            )  # fmt: skip
