"""What company B's exhibits show: a stock that grows because nothing moves."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
from markupsafe import Markup

from funnelkit.data.history import pushes
from funnelkit.measures.drift import drift
from funnelkit.planning.acting import visible
from funnelkit.teach.bank import l11
from funnelkit.teach.cases.known import (
    Known,
    count,
    drawn,
    ends,
    money,
    named,
    quarters,
    share,
)  # fmt: skip
from funnelkit.words import date, days, language, say

MEETING = l11.MEETING
END = "2026-06-30"
#: The month the planted decline begins in.
FALL = "2025-06-01"
YEAR = quarters("2025Q1", "2025Q4")
#: What the case makes up: a seller a year, a cost engineer a year, a head's severance.
INVENTED = {
    "en": {"seller": 110_000, "engineer": 70_000, "severance": 135_000},
    "zh": {"seller": 360_000, "engineer": 240_000, "severance": 750_000},
}
_SPLITS = ("region", "source", "product", "industry", "size")


@cache
def _known(lang: str, day: str) -> Known:
    return Known(l11._loaded("failure", lang), day)


def known(day: str = MEETING) -> Known:
    """Return company B as it was known on a day, in the current language."""
    return _known(language(), day)


def board() -> Markup:
    """Exhibit 1: the page the board sees."""
    return _board(YEAR)


def _board(over: list[pd.Period]) -> Markup:
    rows = []
    for q in over:
        k = known(ends(q))
        n, amount = k.won_in(q)
        rows.append(
            (named(q), count(n), money(amount), count(len(k.open)), money(k.open["amount"].sum()))
        )
    return drawn(("quarter", "wins", "won_amount", "open_deals", "open_amount"), rows)


def plan_and_won() -> Markup:
    """Exhibit 2: plan and turnover won."""
    k = known()
    rows = [(named(q), money(k.plan(q)), money(k.won_in(q)[1])) for q in YEAR]
    return drawn(("quarter", "plan", "won_amount"), rows)


def commits() -> Markup:
    """Exhibit 3: what sellers committed to, and what was won."""
    k = known()
    rows = [(named(q), money(k.commit(q)), money(k.won_in(q)[1])) for q in YEAR]
    return drawn(("quarter", "commit", "won_amount"), rows)


def _standing(stage: str, day: str) -> pd.DataFrame:
    k = known(day)
    here = k.open[k.open["stage"] == stage]
    return here.merge(k.of(stage)[["deal_id", "waits"]], on="deal_id")


def stock() -> Markup:
    """Exhibit 4: open deals stage by stage at the end of each quarter."""
    process = known().p.process
    rows = []
    for s in process.open_ids:
        at = [known(ends(q)).open for q in YEAR]
        rows.append((process.label(s), *(count(sum(o["stage"] == s)) for o in at)))
    need = [_standing("need", ends(q)) for q in YEAR]
    rows.append((say("cases.need_age"), *(days(t["waits"].median(), 0) for t in need)))
    rows.append((say("cases.need_old"), *(count(sum(t["waits"] > 60)) for t in need)))
    heads = [say("cases.stage"), *map(named, YEAR)]
    from funnelkit.teach.paper.page import table

    return table(heads, rows, loose=True)


def _pushed(day: str) -> tuple[int, int]:
    k = known(day)
    moved = pushes(k.then).groupby("deal_id").size()
    return int(k.open["deal_id"].map(moved).fillna(0).ge(3).sum()), len(k.open)


def moved() -> Markup:
    """Exhibit 5: open deals whose closing date was moved three times or more."""
    rows = [(date(pd.Timestamp(ends(q))), share(*_pushed(ends(q)))) for q in YEAR[1:]]
    return drawn(("day", "pushed"), rows)


def _rates(stage: str) -> pd.DataFrame:
    s = known().of(stage)
    s = s[s["waits"] >= 60]  # every deal has had the same time
    s = s.assign(went=s["on"] & (s["days"] <= 60))
    return s.groupby("came")["went"].agg(["sum", "size"]).reindex(quarters("2024Q3", "2025Q4"))


def rates() -> Markup:
    """Exhibit 6: deals that went on within sixty days, by the quarter they came to the stage."""
    need, offer = _rates("need"), _rates("proposal")
    rows = [
        (named(q), *(share(t.loc[q, "sum"], t.loc[q, "size"]) for t in (need, offer)))
        for q in need.index
        if need.loc[q, "size"] > 0
    ]
    return drawn(("quarter_came", "need_on", "offer_on"), rows)


def _split(column: str) -> pd.DataFrame:
    s = known().of("need")
    s = s[s["left"]].assign(since=lambda t: t["entered_at"] >= pd.Timestamp(FALL))
    counted = s.groupby([column, "since"])["on"].agg(["sum", "size"])
    return pd.DataFrame(counted.unstack("since")).fillna(0)


def splits() -> Markup:
    """Exhibit 7: need to offer before June and since, cut in every way there is."""
    rows = []
    for column in _SPLITS:
        t = _split(column)
        for name in t.index:
            cells = (
                share(t.loc[name, ("sum", a)], t.loc[name, ("size", a)]) for a in (False, True)
            )
            rows.append((say(f"cases.by_{column}"), str(name), *cells))
    return drawn(("cut", "part", "before_june", "since_june"), rows)


def _silence() -> pd.DataFrame:
    k = known()
    told = k.p.tables["activities"].to_pandas()
    told = told[told["by_buyer"] & (told["at"] <= pd.Timestamp(f"{MEETING} 23:59:59"))]
    last = told.groupby("deal_id")["at"].max()
    here = _standing("need", MEETING)
    quiet = (pd.Timestamp(MEETING) - here["deal_id"].map(last)).dt.days
    return here.assign(quiet=quiet)


def silence() -> Markup:
    """Exhibit 8: when the buyers of deals in need were last heard of."""
    t = _silence()
    rows = [
        (say("cases.in_need"), count(len(t))),
        (say("cases.quiet_median"), days(t["quiet"].median(), 0)),
        (say("cases.quiet_long"), count(sum(t["quiet"] > 60))),
        (say("cases.quiet_never"), count(sum(t["quiet"].isna()))),
        (say("cases.one_contact"), share(sum(t["n_contacts"].fillna(0) <= 1), len(t))),
    ]
    return drawn(("what", "number"), rows)


def _ended(quarter: pd.Period) -> pd.Series:
    deals = known().deals
    return deals[deals["closed"] == quarter]["outcome"].value_counts()


def ended() -> Markup:
    """Exhibit 9: how the deals that closed in each quarter ended."""
    rows = [
        (named(q), *(count(_ended(q).get(o, 0)) for o in ("won", "lost", "no_decision")))
        for q in YEAR
    ]
    return drawn(("quarter", "won", "lost", "no_decision"), rows)


def leads() -> Markup:
    """Exhibit 10: new leads, and the win rate of offers that were decided."""
    k = known()
    rows = []
    for q in YEAR:
        new = int((k.deals["began"] == q).sum())
        rows.append((named(q), count(new), share(*_offer_wins(q))))
    return drawn(("quarter", "new_leads", "offer_wins"), rows)


def _offer_wins(quarter: pd.Period) -> tuple[int, int]:
    k = known()
    talks = set(k.of("negotiation")["deal_id"])
    done = k.deals[(k.deals["closed"] == quarter) & k.deals["deal_id"].isin(talks)]
    return int((done["outcome"] == "won").sum()), len(done)


def watch() -> Any:
    """Exhibit 11: the control chart nobody drew."""
    seen = drift(known().then, "need")
    return Markup(seen.plot()._repr_html_())


def later() -> Markup:
    """Epilogue: the board's page, half a year on."""
    return _board(quarters("2025Q3", "2026Q2"))


