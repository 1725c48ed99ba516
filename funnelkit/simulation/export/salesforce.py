"""Salesforce: Opportunity with API names, OpportunityHistory and OpportunityFieldHistory."""

from __future__ import annotations

import pandas as pd

from funnelkit.simulation.export.layout import Files, Layout
from funnelkit.simulation.export.source import Source, instant, keys, local, number, plain

_FIELDS = {"amount": "Amount", "expected_close": "CloseDate", "owner": "Owner",
           "forecast_category": "ForecastCategoryName"}  # fmt: skip
_OWN = {"account_id": "AccountId", "type": "Type", "forecast_category": "ForecastCategoryName"}


def _files(s: Source) -> Files:
    d = s.deals
    now = s.where_it_is()
    closed, chance = d["outcome"] != "open", now.map(s.chance)
    out = pd.DataFrame({"Id": d["deal_id"], "IsDeleted": "false"})
    out["AccountId"] = d["account_id"] if "account_id" in d else keys(d["account"], "001")
    out["Account.Name"], out["Name"] = d["account"], d["name"]
    out["StageName"] = now.map(s.closing_labels)
    out["Amount"], out["CurrencyIsoCode"] = plain(d["amount"]), d["currency"]
    out["Probability"] = (chance * 100).map(number, na_action="ignore")
    out["ExpectedRevenue"] = (d["amount"] * chance).round(2).map(number, na_action="ignore")
    # a plan while the deal is open, the day of closing afterwards
    out["CloseDate"] = local(d["closed_at"].where(closed, d["expected_close"]), day=True)
    out["LeadSource"] = d["source"]
    out["IsClosed"], out["IsWon"] = plain(closed), plain(d["outcome"] == "won")
    out["OwnerId"], out["Owner.Name"] = keys(d["owner"], "005"), d["owner"]
    out["CreatedDate"] = instant(s, d["created_at"], "+0000")
    out["Region__c"], out["Loss_Reason__c"] = d["region"], d["loss_reason"]
    out["Competitor__c"] = d["competitor"]
    if "forecast_category" not in d:
        out["ForecastCategoryName"] = [_category(c, o) for c, o in zip(chance, closed, strict=True)]
    for name in s.attributes:
        out[_OWN.get(name, f"{name}__c")] = plain(d[name])
    files = {"Opportunity.csv": out}
    if s.has_moves:
        files["OpportunityHistory.csv"] = _saves(s)
    if s.has_changes:
        files["OpportunityFieldHistory.csv"] = _field_rows(s)
    return files


def _category(chance: float, closed: bool) -> str:
    """The category that goes with a stage there until somebody chooses another."""
    if closed:
        return "Closed" if chance == 1 else "Omitted"
    return "Commit" if chance >= 0.75 else "Best Case" if chance >= 0.5 else "Pipeline"


def _saves(s: Source) -> pd.DataFrame:
    """One row a save that touched stage, amount or close date, with all values as of then."""
    moves = s.moves.rename(columns={"entered_at": "at"}).assign(kind=0)
    touched = s.changes[s.changes["field"].isin(["amount", "expected_close"])]
    touched = touched[["deal_id", "changed_at"]].rename(columns={"changed_at": "at"})
    touched = touched.drop_duplicates().merge(
        moves[["deal_id", "at"]].drop_duplicates(), how="left", indicator=True
    )
    alone = touched.loc[touched["_merge"] == "left_only", ["deal_id", "at"]].assign(kind=1)
    rows = pd.concat([moves, alone], ignore_index=True)
    rows = rows.sort_values(["deal_id", "at", "kind"], kind="stable", ignore_index=True)
    rows["stage"] = rows.groupby("deal_id")["stage"].ffill()
    rows = rows[rows["stage"].notna()].reset_index(drop=True)
    chance = rows["stage"].map(s.chance)
    amount = s.value_at("amount", rows["deal_id"], rows["at"])
    at = instant(s, rows["at"], "+0000")
    return pd.DataFrame({
        "Id": [f"008{i:012d}" for i in range(1, len(rows) + 1)],
        "OpportunityId": rows["deal_id"],
        "CreatedDate": at,
        "StageName": rows["stage"].map(s.closing_labels),
        "Amount": amount,
        "ExpectedRevenue": (pd.to_numeric(amount) * chance).round(2).map(number),
        "CloseDate": s.value_at("expected_close", rows["deal_id"], rows["at"]),
        "Probability": (chance * 100).map(number),
        "IsDeleted": "false",
        "SystemModstamp": at,
    })  # fmt: skip


def _field_rows(s: Source) -> pd.DataFrame:
    c = s.changes
    money = c["field"] == "amount"

    def value(side: str) -> pd.Series:
        # numbers are written as the doubles they are there
        number_ = pd.to_numeric(c[side].where(money)).astype(float).map(repr, na_action="ignore")
        return c[side].where(~money, number_)

    kinds = {"amount": "Currency", "expected_close": "DateOnly", "owner": "Text"}
    return pd.DataFrame({
        "Id": [f"017{i:012d}" for i in range(1, len(c) + 1)],
        "OpportunityId": c["deal_id"],
        "CreatedDate": instant(s, c["changed_at"], "+0000"),
        "Field": c["field"].map(lambda f: _FIELDS.get(f, f)),
        "DataType": c["field"].map(lambda f: kinds.get(f, "Text")),
        "OldValue": value("old"),
        "NewValue": value("new"),
        "IsDeleted": "false",
    })  # fmt: skip


LAYOUT = Layout(
    "salesforce", "Salesforce", _files, ("closed_plan", "milliseconds", "tables"),
    deal_id="Id", stage="StageName", amount="Amount", owner="Owner.Name", created="CreatedDate",
    closed="CloseDate", history="OpportunityHistory.csv", entered="CreatedDate",
)  # fmt: skip
