"""What a pattern is: a change of the mechanism, somewhere, from some month on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from funnelkit.process.flaws import Flaw

if TYPE_CHECKING:
    from funnelkit.simulation.world import World

Mask = npt.NDArray[np.bool_]
_SHARED = ("where", "since", "twin")


@dataclass(frozen=True)
class Pattern:
    """A failure pattern, or its innocent twin.

    Attributes
    ----------
    where : mapping
        The segment it acts in: ``{"owner": "Kim Arvo"}``; drawn by the seed where it needs
        one and none is told.
    since : int, optional
        Month of the plan from which it acts, the first one is 1.
    twin : bool
        Plant the harmless look-alike instead.
    """

    key: ClassVar[str] = ""
    #: what is drawn when no segment is told; None: the pattern acts everywhere
    place: ClassVar[str | tuple[str, ...] | None] = None
    month: ClassVar[int] = 1
    has_twin: ClassVar[bool] = True

    where: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    since: int | None = field(default=None, kw_only=True)
    twin: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.twin and not self.has_twin:
            raise Flaw(("twin",), "no_twin", found=self.key)

    @property
    def label(self) -> str:
        """The key under which its deals are remembered."""
        return f"{self.key}.twin" if self.twin else self.key

    @classmethod
    def knobs(cls) -> list[str]:
        """Return what can be set, the strengths first."""
        own = [f.name for f in fields(cls) if f.name not in _SHARED]
        return [*own, *_SHARED]

    @property
    def strength(self) -> dict[str, Any]:
        """The figures it is planted with."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _SHARED}

    def start(self, w: World) -> int:
        """Return the month it begins in, scaled to plans shorter than the usual two years."""
        if self.since is not None:
            return self.since
        months = w.clock.months
        return self.month if months >= 24 else max(1, round(self.month * months / 24))

    # -- the points at which a pattern may act; each does nothing by default -------------

    def intake(self, w: World) -> None:
        """Add deals before any is drawn."""

    def assign(self, w: World) -> None:
        """Change who and what the deals are."""

    def stage(self, w: World, k: int) -> None:
        """Change the chance to go on and the time in stage ``k``."""

    def ends(self, w: World) -> None:
        """Change when deals end."""

    def behave(self, w: World) -> None:
        """Change what sellers do and write down."""

    def segment(self, w: World) -> dict[str, list[int]]:
        """Return the segment it acts in, as codes."""
        found: dict[str, list[int]] = w.segment(self.label, self.place, self.where)
        return found

    def here(self, w: World) -> Mask:
        """Say which deals lie in its segment."""
        found: Mask = w.inside(self.segment(w))
        return found


def shifted(w: World, k: int, rate: float) -> Any:
    """Return the chances of stage ``k`` moved so far that the planned rate becomes ``rate``."""
    planned = w.process.stage(w.process.open_ids[k]).target.step_rate or 0.5
    odds = (rate / (1 - rate)) / (planned / (1 - planned))
    return w.p * odds / (1 - w.p + w.p * odds)


def pattern_of(part: Any) -> Pattern:
    """Make a pattern of what a plan says: a name, ``{name: ...}`` or ``{pattern: {...}}``."""
    from funnelkit.simulation.patterns import PATTERNS

    told: dict[str, Any] = {}
    if isinstance(part, str):
        name = part
    elif isinstance(part, Mapping) and "name" in part:
        name = str(part["name"])
        told = {k: v for k, v in part.items() if k != "name"}
    elif isinstance(part, Mapping) and len(part) == 1:
        name, inner = next(iter(part.items()))
        if inner is not None and not isinstance(inner, Mapping):
            raise Flaw((str(name),), "wrong_type", item=str(name), found=str(inner))
        told = dict(inner or {})
    else:
        raise Flaw((), "wrong_type", item="patterns", found=str(part))
    if name not in PATTERNS:
        raise Flaw((), "unknown_name", item="pattern", found=name, allowed=list(PATTERNS))
    kind = PATTERNS[name]
    told |= dict(told.pop("strength", None) or {})
    for key in told:
        if key not in kind.knobs():
            raise Flaw((key,), "unknown_key", found=key, allowed=kind.knobs())
    where = told.get("where", {})
    if not isinstance(where, Mapping):
        raise Flaw(("where",), "wrong_type", item="where", found=str(where))
    for key, wanted in (("since", int), ("twin", bool)):
        given = told.get(key)
        if given is not None and (not isinstance(given, wanted) or (key == "since" and given < 1)):
            raise Flaw((key,), "wrong_type", item=key, found=str(given))
    for f in fields(kind):
        given = told.get(f.name)
        if f.name in _SHARED or given is None:
            continue
        if isinstance(given, bool) or not isinstance(given, int | float) or given < 0:
            raise Flaw((f.name,), "wrong_type", item=f.name, found=str(given))
    return kind(**{k: v for k, v in told.items() if v is not None})
