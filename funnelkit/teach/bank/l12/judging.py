"""Scores on trial, columns that know the future, costs of errors, enough data: L12."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from funnelkit.stats import brier
from funnelkit.teach.bank.l12.cases import table
from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L12")


def ten_deals(r: random.Random) -> dict[str, Any]:
    """Ten later deals, the odds of their stage, a score, and what became of them."""
    won = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    odds = [r.choice((0.3, 0.5)) for _ in won]
    score = [r.choice((0.5, 0.6, 0.7)) if y else r.choice((0.1, 0.2, 0.4)) for y in won]
    order = r.sample(range(10), 10)
    return {
        "won": [won[k] for k in order],
        "odds": [odds[k] for k in order],
        "score": [score[k] for k in order],
    }


def deals_table(case: Case) -> pd.DataFrame:
    """The ten deals."""
    yes = {1: str(W["won"]), 0: str(W["not_won"])}
    return table(
        deal=(W["deal"], range(1, 11)),
        odds=(W["odds_of_the_stage"], case["odds"]),
        score=(W["score"], case["score"]),
        won=(W["later"], [yes[y] for y in case["won"]]),
    )


def brier_scores(case: Case) -> list[float]:
    from funnelkit.stats import brier

    return [brier(case["odds"], case["won"]), brier(case["score"], case["won"])]


def distances(case: Case) -> list[float]:
    """Forget the square."""
    return [
        sum(abs(p - y) for p, y in zip(case[c], case["won"], strict=True)) / len(case["won"])
        for c in ("odds", "score")
    ]


def sums(case: Case) -> list[float]:
    """Forget to divide."""
    return [len(case["won"]) * brier(case[c], case["won"]) for c in ("odds", "score")]


COLUMNS = {
    "source": W["source"],
    "size": W["size_of_the_customer"],
    "product": W["product"],
    "loss_reason": W["loss_reason"],
    "discount_approved_by": W["discount_approved_by"],
    "forecast_category": W["forecast_category_as_exported_today"],
}
_CATEGORIES = {"closed": W["closed"], "omitted": W["omitted"]}


def filled(case: Case) -> pd.DataFrame:
    """How often a column is filled, and its most frequent value, for won and other deals."""
    frame = case.p.frame()
    won, other = (frame[frame["outcome"].isin(x)] for x in (["won"], ["lost", "no_decision"]))

    def told(part: pd.DataFrame, column: str) -> str:
        values = part[column].dropna()
        most = str(values.mode().iloc[0]) if len(values) and column != "loss_reason" else ""
        top = f" ({_CATEGORIES.get(most, most)})" if most else ""
        return percent(float(part[column].notna().mean())) + top

    return table(
        column=(W["column_of_the_export"], map(str, COLUMNS.values())),
        won=(W["filled_for_won_deals_most"], [told(won, c) for c in COLUMNS]),
        other=(W["filled_for_deals_not_won"], [told(other, c) for c in COLUMNS]),
    )


def flags(r: random.Random) -> dict[str, Any]:
    """A rule that flags deals at risk: hits, false alarms, misses."""
    hits, false_alarms = r.randrange(44, 60), r.randrange(18, 30)
    missed = r.randrange(30, 42)
    return {
        "hits": hits,
        "false": false_alarms,
        "missed": missed,
        "quiet": 200 - hits - false_alarms - missed,
    }


def flags_table(case: Case) -> pd.DataFrame:
    """The four cells."""
    return table(
        what=(W["n_200_open_deals_half_a"], [str(W["flagged_at_risk"]), str(W["not_flagged"])]),
        bad=(W["not_won"], [case["hits"], case["missed"]]),
        good=(W["won"], [case["false"], case["quiet"]]),
    )


def precision_recall(case: Case) -> list[float]:
    flagged, bad = case["hits"] + case["false"], case["hits"] + case["missed"]
    return [case["hits"] / flagged, case["hits"] / bad]


def accuracy(case: Case) -> list[float]:
    """Take the share of all deals judged rightly for precision."""
    return [(case["hits"] + case["quiet"]) / 200, precision_recall(case)[1]]


def costs(r: random.Random) -> dict[str, Any]:
    """Four rules with false alarms and misses, and what each kind of error costs."""
    rules = [
        (6, r.randrange(46, 52)),
        (r.randrange(14, 18), r.randrange(29, 33)),
        (r.randrange(34, 38), r.randrange(16, 19)),
        (r.randrange(72, 80), r.randrange(6, 9)),
    ]
    return {
        "rules": rules,
        "wasted": r.choice((10_000, 12_000, 15_000)),
        "missed": r.choice((40_000, 45_000, 50_000)),
    }


def costs_table(case: Case) -> pd.DataFrame:
    """The rules."""
    names = [
        W["sellers_commit"],
        W["score_threshold_20"],
        W["score_threshold_35"],
        W["score_threshold_60"],
    ]
    return table(
        rule=(W["who_says_which_deals_are"], map(str, names)),
        wasted=(W["false_alarms"], [a for a, _ in case["rules"]]),
        missed=(W["misses"], [b for _, b in case["rules"]]),
    )


def cheapest(case: Case) -> int:
    return int(min(a * case["wasted"] + b * case["missed"] for a, b in case["rules"]))


def fewest_errors(case: Case) -> int:
    """Take the rule with the fewest errors of any kind."""
    a, b = min(case["rules"], key=sum)
    return int(a * case["wasted"] + b * case["missed"])


def turned_costs(case: Case) -> int:
    """Give each kind of error the price of the other."""
    return int(min(a * case["missed"] + b * case["wasted"] for a, b in case["rules"]))


FIRMS = tuple("abcdef")


def firms(r: random.Random) -> dict[str, Any]:
    """Six firms: closed as won, closed as not won, still open."""
    given = [
        (r.randrange(60, 90), r.randrange(170, 260), r.randrange(30, 60)),
        (r.randrange(22, 40), r.randrange(240, 300), r.randrange(30, 60)),
        (r.randrange(60, 80), r.randrange(100, 120), r.randrange(80, 120)),
        (50, 150, 0),
        (49, r.randrange(151, 190), r.randrange(10, 40)),
        (r.randrange(90, 130), r.randrange(60, 90), r.randrange(20, 40)),
    ]
    r.shuffle(given)
    return {"firms": given}


def firms_table(case: Case) -> pd.DataFrame:
    """The firms."""
    columns = list(zip(*case["firms"], strict=True))
    return table(
        firm=(W["firm"], [x.upper() for x in FIRMS]),
        won=(W["won_2"], columns[0]),
        lost=(W["closed_without_a_win"], columns[1]),
        open=(W["still_open"], columns[2]),
    )


def enough(case: Case) -> dict[str, str]:
    told = ["yes" if won >= 50 and lost >= 150 else "no" for won, lost, _ in case["firms"]]
    return dict(zip("abcdef", told, strict=True))


def enough_in_all(case: Case) -> dict[str, str]:
    """Ask for 200 closed deals of any kind."""
    told = ["yes" if won + lost >= 200 else "no" for won, lost, _ in case["firms"]]
    return dict(zip(FIRMS, told, strict=True))


def open_as_lost(case: Case) -> dict[str, str]:
    """Count open deals as lost."""
    told = ["yes" if won >= 50 and lost + o >= 150 else "no" for won, lost, o in case["firms"]]
    return dict(zip(FIRMS, told, strict=True))


def swapped(case: Case) -> Any:
    return precision_recall(case)[::-1]
