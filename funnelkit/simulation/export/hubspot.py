"""HubSpot: the export of deals, the history of properties and the stages of the pipeline."""

from __future__ import annotations

import pandas as pd

from funnelkit.simulation.export.layout import Files, Layout
from funnelkit.simulation.export.source import Source, instant, keys, local, number, plain

_FIELDS = {"amount": "amount", "expected_close": "closedate", "owner": "hubspot_owner_id",
           "forecast_category": "hs_manual_forecast_category"}  # fmt: skip
_OWN = {"forecast_category": "Forecast category"}
FIRST_STAGE = 1_040_201


def _files(s: Source) -> Files:
    d = s.deals
    now = s.where_it_is()
    closed = d["outcome"] != "open"
    out = pd.DataFrame({"Record ID": d["deal_id"], "Deal Name": d["name"]})
    out["Deal Stage"] = now.map(s.closing_labels)
    out["Pipeline"] = "Sales Pipeline" if s.language == "en" else "销售管道"
    out["Deal probability"] = now.map(s.chance).map(number, na_action="ignore")
    out["Amount"], out["Currency"] = plain(d["amount"]), d["currency"]
    out["Close Date"] = local(d["closed_at"].where(closed, d["expected_close"]))
    out["Create Date"] = local(d["created_at"])
    out["Deal owner"] = d["owner"]
    out["Primary Associated Company"] = d["account"]
    out["Original Traffic Source"] = d["source"]
    out["Is Deal Closed"], out["Is Closed Won"] = plain(closed), plain(d["outcome"] == "won")
    out["Closed Lost Reason"] = d["loss_reason"]
    out["Region"], out["Competitor"] = d["region"], d["competitor"]
    for name in s.attributes:
        out[_OWN.get(name, name)] = plain(d[name])
    files = {"hubspot-deals.csv": out}
    if s.has_moves:
        ends = [o for o in ("won", "lost", "no_decision") if o in set(s.moves["stage"])]
        stages = [*s.process.open_ids, *ends]
        ids = {stage: str(FIRST_STAGE + i) for i, stage in enumerate(stages)}
        files["deal_property_history.csv"] = _properties(s, ids)
        files["pipeline_stages.csv"] = pd.DataFrame({
            "stageId": list(ids.values()),
            "label": [s.closing_labels[i] for i in ids],
            "displayOrder": [str(i) for i in range(len(ids))],
            "is_closed": plain(pd.Series([i in ends for i in ids])),
            "closed_won": plain(pd.Series([i == "won" for i in ids])),
            "probability": [number(s.chance[i]) for i in ids],
        })  # fmt: skip
    return files


def _properties(s: Source, ids: dict[str, str]) -> pd.DataFrame:
    """Every value a property ever had, the one at creation among them; no old values."""
    d = s.deals
    moves = pd.DataFrame({
        "dealId": s.moves["deal_id"], "property": "dealstage",
        "value": s.moves["stage"].map(ids), "at": s.moves["entered_at"],
    })  # fmt: skip
    parts = [moves]
    for name, called in _FIELDS.items():
        if not (name in d and s.has_changes):
            continue
        first = s.initial(name).reindex(d["deal_id"])
        start = {"dealId": d["deal_id"], "property": called, "value": first.to_numpy()}
        parts.append(pd.DataFrame(start | {"at": d["created_at"]}).dropna(subset=["value", "at"]))
    c = s.changes
    parts.append(pd.DataFrame({
        "dealId": c["deal_id"], "property": c["field"].map(lambda f: _FIELDS.get(f, f)),
        "value": c["new"], "at": c["changed_at"],
    }))  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.sort_values(["dealId", "at"], kind="stable", ignore_index=True)
    planned = rows["property"] == "closedate"
    day = pd.to_datetime(rows["value"].where(planned)).astype("datetime64[us]")
    rows["value"] = rows["value"].where(~planned, instant(s, day))
    rows["timestamp"] = instant(s, rows.pop("at"))
    return rows.assign(sourceType="CRM_UI", sourceId=keys(rows["property"], "userId:"))


LAYOUT = Layout(
    "hubspot", "HubSpot", _files, ("closed_plan", "milliseconds", "values_at_creation", "tables"),
    deal_id="Record ID", stage="Deal Stage", amount="Amount", owner="Deal owner",
    created="Create Date", closed="Close Date",
)  # fmt: skip
