"""The mechanism: who the deals are, how they move through the stages, and how they end."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from funnelkit.process import Process
from funnelkit.process.lunar import LUNAR_NEW_YEAR
from funnelkit.simulation.clock import Clock, spring_festival
from funnelkit.simulation.draws import Draws, Floats, Ints, pick
from funnelkit.simulation.world import LOST, NO_DECISION, SHORTEST, WON, World

if TYPE_CHECKING:
    from funnelkit.simulation.patterns.base import Pattern
    from funnelkit.simulation.plan import Plan

# What a stage without figures is given, so that any list of stages can be simulated.
RATE, DAYS = 0.5, 20.0
# In China projects begin with the budgets, after the Spring Festival.
_BUDGETS = (0.75, 0.55, 1.20, 1.20, 1.10, 1.05, 0.95, 0.95, 1.10, 0.95, 1.10, 1.10)
_YEAR_END = (0.90, 0.85, 1.0, 0.95, 1.0, 1.0, 0.85, 0.75, 1.05, 1.10, 1.25, 1.30)


def run(plan: Plan, process: Process, seed: int) -> World:
    """Draw a business: everything up to how and when each deal ends."""
    start, as_of = plan.period
    closed = spring_festival() if plan.seasonality == "spring-festival" else []
    clock = Clock(start, as_of, process.calendar, closed, plan.working_hours)
    w = World(plan, process, clock, Draws(seed), seed)
    patterns: tuple[Pattern, ...] = plan.patterns
    _team(w)
    for pattern in patterns:
        pattern.intake(w)
    _created(w)
    _who(w)
    for pattern in patterns:
        pattern.assign(w)
    _what(w)
    for pattern in patterns:
        pattern.behave(w)
    _move(w, patterns)
    if plan.setting == "china":
        _year_end(w)
    for pattern in patterns:
        pattern.ends(w)
    return w


def _team(w: World) -> None:
    """Name the regions, sources and people."""
    plan, names = w.plan, w.plan.names
    w.regions = [r.name for r in plan.region_list]
    w.sources = [s.name for s in plan.source_list]
    size = len(w.regions) * plan.sellers_per_region
    order = w.draws.shuffled("people", len(names.given) * len(names.family))
    # family names differ between neighbours, so that short labels stay apart
    people = names.people(len(order), order)
    if plan.team:
        w.sellers = [s.name for s in plan.team]
        spread = [i % len(w.regions) for i in range(len(plan.team))]
        w.seller_region = np.array(
            [
                w.regions.index(s.region) if s.region else i
                for s, i in zip(plan.team, spread, strict=True)
            ]
        )
        w.seller_start = np.array([_starts(w, s.starts) for s in plan.team])
        own = np.array([s.lift for s in plan.team])
    else:
        w.sellers = names.people(size, order)
        w.seller_region = np.arange(size) // plan.sellers_per_region
        w.seller_start = np.full(size, -1e6)
        own = np.zeros(size)
    spread_of = w.draws.normal("skill", len(w.sellers)) * plan.seller_spread
    w.seller_lift = own + spread_of
    w.seller_bias = np.exp(0.08 * w.draws.normal("bias", len(w.sellers)))
    w.seller_easy = np.zeros(len(w.sellers), bool)
    rest = [p for p in people if p not in set(w.sellers)] or names.people(40, np.arange(40))
    w.approvers = [rest[i % len(rest)] for i in range(4)]
    w.presales = [rest[(4 + i) % len(rest)] for i in range(max(2, len(w.regions)))]


def _starts(w: World, told: dt.date | int | None) -> float:
    if told is None:
        return -1e6
    return float(w.clock.month_start(told) if isinstance(told, int) else w.clock.of(told))


def season(w: World) -> Floats:
    """Return the weight of each working day: how many deals begin on it."""
    clock, plan = w.clock, w.plan
    dates = clock.days[: clock.last]
    month = dates.astype("datetime64[M]").astype(int)
    weight = np.ones(clock.last)
    if isinstance(plan.seasonality, tuple):
        weight = np.array(plan.seasonality)[month % 12]
    elif plan.setting == "china" and plan.seasonality == "none":
        weight = np.array(_BUDGETS)[month % 12]
    elif plan.seasonality == "year-end":
        weight = np.array(_YEAR_END)[month % 12]
    elif plan.seasonality == "spring-festival":
        for day in LUNAR_NEW_YEAR.values():
            gap = (dates - np.datetime64(day)).astype(int)
            weight = np.select(
                [(gap >= -10) & (gap < -1), (gap >= 7) & (gap < 14), (gap >= 14) & (gap < 42)],
                [0.5, 0.6, 1.2],
                weight,
            )
    grown: Floats = weight * (1 + plan.growth_per_month) ** (month - month[0])
    return grown


def _created(w: World) -> None:
    """Draw when each deal begins; the order of the ids is the order of creation."""
    bounds = np.concatenate([[0.0], np.cumsum(season(w))])
    drawn = w.draws.uniform("created", w.plan.deals_planned) * bounds[-1]
    created = np.interp(drawn, bounds, np.arange(len(bounds), dtype=float))
    parts, tags = [created], [np.zeros(len(created), np.int64)]
    for i, extra in enumerate(w.extras):
        span = extra.until - extra.first
        moments = extra.first + span * w.draws.uniform(f"extra/{i}", extra.n)
        parts.append(moments)
        tags.append(np.full(extra.n, i + 1))
    # Planned deals keep their places, and with them their draws, whatever is planted on top.
    w.a["created"] = np.minimum(np.concatenate(parts), w.clock.last - SHORTEST)
    w.a["tag"] = np.concatenate(tags)
    w.a["first_stage"] = np.zeros(len(w.a["tag"]), np.int64)
    for i, extra in enumerate(w.extras):
        w.a["first_stage"][w.a["tag"] == i + 1] = extra.first_stage


def _who(w: World) -> None:
    """Draw region, source and seller."""
    plan = w.plan
    w.a["region"] = pick(w.uniform("region"), [r.share for r in plan.region_list])
    w.a["source"] = pick(w.uniform("source"), [s.share for s in plan.source_list])
    for i, extra in enumerate(w.extras):
        mine = w.a["tag"] == i + 1
        for what, code in extra.forced.items():
            if what in ("region", "source"):
                w.a[what][mine] = code
            if what == "owner":
                w.a["region"][mine] = w.seller_region[code]
    w.a["owner"] = _owners(w)
    for i, extra in enumerate(w.extras):
        if "owner" in extra.forced:
            w.a["owner"][w.a["tag"] == i + 1] = extra.forced["owner"]
    _customers(w)


def _owners(w: World) -> Ints:
    """Give each deal to one of the sellers its region has at that time."""
    found = np.zeros(w.n, np.int64)
    drawn, created = w.uniform("owner"), w.a["created"]
    everyone = np.arange(len(w.sellers))
    for region in range(len(w.regions)):
        mine = np.flatnonzero(w.a["region"] == region)
        team = everyone[w.seller_region == region]
        team = team if team.size else everyone
        team = team[np.argsort(w.seller_start[team], kind="stable")]
        there = np.searchsorted(w.seller_start[team], created[mine], side="right")
        there = np.maximum(there, 1)
        found[mine] = team[(drawn[mine] * there).astype(np.int64)]
    return found


def _customers(w: World) -> None:
    """Draw customers by region and give each deal one of its region."""
    plan = w.plan
    counts = np.bincount(w.a["region"], minlength=len(w.regions))
    counts = np.maximum((counts * 0.6).astype(np.int64), 1)
    first = np.cumsum(counts) - counts
    n = int(counts.sum())
    w.a["account_region"] = np.repeat(np.arange(len(w.regions)), counts)
    w.a["account_number"] = w.draws.shuffled("account/id", n)
    industries, sizes, tiers = (plan.items(x) for x in ("industries", "sizes", "tiers"))
    w.a["account_industry"] = w.draws.choice("account/industry", n, [i.share for i in industries])
    w.a["account_size"] = w.draws.choice("account/size", n, [i.share for i in sizes])
    w.a["account_tier"] = w.draws.choice("account/tier", n, [i.share for i in tiers])
    drawn = w.uniform("account") ** 1.4
    region = w.a["region"]
    account = first[region] + (drawn * counts[region]).astype(np.int64)
    w.a["account"] = account
    for what in ("industry", "size", "tier"):
        w.a[what] = w.a[f"account_{what}"][account]


def _what(w: World) -> None:
    """Draw what is sold, to whom, and how the seller goes about it."""
    plan = w.plan
    a = w.a
    a["product"] = pick(w.uniform("product"), [i.share for i in plan.items("products")])
    a["renewal"] = w.uniform("renewal") < plan.renewals
    rivals = pick(w.uniform("competitor"), [i.share for i in plan.items("competitors")])
    a["competitor"] = np.where(w.uniform("rival named") < plan.competitor_named, rivals, -1)
    size = np.asarray(plan.deal_size.by_size)
    factor = np.resize(size, len(plan.items("sizes")))[a["size"]]
    spread = plan.deal_size.sigma * w.draws.normal("amount", w.n)
    # the middle of the mix of sizes is the plan's median
    shares = np.array([i.share for i in plan.items("sizes")])
    centre = np.exp(np.average(np.log(np.resize(size, len(shares))), weights=shares))
    a["amount"] = plan.deal_size.median * factor / centre * np.exp(spread)
    a["early_pace"] = (a["amount"] / plan.deal_size.median) ** plan.larger_takes_longer
    single = np.resize([0.50, 0.30, 0.15], len(shares))[a["size"]]
    most = np.resize([2, 4, 6], len(shares))[a["size"]]
    more = 2 + np.floor(w.uniform("contacts/more") * (most - 1)).astype(np.int64)
    a["contacts"] = np.where(w.uniform("contacts") < single, 1, more)
    a["activity"] = np.ones(w.n)
    a["evidence"] = np.full(w.n, plan.evidence)
    a["back_rate"] = np.full(w.n, plan.back_rate)
    a["pushes"] = np.full(w.n, np.nan)  # how often the date moves, where a pattern says so
    lifts = [np.array([x.lift for x in part]) for part in (plan.region_list, plan.source_list)]
    a["lift"] = lifts[0][a["region"]] + lifts[1][a["source"]] + w.seller_lift[a["owner"]]


def ramp(w: World, moment: Floats) -> Floats:
    """Return what a new seller still lacks, in log-odds of every step."""
    plan = w.plan
    if plan.ramp_months <= 0 or not (w.seller_start > -1e5).any():
        return np.zeros(w.n)
    there = (moment - w.seller_start[w.a["owner"]]) / (plan.ramp_months * 21)
    found: Floats = -plan.ramp_dip * np.clip(1 - there, 0, 1)
    return found


def centred(rate: float, lift: Floats, weight: Floats) -> Floats:
    """Return chances that differ by ``lift`` and come to ``rate`` on the weighted mean."""
    if not lift.any():
        return np.full(len(lift), rate)
    level = float(logit(rate))
    total = float(weight.sum())
    chance = expit(level + lift)
    for _ in range(6):
        mean = float((weight * chance).sum()) / total
        slope = float((weight * chance * (1 - chance)).sum()) / total
        level += (rate - mean) / max(slope, 1e-9)
        chance = expit(level + lift)
    found: Floats = chance
    return found


def _move(w: World, patterns: tuple[Pattern, ...]) -> None:
    """Lead every deal through the stages, also beyond where it stops: as it would have gone."""
    n, plan, a = w.n, w.plan, w.a
    targets = [w.process.stage(s).target for s in w.process.open_ids]
    sigma = plan.sigma_of(w.process)
    share = w.clock.share
    shape = (w.k, n)
    w.enter = np.zeros((w.k + 1, n))
    w.leave, w.chance, w.plain = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    w.back, w.again = np.full(shape, np.nan), np.full(shape, np.nan)
    w.skipped = np.zeros(shape, bool)
    alive, weight = np.ones(n, bool), np.ones(n)
    w.reached = np.zeros(n, np.int64)
    moment: Floats = a["created"].copy()
    for k, target in enumerate(targets):
        rate = min(target.step_rate or RATE, 0.999)
        middle = (target.median_days or DAYS) * share
        w.moment = moment
        w.p = centred(rate, a["lift"] + ramp(w, moment), weight)
        w.plain[k] = w.p
        weight = weight * w.p
        w.pace = a["early_pace"].copy()
        stay = middle * np.exp(sigma[k] * w.draws.normal(f"stay/{k}", n))
        if k == 0:
            first_response(w, stay * w.pace)
        w.went = alive
        for pattern in patterns:
            pattern.stage(w, k)
        before = a["first_stage"] > k
        if before.any():
            w.p = np.where(before, 1.0, w.p)
        goes = w.uniform(f"goes/{k}") < w.p
        w.chance[k] = w.p
        stay = np.maximum(stay * w.pace * np.where(goes, 1.0, plan.lost_takes), SHORTEST)
        jumps = goes & (w.uniform(f"skip/{k}") < plan.skip_rate) if 0 < k < w.last else before
        # nobody skips the stage a deal is entered in
        jumps = jumps & ((a["first_stage"] == 0) | (a["first_stage"] != k)) | before
        stay = np.where(jumps, 0.0, stay)
        w.skipped[k] = jumps
        w.enter[k] = moment
        if k >= 2:
            detour = (w.uniform(f"back/{k}") < a["back_rate"]) & ~jumps & ~w.skipped[k - 1]
            detour &= a["first_stage"] < k
            spread = middle * np.exp(sigma[k] * w.draws.normal(f"detour/{k}", n))
            turn = 0.3 + 0.4 * w.uniform(f"turn/{k}")
            w.back[k] = np.where(detour, moment + np.maximum(spread * turn, SHORTEST), np.nan)
            w.again[k] = w.back[k] + np.maximum(spread * (1 - turn), SHORTEST)
            moment = np.where(detour, w.again[k], moment)
        moment = moment + stay
        w.leave[k] = moment
        w.reached = np.where(alive, k, w.reached)
        alive = alive & goes
    w.enter[w.k] = moment
    w.went = np.zeros(0, bool)
    late = w.reached >= w.offer
    undecided = np.where(late, plan.no_decision.late, plan.no_decision.early)
    quits = w.uniform("no decision") < undecided
    w.outcome = np.select([alive, quits], [WON, NO_DECISION], LOST).astype(np.int64)
    w.end = np.take_along_axis(w.leave, w.reached[None, :], axis=0)[0]


def first_response(w: World, stay: Floats) -> None:
    """Draw when each lead is first answered: a part of its stay, whatever comes of it."""
    delay = stay * w.uniform("response") ** 3
    # a deal that is entered late has been spoken about long before
    delay = np.where(w.a["first_stage"] > 0, 0.0, delay)
    w.a["response"] = w.a["created"] + np.maximum(delay, SHORTEST / 2)


def _year_end(w: World) -> None:
    """Bring some signatures of the first quarter forward into December: budgets end with the year.

    A deal in its last stages that would be signed within some weeks of the new year is signed in
    the last days of the old one, where it had come to its last stage by then.
    """
    date = w.clock.date(np.minimum(w.end, 1e8))
    month = date.astype("datetime64[M]").astype(int) % 12
    turn = date.astype("datetime64[Y]").astype("datetime64[D]")
    last = w.clock.of(turn - 1).astype(float) + 0.5
    soon = (w.outcome == WON) & (month < 2) & (w.enter[w.last] < last - 1)
    pulled = soon & np.isnan(w.back[w.last]) & (w.uniform("year end") < 0.7)
    who = np.flatnonzero(pulled)
    w.end_at(who, last[who] - 12 * w.uniform("year end/day")[who])
    w.enter[w.k][who] = w.end[who]
