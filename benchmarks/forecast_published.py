"""Rolling origins on data of others: a CRM with day dates and a bank's loan applications.

python -m benchmarks.forecast_published ../shared/data
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.data.read import read
from funnelkit.planning.forecasting.backtest import Backtest, backtest

LOANS = (
    "A_SUBMITTED", "A_PARTLYSUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "A_FINALIZED", "O_SENT",
    "O_SENT_BACK",
)  # fmt: skip
ENDS = {"A_APPROVED": "won", "A_DECLINED": "lost", "A_CANCELLED": "no_decision"}
COLUMNS = [
    "method", "origins", "wape", "bias", "pinball_amount", "brier", "coverage", "low", "high",
    "difference", "difference_low", "difference_high", "verdict",
]  # fmt: skip


def maven(folder: Path) -> Pipeline:
    """Read 8,800 deals with amounts at their close and no stage history."""
    columns = {
        "deal_id": "opportunity_id", "owner": "sales_agent", "stage": "deal_stage",
        "created_at": "engage_date", "closed_at": "close_date", "amount": "close_value",
    }  # fmt: skip
    deals = pd.read_csv(folder / "maven_crm" / "sales_pipeline.csv")
    return read(deals, mapping={"columns": columns}, as_of="2017-12-31T00:00:00")


def loans(folder: Path) -> Pipeline:
    """Read 13,087 applications with their offers, without amounts."""
    events = pd.read_csv(folder / "bpi2012" / "bpi2012_events.csv.gz")
    events = events[events["activity"].isin([*LOANS, *ENDS])]
    stages = {s: s.lower() for s in LOANS} | ENDS
    columns = {"deal_id": "case_id", "stage": "activity", "entered_at": "timestamp"}
    return read(
        events[["case_id", "activity", "timestamp"]],
        mapping={"columns": columns, "stages": stages},
    )


def rolling_loans(p: Pipeline, every: int = 7, draws: int = 2000) -> Backtest:
    """Forecast the approvals of the month after every so many days."""
    days = pd.date_range("2011-11-13", "2012-02-05", freq=f"{every}D")
    return backtest(
        p, horizon="month", of="deals", origins=[f"{d:%Y-%m-%d}" for d in days], draws=draws
    )


def main() -> None:
    """Print the scores."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path)
    folder = ask.parse_args().folder
    warnings.simplefilter("ignore")
    crm = maven(folder)
    results = {
        "Maven, quarters, amounts": backtest(crm, every="month", horizon="quarter"),
        "Maven, months, amounts": backtest(crm, every="month", horizon="month"),
        "BPI 2012, months, approvals": rolling_loans(loans(folder)),
    }
    for title, result in results.items():
        print(f"\n{title}")
        with pd.option_context("display.width", 250, "display.max_columns", 30):
            print(result.table[COLUMNS].round(3).to_string(index=False))
        print(result.summary())


if __name__ == "__main__":
    main()
