"""The bundled data sets: what there is, and loading one by name."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from funnelkit.data.cells.kinds import kind_of_column
from funnelkit.data.contract import TABLES
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process import Process, load_process
from funnelkit.words import language

if TYPE_CHECKING:
    import pandas as pd

_MAIN = ("deals", "stage_history", "field_history")


@cache
def folder() -> Path:
    """Return where the bundled data lie: inside the wheel, or beside the package."""
    inside = Path(__file__).parent / "bundled"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "datasets"


@cache
def _index() -> dict[str, dict[str, Any]]:
    index: dict[str, dict[str, Any]] = yaml.safe_load((folder() / "index.yaml").read_text("utf-8"))
    return index


def datasets() -> pd.DataFrame:
    """Return the bundled data sets: name, deals, language, process, as_of, about.

    Examples
    --------
    >>> datasets()["name"].tolist()[:3]
    ['industrial', 'industrial-zh', 'software']
    """
    import pandas as pd

    rows = [
        {
            "name": name,
            "deals": facts["deals"],
            "language": facts["language"],
            "process": facts["process"],
            "as_of": dt.date.fromisoformat(facts["as_of"]),
            "about": facts["about"][language()],
        }
        for name, facts in _index().items()
    ]
    return pd.DataFrame(rows)


def load(name: str) -> Pipeline:
    """Return a bundled pipeline.

    Raises
    ------
    FunnelkitError
        Unknown name.

    Examples
    --------
    >>> load("tiny").size
    30
    """
    if name not in _index():
        raise FunnelkitError("library.unknown", found=name, allowed=nearest(name, _index()))
    facts = _index()[name]
    process = load_process(facts["process"]).model_copy(
        update={
            "currency": facts["currency"],
            "exchange": {},
        }
    )
    zone = process.calendar.model_copy(update={"timezone": facts["timezone"]})
    process = process.model_copy(update={"calendar": zone})
    frames = {file.stem: _table(file, process) for file in sorted((folder() / name).iterdir())
              if file.suffix in (".csv", ".parquet")}  # fmt: skip
    main = [frames.pop(table, None) for table in _MAIN]
    return from_frames(
        *main, process=process, as_of=facts["as_of"], name=name, synthetic=True,
        tables={table: frames[table] for table in TABLES if table in frames},
    )  # fmt: skip


def _table(file: Path, process: Process) -> pd.DataFrame:
    """One file, typed by the names of its columns, with ids for labels."""
    import pandas as pd

    if file.suffix == ".parquet":
        frame = pd.read_parquet(file)
    else:
        frame = pd.read_csv(file, dtype="str", keep_default_na=False, na_values=[""])
        for column in frame.columns:
            kind = kind_of_column(column)
            if kind == "date":
                # the fixed format is fast; days and minutes stand in different columns
                frame[column] = pd.to_datetime(frame[column])
            elif kind in ("amount", "number"):
                frame[column] = pd.to_numeric(frame[column]).astype("float64")
            elif kind == "whole":
                frame[column] = pd.to_numeric(frame[column])
            elif kind == "flag":
                frame[column] = frame[column].map({"true": True, "false": False})
    for column in frame.columns[[kind_of_column(c) == "date" for c in frame.columns]]:
        frame[column] = frame[column].astype("datetime64[us]")
    # the files carry the labels people read; the pipeline carries ids
    for column in frame.columns.intersection(["stage", "outcome"]):
        if file.stem in (*_MAIN, "evidence"):
            ids = {text: process.match(text) or text for text in frame[column].dropna().unique()}
            frame[column] = frame[column].map(ids)
    categories = {c.name.zh: c.id for c in process.forecast_categories}
    for column in frame.columns.intersection(["forecast_category", "old", "new"]):
        told = frame[column].isin(categories)
        if told.any():
            frame[column] = frame[column].mask(told, frame[column].map(categories))
    return frame
