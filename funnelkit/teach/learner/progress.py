"""The learner's own record: one small file, wherever they work, safe against being killed."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from funnelkit.errors import FunnelkitError
from funnelkit.files.lock import locked
from funnelkit.files.small import read_json
from funnelkit.files.whole import clear_parts, write_whole
from funnelkit.words import say

#: Name of the file; FUNNELKIT_PROGRESS names another place.
FILE = "funnelkit-progress.json"
_VERSION = 1
_Short = Field(default="", max_length=200)


class _Event(BaseModel):
    """What an event has to be for whoever reads it later; plain values beside it are kept."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, str | int | float | bool | None]

    event: str = Field(max_length=200)
    exercise: str = _Short
    state: str = _Short
    mistake: str | None = _Short
    test: Literal["pre", "post", ""] | None = ""
    at: str
    day: str = ""

    @field_validator("at", "day")
    @classmethod
    def _dated(cls, text: str) -> str:
        if text:
            dt.date.fromisoformat(text[:10])
        return text

    def model_post_init(self, context: Any) -> None:
        if self.event in ("answer", "review", "hint") and not self.exercise:
            raise ValueError
        if self.event in ("answer", "review") and not self.state:
            raise ValueError
        if self.event == "review" and not self.day:
            raise ValueError


class _File(BaseModel):
    model_config = ConfigDict(strict=True)

    version: int
    seed: int = Field(ge=0, lt=2**53)
    learner: str = _Short
    events: list[_Event]


@dataclass
class Progress:
    """What a learner has done: a personal seed and a list of events.

    Every change reads the file again, adds to it and puts a new one in its place, under a lock:
    several notebooks may record at once, and the file is always whole.
    """

    path: Path | None
    seed: int
    events: list[dict[str, Any]]
    learner: str = ""
    #: Why the last events are in memory alone; None while the file takes them.
    problem: FunnelkitError | None = None
    _waiting: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path | str | None) -> Progress:
        """Open a record, or begin one with a new seed; None keeps it in memory.

        Raises
        ------
        FunnelkitError
            The file is no record of this kit.
        """
        if path is None:
            return cls(None, 1, [])
        path = Path(path)
        if not os.path.lexists(path):
            return cls(path, secrets.randbelow(10**6) + 1, [])
        kept = read_json(path)
        version = kept.get("version") if isinstance(kept, dict) else None
        if isinstance(version, int) and version > _VERSION:
            raise FunnelkitError("teach.progress_newer", file=path.name)
        try:
            told = _File.model_validate(kept)
        except ValidationError:
            raise FunnelkitError("teach.progress_unreadable", file=path.name) from None
        # no line breaks or other signs without a shape in a name
        learner = " ".join("".join(c if c.isprintable() else " " for c in told.learner).split())
        return cls(path, told.seed, list(kept["events"]), learner)

    def record(self, event: str, **facts: Any) -> None:
        """Add an event and write the file; where that fails ``problem`` says why."""
        at = dt.datetime.now().astimezone().replace(microsecond=0)
        self._waiting.append({"event": event, "at": at.isoformat(), **facts})
        self.save()

    def save(self) -> None:
        """Bring the file and this record to the same state."""
        self.problem = None
        if self.path is None:
            self.events, self._waiting = [*self.events, *self._waiting], []
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.path):
                self._write(self.path)
        except OSError as why:
            self.problem = FunnelkitError(
                "teach.progress_not_kept", file=self.path.name, why=why.strerror or str(why)
            )
        except FunnelkitError as why:
            self.problem = why

    def _write(self, path: Path) -> None:
        """Add what waits to what the file holds by now: another notebook may have written."""
        clear_parts(path)
        if os.path.lexists(path):
            kept = Progress.open(path)
            self.seed, self.learner, self.events = kept.seed, kept.learner, kept.events
        events = [*self.events, *self._waiting]
        told = {
            "version": _VERSION, "seed": self.seed, "learner": self.learner, "events": events,
        }  # fmt: skip
        write_whole(path, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        self.events, self._waiting = events, []

    def refresh(self) -> None:
        """Take in what others have written meanwhile."""
        if self.path is not None and self.path.exists() and not self._waiting:
            self.events = Progress.open(self.path).events

    def filled(self, exercise: str, *, first: bool = False) -> dict[str, Any]:
        """Return what stood in the form when it was checked last, or taken first; empty before."""
        told = [
            e["filled"]
            for e in self.of("answer", exercise)
            if e.get("filled") and (not first or e["state"] == "right")
        ]
        try:
            found = json.loads(told[0 if first else -1]) if told else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def place_said(self) -> str:
        """Say where the record lies."""
        if self.path is None:
            return say("teach.progress_memory")
        return say("teach.progress_place", file=str(self.path))

    def notice(self) -> str:
        """Say what could not be kept; empty while everything is."""
        return "" if self.problem is None else say("teach.progress_notice", why=str(self.problem))

    def of(self, event: str, exercise: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the events of a kind, of one exercise or of all."""
        for e in (*self.events, *self._waiting):
            if e["event"] == event and exercise in (None, e.get("exercise")):
                yield e

    def count(self, event: str, exercise: str) -> int:
        """Count the events of a kind for one exercise."""
        return sum(1 for _ in self.of(event, exercise))

    def right(self, exercise: str) -> bool:
        """Say whether the exercise was answered rightly at least once."""
        return any(e["state"] == "right" for e in self.of("answer", exercise))


_here: dict[str, Progress] = {}


def place() -> Path:
    """Return where the record lies: one place a learner, whatever folder a command runs in.

    A workshop's folder keeps its own, to be handed in; a file that lies in this folder or above
    it goes on being used; everything else is kept in the platform's folder for such files.
    """
    from funnelkit.teach.settings import workshop_folder

    room, here_ = workshop_folder(), Path.cwd()
    if room is not None:
        return room / FILE
    lying = (folder / FILE for folder in (here_, *here_.parents))
    return next((file for file in lying if file.is_file()), own_folder() / FILE)


def own_folder() -> Path:
    """Return the platform's folder for what the kit keeps of a user."""
    from typer import get_app_dir

    return Path(get_app_dir("funnelkit"))


def here() -> Progress:
    """Return the learner's record, or the one FUNNELKIT_PROGRESS names (``-``: in memory).

    A new one is written at once, so that all notebooks draw from one seed.
    """
    named = os.environ.get("FUNNELKIT_PROGRESS") or str(place())
    if named not in _here:
        kept = Progress.open(None if named == "-" else named)
        if kept.path is not None and not kept.path.exists():
            kept.save()
        _here[named] = kept
    return _here[named]
