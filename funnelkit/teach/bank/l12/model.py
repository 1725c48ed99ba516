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
from funnelkit.teach.exercise import both as T
from funnelkit.words import count, number, percent

# Deals come often enough past the need for a score to have something to learn from.
PLAN: Mapping[str, Any] = {
    "deals": 1100, "patterns": ["single_contact"],
    "stages": {
        "lead": {"step_rate": 0.8}, "contact": {"step_rate": 0.8}, "need": {"step_rate": 0.75},
        "proposal": {"step_rate": 0.65}, "negotiation": {"step_rate": 0.55},
    },
}  # fmt: skip


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
            "base": T("one rate for all deals", "所有商机用同一个比率"),
            "stage": T("odds of the stage", "按阶段的赢率"),
            "score": T("score: stage and contacts met", "评分：阶段和已见关键人数"),
        }
        rows = []
        for column, name in names.items():
            found = brier(self.rows[column], won)
            rows.append((str(name), len(won), number(found, 3), percent(1 - found / base, 1)))
        heads = (
            T("Way", "方法"), T("Deals scored later", "之后评分的商机数"),
            T("Brier score", "布里尔分数"), T("Gain", "改进"),
        )  # fmt: skip
        return pd.DataFrame(rows, columns=[str(h) for h in heads])

    def summary(self) -> str:
        """Say in one sentence what the score gained."""
        won = self.rows["won"]
        stage, score = (brier(self.rows[c], won) for c in ("stage", "score"))
        text = T(
            "Learned from {learned} moments, tried on {later} later ones: Brier score {score} against {stage} for the odds of the stage (lower is better).",
            "用 {learned} 个时点学习，在之后的 {later} 个时点上检验：评分的 布里尔分数为 {score}，按阶段的赢率为 {stage}（越低越好）。",
        )
        return str(text).format(
            learned=count(self.learned), later=count(len(won)),
            score=number(score, 3), stage=number(stage, 3),
        )  # fmt: skip

    def plot(self) -> Chart:
        """Draw what the score foretold against what came true."""
        bins = reliability_table(self.rows["score"], self.rows["won"], 8)
        frame = bins.rename(columns={"forecast": "predicted", "rate": "observed"})
        heads = (T("foretold", "预测"), T("came true", "实际"), T("deals", "商机数"))
        data = frame[["predicted", "observed", "n"]].copy()
        for c in ("predicted", "observed"):
            data[c] = data[c].map(percent)
        data.columns = pd.Index([str(h) for h in heads])
        return calibration(
            frame,
            title=str(T("Score against outcome", "评分与实际结果")),
            alt=self.summary(),
            axis_labels=(
                str(T("probability stated", "给出的概率")),
                str(T("share won", "实际赢单占比")),
            ),
            perfect_label=str(T("as often as said", "说多少就有多少")),
            number_label=str(T("n", "n")),
            data=data,
            note=str(T("Synthetic data", "模拟数据")),
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
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel
    from funnelkit.words import language

    rows = practised(language()).rows
    sliders = [
        Slider("threshold", str(T("offer help below this probability to win", "赢率低于此值就投入支援")), 0.05, 0.95, 0.05, 0.3),
        Slider("missed", str(T("cost of a deal lost without help (thousand)", "漏掉一个该支援的商机的代价（千）")), 10, 200, 10, 60, form="count"),
        Slider("wasted", str(T("cost of help where none was needed (thousand)", "白白支援一次的代价（千）")), 5, 100, 5, 20, form="count"),
    ]  # fmt: skip

    def render(state: Mapping[str, float]) -> str:
        flagged = rows["score"] < state["threshold"]
        bad = rows["won"] == 0
        hits = int((flagged & bad).sum())
        missed, wasted = int((~flagged & bad).sum()), int((flagged & ~bad).sum())
        cost = missed * state["missed"] + wasted * state["wasted"]
        told = (
            (T("deals flagged", "被标记的商机"), number(int(flagged.sum()), 0)),
            (T("precision: flagged deals that were not won", "查准率：被标记的商机中没有赢的占比"), percent(hits / max(int(flagged.sum()), 1))),
            (T("recall: deals not won that were flagged", "查全率：没有赢的商机中被标记的占比"), percent(hits / max(int(bad.sum()), 1))),
            (T("cost in thousand", "代价（千）"), number(cost, 0)),
        )  # fmt: skip
        return answer_table(told)

    return panel(sliders, render)
