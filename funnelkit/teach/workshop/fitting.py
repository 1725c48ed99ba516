"""Which exercises fit a customer's process: each is tried before the room is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from funnelkit.teach.check import fill, judge
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.form import Form
from funnelkit.teach.progress import Progress
from funnelkit.teach.workshop.settings import settings

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

_SEEDS = (1, 2)


def misfits(asked: Iterable[Exercise]) -> tuple[str, ...]:
    """Return the exercises whose question cannot be asked of the business in force.

    A lesson may plant a problem in a region or a stage that the business does not have; such an
    exercise stays with the kit's own practice data.
    """
    return tuple(e.id for e in asked if not all(fits(e, seed) for seed in _SEEDS))


def fits(e: Exercise, seed: int) -> bool:
    """Try an exercise: asked, solved, judged, every known mistake reachable."""
    try:
        case = e.case(seed)
        fill(e.prompt, case)
        Form(e.id, Progress(None, seed, [])).page()
        right = case.right
        if _empty(right) or judge(case, right).state != "right":
            return False
        for mistake in e.mistakes:
            mistake.given(case)
        if "p" in case.__dict__ and not _own(case.p):
            return False
    except Exception:  # whatever the reason: it does not work on this business
        return False
    return True


def _own(p: Pipeline) -> bool:
    """Whether a practice pipeline has the stages of the business in force."""
    room = settings()
    return room is None or p.process.stage_ids == tuple(s["id"] for s in room.sheet["stages"])


def _empty(right: Any) -> bool:
    if isinstance(right, float):
        return not math.isfinite(right)
    if isinstance(right, list | tuple):
        return not right or any(_empty(v) for v in right)
    return right is None
