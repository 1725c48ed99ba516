"""Which exercises fit a customer's process: each is tried before the room is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from funnelkit.teach.check import fill, judge
from funnelkit.teach.exercise import Case, Exercise
from funnelkit.teach.form import shown_html
from funnelkit.teach.settings import settings

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

_SEEDS = (1, 2)


def misfits(asked: Iterable[Exercise]) -> tuple[str, ...]:
    """Return the exercises whose question cannot be asked of the business in force.

    A lesson may plant a problem in a region or a stage that the business does not have; such an
    exercise stays with the kit's own practice data.
    """
    return tuple(e.id for e in asked if not _fits(e))


def _fits(e: Exercise) -> bool:
    """Try an exercise with two sets of numbers; with one where no practice data are drawn."""
    for seed in _SEEDS:
        case = e.case(seed)
        if not fits(case):
            return False
        if "p" not in case.__dict__:
            return True
    return True


def fits(case: Case) -> bool:
    """Try a question: asked, solved, judged, every known mistake reachable."""
    e = case.exercise
    try:
        fill(e.prompt, case)
        shown_html(case)
        e.kind.entries(case)
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
