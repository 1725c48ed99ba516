"""A simple score against stage odds, out of time: what the lesson demonstrates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.charts import Chart
from funnelkit.charts.calibration import calibration
from funnelkit.data.pipeline import Pipeline
from funnelkit.stats import brier, reliability_table
from funnelkit.teach.source import words
from funnelkit.words import count, number, percent

W = words("L12")


@dataclass(frozen=True)
class Trial:
    """Deals scored at the moment they came to a stage, with what became of them later."""

    rows: pd.DataFrame
    learned: int

    def table(self) -> pd.DataFrame:
        """Compare three ways to state a probability on the later deals."""
        won = self.rows["won"]
        base = brier(self.rows["base"], won)
        names = {
            "base": W["one_rate_for_all_deals"],
            "stage": W["odds_of_the_stage_2"],
            "score": W["score_stage_and_contacts_met"],
        }
        rows = []
        for column, name in names.items():
            found = brier(self.rows[column], won)
            rows.append((str(name), len(won), number(found, 3), percent(1 - found / base, 1)))
        heads = (
            W["way"],
            W["deals_scored_later"],
            W["brier_score"],
            W["gain"],
        )
        return pd.DataFrame(rows, columns=[str(h) for h in heads])

    def summary(self) -> str:
        """Say in one sentence what the score gained."""
        won = self.rows["won"]
        stage, score = (brier(self.rows[c], won) for c in ("stage", "score"))
        text = W["learned_from_moments_tried_on"]
        return str(text).format(
            learned=count(self.learned),
            later=count(len(won)),
            score=number(score, 3),
            stage=number(stage, 3),
        )

    def plot(self) -> Chart:
        """Draw what the score foretold against what came true."""
        bins = reliability_table(self.rows["score"], self.rows["won"], 8)
        frame = bins.rename(columns={"forecast": "predicted", "rate": "observed"})
        heads = (W["foretold"], W["came_true"], W["deals"])
        data = frame[["predicted", "observed", "n"]].copy()
        for c in ("predicted", "observed"):
            data[c] = data[c].map(percent)
        data.columns = pd.Index([str(h) for h in heads])
        return calibration(
            frame,
            title=str(W["score_against_outcome"]),
            alt=self.summary(),
            axis_labels=(
                str(W["probability_stated"]),
                str(W["share_won"]),
            ),
            perfect_label=str(W["as_often_as_said"]),
            number_label=str(W["n"]),
            data=data,
            note=str(W["synthetic_data"]),
        )


def moments(p: Pipeline) -> pd.DataFrame:
    """One row each time a deal first came to a late stage, with what was known then."""
    stays = p.stays.to_pandas()
    rows = stays[stays["first"] & (stays["place"] >= 2)]
    frame = p.frame()[["deal_id", "outcome", "closed_at"]]
    rows = rows.merge(frame, on="deal_id")
    contacts = p.tables["contacts"].to_pandas()[["deal_id", "met_at"]]
    met = rows[["deal_id", "place", "entered_at"]].merge(contacts, on="deal_id")
    # only who had been met by then: the count of today knows the future
    met = met[met["met_at"] <= met["entered_at"]]
    known = met.groupby(["deal_id", "place"]).size().rename("contacts").reset_index()
    rows = rows.merge(known, on=["deal_id", "place"], how="left").fillna({"contacts": 0})
    ended: pd.DataFrame = rows[rows["outcome"] != "open"].reset_index(drop=True)
    return ended


def trial(p: Pipeline) -> Trial:
    """Learn from the deals closed by a day, state probabilities for those that came later."""
    from statsmodels.api import GLM, add_constant, families

    rows = moments(p)
    rows["won"] = (rows["outcome"] == "won").astype(float)
    cut = rows["entered_at"].quantile(0.6)
    # what was not closed by then was not known then
    old = rows[rows["closed_at"] <= cut]
    new = rows[rows["entered_at"] > cut].copy()

    def features(part: pd.DataFrame) -> pd.DataFrame:
        made: pd.DataFrame = add_constant(
            pd.DataFrame(
                {
                    "proposal": (part["place"] == 3).astype(float),
                    "negotiation": (part["place"] == 4).astype(float),
                    "several": (part["contacts"] >= 2).astype(float),
                }
            ),
            has_constant="add",
        )
        return made

    fitted = GLM(old["won"], features(old), family=families.Binomial()).fit()
    new["score"] = np.clip(fitted.predict(features(new)), 0.001, 0.999)
    by_stage = old.groupby("place")["won"].mean()
    new["stage"] = new["place"].map(by_stage).fillna(old["won"].mean())
    new["base"] = float(old["won"].mean())
    return Trial(new.reset_index(drop=True), len(old))


@lru_cache(maxsize=4)
def practised(language: str) -> Trial:
    """Return the trial on practice data, drawn once."""
    from funnelkit.teach.practice import practice

    return trial(practice("scored", 1))


def threshold(p: Pipeline) -> Any:
    """Show what a threshold flags, finds and costs, on practice data."""
    from funnelkit.page.controls import Slider, amount_slider
    from funnelkit.page.whatif import Script, answer_table, panel
    from funnelkit.words import language

    rows, digits = practised(language()).rows, 1 if language() == "zh" else 0
    sliders = [
        Slider("threshold", str(W["offer_help_below_this_probability"]), 0.05, 0.95, 0.05, 0.3),
        amount_slider("missed", str(W["cost_of_a_deal_lost"]), "thousand", 10, 200, 10, 60),
        amount_slider("wasted", str(W["cost_of_help_where_none"]), "thousand", 5, 100, 5, 20),
    ]

    names = [
        W["deals_flagged"], W["precision_flagged_deals_that_were"],
        W["recall_deals_not_won_that"], W["cost_in_thousand"],
    ]  # fmt: skip

    def counts(threshold: float) -> tuple[int, int, int]:
        """Return hits, misses and false alarms."""
        flagged, bad = rows["score"] < threshold, rows["won"] == 0
        return int((flagged & bad).sum()), int((~flagged & bad).sum()), int((flagged & ~bad).sum())

    def render(state: Mapping[str, float]) -> str:
        hits, missed, wasted = counts(state["threshold"])
        flagged, bad = hits + wasted, hits + missed
        told = (
            number(flagged, 0),
            percent(hits / max(flagged, 1)),
            percent(hits / max(bad, 1)),
            number(missed * state["missed"] + wasted * state["wasted"], digits),
        )
        return answer_table(zip(names, told, strict=True))

    given = {
        "names": [str(n) for n in names], "low": 0.05, "step": 0.05, "digits": digits,
        "counts": [counts(value) for value in sliders[0].stops],
    }  # fmt: skip
    return panel(sliders, render, Script("costs", given))
