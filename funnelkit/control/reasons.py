"""Why a checkpoint fired and what to do, in the current language."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelkit.measures.result import column_label
from funnelkit.words import number, say
from funnelkit.words.texts import texts


def named(process: Any, point: str) -> str:
    """Return a point's name in the current language: the sheet's, else the built-in one."""
    point, _, stage_id = point.partition("@")
    if stage_id:
        name = named(process, point)
        return say("control.of_stage", name=name, stage=process.label(stage_id))
    for stage in process.stages:
        for known in stage.checkpoints:
            if known.id == point:
                return str(known.name)
    key = f"checkpoint_{point.replace('-', '_')}"
    return say(f"control.{key}") if key in texts("control") else point


def explained(process: Any, kind: str, point: str, values: Any) -> tuple[str, str]:
    """Say why a point fired and what to do."""
    if kind == "ageing":
        days, stage, amber, red, working = values
        key = "control.reason_ageing_working" if working else "control.reason_ageing"
        reason = say(
            key, days=number(days), stage=process.label(stage), limit=number(amber),
            ratio=say("control.reason_ageing_times", times=days / amber) if amber else "",
        )  # fmt: skip
        return reason, say("control.action_ageing_red" if red else "control.action_ageing")
    if kind == "fields":
        return say("control.reason_fields", fields=list(values)), say("control.action_fields")
    if kind == "evidence":
        stages = [process.label(s) for s in values]
        return say("control.reason_evidence", stages=stages), say("control.action_evidence")
    # what singles the deals out is no reason by itself
    told = [(c, v) for c, v in values if c[1] != "=="] or values
    parts = [_because(c, value) for c, value in told]
    known = [c[0] for c, _ in values if f"action_{c[0]}" in texts("control")]
    action = say(f"control.action_{known[0]}" if known else "control.action_other")
    return say("control.joined", parts=parts), action


def _because(condition: tuple[str, str, Any], value: Any) -> str:
    name, operator, limit = condition
    if operator in ("is empty", "is not empty"):
        key = f"reason_{name}_empty"
        if operator == "is empty":
            known = key in texts("control")
            return (
                say(f"control.{key}")
                if known
                else say("control.reason_empty", name=column_label(name))
            )
        return say("control.reason_filled", name=column_label(name), value=value)
    wanted = _plain(limit)
    key = f"reason_{name}"
    if key in texts("control") and isinstance(limit, float):
        return say(f"control.{key}", value=_plain(value), limit=wanted)
    return say(
        "control.reason_compare", name=name, value=_plain(value), operator=operator, limit=wanted
    )


def _plain(value: Any) -> str:
    if isinstance(value, int | float | np.number):
        return number(float(value), 0 if round(float(value), 1).is_integer() else 1)
    return str(value)


__all__ = ["explained", "named"]
