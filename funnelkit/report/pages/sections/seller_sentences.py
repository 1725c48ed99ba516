"""What a scorecard says: the headline, the opening, and the questions for a talk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from funnelkit.control import between
from funnelkit.errors import FunnelkitError
from funnelkit.report.blocks import Fact, figure
from funnelkit.report.pages.numbers import collected, facts_of
from funnelkit.show.column import COUNT, RATE, SHARE, Number
from funnelkit.words import percent, say
from funnelkit.words import sentences as joined

if TYPE_CHECKING:
    from funnelkit.report.pages.study.seller import SellerStudy

_ALL = ("step_rate", "win_rate", "time_in_stage")


def sentences(card: SellerStudy) -> tuple[str, ...]:
    """Return what is more than chance, and what is not."""
    return collected(card, (_winning, _varying, _below, _pushed, _points, _ramp))


def _winning(card: SellerStudy) -> Iterator[str]:
    found = card.limits()
    if not card.seller:
        yield found.summary()
        return
    row = found.row(card.seller)
    drawn = say(
        "scorecard.drawn", shrunk=percent(row["shrunk"], 1), low=percent(row["shrunk_low"], 1),
        high=percent(row["shrunk_high"], 1),
    )  # fmt: skip
    yield joined([found.told(card.seller), drawn])


def of_deals(card: SellerStudy) -> Iterator[str]:
    """Say, where the funnel starts with leads, what was won of the team's deals."""
    if (row := card.deal_rate) is not None:
        yield say(
            "scorecard.winning_leads", stage=card.team.process.label(str(row.name)),
            of=row["of"], rate=row["rate"], low=row["low"], high=row["high"],
        )  # fmt: skip


def _varying(card: SellerStudy) -> Iterator[str]:
    """Say how far sellers really differ."""
    if card.seller:
        return
    table = card.limits().table
    table = table[table["position"] != "few"]
    if len(table) < 3:
        return
    found = between(table["won"], table["of"])
    key = "varying" if found.low > 0 else "varying_chance"
    yield say(
        f"scorecard.{key}", points=f"{100 * found.spread:.1f}", low=f"{100 * found.low:.1f}",
        high=f"{100 * found.high:.1f}", n=len(table), win=card.pipeline.process.won_share,
    )  # fmt: skip


def flagged(card: SellerStudy, kinds: tuple[str, ...] = _ALL) -> list[dict[Any, Any]]:
    """Return where the sellers of the page lie below the others, the clear ones first."""
    table = card.diagnosis().table
    rows = table[table["verdict"].isin(["act", "watch"]) & table["kind"].isin(kinds)]
    return [dict(r) for r in rows.to_dict("records") if r["group"] in card.shown]


