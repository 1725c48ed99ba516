"""Practice data: pipelines drawn by the learner's seed, so that neighbours cannot copy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.words import language

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

#: Name to the plan it is drawn from; what is planted is known to the checks only.
PLANS: Mapping[str, Mapping[str, Any]] = {
    "firm": {"deals": 600},
}


def practice(name: str, seed: int) -> Pipeline:
    """Return the practice pipeline of a learner, in the current language."""
    if name not in PLANS:
        raise FunnelkitError("teach.unknown_practice", found=name, allowed=nearest(name, PLANS))
    return _drawn(name, seed, language())


@lru_cache(maxsize=16)
def _drawn(name: str, seed: int, lang: str) -> Pipeline:
    from funnelkit.simulate import simulate

    return simulate(plan={**PLANS[name], "language": lang}, seed=seed)
