"""A process written back as a sheet, and its control points with other thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from funnelkit.process.model import Process
from funnelkit.process.stage import Checkpoint


def sheet_text(process: Process) -> str:
    """Write a process as a YAML sheet that reads back equal; comments are not kept.

    Examples
    --------
    >>> from funnelkit.process import load_process
    >>> process = load_process()
    >>> load_process(yaml.safe_load(sheet_text(process))) == process
    True
    """
    values = process.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)


def with_checkpoints(process: Process, changed: Mapping[str, tuple[Checkpoint, ...]]) -> Process:
    """Return the process with these control points, by stage; one of the same id is replaced.

    Examples
    --------
    >>> from funnelkit.process import load_process
    >>> point = Checkpoint(id="old", name={"en": "Old", "zh": "过久"}, rule="days_in_stage > 9")
    >>> changed = with_checkpoints(load_process(), {"lead": (point,)})
    >>> changed.stage("lead").checkpoints[-1].rule
    'days_in_stage > 9'
    """
    stages = []
    for stage in process.stages:
        points = {p.id: p for p in stage.checkpoints}
        points |= {p.id: p for p in changed.get(stage.id, ())}
        stages.append(stage.model_copy(update={"checkpoints": tuple(points.values())}))
    return process.model_copy(update={"stages": tuple(stages)})
