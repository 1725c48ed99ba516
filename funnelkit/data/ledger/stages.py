"""Stages that answers put into the ledger's process, and take out again."""

from __future__ import annotations

from funnelkit.process import Process, Stage, Text
from funnelkit.process.text import slug


def with_stage(process: Process, label: str, after: str | None) -> tuple[Process, str]:
    """Return the process with a stage of this label after another one (None: first), and its id.

    Examples
    --------
    >>> process, key = with_stage(Process.from_stages(["New", "Offer"]), "Demo", "new")
    >>> key, process.stage_ids
    ('demo', ('new', 'demo', 'offer'))
    """
    key = slug(label) or "stage"
    taken = {*process.stage_ids, "won", "lost", "no_decision", "open"}
    base, n = key, 2
    while key in taken:
        key, n = f"{base}_{n}", n + 1
    stages = list(process.stages)
    at = 0 if after is None else process.stage_ids.index(after) + 1
    stages.insert(at, Stage(id=key, name=Text.of(label)))
    return _of(process, stages), key


def without_stage(process: Process, key: str) -> Process:
    """Return the process without a stage."""
    return _of(process, [s for s in process.stages if s.id != key])


def _of(process: Process, stages: list[Stage]) -> Process:
    parts = process.model_dump()
    parts["stages"] = [s.model_dump() for s in stages]
    return Process.model_validate(parts)
