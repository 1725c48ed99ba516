"""L10 Process, milestones, closed loop."""

from __future__ import annotations

from funnelkit.teach.bank.l10.cells import WHATIFS, action

# Histories that come far enough to leave the sheet now and then.
PLANS = {
    "routes": {
        "deals": 200,
        "skip_rate": 0.06,
        "back_rate": 0.1,
        "stages": {
            "lead": {"step_rate": 0.8},
            "contact": {"step_rate": 0.8},
            "need": {"step_rate": 0.75},
            "proposal": {"step_rate": 0.7},
            "negotiation": {"step_rate": 0.6},
        },
    },
}

__all__ = ["PLANS", "WHATIFS", "action"]
