"""Practice data: pipelines drawn by the learner's seed, so that neighbours cannot copy."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.teach.plans import PLANS
from funnelkit.teach.settings import Settings, settings
from funnelkit.words import language

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline


def practice(name: str, seed: int, exercise: str = "") -> Pipeline:
    """Return the practice pipeline of a learner, in the current language.

    In the folder of a workshop it is drawn from that workshop's business, but for the exercises
    its settings name, and for plans that fit no other process than the kit's.
    """
    if name not in PLANS:
        raise FunnelkitError("teach.unknown_practice", found=name, allowed=nearest(name, PLANS))
    room = settings()
    if room is not None and exercise in room.standard:
        room = None
    return _drawn(name, seed, language(), room)


@lru_cache(maxsize=32)
def _drawn(name: str, seed: int, lang: str, room: Settings | None) -> Pipeline:
    from funnelkit.simulation import simulate

    plan = {**PLANS[name], "language": lang}
    if room is not None:
        try:
            return simulate(process=room.sheet, plan=room.own(plan), seed=seed)
        except FunnelkitError:
            pass  # the lesson plants something in a stage or region this business does not have
    return simulate(plan=plan, seed=seed)
