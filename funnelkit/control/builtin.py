"""Control points that hold for any process, whatever its sheet says."""

from __future__ import annotations

from funnelkit.control.rules import Rule
from funnelkit.data.pipeline import Pipeline

#: Checkpoints that are not one rule on one variable, with what they need.
SPECIAL = {
    "ageing": ("stage_history",),
    "missing-evidence": ("evidence", "stage_history"),
    "missing-fields": (),
}


def builtin_rules(p: Pipeline, *, buyer_days: float, discount: float) -> list[tuple[Rule, ...]]:
    """Return the built-in rules; those of one tuple are grades of one point, gravest first."""
    every = p.process.open_ids
    late = _from_contacts(p)

    def rule(
        id: str, severity: str, *conditions: tuple[str, str, float | str | None],
        stages: tuple[str, ...] = every,
    ) -> Rule:  # fmt: skip
        return Rule(id, id, severity, stages, conditions, built_in=True)

    return [
        (rule("no-buyer-step", "act", ("days_since_buyer_step", ">", float(buyer_days))),),
        (rule("no-next-step", "watch", ("next_step_date", "is empty", None)),),
        (rule("next-step-past", "act", ("days_since_next_step", ">", 0.0)),),
        (
            rule("pushed", "act", ("pushes", ">=", 3.0)),
            rule("pushed", "watch", ("pushes", ">=", 2.0)),
        ),
        (
            rule("overdue", "act", ("overdue_days", ">", 30.0)),
            rule("overdue", "watch", ("overdue_days", ">", 0.0)),
        ),
        (rule("single-contact", "watch", ("n_contacts", "<", 2.0), stages=late),),
        (
            rule(
                "unapproved-discount", "act",
                ("discount_pct", ">", float(discount)), ("discount_approved_by", "is empty", None),
            ),
        ),
        (rule("stage-jump", "watch", ("stages_jumped", ">", 0.0)),),
    ]  # fmt: skip


def _from_contacts(p: Pipeline) -> tuple[str, ...]:
    """Return the stages in which a second contact is due: from where the sheet asks for it."""
    ids = p.process.open_ids
    asked = [k for k, s in enumerate(ids) if "n_contacts" in p.process.stage(s).required]
    start = min(asked) if asked else min(2, len(ids) - 1)
    return ids[start:]


__all__ = ["SPECIAL", "builtin_rules"]
