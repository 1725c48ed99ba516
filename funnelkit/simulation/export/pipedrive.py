"""Pipedrive: the export of deals, the changelog and the stages it speaks of by number."""

from __future__ import annotations

import pandas as pd

from funnelkit.simulation.export.layout import Files, Layout
from funnelkit.simulation.export.log import one_log
from funnelkit.simulation.export.source import Source, in_utc, local, number, plain

_FIELDS = {"amount": "value", "expected_close": "expected_close_date", "owner": "user_id"}


def _files(s: Source) -> Files:
    d = s.deals
    chance = d["stage"].map(s.chance)
    closed = d["outcome"] != "open"
    status = d["outcome"].replace({"no_decision": "lost"})
    out = pd.DataFrame({"Deal - ID": d["deal_id"], "Deal - Title": d["name"]})
    out["Deal - Organization"], out["Deal - Owner"] = d["account"], d["owner"]
    out["Deal - Value"], out["Deal - Currency of Value"] = plain(d["amount"]), d["currency"]
    weighted = (d["amount"] * chance).round(2)
    out["Deal - Weighted value"] = weighted.map(number, na_action="ignore")
    out["Deal - Probability"] = (chance * 100).map(number, na_action="ignore")
    out["Deal - Pipeline"] = "Pipeline"
    out["Deal - Stage"] = d["stage"].map(s.labels)
    out["Deal - Status"] = status.map({"open": "Open", "won": "Won", "lost": "Lost"})
    out["Deal - Deal created"] = local(d["created_at"])
    out["Deal - Won time"] = local(d["closed_at"].where(status == "won"))
    out["Deal - Lost time"] = local(d["closed_at"].where(status == "lost"))
    out["Deal - Deal closed on"] = local(d["closed_at"].where(closed))
    out["Deal - Lost reason"] = d["loss_reason"]
    out["Deal - Expected close date"] = local(d["expected_close"], day=True)
    out["Deal - Source channel"] = d["source"]
    out["Deal - Region"], out["Deal - Competitor"] = d["region"], d["competitor"]
    for name in s.attributes:
        out[f"Deal - {name}"] = plain(d[name])
    files = {"deals-export.csv": out}
    if s.has_moves:
        ids = {stage: str(i) for i, stage in enumerate(s.process.open_ids, start=1)}
        files["changelog.csv"] = _log(s, ids)
        files["stages.csv"] = pd.DataFrame({
            "id": list(ids.values()), "name": [s.labels[i] for i in ids],
            "order_nr": list(ids.values()), "pipeline_id": "1",
            "deal_probability": [number(100 * s.chance[i]) for i in ids],
        })  # fmt: skip
    return files


def _log(s: Source, ids: dict[str, str]) -> pd.DataFrame:
    log = one_log(s)
    ends = {"won": "won", "lost": "lost", "no_decision": "lost"}
    by_stage, by_end = log["field"] == "stage", log["field"] == "outcome"
    for side in ("old", "new"):
        staged = log[side].map(ids).where(by_stage, log[side])
        log[side] = log[side].map(ends).fillna("open").where(by_end, staged)
    named = {"stage": "stage_id", "outcome": "status", **_FIELDS}
    return pd.DataFrame({
        "deal_id": log["deal_id"],
        "field_key": log["field"].map(lambda f: named.get(f, f)),
        "old_value": log["old"],
        "new_value": log["new"],
        "time": in_utc(s, log["at"]),
        "change_source": "app",
        "is_bulk_update_flag": "false",
    })  # fmt: skip


LAYOUT = Layout(
    "pipedrive", "Pipedrive", _files, ("no_decision", "first_entry", "seconds", "tables"),
    deal_id="Deal - ID", stage="Deal - Stage", amount="Deal - Value", owner="Deal - Owner",
    created="Deal - Deal created", closed="Deal - Deal closed on", history="changelog.csv",
    entered="time",
)  # fmt: skip
