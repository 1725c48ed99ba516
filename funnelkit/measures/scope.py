"""Which deals stand behind a number, and which do not and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from funnelkit.data.defects import Finding
from funnelkit.data.kept import kept
from funnelkit.data.quality import read_first
from funnelkit.data.reasons import has_line, scope_line
from funnelkit.words import say, sentences

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Scope:
    """Which deals stand behind a number, and which do not and why.

    Attributes
    ----------
    used : int
        Deals (or visits, see the measure) that were counted.
    left_out : tuple of (reason, number)
        A reason of the readers or of a measure; see
        :func:`funnelkit.data.reasons.scope_line`.
    since, until : datetime or None
        The half-open period [since, until).
    as_of : datetime
        Open deals are censored here.
    timing : object
        How sure the times are, where moves were only seen between two exports; else None.
    first : tuple of Finding
        What has to be read before the numbers that rest on it.
    currency : str
        The one currency of the amounts; "" where there is none, or several.
    pipeline : Pipeline, optional
        The deals that were measured; see :meth:`Result.deals`.
    """

    used: int
    left_out: tuple[tuple[str, int], ...]
    as_of: dt.datetime
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    timing: Any = None
    first: tuple[Finding, ...] = ()
    currency: str = ""
    pipeline: Pipeline | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for why, _ in self.left_out:
            if not has_line(why):  # else it is only found when the result is shown
                raise KeyError(f"{why!r} has no line for a scope")

    def __str__(self) -> str:
        parts = [say("measures.used", n=self.used)]
        parts += [scope_line(why, n) for why, n in self.left_out if n]
        if self.since or self.until:
            open_ = "period" if self.since and self.until else "since" if self.since else "until"
            parts.append(say(f"measures.{open_}", since=self.since, until=self.until))
        parts.append(say("measures.as_of", as_of=self.as_of))
        if self.timing is not None:
            parts.append(str(self.timing))
        return sentences(parts)


def make_scope(
    p: Pipeline,
    used: int,
    left_out: list[tuple[str, int]] | tuple[tuple[str, int], ...] = (),
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Scope:
    """Join what the measure left out to what the reader had set aside."""
    reasons = [*p.left_out, *left_out]
    left = tuple((w, int(n)) for w, n in reasons if n)
    first = read_first(p)
    return Scope(int(used), left, p.as_of, since, until, p.timing, first, p.currency, twin(p))


@kept
def twin(p: Pipeline) -> Pipeline:
    """Return the copy of a pipeline that all of its results hold.

    What is kept with a pipeline must not hold the pipeline itself; what is kept with the copy
    (the order of its deals in lists) serves all results.
    """
    return replace(p)
