"""funnelkit: sales funnels whose numbers can be trusted.

One pipeline, one set of definitions, every surface. Start with :func:`read` on a CRM export
or :func:`load` on bundled data, then ask :func:`funnel`, :func:`win_rate`,
:func:`time_in_stage` and the other measures.
"""

from __future__ import annotations

import atexit
import gc
import warnings
from typing import TYPE_CHECKING

from funnelkit import measures as measures  # fk.measures: those without a name up here
from funnelkit.lazy import names_from

if TYPE_CHECKING:
    from funnelkit.control import ActionLog, checkpoints, deal
    from funnelkit.data.connect import connect
    from funnelkit.data.ledger import Ledger
    from funnelkit.data.library import datasets, load
    from funnelkit.data.pipeline import Pipeline, from_frames
    from funnelkit.data.quality import quality
    from funnelkit.data.read import read
    from funnelkit.errors import FunnelkitError
    from funnelkit.measures import (
        cohorts,
        compare,
        conversion_curve,
        conversion_window,
        counting_rules,
        diagnose,
        drift,
        funnel,
        in_out,
        movement,
        returns,
        sales_cycle,
        skips,
        snapshot,
        stage_pairs,
        stage_win_rate,
        time_in_stage,
        time_to_reach,
        velocity,
        win_rate,
    )
    from funnelkit.planning import backtest, forecast, plan_target
    from funnelkit.process import Process
    from funnelkit.simulation import simulate
    from funnelkit.teach import check, hint, open_lesson, solution
    from funnelkit.words import set_language

__version__ = "0.1.0"

# Looking through all of pandas and Ibis for rubbish once more, when the process ends and all goes
# with it, takes as long as reading a small file.
atexit.register(gc.freeze)

# What Ibis 12 asks of pandas 3 and DuckDB 1.5 is deprecated there and mended in a later Ibis; a
# user can do nothing about it, and under `python -W error` no table could be read.
for _said in ("The 'future.infer_string' option is deprecated", r"fetch_arrow_table\(\) is depr"):
    warnings.filterwarnings("ignore", message=_said)

# Where each public name lives: rooms are opened on first use, so that importing is quick.
__getattr__ = names_from(
    __name__,
    {
        "control": ("ActionLog", "checkpoints", "deal"),
        "data.connect": ("connect",),
        "data.ledger": ("Ledger",),
        "data.library": ("datasets", "load"),
        "data.pipeline": ("Pipeline", "from_frames"),
        "data.quality": ("quality",),
        "data.read": ("read",),
        "errors": ("FunnelkitError",),
        "measures": (
            "cohorts",
            "compare",
            "conversion_curve",
            "conversion_window",
            "counting_rules",
            "diagnose",
            "drift",
            "funnel",
            "in_out",
            "movement",
            "returns",
            "sales_cycle",
            "skips",
            "snapshot",
            "stage_pairs",
            "stage_win_rate",
            "time_in_stage",
            "time_to_reach",
            "velocity",
            "win_rate",
        ),
        "planning": ("backtest", "forecast", "plan_target"),
        "process": ("Process",),
        "simulation": ("simulate",),
        "teach": ("check", "hint", "open_lesson", "solution"),
        "words": ("set_language",),
    },
)

__all__ = [
    "ActionLog",
    "FunnelkitError",
    "Ledger",
    "Pipeline",
    "Process",
    "backtest",
    "check",
    "checkpoints",
    "cohorts",
    "compare",
    "connect",
    "conversion_curve",
    "conversion_window",
    "counting_rules",
    "datasets",
    "deal",
    "diagnose",
    "drift",
    "forecast",
    "from_frames",
    "funnel",
    "hint",
    "in_out",
    "load",
    "movement",
    "open_lesson",
    "plan_target",
    "quality",
    "read",
    "returns",
    "sales_cycle",
    "set_language",
    "simulate",
    "skips",
    "snapshot",
    "solution",
    "stage_pairs",
    "stage_win_rate",
    "time_in_stage",
    "time_to_reach",
    "velocity",
    "win_rate",
]
