"""What changed since the last run in a folder, and the small line of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.blocks import Fact
    from funnelkit.report.factory.outcome import Run

_WIDTH, _HEIGHT = 96, 22


def since(last: Mapping[str, Any]) -> dict[str, Any]:
    """Return when the run before was made, and its headline numbers by report.

    A run that was interrupted or went on with another's work is the same run: then the one
    before it counts.
    """
    if not last:
        return {}
    if not last.get("finished", True):
        return dict(last.get("before") or {})
    return {
        "made": last["made"],
        "reports": {
            entry["stem"]: {f["key"]: [f["value"], f["text"]] for f in entry["headline"]}
            for entry in last["reports"]
            if "stem" in entry and entry.get("status") == "ok"
        },
    }


def counts(before: Mapping[str, Any], runs: Sequence[Run]) -> dict[str, int]:
    """Count the reports that are new, that show other numbers, and that are gone."""
    old = before["reports"]
    good = [run for run in runs if run.ok]
    new = [run for run in good if run.job.stem not in old]
    other = [
        run
        for run in good
        if run.job.stem in old
        and run.headline
        and any(moved(fact, old[run.job.stem].get(fact.key)) for fact in run.headline.facts)
    ]
    gone = set(old) - {run.job.stem for run in runs}
    return {"new": len(new), "changed": len(other), "gone": len(gone)}


def moved(fact: Fact, old: Sequence[Any] | None) -> bool:
    """Say whether a number reads otherwise than it did."""
    return bool(old) and old is not None and old[1] != fact.text


def changed(fact: Fact, old: Sequence[Any] | None) -> str:
    """Write what a number was before, where it reads otherwise now."""
    if old is None or not moved(fact, old):
        return ""
    arrow = ""
    if fact.value is not None and old[0] is not None:
        arrow = "▲ " if fact.value > old[0] else "▼ " if fact.value < old[0] else ""
    return f'<small class="was">{arrow}{escape(say("report.index_was", text=str(old[1])))}</small>'


def sparkline(values: Sequence[float]) -> str:
    """Draw a line of numbers as a small picture that says its numbers.

    Examples
    --------
    >>> sparkline([])
    ''
    """
    if not any(values):
        return ""
    top = max(values)
    step = (_WIDTH - 4) / max(len(values) - 1, 1)
    spots = [
        (2 + k * step, _HEIGHT - 2 - (_HEIGHT - 4) * value / top) for k, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    x, y = spots[-1]
    alt = say("report.index_line", numbers=", ".join(f"{v:g}" for v in values))
    return (
        f'<svg class="line" role="img" aria-label="{escape(alt)}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"><title>{escape(alt)}</title>'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2"/></svg>'
        f'<small aria-hidden="true">0–{top:g}</small>'
    )
