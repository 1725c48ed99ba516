"""The plans all practice data are drawn from; what is planted in them is known to checks only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Name of the practice data to the plan it is drawn from.
PLANS: Mapping[str, Mapping[str, Any]] = {
    "firm": {"deals": 600},
    # L05
    "forecasts": {"deals": 1200},
    # L06: one region's offers go on far less often from one month on
    "leak": {
        "deals": 1400,
        "stages": {
            "lead": {"step_rate": 0.85},
            "contact": {"step_rate": 0.85},
            "need": {"step_rate": 0.85},
            "proposal": {"step_rate": 0.7},
        },
        "patterns": [{"stalled_proposals": {"since": 13, "rate": 0.2, "slower": 3}}],
    },
    # L07: a team of eight in which one began in the thirteenth month
    "newcomers": {
        "deals": 1200,
        "stages": {
            "lead": {"step_rate": 0.85},
            "contact": {"step_rate": 0.85},
            "need": {"step_rate": 0.8},
            "proposal": {"step_rate": 0.75},
        },
        "team": [*({"name": f"S-{k:02d}"} for k in range(1, 8)), {"name": "S-08", "starts": 13}],
    },
    # L09: many decided deals, so that two years tell something; one rival grows strong
    "rivals": {
        "deals": 1480,
        "stages": {
            "lead": {"step_rate": 0.95},
            "contact": {"step_rate": 0.9},
            "need": {"step_rate": 0.9},
            "proposal": {"step_rate": 0.85},
            "negotiation": {"step_rate": 0.82},
        },
        "no_decision": {"early": 0.5, "late": 0.1},
        "patterns": [{"name": "new_competitor", "since": 13, "win": 0.12, "share": 0.6}],
    },
    # L10: histories that come far enough to leave the sheet now and then
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
    # L12: deals come often enough past the need for a score to have something to learn from
    "scored": {
        "deals": 1100,
        "patterns": ["single_contact"],
        "stages": {
            "lead": {"step_rate": 0.8},
            "contact": {"step_rate": 0.8},
            "need": {"step_rate": 0.75},
            "proposal": {"step_rate": 0.65},
            "negotiation": {"step_rate": 0.55},
        },
    },
}
