"""A new stage in the ledger's process, where an answer puts it."""

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
    parts = process.model_dump()
    parts["stages"] = [s.model_dump() for s in stages]
    return Process.model_validate(parts), key
