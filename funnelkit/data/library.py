"""The bundled data sets: what there is, and loading one by name."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process import Calendar, Process, load_process
from funnelkit.words import language

if TYPE_CHECKING:
    import pandas as pd

_TIMES = ["created_at", "expected_close", "closed_at", "entered_at", "changed_at"]


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
    >>> datasets()["name"].tolist()
    ['industrial', 'industrial-zh', 'tiny']
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
            "calendar": Calendar(timezone=facts["timezone"]),
            "exchange": {},
        }
    )
    tables = (_table(name, t, process) for t in ("deals", "stage_history", "field_history"))
    return from_frames(*tables, process=process, as_of=facts["as_of"], name=name, synthetic=True)


def _table(name: str, table: str, process: Process) -> pd.DataFrame:
    import pandas as pd

    frame = pd.read_csv(
        folder() / name / f"{table}.csv",
        dtype={"old": "str", "new": "str"},
        keep_default_na=False,
        na_values=[""],
    )
    for column in frame.columns.intersection(_TIMES):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    # The files carry the labels people read; the pipeline carries ids.
    for column in frame.columns.intersection(["stage", "outcome"]):
        ids = {label: process.match(label) for label in frame[column].dropna().unique()}
        frame[column] = frame[column].map(ids)
    return frame
