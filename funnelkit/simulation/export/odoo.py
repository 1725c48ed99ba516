"""Odoo: the export of crm.lead and its tracking values, one column for each type of value."""

from __future__ import annotations

import pandas as pd

from funnelkit.simulation.export.layout import Files, Layout
from funnelkit.simulation.export.log import one_log
from funnelkit.simulation.export.source import Source, in_utc, local, number, plain

_FIELDS = {"stage": "stage_id", "outcome": "active", "amount": "expected_revenue",
           "expected_close": "date_deadline", "owner": "user_id"}  # fmt: skip


def _files(s: Source) -> Files:
    d = s.deals
    won = d["outcome"] == "won"
    lost = d["outcome"].isin(["lost", "no_decision"])
    sits = d["stage"].mask(won, "won")
    chance = sits.map(s.chance).mask(lost, 0.0)
    out = pd.DataFrame({"ID": d["deal_id"], "Opportunity": d["name"]})
    out["Customer"], out["Salesperson"] = d["account"], d["owner"]
    out["Sales Team"], out["Source"] = d["region"], d["source"]
    out["Stage"] = sits.map(s.labels)
    out["Expected Revenue"], out["Currency"] = plain(d["amount"]), d["currency"]
    out["Probability"] = (chance * 100).map(number, na_action="ignore")
    out["Created on"] = local(d["created_at"])
    out["Expected Closing"] = local(d["expected_close"], day=True)
    out["Closed Date"] = local(d["closed_at"])
    # a lost opportunity is archived, and keeps its stage
    out["Active"] = plain(~lost)
    out["Lost Reason"], out["Competitor"] = d["loss_reason"], d["competitor"]
    for name in s.attributes:
        out[name] = plain(d[name])
    files = {"crm.lead.csv": out}
    if s.has_moves:
        files["mail.tracking.value.csv"] = _tracking(s)
    return files


def _tracking(s: Source) -> pd.DataFrame:
    log = one_log(s)
    # to win is to come to the stage that wins; to lose is to be archived
    winning = (log["field"] == "outcome") & (log["new"] == "won")
    last = s.deals.set_index("deal_id")["stage"]
    log.loc[winning, "old"] = log.loc[winning, "deal_id"].map(last)
    log.loc[winning, "field"] = "stage"
    stages = {i: str(n) for n, i in enumerate((*s.process.open_ids, "won"), start=1)}
    people = {n: str(i) for i, n in enumerate(sorted(set(s.deals["owner"].dropna())), start=6)}
    of = log["field"]
    out = pd.DataFrame({
        "id": [str(i) for i in range(1, len(log) + 1)],
        "mail_message_id": [str(i) for i in range(101, len(log) + 101)],
        "res_id": log["deal_id"],
        "date": in_utc(s, log["at"]),
        "field_id": of.map(lambda f: _FIELDS.get(f, f)),
    })  # fmt: skip
    typed = {"amount", "expected_close", "outcome"}
    for side in ("old", "new"):
        value = log[side]
        active = pd.Series("1" if side == "old" else "0", index=log.index)
        number_of = value.map(stages).where(of == "stage", value.map(people).where(of == "owner"))
        out[f"{side}_value_integer"] = active.where(of == "outcome", number_of)
        money = (
            pd.to_numeric(value.where(of == "amount")).astype(float).map(repr, na_action="ignore")
        )
        out[f"{side}_value_float"] = money
        day = value.where(of == "expected_close")
        out[f"{side}_value_datetime"] = (day + " 00:00:00").where(day.notna())
        text = value.map(s.labels).where(of == "stage", value)
        out[f"{side}_value_char"] = text.where(~of.isin(typed))
    return out


LAYOUT = Layout(
    "odoo", "Odoo", _files, ("no_decision", "first_entry", "seconds", "tables"),
    deal_id="ID", stage="Stage", amount="Expected Revenue", owner="Salesperson",
    created="Created on", closed="Closed Date", history="mail.tracking.value.csv", entered="date",
)  # fmt: skip
