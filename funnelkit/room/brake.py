"""Wrong codes, words and keys are slowed: a few a minute are judged, the others are not."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Tries that are judged within the time, for one address and for one name.
MOST, SECONDS = 10, 60.0
#: Seconds each wrong try waits longer than the one before, and the longest wait.
_STEP, _LONGEST = 0.2, 2.0


class Brake:
    """Who tried and was wrong, lately.

    A try counts from the moment it begins, so that many at once are no way around.

    Examples
    --------
    >>> brake = Brake(clock=lambda: 0.0)
    >>> [brake.turn("10.0.0.7") for _ in range(11)].count(True)
    10
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._tries: dict[str, list[float]] = {}

    def turn(self, who: str) -> bool:
        """Say whether a try is judged, and count it until it is `right`."""
        now = self.clock()
        kept = [t for t in self._tries.get(who, ()) if now - t < SECONDS]
        self._tries[who] = kept
        if len(kept) >= MOST:
            return False
        kept.append(now)
        return True

    def right(self, who: str) -> None:
        """Forget the last try: it was right."""
        if self._tries.get(who):
            self._tries[who].pop()

    def pause(self, who: str) -> float:
        """Return the seconds a wrong try waits for its answer."""
        return min(_LONGEST, _STEP * len(self._tries.get(who, ())))
