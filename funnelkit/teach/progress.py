"""The learner's own record: a small file in the folder they work in, safe against being killed."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError

#: Name of the file; FUNNELKIT_PROGRESS names another place.
FILE = "funnelkit-progress.json"
_VERSION = 1


@dataclass
class Progress:
    """What a learner has done: a personal seed and a list of events.

    Every change writes a new file and puts it in place of the old one in a single step, so that
    the file is always whole.
    """

    path: Path | None
    seed: int
    events: list[dict[str, Any]]
    learner: str = ""

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
        if not path.exists():
            return cls(path, secrets.randbelow(10**6) + 1, [])
        try:
            kept = json.loads(path.read_text("utf-8"))
            if kept["version"] > _VERSION:
                raise FunnelkitError("teach.progress_newer", file=path.name)
            return cls(path, int(kept["seed"]), list(kept["events"]), str(kept.get("learner", "")))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            if isinstance(problem, FunnelkitError):
                raise
            raise FunnelkitError("teach.progress_unreadable", file=path.name) from None

    def record(self, event: str, **facts: Any) -> None:
        """Add an event and write the file."""
        if self.path is not None and self.path.exists():
            # another notebook may have written in the meantime
            self.events = Progress.open(self.path).events
        at = dt.datetime.now().astimezone().replace(microsecond=0)
        self.events.append({"event": event, "at": at.isoformat(), **facts})
        self.save()

    def save(self) -> None:
        """Write the whole file aside and put it in place."""
        if self.path is None:
            return
        kept = {
            "version": _VERSION, "seed": self.seed, "learner": self.learner, "events": self.events,
        }  # fmt: skip
        text = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=self.path.parent, prefix=".progress-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).replace(self.path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise

    def of(self, event: str, exercise: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the events of a kind, of one exercise or of all."""
        for e in self.events:
            if e["event"] == event and exercise in (None, e.get("exercise")):
                yield e

    def count(self, event: str, exercise: str) -> int:
        """Count the events of a kind for one exercise."""
        return sum(1 for _ in self.of(event, exercise))

    def right(self, exercise: str) -> bool:
        """Say whether the exercise was answered rightly at least once."""
        return any(e["state"] == "right" for e in self.of("answer", exercise))


_here: dict[str, Progress] = {}


def here() -> Progress:
    """Return the record of this folder, or the one FUNNELKIT_PROGRESS names (``-``: in memory)."""
    named = os.environ.get("FUNNELKIT_PROGRESS") or str(Path.cwd() / FILE)
    if named not in _here:
        _here[named] = Progress.open(None if named == "-" else named)
    return _here[named]
