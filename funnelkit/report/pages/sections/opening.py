"""The sentences a review opens with: what stands out, with its doubt and its number of deals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from funnelkit.measures.winning import deal_win_rate
from funnelkit.report import source
from funnelkit.report.pages.numbers import collected
from funnelkit.report.pages.sections.step_targets import (
    against_step_targets,
    against_time_targets,
    furthest,
    planned_rate,
)
from funnelkit.report.pages.shown import label_of
from funnelkit.stats.intervals import newcombe
from funnelkit.words import count, percent, say
from funnelkit.words.formats import signed

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.report.pages.study.review import ReviewStudy


def sentences(review: ReviewStudy) -> tuple[str, ...]:
    """Return three to five sentences, the most important first."""
    return collected(review, (won, against_rest, _step, _time, _segment, _velocity, _cycle))


def won(review: ReviewStudy) -> Iterator[str]:
    """Say how many of the closed deals were won."""
    row = review.measure("win_rate").table.iloc[0]
    if (deals := deal_win_rate(review.pipeline)) is not None:
        few = "_few" if deals["of"] < review.parameters["min_deals"] else ""
        yield say(
            f"report.opening_leads{few}",
            of=int(row["of"]), won=int(row["won"]), rate=row["rate"],
            stage=review.pipeline.process.label(str(deals.name)), deals_of=int(deals["of"]),
            deal_rate=deals["rate"], low=deals["low"], high=deals["high"],
            open=int(row["still_open"]),
        )  # fmt: skip
        return
    few = "_few" if row["of"] < review.parameters["min_deals"] else ""
    yield say(
        "report.opening_won" + (few if row["of"] else "_none"),
        of=int(row["of"]), won=int(row["won"]), rate=row["rate"],
        low=row["low"], high=row["high"], open=int(row["still_open"]),
    )  # fmt: skip


def against_rest(review: ReviewStudy) -> Iterator[str]:
    """Compare the win rate of a part with that of all others."""
    if not review.subject:
        return
    here = review.measure("win_rate").table.iloc[0]
    whole = review.measure("win_rate", whole=True).table.iloc[0]
    won, of = int(whole["won"] - here["won"]), int(whole["of"] - here["of"])
    if min(of, here["of"]) < review.parameters["min_deals"]:
        return
    # one page for each of many groups: the doubt grows with their number
    groups = max(
        (len(source.values_of(review.whole, column)) for column in review.parameters["where"]),
    )
    level = 1 - 0.05 / groups
    found = newcombe([here["won"]], [here["of"]], [won], [of], level)
    gap, low, high = (float(part[0]) for part in found)
    kind = "above" if low > 0 else "below" if high < 0 else "same"
    yield say(
        f"report.opening_rest_{kind}",
        rate=won / of, of=of, gap=_points(gap), low=_points(low),
        high=_points(high), groups=groups,
    )  # fmt: skip


def _step(review: ReviewStudy) -> Iterator[str]:
    funnel = review.measure("funnel", rule=review.rule)
    table = against_step_targets(funnel)
    if table.empty:
        yield funnel.summary()
        return
    below = table[table["verdict"] == "below"]
    if below.empty:
        yield say("report.opening_steps_fine", n=len(table), deals=int(table["deals"].iloc[0]))
        return
    worst = furthest(below, below["target"] - planned_rate(below))
    known = worst["eventual_rate"] == worst["eventual_rate"]
    yield say(
        "report.opening_step" if known else "report.opening_step_so_far",
        stage=funnel.process.label(worst["stage"]), so_far=worst["step_rate"],
        rate=worst["eventual_rate"] if known else worst["step_rate"], low=worst["low"],
        high=worst["high"], n=int(worst["deals"]), target=worst["target"],
        waiting=int(worst["still_open"]),
    )  # fmt: skip


def _time(review: ReviewStudy) -> Iterator[str]:
    found = review.measure("time_in_stage")
    table = against_time_targets(found)
    slow = table[table["verdict"] == "above"]
    if slow.empty:
        yield found.summary()
        return
    worst = furthest(slow, slow["median_days"] / slow["target"])
    yield say(
        "report.opening_slow",
        stage=found.process.label(worst["stage"]), median=_whole(worst["median_days"]),
        low=_whole(worst["low"]), high=_whole(worst["high"]), n=int(worst["entered"]),
        target=_whole(worst["target"]),
    )  # fmt: skip


def _segment(review: ReviewStudy) -> Iterator[str]:
    """Name the groups that differ; without any, say of the first column that none does."""
    even = ""
    for column in review.parameters["segments"]:
        if column in review.parameters["where"]:
            continue
        _, shown = review.segment_table(column)
        marked = shown[shown["stands_out"]]
        if len(marked):
            names = named(marked, column)
            label = label_of(column)
            yield say("report.opening_apart", column=label, n=len(shown), names=names)
            return
        if len(shown) > 1 and not even:
            of = int(shown["of"].sum())
            key = "opening_even" if shown.attrs["telling"] else "opening_unseen"
            even = say(f"report.{key}", column=label_of(column), n=len(shown), of=of)
    if even:
        yield even


def named(groups: pd.DataFrame, column: str) -> list[str]:
    """Write groups with their win rate and number of closed deals."""
    return [
        f"{row[column]} ({percent(row['rate'], 1)}, n = {count(row['of'])})"
        for row in groups.to_dict("records")
    ]


def _velocity(review: ReviewStudy) -> Iterator[str]:
    yield review.measure("velocity").summary()


def _cycle(review: ReviewStudy) -> Iterator[str]:
    yield review.measure("sales_cycle").summary()


def _whole(days: float) -> str:
    return f"{days:,.0f}" if days == days else "–"


def _points(share: float) -> str:
    return signed(100 * share, 1)
