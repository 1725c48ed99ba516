"""Practice data: pipelines drawn by the learner's seed, so that neighbours cannot copy."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.words import language

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline


def practice(name: str, seed: int) -> Pipeline:
    """Return the practice pipeline of a learner, in the current language."""
    from funnelkit.teach.bank import plans

    if name not in plans():
        raise FunnelkitError("teach.unknown_practice", found=name, allowed=nearest(name, plans()))
    return _drawn(name, seed, language())


@lru_cache(maxsize=16)
def _drawn(name: str, seed: int, lang: str) -> Pipeline:
    from funnelkit.simulation import simulate
    from funnelkit.teach.bank import plans

    return simulate(plan={**plans()[name], "language": lang}, seed=seed)
