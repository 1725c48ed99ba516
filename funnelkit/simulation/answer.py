"""Making the answer key of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from funnelkit.simulation.engine import RATE
from funnelkit.simulation.plan import Plan
from funnelkit.simulation.records import Records
from funnelkit.simulation.tables import r_ids
from funnelkit.simulation.truth import Truth
from funnelkit.simulation.world import NEVER, WON, World


def answer_key(r: Records, plan: Plan) -> Truth:
    """Return what was planted and what the deals really were worth."""
    w, s = r.w, r.shown
    chance = np.prod(w.chance[:, s], axis=0)
    keys = list(w.planted)
    label = np.zeros(len(s), np.int64)
    for i, key in enumerate(keys):
        label += w.planted[key][s].astype(np.int64) << i
    said = {code: " ".join(k for i, k in enumerate(keys) if code >> i & 1) for code in set(label)}
    deals = pd.DataFrame(
        {
            "deal_id": r_ids(r).to_pandas(),
            "win_probability": np.round(chance, 6),
            "patterns": pd.Series(label).map(said).astype("str"),
        }
    )
    return Truth(
        seed=w.seed,
        planted=tuple(_planted(w, s, plan)),
        stages=_stages(w, s),
        deals=deals,
        open_deals=_open(r),
        plan=plan.model_dump(mode="json", exclude={"patterns"}, exclude_defaults=True),
    )


def _planted(w: World, shown: Any, plan: Plan) -> list[dict[str, Any]]:
    found = []
    for pattern in plan.patterns:
        key = pattern.label
        first = w.clock.month_start(pattern.start(w))
        month = str(w.clock.date(np.array([float(first)]))[0].astype("datetime64[M]"))
        mask = w.planted.get(key)
        found.append(
            {
                "pattern": pattern.key,
                "twin": pattern.twin,
                "where": w.where.get(key, {}),
                "since": month,
                "strength": pattern.strength,
                "deals": 0 if mask is None else int(mask[shown].sum()),
            }
        )
    return found


def _stages(w: World, shown: Any) -> pd.DataFrame:
    """Per stage: the mean of the true chances of the deals that came to it."""
    rows = []
    groups = [("", np.ones(w.n, bool)), *w.planted.items()]
    for key, mask in groups:
        for k, stage in enumerate(w.process.open_ids):
            target = w.process.stage(stage).target
            inside = np.zeros(w.n, bool)
            inside[shown] = True
            inside &= mask & (w.reached >= k) & (w.a["first_stage"] <= k)
            chance = w.chance[k][inside]
            stay = (w.leave[k] - np.where(np.isnan(w.again[k]), w.enter[k], w.again[k]))[inside]
            goes = (w.reached > k) | (w.outcome == WON)
            stay = stay[(stay > 0) & (stay < NEVER / 2) & goes[inside]]
            rows.append(
                {
                    "pattern": key,
                    "stage": stage,
                    "planned_rate": target.step_rate or RATE,
                    "planned_days": target.median_days,
                    "step_rate": round(float(chance.mean()), 6) if chance.size else np.nan,
                    "median_days": round(float(np.median(stay)) / w.clock.share, 3)
                    if stay.size
                    else np.nan,
                    "deals": int(inside.sum()),
                }
            )
    return pd.DataFrame(rows)


def _open(r: Records) -> pd.DataFrame:
    w, s = r.w, r.shown
    still = s[w.end[s] >= w.clock.last]
    standing = np.zeros(len(still), np.int64)
    for k in range(w.k):
        come = (w.enter[k][still] < w.clock.last) & (w.reached[still] >= k)
        standing = np.where(come, k, standing)
    later = np.arange(w.k)[:, None] >= standing[None, :]
    chance = np.prod(np.where(later, w.chance[:, still], 1.0), axis=0)
    ended = w.end[still] < min(NEVER / 2, len(w.clock.days) - 1)
    when = w.clock.micro(np.where(ended, w.end[still], 0.0))
    stamps = pa.array(when, pa.int64(), mask=~ended).cast(pa.timestamp("us"))
    names = np.array(["won", "lost", "no_decision"], dtype=object)
    return pd.DataFrame(
        {
            "deal_id": r_ids(r, r.rank[still]).to_pandas(),
            "outcome": pd.Series(names[w.outcome[still]]).astype("str"),
            "closed_at": stamps.to_pandas(),
            "win_probability": np.round(chance, 6),
        }
    ).sort_values("deal_id", ignore_index=True)
