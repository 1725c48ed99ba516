"""Dynamics 365: the Excel export of opportunities (days as serial numbers) and the audit log."""

from __future__ import annotations

import pandas as pd

from funnelkit.simulation.export.layout import Files, Layout
from funnelkit.simulation.export.log import one_log
from funnelkit.simulation.export.source import Source, instant, keys, number, plain, serial

_FIELDS = {"amount": "Est. Revenue", "expected_close": "Est. Close Date", "owner": "Owner",
           "stage": "Pipeline Phase", "outcome": "Status Reason",
           "forecast_category": "Forecast category"}  # fmt: skip
_STATUS = {"open": "Open", "won": "Won", "lost": "Lost", "no_decision": "Lost"}
_REASON = {"open": "In Progress", "won": "Won", "lost": "Out-Sold", "no_decision": "Canceled"}


def _files(s: Source) -> Files:
    d = s.deals
    chance = d["stage"].map(s.chance)
    last = d["closed_at"].fillna(d["created_at"])
    out = pd.DataFrame({"(Do Not Modify) Opportunity": d["deal_id"]})
    out["(Do Not Modify) Row Checksum"] = keys(d["deal_id"], "chk")
    out["(Do Not Modify) Modified On"] = serial(last)
    out["Topic"], out["Account"], out["Owner"] = d["name"], d["account"], d["owner"]
    out["Sales Territory"], out["Lead Source"] = d["region"], d["source"]
    out["Est. Revenue"], out["Currency"] = plain(d["amount"]), d["currency"]
    out["Actual Revenue"] = plain(d["amount"].where(d["outcome"] == "won"))
    out["Created On"] = serial(d["created_at"])
    out["Est. Close Date"] = serial(d["expected_close"])
    out["Actual Close Date"] = serial(d["closed_at"].dt.normalize())
    out["Pipeline Phase"] = d["stage"].map(s.labels)
    out["Probability"] = (chance * 100).map(number, na_action="ignore")
    out["Status"], out["Status Reason"] = d["outcome"].map(_STATUS), d["outcome"].map(_REASON)
    out["Loss Reason"], out["Competitor"] = d["loss_reason"], d["competitor"]
    for name in s.attributes:
        out["Forecast category" if name == "forecast_category" else name] = plain(d[name])
    files = {"opportunities.csv": out}
    if s.has_moves:
        log = one_log(s)
        for side in ("old", "new"):
            staged = log[side].map(s.labels).where(log["field"] == "stage", log[side])
            log[side] = log[side].map(_REASON).where(log["field"] == "outcome", staged)
        files["audit.csv"] = pd.DataFrame({
            "Changed Date": instant(s, log["at"]),
            "Changed By": "",
            "Event": "Update",
            "Record": log["deal_id"],
            "Changed Field": log["field"].map(lambda f: _FIELDS.get(f, f)),
            "Old Value": log["old"],
            "New Value": log["new"],
        })  # fmt: skip
    return files


LAYOUT = Layout(
    "dynamics", "Dynamics 365", _files, ("first_entry", "seconds", "closing_day", "tables"),
    deal_id="(Do Not Modify) Opportunity", stage="Pipeline Phase", amount="Est. Revenue",
    owner="Owner", created="Created On", closed="Actual Close Date", history="audit.csv",
    entered="Changed Date", serials=True,
)  # fmt: skip
