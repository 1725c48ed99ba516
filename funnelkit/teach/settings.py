"""The settings of a workshop: whose business the practice data are drawn from.

A folder that holds ``funnelkit-workshop.yml`` turns every notebook in it, and in the folders
below, to the plan and the process sheet named there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from funnelkit.errors import FunnelkitError

FILE = "funnelkit-workshop.yml"
#: What a plan says about size and planted problems; lessons bring their own.
_SIZE = ("deals", "deals_per_month", "growth_per_month", "patterns")
_LEVELS = 3


@dataclass(frozen=True)
class Settings:
    """Plan and process of a workshop, as JSON texts so that equal settings are equal.

    Attributes
    ----------
    plan, process : str
        JSON of the plan and of the sheet.
    language : str
        Language the room speaks.
    standard : tuple of str
        Exercises that need the kit's own practice data: their question fits no other process.
    """

    plan: str
    process: str
    language: str
    standard: tuple[str, ...] = ()

    def own(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        """Return the plan of a lesson's practice data in the terms of this business."""
        told = {k: v for k, v in json.loads(self.plan).items() if k not in _SIZE}
        return {**told, **plan}

    @property
    def sheet(self) -> dict[str, Any]:
        """The process sheet."""
        found: dict[str, Any] = json.loads(self.process)
        return found


_chosen: ContextVar[Settings | None] = ContextVar("workshop", default=None)


@contextmanager
def working_with(settings: Settings) -> Iterator[None]:
    """Draw practice data for a workshop, whatever the folder."""
    token = _chosen.set(settings)
    try:
        yield
    finally:
        _chosen.reset(token)


def settings() -> Settings | None:
    """Return the settings in force: chosen, or those of this folder or one above it."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    folder = workshop_folder()
    if folder is None:
        return None
    file = folder / FILE
    return _read(file, file.stat().st_mtime_ns)


def workshop_folder() -> Path | None:
    """Return the folder of a workshop one stands in: this one, or one a little above it."""
    here = Path.cwd()
    for folder in (here, *here.parents[: _LEVELS - 1]):
        if (folder / FILE).is_file():
            return folder
    return None


@lru_cache(maxsize=4)
def _read(file: Path, changed: int) -> Settings:
    try:
        told = yaml.safe_load(file.read_text("utf-8"))
        parts = {
            key: json.dumps(
                yaml.safe_load((file.parent / told[key]).read_text("utf-8")),
                ensure_ascii=False, sort_keys=False, default=str,
            )
            for key in ("plan", "process")
        }  # fmt: skip
        standard = tuple(map(str, told.get("standard") or ()))
        return Settings(language=str(told["language"]), standard=standard, **parts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as why:
        raise FunnelkitError("workshop.settings_unreadable", file=FILE, why=str(why)) from None
