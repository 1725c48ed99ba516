"""The planted fault: stage, segment and month."""

from __future__ import annotations

from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.data.kept import kept
from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L06")


@kept
def _rates(case: Case) -> pd.DataFrame:
    """Return region, stage, deals that came and went on, without what came too lately."""
    p = case.p
    ids = [*p.process.funnel_ids[:-1], "won"]
    table = fk.funnel(p, by="region").table
    rows = []
    for region, part in table.groupby("region", sort=True):
        reached = part["deals"].tolist()
        for k, stage in enumerate(ids[:-1]):
            rows.append((region, stage, int(reached[k]), int(reached[k + 1])))
    return pd.DataFrame(rows, columns=["region", "stage", "came", "went"])


def _weakest(rows: pd.DataFrame) -> Any:
    """Return the row with the lowest share that went on."""
    return rows.iloc[int((rows["went"] / rows["came"]).to_numpy().argmin())]


def _rate_table(case: Case) -> pd.DataFrame:
    rates = _rates(case)
    shown = [f"{percent(w / c)} ({c})" for c, w in zip(rates["came"], rates["went"], strict=True)]
    wide = rates.assign(shown=shown).pivot_table(
        index="stage", columns="region", values="shown", aggfunc="first", sort=False
    )
    wide.index = pd.Index(
        [case.p.process.label(s) for s in wide.index],
        name=str(W["of_those_in_went_on"]),
    )
    wide.columns.name = None
    return wide


def _places(case: Case) -> dict[str, str]:
    rates = _rates(case)
    return {
        f"{r}|{s}": f"{r} · {case.p.process.label(s)}"
        for r, s in zip(rates["region"], rates["stage"], strict=True)
    }


def fault(case: Case) -> str:
    planted = case.p.truth.planted[0]
    return f"{planted['where']['region'][0]}|proposal"


def _lowest_elsewhere(case: Case) -> str:
    """Return the lowest rate of the other stages: low in every region."""
    rates = _rates(case)
    rates = rates[rates["stage"] != "proposal"]
    row = _weakest(rates)
    return f"{row['region']}|{row['stage']}"


def _fewest(case: Case) -> str:
    """Return the smallest group at the proposal that is not the one with the fault."""
    rates = _rates(case)
    region = fault(case).split("|")[0]
    rates = rates[(rates["stage"] == "proposal") & (rates["region"] != region)]
    return f"{rates['region'].iloc[int(rates['came'].to_numpy().argmin())]}|proposal"


@kept
def _months(case: Case) -> pd.DataFrame:
    """Return, for the group with the fault, offers by month of arrival and those that went on."""
    p = case.p
    assert p.stage_history is not None
    region = fault(case).split("|")[0]
    h, d = p.stage_history.to_pandas(), p.deals.to_pandas().set_index("deal_id")
    came = h[h["stage"] == "proposal"].groupby("deal_id")["entered_at"].min()
    later = set(h.loc[h["stage"].isin(["negotiation", "won"]), "deal_id"])
    came = came[
        (d.loc[came.index, "region"] == region)
        & (came < pd.Timestamp(p.as_of) - pd.Timedelta(days=92))
    ]
    frame = pd.DataFrame({"month": came.dt.strftime("%Y-%m"), "went": came.index.isin(list(later))})
    table = frame.groupby("month")["went"].agg(["size", "sum"]).reset_index()
    table.columns = pd.Index(["month", "came", "went"])
    return table[table["month"] >= "2024-09"].reset_index(drop=True)


def _month_table(case: Case) -> pd.DataFrame:
    months = _months(case)
    rates = [percent(w / c) for c, w in zip(months["came"], months["went"], strict=True)]
    months = months.assign(rate=rates)
    months.columns = pd.Index(
        [
            str(W["month_of_the_offer"]),
            str(W["offers"]),
            str(W["went_on"]),
            str(W["share"]),
        ]
    )
    return months


def began(case: Case) -> str:
    return str(case.p.truth.planted[0]["since"])


def _worst_month(case: Case) -> str:
    """Return the weakest month well after the beginning and before the end."""
    months = _months(case).iloc[:-2]
    months = months[months["month"] > str(pd.Period(began(case), freq="M") + 1)]
    return str(_weakest(months)["month"])


def _first_bad_month(case: Case) -> str:
    """Return the weakest month before the fault: chance."""
    months = _months(case)
    months = months[months["month"] < str(pd.Period(began(case), freq="M") - 1)]
    return str(_weakest(months)["month"])


def _last_month(case: Case) -> str:
    return str(_months(case)["month"].iloc[-1])


def month_names(case: Case) -> Any:
    return _months(case)["month"].tolist()
