"""What was planted: kept apart from the data, so that nobody reads it by accident."""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.files.whole import write_whole

_HEAD = "funnelkit truth, version 1"
_NOTE = (
    "This is the answer key of a simulated pipeline. It is only wrapped up, not locked: "
    "whoever wants to can read it. "
    "这是模拟数据的答案。文件只是封存，并未加密：想看的人总能看到。"
)


@dataclass(frozen=True, eq=False)
class Truth:
    """The answer key of a simulated pipeline.

    Attributes
    ----------
    seed : int
        Seed it was drawn with.
    planted : tuple of mapping
        One entry a pattern: ``pattern, twin, where, since`` (month as 'YYYY-MM'), ``strength``
        and ``deals``, how many it acted on.
    stages : DataFrame
        ``pattern, stage, step_rate, median_days``: of the whole plan (pattern empty), and of
        the deals each pattern acted on, with the number of deals.
    deals : DataFrame
        ``deal_id, win_probability`` (at creation), ``patterns`` (keys, joined by a space).
    open_deals : DataFrame
        What becomes of the deals that are open: ``deal_id, outcome, closed_at,
        win_probability`` (from where they stand); a deal nobody ever closes has no date.
    plan : mapping
        The plan as it was told.
    """

    seed: int
    planted: tuple[Mapping[str, Any], ...]
    stages: pd.DataFrame
    deals: pd.DataFrame
    open_deals: pd.DataFrame
    plan: Mapping[str, Any]

    def __repr__(self) -> str:
        # nothing of what was planted: a pipeline is printed in front of learners
        return f"<Truth: sealed, seed {self.seed}>"

    @property
    def patterns(self) -> tuple[str, ...]:
        """Keys of what was planted, twins included."""
        return tuple(str(p["pattern"]) for p in self.planted)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the key to a file of its own, wrapped up."""
        body = {
            "seed": self.seed,
            "planted": [dict(p) for p in self.planted],
            "plan": dict(self.plan),
            **{
                name: json.loads(getattr(self, name).to_json(orient="split", date_format="iso"))
                for name in ("stages", "deals", "open_deals")
            },
        }
        raw = json.dumps(body, ensure_ascii=False, sort_keys=True, default=str).encode()
        sealed = base64.b64encode(zlib.compress(raw, 6)).decode()
        file = Path(path)
        text = json.dumps({"file": _HEAD, "note": _NOTE, "sealed": sealed}, ensure_ascii=False)
        write_whole(file, text + "\n")
        return file

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Truth:
        """Read a key back.

        Raises
        ------
        FunnelkitError
            The file is missing or is no key.
        """
        file = Path(path)
        if not file.is_file():
            raise FunnelkitError("simulate.no_truth", found=str(path))
        try:
            outer = json.loads(file.read_text("utf-8"))
            body = json.loads(zlib.decompress(base64.b64decode(outer["sealed"])))
        except (ValueError, KeyError, TypeError, zlib.error):
            raise FunnelkitError("simulate.not_truth", found=file.name) from None
        frames = {
            name: pd.DataFrame(**body[name]).drop(columns="index", errors="ignore")
            for name in ("stages", "deals", "open_deals")
        }
        closed = pd.to_datetime(frames["open_deals"]["closed_at"])
        frames["open_deals"]["closed_at"] = closed.astype("datetime64[us]")
        return cls(
            seed=body["seed"], planted=tuple(body["planted"]), plan=body["plan"], **frames
        )  # fmt: skip
