"""What company A's exhibits show: a change in two regions, and two regions as its mirror."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
from markupsafe import Markup

from funnelkit.control import ActionLog
from funnelkit.teach.bank import l11
from funnelkit.teach.cases.known import (
    Known,
    count,
    drawn,
    money,
    named,
    points,
    quarters,
    share,
)  # fmt: skip
from funnelkit.words import date, days, language, percent, say

#: The management meets after this day; the log is read again on the others.
MEETING = "2025-12-31"
BEFORE = "2025-06-30"
REVIEWS = ("2025-10-31", MEETING, "2026-03-31", "2026-06-30")
#: What the case makes up: margin, an hour of a seller and presales, coaching, by language.
INVENTED = {
    "en": {"margin": 0.35, "hour": 90, "coaching": 40_000},
    "zh": {"margin": 0.35, "hour": 300, "coaching": 200_000},
}


@cache
def _known(lang: str, day: str) -> Known:
    return Known(l11._company_a(lang), day)


def known(day: str = MEETING) -> Known:
    """Return company A as it was known on a day, in the current language."""
    return _known(language(), day)


@cache
def _verdict(lang: str, day: str, segment: str) -> dict[str, Any]:
    log = ActionLog()
    log.add(**{**l11.action(), "segment": segment})
    row = log.review(_known(lang, day).then).table.iloc[0]
    return {str(k): v for k, v in row.items()}


def verdict(day: str = MEETING, segment: str = "group=pilot") -> dict[str, Any]:
    """Return what the action log says on a day, of the pilot or of one region."""
    return _verdict(language(), day, segment)


def regions() -> tuple[list[str], list[str]]:
    """Return the regions of the pilot and the others."""
    pilot = list(l11._PILOT[language()])
    every = known().deals["region"].dropna().unique()
    return pilot, sorted(r for r in every if r not in pilot)


def steps() -> Markup:
    """Exhibit 1: the steps of the first year beside the plan."""
    rows = l11._first_year(language())
    label = l11.company_a().process.label
    return drawn(
        ("stage", "left", "on", "rate", "plan_rate"),
        [
            (label(s), count(a), count(b), percent(b / a, 1), percent(plan))
            for s, a, b, plan in rows[["stage", "left", "on", "plan"]].itertuples(index=False)
        ],
    )


def _offers_by_region() -> pd.DataFrame:
    offers = known(BEFORE).of("proposal")
    return offers.groupby("region").agg(
        came=("deal_id", "size"), left=("left", "sum"), on=("on", "sum")
    )


def offers_by_region() -> Markup:
    """Exhibit 2: offers of the first year, region by region."""
    pilot, rest = regions()
    t: Any = _offers_by_region().loc[[*pilot, *rest]]
    return drawn(
        ("region", "offers", "still", "on", "share_left"),
        [
            (r, count(x.came), count(x.came - x.left), count(x.on), share(x.on, x.left))
            for r, x in zip(t.index, t.itertuples(), strict=True)
        ],
    )


def _by_quarter() -> pd.DataFrame:
    offers = known().of("proposal")
    offers = offers[offers["left"]]
    t = pd.DataFrame(offers.groupby(["came", "group"])["on"].agg(["sum", "size"]).unstack("group"))
    return t.reindex(quarters("2024Q3", "2025Q4")).fillna(0)


def offers_by_quarter() -> Markup:
    """Exhibit 3: offers by quarter of arrival, pilot and rest."""
    t = _by_quarter()
    return drawn(
        ("quarter_came", "pilot_on", "rest_on"),
        [
            (named(q), *(share(t.loc[q, ("sum", g)], t.loc[q, ("size", g)])
                         for g in ("pilot", "rest")))
            for q in t.index
        ],
    )  # fmt: skip


def _verdict_row(name: str, v: dict[str, Any]) -> tuple[str, ...]:
    interval = f"{points(v['low'])} … {points(v['high'])}"
    return (
        name,
        share(v["before"] * v["n_before"], v["n_before"]),
        share(v["after"] * v["n_after"], v["n_after"]),
        points(v["control_change"]),
        f"{points(v['effect'])} [{interval}]",
        say(f"control.verdict_{v['verdict']}"),
    )


_LOG = ("whom", "before", "after", "mirror_change", "effect", "verdict")


def log() -> Markup:
    """Exhibit 4: the action log on the day of the meeting."""
    return drawn(_LOG, [_verdict_row(say("cases.pilot"), verdict())])


def log_by_region() -> Markup:
    """Exhibit 5: the same, region by region."""
    pilot, _ = regions()
    return drawn(_LOG, [_verdict_row(r, verdict(MEETING, f"region={r}")) for r in pilot])


def _minutes_kept() -> pd.DataFrame:
    k = known()
    kept = k.p.tables["evidence"].to_pandas()
    kept = kept[(kept["stage"] == "proposal") & (kept["dated"] <= pd.Timestamp(MEETING))]
    offers = k.of("proposal")
    offers = offers[offers["left"]].assign(
        kept=lambda t: t["deal_id"].isin(kept["deal_id"]),
        after=lambda t: t["entered_at"] >= pd.Timestamp(l11.START),
    )
    return offers.groupby(["group", "after"])["kept"].agg(["sum", "size"])


def minutes_kept() -> Markup:
    """Exhibit 6: offers for which the minutes of a review with the buyer were kept."""
    t: Any = _minutes_kept()
    return drawn(
        ("whom", "before", "after"),
        [
            (say(f"cases.{g}"), *(share(t.loc[(g, a), "sum"], t.loc[(g, a), "size"])
                                  for a in (False, True)))
            for g in ("pilot", "rest")
        ],
    )  # fmt: skip


def _wins(day: str = MEETING, first: str = "2025Q1", last: str = "2025Q4") -> pd.DataFrame:
    won = known(day).won
    t = pd.DataFrame(won.groupby(["closed", "group"])["amount"].agg(["size", "sum"]).unstack())
    return t.reindex(quarters(first, last)).fillna(0)


def wins() -> Markup:
    """Exhibit 7: wins and their amounts, pilot and rest."""
    return _wins_drawn(_wins())


def _wins_drawn(t: pd.DataFrame) -> Markup:
    return drawn(
        ("quarter", "pilot_wins", "rest_wins", "pilot_amount", "rest_amount"),
        [
            (
                named(q),
                *(count(t.loc[q, ("size", g)]) for g in ("pilot", "rest")),
                *(money(t.loc[q, ("sum", g)]) for g in ("pilot", "rest")),
            )
            for q in t.index
        ],
    )


def _days_in_offer() -> pd.Series:
    offers = known().of("proposal")
    offers = offers[offers["left"] & offers["on"]].assign(
        later=lambda t: t["entered_at"] >= pd.Timestamp(l11.START)
    )
    return offers.groupby(["group", "later"])["days"].median()


def days_in_offer() -> Markup:
    """Exhibit 8: how long offers that went on had stood."""
    t = _days_in_offer()
    return drawn(
        ("whom", "before", "after"),
        [(say(f"cases.{g}"), days(t[g, False]), days(t[g, True])) for g in ("pilot", "rest")],
    )


def plan_and_won() -> Markup:
    """Exhibit 9: plan and turnover won, quarter by quarter."""
    k = known()
    return drawn(
        ("quarter", "plan", "won_amount", "wins"),
        [
            (named(q), money(k.plan(q)), money(k.won_in(q)[1]), count(k.won_in(q)[0]))
            for q in quarters("2025Q1", "2025Q4")
        ],
    )


def stock() -> Markup:
    """Exhibit 10: what is open, stage by stage."""
    process, open_ = known().p.process, known().open
    return drawn(
        ("stage", "open_deals", "open_amount"),
        [
            (process.label(s), count(sum(open_["stage"] == s)),
             money(open_.loc[open_["stage"] == s, "amount"].sum()))
            for s in process.open_ids
        ],
    )  # fmt: skip


def _reasons() -> pd.Series:
    offers = set(known().of("proposal")["deal_id"])
    deals = known().deals
    gone = deals[deals["deal_id"].isin(offers) & deals["outcome"].isin(["lost", "no_decision"])]
    return gone["loss_reason"].dropna().value_counts()


def reasons() -> Markup:
    """Exhibit 11: why offers ended, as sellers wrote it down."""
    t = _reasons().head(8)
    return drawn(("reason", "offers"), [(str(r), count(n)) for r, n in t.items()])


def reviews() -> Markup:
    """Epilogue: the same log on four days."""
    rows = [_verdict_row(date(pd.Timestamp(d)), verdict(d)) for d in REVIEWS]
    return drawn(("day", *_LOG[1:]), rows)


def later() -> Markup:
    """Epilogue: wins of the half-year after the meeting, pilot and rest."""
    return _wins_drawn(_wins(REVIEWS[-1], "2025Q3", "2026Q2"))


def facts() -> dict[str, Any]:
    """Return the numbers the text of the case is filled with."""
    k, made = known(), INVENTED[language()]
    pilot, rest = regions()
    first: Any = l11._first_year(language()).set_index("stage")
    all_, one, two = verdict(), *(verdict(MEETING, f"region={r}") for r in pilot)
    kept, stood, by_region = _minutes_kept(), _days_in_offer(), _offers_by_region()
    shares = kept["sum"] / kept["size"]
    in_rest = k.of("proposal")
    in_rest = in_rest[(in_rest["group"] == "rest") & (in_rest["came"] >= pd.Period("2025Q3"))]
    offers = len(in_rest) / 2
    talks = k.of("negotiation")
    talks = talks[talks["left"]]
    ended = set(k.won["deal_id"])
    win = talks["deal_id"].isin(ended).mean()
    value = float(k.won["amount"].mean())
    year = [k.won_in(q) for q in quarters("2025Q1", "2025Q4")]

    def worth(effect: float) -> float:
        """Margin of a quarter's offers in the other regions, less the hours they cost."""
        gained = offers * effect * win * value * made["margin"]
        return float(gained - offers * 1.5 * made["hour"])

    half = _wins(REVIEWS[-1], "2026Q1", "2026Q2")
    gaps = sorted((first["plan"] - first["on"] / first["left"]).astype(float), reverse=True)
    found: dict[str, Any] = {
        **made,
        "pilot1": pilot[0], "pilot2": pilot[1], "rest1": rest[0], "rest2": rest[1],
        "sellers": sum(k.p.tables["reps"].to_pandas()["role"] == "seller"),
        "rate": float(first.loc["proposal", "on"] / first.loc["proposal", "left"]),
        "plan_rate": float(first.loc["proposal", "plan"]),
        "offers_first": int(first.loc["proposal", "left"]),
        "effect": all_["effect"], "low": all_["low"], "high": all_["high"],
        "effect_points": points(all_["effect"]), "low_points": points(all_["low"]),
        "high_points": points(all_["high"]),
        "n_before": int(all_["n_before"]), "n_after": int(all_["n_after"]),
        "effect1": one["effect"], "low1": one["low"], "effect2": two["effect"], "low2": two["low"],
        "effect1_points": points(one["effect"]), "effect2_points": points(two["effect"]),
        "n1": int(one["n_after"]), "n2": int(two["n_after"]),
        "kept_before": float(shares["pilot", False]),
        "kept_after": float(shares["pilot", True]), "kept_rest": float(shares["rest", True]),
        "days_before": float(stood["pilot", False]), "days_after": float(stood["pilot", True]),
        "lowest_region": float((by_region["on"] / by_region["left"]).min()),
        "highest_region": float((by_region["on"] / by_region["left"]).max()),
        "pilot_start": float(by_region.loc[pilot, "on"].sum() / by_region.loc[pilot, "left"].sum()),
        "rest_start": float(by_region.loc[rest, "on"].sum() / by_region.loc[rest, "left"].sum()),
        "wins_year": sum(n for n, _ in year), "won_year": sum(x for _, x in year),
        "plan_year": sum(k.plan(q) for q in quarters("2025Q1", "2025Q4")),
        "pilot_wins": int(_wins()[("size", "pilot")].iloc[-2:].sum()),
        "rest_wins": int(_wins()[("size", "rest")].iloc[-2:].sum()),
        "offers": offers, "win": float(win), "value": value,
        "hours": offers * 1.5, "hours_cost": offers * 1.5 * made["hour"],
        "worth_low": worth(all_["low"]), "worth_mid": worth(all_["effect"]),
        "worth_high": worth(all_["high"]),
        "gap": gaps[0], "gap_second": gaps[1],
        "payback": made["coaching"] / worth(all_["low"]),
        "half_wins": offers * all_["effect"] / 2 * win,
        "later_pilot": int(half[("size", "pilot")].sum()),
        "later_rest": int(half[("size", "rest")].sum()),
        "later_pilot_amount": float(half[("sum", "pilot")].sum()),
        "later_rest_amount": float(half[("sum", "rest")].sum()),
    }  # fmt: skip
    for day, name in zip(REVIEWS, ("oct", "dec", "mar", "jun"), strict=True):
        v = verdict(day)
        found[f"effect_{name}"] = points(v["effect"])
        found[f"worked_{name}"] = int(v["verdict"] == "worked")
        found[f"verdict_{name}"] = say(f"control.verdict_{v['verdict']}")
    return found


EXHIBITS = {
    f.__name__: f
    for f in (
        steps, offers_by_region, offers_by_quarter, log, log_by_region, minutes_kept, wins,
        days_in_offer, plan_and_won, stock, reasons, reviews, later,
    )
}  # fmt: skip
