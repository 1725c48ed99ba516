"""Zoho CRM: the export of deals and the stage history, one row a stay."""

from __future__ import annotations

import pandas as pd

from funnelkit.simulation.export.layout import Files, Layout
from funnelkit.simulation.export.source import Source, keys, local, number, plain, with_offset

_OWN = {"forecast_category": "Forecast Category"}


def _files(s: Source) -> Files:
    d = s.deals
    now = s.where_it_is()
    closed, chance = d["outcome"] != "open", now.map(s.chance)
    out = pd.DataFrame({"Record Id": d["deal_id"]})
    out["Deal Owner.id"], out["Deal Owner"] = keys(d["owner"], "zcrm_"), d["owner"]
    out["Amount"], out["Currency"] = plain(d["amount"]), d["currency"]
    out["Deal Name"] = d["name"]
    out["Closing Date"] = local(d["closed_at"].where(closed, d["expected_close"]), day=True)
    out["Account Name.id"], out["Account Name"] = keys(d["account"], "zcrm_"), d["account"]
    out["Stage"] = now.map(s.closing_labels)
    out["Pipeline"] = "Standard (Standard)"
    out["Probability (%)"] = (chance * 100).map(number, na_action="ignore")
    revenue = (d["amount"] * chance).round(2)
    out["Expected Revenue"] = revenue.map(number, na_action="ignore")
    out["Lead Source"] = d["source"]
    out["Created Time"] = local(d["created_at"])
    out["Modified Time"] = local(d["closed_at"].fillna(d["created_at"]))
    out["Reason For Loss"] = d["loss_reason"]
    out["Region"], out["Competitor"] = d["region"], d["competitor"]
    for name in s.attributes:
        out[_OWN.get(name, name)] = plain(d[name])
    files = {"Deals.csv": out}
    if s.has_moves:
        files["Stage_History.csv"] = _stays(s)
    return files


def _stays(s: Source) -> pd.DataFrame:
    m = s.moves
    later = m.groupby("deal_id")
    chance = m["stage"].map(s.chance)
    amount = s.value_at("amount", m["deal_id"], m["entered_at"])
    days = (later["entered_at"].shift(-1) - m["entered_at"]).dt.days
    revenue = (pd.to_numeric(amount) * chance).round(2)
    return pd.DataFrame({
        "Deal Id": m["deal_id"],
        "Stage": m["stage"].map(s.closing_labels),
        # nothing while the deal still sits there
        "Moved To": later["stage"].shift(-1).map(s.closing_labels),
        "Modified Time": with_offset(s, m["entered_at"]),
        "Stage Duration (Calendar Days)": days.map(number, na_action="ignore"),
        "Amount": amount,
        "Probability (%)": (chance * 100).map(number),
        "Expected Revenue": revenue.map(number, na_action="ignore"),
        "Closing Date": s.value_at("expected_close", m["deal_id"], m["entered_at"]),
    })  # fmt: skip


LAYOUT = Layout(
    "zoho", "Zoho CRM", _files, ("closed_plan", "between_moves", "seconds", "tables"),
    deal_id="Record Id", stage="Stage", amount="Amount", owner="Deal Owner",
    created="Created Time", closed="Closing Date", history="Stage_History.csv",
    entered="Modified Time",
)  # fmt: skip