def below(card: SellerStudy, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Say where a seller differs from the others beyond chance, or that nobody does."""
    found = flagged(card, kinds)
    if found:
        return tuple(_told(card, r) for r in found)
    return (_even(card, "time" if kinds == ("time_in_stage",) else "steps"),)


def _even(card: SellerStudy, what: str) -> str:
    """Say that nobody lies below, and how often there is too little to tell."""
    found = card.diagnosis()
    own = "own_" if card.seller else ""
    text = say(f"scorecard.{own}{what}_even", n=found.family["comparisons"])
    few = int((found.table["verdict"] == "too_little_data").sum())
    return joined([text, say("scorecard.even_few", few=few)]) if few else text


def _told(card: SellerStudy, row: dict[Any, Any]) -> str:
    kind = "time" if row["kind"] == "time_in_stage" else "step"
    return say(
        f"scorecard.{row['verdict']}_{kind}",
        seller=row["group"], stage=card.label(row["stage"]), n=int(row["n"]),
        observed=_value(row, "observed"), expected=_value(row, "expected"),
    )  # fmt: skip


def _value(row: dict[Any, Any], column: str) -> str:
    number = row[column]
    return f"{number:,.0f}" if row["kind"] == "time_in_stage" else percent(number, 1)


def _below(card: SellerStudy) -> Iterator[str]:
    found = flagged(card)
    if found:
        yield joined([_told(card, r) for r in found[:3]])
    else:
        yield _even(card, "all")


def pushed(card: SellerStudy) -> str:
    """Say how often closing dates are pushed, and who differs."""
    table = card.pushes()
    if card.seller:
        own = table[table["owner"] == card.seller]
        if own.empty:
            return say("scorecard.no_dates", seller=card.seller)
        r, rest = own.iloc[0], table[table["owner"] != card.seller]
        key = "own_pushed_apart" if r["stands_out"] else "own_pushed"
        others = rest["pushed"].sum() / rest["deals"].sum() if len(rest) else float("nan")
        return say(
            f"scorecard.{key}", pushed=int(r["pushed"]), of=int(r["deals"]),
            rate=percent(r["rate"]), others=percent(others),
        )  # fmt: skip
    apart = table[table["stands_out"]]
    k, n = int(table["pushed"].sum()), int(table["deals"].sum())
    names = [f"{r['owner']} ({percent(r['rate'])})" for r in apart.to_dict("records")]
    key = "pushed_apart" if names else "pushed"
    return say(
        f"scorecard.{key}", pushed=k, of=n, rate=percent(k / n if n else None), n=len(table),
        names=names,
    )  # fmt: skip


def _pushed(card: SellerStudy) -> Iterator[str]:
    yield pushed(card)


def points(card: SellerStudy) -> str:
    """Say how many open deals have a control point that fired."""
    fired = card.fired()
    if not card.seller:
        return card.points().summary()
    own = fired[fired["owner"] == card.seller]
    running = card.pipeline.deals.filter(card.pipeline.deals.outcome == "open").count().execute()
    act = own[own["severity"] == "act"]
    return say(
        "scorecard.own_points" if len(act) else "scorecard.own_points_watch",
        n=int(own["deal_id"].nunique()), open=int(running),
        act=int(act["deal_id"].nunique()), amount=_amount(act),
    )  # fmt: skip


def _amount(rows: Any) -> float:
    return float(rows.drop_duplicates("deal_id")["amount"].sum())


def _points(card: SellerStudy) -> Iterator[str]:
    yield points(card)


def _ramp(card: SellerStudy) -> Iterator[str]:
    try:
        hires = [name for name, _ in card.new_hires() if name in card.shown]
    except FunnelkitError:
        return
    for name in hires[:2]:
        try:
            yield card.ramp(name).summary()
        except FunnelkitError:
            continue


def questions(card: SellerStudy) -> dict[str, list[str]]:
    """Return openings for a talk with each seller: questions, each with what it rests on.

    On a team's page open deals are left to the section about them: everybody has some.
    """
    asked: dict[str, list[str]] = {name: [] for name in card.shown}
    for r in card.limits().table.to_dict("records"):
        if r["owner"] in asked:
            asked[r["owner"]] += _about_winning(card, r)
    _try(card, asked, _about_stages)
    _try(card, asked, _about_dates)
    if card.seller:
        _try(card, asked, _about_points)
    _try(card, asked, _about_ramp)
    for name, texts in asked.items():
        if not texts:
            texts.append(say("scorecard.ask_even", seller=name))
    return asked


def _try(card: SellerStudy, asked: dict[str, list[str]], about: Any) -> None:
    try:
        about(card, asked)
    except FunnelkitError:
        return  # the section above said what the data lack


def _about_winning(card: SellerStudy, row: dict[Any, Any]) -> Iterator[str]:
    least = card.parameters["min_deals"]
    if row["position"] == "few":
        win = card.pipeline.process.won_share
        yield say("scorecard.ask_few", n=int(row["of"]), least=least, win=win)
    elif row["position"] != "inside":
        side = "high" if row["rate"] > row["limit_high"] else "low"
        yield say(
            f"scorecard.ask_win_{side}", rate=percent(row["rate"], 1), n=int(row["of"]),
            centre=percent(card.limits().centre, 1), win=card.pipeline.process.won_share,
        )  # fmt: skip


def _about_stages(card: SellerStudy, asked: dict[str, list[str]]) -> None:
    for r in flagged(card):
        kind = "time" if r["kind"] == "time_in_stage" else "step"
        asked[r["group"]].append(
            say(
                f"scorecard.ask_{kind}", stage=card.label(r["stage"]), n=int(r["n"]),
                observed=_value(r, "observed"), expected=_value(r, "expected"),
            )
        )  # fmt: skip


def _about_dates(card: SellerStudy, asked: dict[str, list[str]]) -> None:
    table = card.pushes()
    k, n = float(table["pushed"].sum()), float(table["deals"].sum())
    for r in table[table["stands_out"]].to_dict("records"):
        if r["owner"] in asked:
            more = r["rate"] > (k - r["pushed"]) / (n - r["deals"])
            key = "more" if more else "less"
            asked[r["owner"]].append(
                say(f"scorecard.ask_pushed_{key}", rate=percent(r["rate"]), n=int(r["deals"]))
            )


def _about_points(card: SellerStudy, asked: dict[str, list[str]]) -> None:
    fired = card.fired()
    grave = fired[fired["severity"] == "act"]
    for name, texts in asked.items():
        own = grave[grave["owner"] == name]
        if len(own):
            dearest = own.sort_values("amount", ascending=False, kind="stable").iloc[0]
            texts.append(
                say(
                    "scorecard.ask_points",
                    n=int(own["deal_id"].nunique()),
                    deal=dearest["deal_id"],
                    amount=float(dearest["amount"]),
                )
                if dearest["amount"] == dearest["amount"]
                else say("scorecard.ask_points_bare", n=int(own["deal_id"].nunique()))
            )


def _about_ramp(card: SellerStudy, asked: dict[str, list[str]]) -> None:
    for name, months in card.new_hires():
        if name in asked:
            asked[name].append(say("scorecard.ask_ramp", months=months))


def facts(card: SellerStudy) -> tuple[Fact, ...]:
    """Return the headline numbers: of one seller, or of the team."""
    deals = {"of_deals": _deal_rate} if card.pipeline.process.deals_from else {}
    own = {
        "win_rate": _own_rate, "shrunk": _own_shrunk, "team": _team_rate, **deals,
        "push": _own_push, "act": _to_act,
    }  # fmt: skip
    team = {
        "sellers": _sellers, "team": _team_rate, **deals, "varying": _spread,
        "push": _own_push, "act": _to_act,
    }  # fmt: skip
    return facts_of(card, own if card.seller else team)


def _own_rate(card: SellerStudy) -> Fact:
    row = card.limits().row(card.seller)
    found = figure(row["rate"], RATE, low=row["low"], high=row["high"], n=int(row["of"]))
    return _named(found, card, "win_rate")


def _named(found: Fact, card: SellerStudy, key: str) -> Fact:
    """Name a rate as one of deals, or as one of leads and deals."""
    return replace(found, label=say(f"scorecard.fact_{key}{card.pipeline.process.leads}"))


def _own_shrunk(card: SellerStudy) -> Fact:
    row = card.limits().row(card.seller)
    side = ""
    if row["position"] in ("act", "watch"):
        side = "_high" if row["rate"] > row["limit_high"] else "_low"
    reading = say(f"scorecard.position_{row['position']}{side}")
    low, high = row["shrunk_low"], row["shrunk_high"]
    return figure(row["shrunk"], RATE, low=low, high=high, note=reading)


def _team_rate(card: SellerStudy) -> Fact:
    found = card.limits()
    of = int(found.table["of"].sum())
    return _named(figure(found.centre, RATE, n=of), card, "team")


def _deal_rate(card: SellerStudy) -> Fact:
    """The team's deals from the stage where an entry is one."""
    row = card.deal_rate
    if row is None:
        return figure(float("nan"), RATE)
    stage = card.pipeline.process.label(str(row.name))
    note = say("scorecard.from_stage", stage=stage, of=row["of"])
    return figure(row["rate"], RATE, low=row["low"], high=row["high"], note=note)


def _sellers(card: SellerStudy) -> Fact:
    found = card.limits()
    far = len(found.beyond("act"))
    return figure(len(found.table), COUNT, note=say("scorecard.beyond", n=far))


def _spread(card: SellerStudy) -> Fact:
    table = card.limits().table
    table = table[table["position"] != "few"]
    found = between(table["won"], table["of"])
    spread, low, high = 100 * found.spread, 100 * found.low, 100 * found.high
    text = say("scorecard.points_unit", n=f"{spread:.1f}")
    return figure(spread, Number(1), low=low, high=high, text=text)


def _own_push(card: SellerStudy) -> Fact:
    table = card.pushes()
    table = table[table["owner"].isin(card.shown)]
    k, n = float(table["pushed"].sum()), float(table["deals"].sum())
    if not n:
        return figure(float("nan"), COUNT)
    return figure(k / n, SHARE, note=say("scorecard.of_dated", n=int(n)))


def _to_act(card: SellerStudy) -> Fact:
    fired = card.fired()
    own = fired[fired["owner"].isin(card.shown) & (fired["severity"] == "act")]
    deals = int(own["deal_id"].nunique())
    return figure(deals, COUNT, note=say("scorecard.worth", amount=_amount(own)))
