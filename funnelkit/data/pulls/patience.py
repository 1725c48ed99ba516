"""Trying again: which failures may pass, how long to wait, when to give up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from funnelkit.data.pulls.secret import Secret
from funnelkit.errors import FunnelkitError

T = TypeVar("T")

Kind = Literal["passing", "key", "rights", "other"]
#: Answers that say "not now": too many calls, or a server that is starting or overloaded.
PASSING = frozenset({408, 425, 429, 502, 503, 504})


@dataclass(frozen=True)
class Failure:
    """What went wrong with one call, told apart by the source.

    ``wait`` is how many seconds the server asked to wait, if it did.
    """

    kind: Kind
    why: str
    wait: float | None = None


@dataclass
class Patience:
    """Repeats a call whose failure may pass, a bounded number of times.

    Attributes
    ----------
    tries : int
        How often a call is tried in all.
    first, longest : float
        Seconds before the second try, doubled each time, and the most ever waited.
    """

    tries: int = 5
    first: float = 0.5
    longest: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def call(
        self,
        work: Callable[[], T],
        failure: Callable[[Exception], Failure | None],
        *,
        system: str,
        place: str,
        key: Secret,
    ) -> T:
        """Return what ``work`` returns, or raise what a person can act on.

        ``failure`` tells what an exception means; None lets it through as a mistake of ours.
        """
        told: Failure | None = None
        for turn in range(max(1, self.tries)):
            if told is not None:
                self.sleep(self.pause(turn, told.wait))
            try:
                return work()
            except Exception as problem:
                told = failure(problem)
                if told is None:
                    raise
            if told.kind != "passing":
                break
        assert told is not None
        # raised out here, so that no frame or cause that has held the key hangs on to it
        values: dict[str, Any] = {"system": system, "place": place, "why": key.hide(told.why)}
        if told.kind == "passing":
            values["tries"] = max(1, self.tries)
        raise PullFailed(f"pulls.failed_{told.kind}", **values)

    def pause(self, turn: int, asked: float | None) -> float:
        """Return the seconds to wait before try ``turn`` (counted from 0)."""
        if asked is not None:
            return min(asked, self.longest)
        grown: float = min(self.first * 2 ** (turn - 1), self.longest)
        # many clients that failed together must not come back together
        return grown * random.uniform(0.75, 1.0)


class PullFailed(FunnelkitError):
    """A CRM did not answer, or refused; ``.kind`` says which."""

    @property
    def kind(self) -> str:
        """Return ``passing`` (gave up), ``key``, ``rights`` or ``other``."""
        return self.key.rpartition("_")[2]


def missing_extra(package: str, extra: str) -> FunnelkitError:
    """Return the error for a client library that is not installed."""
    return FunnelkitError("pulls.no_library", package=package, extra=extra)
