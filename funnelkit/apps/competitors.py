"""Competitors: win rates against each, now and before; a cell of few deals stays grey."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import column_label
from funnelkit.page.controls import Choice, Control, Slider, State
from funnelkit.page.parts import Part, Sentence, Table
from funnelkit.planning import competitor_matrix
from funnelkit.planning.market.competitors import CompetitorMatrix
from funnelkit.words import count, percent, say

_SEGMENTS = ("region", "source", "product", "industry", "size", "owner")
_MONTHS = (6, 12, 24)
_MOST_GROUPS = 12


@dataclass(frozen=True, eq=False)
class Base:
    """A pipeline, the columns it can be cut by and the lengths of a window."""

    p: Pipeline
    segments: tuple[str, ...]
    months: tuple[int, ...]


def prepare(p: Pipeline) -> Base:
    """Count against each competitor, by every column that has few enough groups."""
    competitor_matrix(p)  # refuses by reason
    columns = [c for c in _SEGMENTS if c in p.attributes and p.has(c)]
    kept = [c for c in columns if 2 <= int(p.deals[c].nunique().execute()) <= _MOST_GROUPS]
    first = pd.Timestamp(p.deals.created_at.min().execute()).normalize()
    end = _end(p)
    months = [m for m in _MONTHS if end - pd.DateOffset(months=2 * m) >= first]
    base = Base(p, ("", *kept), tuple(months) or _MONTHS[:1])
    for segment in base.segments:
        for length in base.months:
            counted(p, segment, length)
    return base


def _end(p: Pipeline) -> pd.Timestamp:
    return pd.Timestamp(p.as_of).normalize() + pd.Timedelta(days=1)


@lru_cache(maxsize=256)
def counted(p: Pipeline, segment: str, months: int) -> CompetitorMatrix | FunnelkitError:
    """Return the matrix for the last so many months and as many before, or why there is none."""
    end = _end(p)
    edges = [(end - pd.DateOffset(months=k * months)).to_pydatetime() for k in (2, 1, 0)]
    try:
        return competitor_matrix(
            p, segment or None, windows=[(edges[0], edges[1]), (edges[1], edges[2])]
        )
    except FunnelkitError as problem:
        return problem


def controls(base: Base) -> tuple[Control, ...]:
    """Return the segment, the window and the fewest deals of a cell."""
    segments = tuple(
        (c, column_label(c) if c else say("app_competitors.all")) for c in base.segments
    )
    lengths = tuple((str(m), say("app_competitors.last", n=m)) for m in base.months)
    start = "12" if 12 in base.months else lengths[0][0]
    found: list[Control] = [
        _choice("segment", segments, ""),
        _choice("months", lengths, start),
    ]
    most = _most(base)
    label, about = say("app_competitors.least"), say("app_competitors.least_help")
    # eight is where the matrix itself begins to judge: a stricter look may be asked for
    found.append(Slider("least", label, 8, max(most, 9), 1, 8, "count", about))
    return tuple(found)


def _most(base: Base) -> int:
    """Return the largest number of deals against one competitor."""
    whole = counted(base.p, "", base.months[-1])
    return 9 if isinstance(whole, FunnelkitError) else int(whole.table["of"].max() or 9)


def _choice(name: str, options: tuple[tuple[str, str], ...], start: str) -> Choice:
    label, about = say(f"app_competitors.{name}"), say(f"app_competitors.{name}_help")
    return Choice(name, label, options, start, about)


def answer(base: Base, state: State) -> Answer:
    """Show won of decided deals against each competitor, now beside before."""
    segment, least = str(state["segment"]), int(state["least"])
    found = counted(base.p, segment, int(state["months"]))
    asked = {"where": "", "segments": segment} if segment else {}
    if isinstance(found, FunnelkitError):
        return Answer((Sentence(str(found), "fk-callout"),), report=("regional-plan", {}))
    table = found.table
    windows = list(dict.fromkeys(table["window"]))
    rows, kinds = [], []
    keys = ["competitor", *([segment] if segment else [])]
    now = table[table["window"] == windows[-1]]
    before = table[table["window"] == windows[0]].set_index(keys)
    for r in now.to_dict("records"):
        key = tuple(r[k] for k in keys) if segment else r["competitor"]
        old = before.loc[key].to_dict() if key in before.index else None
        few = r["of"] < least
        rows.append(
            [*(str(r[k]) for k in keys), _rate(old, least), _rate(r, least), count(r["won"]),
             count(r["lost"]), count(r["no_decision"]),
             say(f"app_competitors.verdict_{r['verdict'] if not few else 'too_little'}")]
        )  # fmt: skip
        kinds.append("fk-muted" if few else "")
    heads = [
        *(column_label(k) for k in keys),
        say("app_competitors.col_before"), say("app_competitors.col_now"),
        say("app_competitors.col_won"), say("app_competitors.col_lost"),
        say("app_competitors.col_none"), say("app_competitors.col_verdict"),
    ]  # fmt: skip
    texts = frozenset({1, len(heads) - 1}) if segment else frozenset({len(heads) - 1})
    parts: tuple[Part, ...] = (
        Sentence(found.summary(), "lead"),
        Table(heads, rows, say("app_competitors.caption", now=_span(windows[-1]),
                               before=_span(windows[0])), texts, kinds),
        Sentence(say("app_competitors.grey", least=least)),
        *(Sentence(t, "fk-muted") for t in (found.definition, found.denominator, str(found.scope))),
    )  # fmt: skip
    return Answer(
        parts, found.plot, {say("app_competitors.title"): found.shown()}, ("regional-plan", asked)
    )


def _rate(row: dict[str, object] | None, least: int) -> str:
    if row is None or not row["of"]:
        return "–"
    of = int(str(row["of"]))
    if of < least:
        return say("app_competitors.few", won=row["won"], of=of)
    low, high = percent(float(str(row["low"]))), percent(float(str(row["high"])))
    return say("app_competitors.rate", rate=float(str(row["rate"])), low=low, high=high, of=of)


def _span(window: str) -> str:
    return window.replace("/", " – ")


APP = App("competitors", prepare, controls, answer)