def facts() -> dict[str, Any]:
    """Return the numbers the text of the case is filled with."""
    made = INVENTED[language()]
    k = known()
    wins = [k.won_in(q) for q in YEAR]
    open_ = [known(ends(q)).open["amount"].sum() for q in YEAR]
    need = [_standing("need", ends(q)) for q in YEAR]
    others = [len(known(ends(q)).open) - len(n) for q, n in zip(YEAR, need, strict=True)]
    before, since = (
        [_split("region")[("sum", a)].sum() / _split("region")[("size", a)].sum()]
        for a in (False, True)
    )
    fell = [
        t.loc[name, ("sum", True)] / t.loc[name, ("size", True)]
        < t.loc[name, ("sum", False)] / t.loc[name, ("size", False)]
        for t in map(_split, _SPLITS)
        for name in t.index
    ]
    half = [known(END).won_in(q) for q in quarters("2026Q1", "2026Q2")]
    quiet, fallen = _silence(), l11.decline_b()
    offers = _rates("proposal").astype(float)
    early, late = (dict(part.sum()) for part in (offers.iloc[:4], offers.iloc[4:]))
    seen = visible(l11.watch_b())
    assert seen is not None  # the decline is planted
    pushed, of = _pushed(MEETING)
    first, never = fallen.act(1, 0.8), fallen.act(len(fallen.months), 0.0)
    found: dict[str, Any] = {
        **made,
        "wins": [n for n, _ in wins], "won": [x for _, x in wins], "open": open_,
        "wins_year": sum(n for n, _ in wins), "won_year": sum(x for _, x in wins),
        "win_least": min(n for n, _ in wins), "win_most": max(n for n, _ in wins),
        "last_won": wins[-1][1], "mean_won": sum(x for _, x in wins[:3]) / 3,
        "open_first": float(open_[0]), "open_last": float(open_[-1]),
        "open_deals": len(k.open), "open_deals_first": len(known(ends(YEAR[0])).open),
        "plan_year": sum(k.plan(q) for q in YEAR),
        "commit_first": k.commit(YEAR[0]) + k.commit(YEAR[1]),
        "commit_last": k.commit(YEAR[2]) + k.commit(YEAR[3]),
        "won_first": wins[0][1] + wins[1][1], "won_last": wins[2][1] + wins[3][1],
        "need": len(need[-1]), "need_first": len(need[0]),
        "others": others[-1], "others_first": others[0],
        "need_age": float(need[-1]["waits"].median()),
        "need_age_first": float(need[0]["waits"].median()),
        "need_old": int((need[-1]["waits"] > 60).sum()), "need_hours": 2 * len(need[-1]),
        "pushed": pushed, "open_all": of,
        "before": float(before[0]), "since": float(since[0]),
        "parts": len(fell), "parts_fell": sum(map(bool, fell)),
        "quiet_long": int((quiet["quiet"] > 60).sum()),
        "quiet_never": int(quiet["quiet"].isna().sum()),
        "leads_first": int((k.deals["began"] == YEAR[0]).sum()),
        "leads_last": int((k.deals["began"] == YEAR[-1]).sum()),
        "offer_wins": sum(_offer_wins(q)[0] for q in YEAR) / sum(_offer_wins(q)[1] for q in YEAR),
        "seen": seen, "seen_before": int(seen < pd.Timestamp(MEETING)),
        "offer_early": early["sum"] / early["size"], "offer_late": late["sum"] / late["size"],
        "fell_but_size": int(all(fell[: -len(_split("size"))])), "two": 2 * made["seller"],
        "no_decision": int(_ended(YEAR[-1]).get("no_decision", 0)),
        "closed_last": int(_ended(YEAR[-1]).sum()),
        "lost_early": float(first.lost), "lost_never": float(never.lost),
        "later_wins": [n for n, _ in half], "later_won": sum(x for _, x in half),
        "later_plan": sum(known(END).plan(q) for q in quarters("2026Q1", "2026Q2")),
        "later_need": len(_standing("need", END)), "later_open": len(known(END).open),
    }  # fmt: skip
    return found


EXHIBITS = {
    f.__name__: f
    for f in (
        board, plan_and_won, commits, stock, moved, rates, splits, silence, ended, leads, watch,
        later,
    )
}  # fmt: skip
