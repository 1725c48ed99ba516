"""Competitors: win rates against each, now and before; a cell of few deals stays grey."""

from __future__ import annotations

from dataclasses import dataclass

from funnelkit.apps.app import Answer, App
from funnelkit.apps.ranges import choice, cuts, last_and_before, slider, whole_months
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import column_label
from funnelkit.page.controls import Control, State
from funnelkit.page.parts import Part, Sentence
from funnelkit.planning import competitor_matrix
from funnelkit.planning.market.competitors import CompetitorMatrix
from funnelkit.show.column import COUNT, TEXT, Column, columns
from funnelkit.show.table import Table
from funnelkit.words import percent, say

_MONTHS = (6, 12, 24)


@dataclass(frozen=True, eq=False)
class Base:
    """A pipeline, the columns it can be cut by and the lengths of a window."""

    p: Pipeline
    segments: tuple[str, ...]
    months: tuple[int, ...]


def prepare(p: Pipeline) -> Base:
    """Count against each competitor, by every column that has few enough groups."""
    competitor_matrix(p)  # refuses by reason
    base = Base(p, ("", *cuts(p)), tuple(whole_months(p, _MONTHS)) or _MONTHS[:1])
    for segment in base.segments:
        for length in base.months:
            counted(p, segment, length)
    return base


@kept
def counted(p: Pipeline, segment: str, months: int) -> CompetitorMatrix | FunnelkitError:
    """Return the matrix for the last so many months and as many before, or why there is none."""
    windows = [(a.to_pydatetime(), b.to_pydatetime()) for a, b in last_and_before(p, months)]
    try:
        return competitor_matrix(p, segment or None, windows=windows)
    except FunnelkitError as problem:
        return problem.with_traceback(None)  # its frames would hold the pipeline


def controls(base: Base) -> tuple[Control, ...]:
    """Return the segment, the window and the fewest deals of a cell."""
    segments = tuple(
        (c, column_label(c) if c else say("app_competitors.all")) for c in base.segments
    )
    lengths = tuple((str(m), say("app_competitors.last", n=m)) for m in base.months)
    start = "12" if 12 in base.months else lengths[0][0]
    found: list[Control] = [
        choice("competitors", "segment", segments, ""),
        choice("competitors", "months", lengths, start),
    ]
    most = _most(base)
    # eight is where the matrix itself begins to judge: a stricter look may be asked for
    found.append(slider("competitors", "least", 8, max(most, 9), 1, 8, "count"))
    return tuple(found)


def _most(base: Base) -> int:
    """Return the largest number of deals against one competitor."""
    whole = counted(base.p, "", base.months[-1])
    return 9 if isinstance(whole, FunnelkitError) else int(whole.table["of"].max() or 9)


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
            [*(str(r[k]) for k in keys), _rate(old, least), _rate(r, least), r["won"],
             r["lost"], r["no_decision"],
             say(f"app_competitors.verdict_{r['verdict'] if not few else 'too_little'}")]
        )  # fmt: skip
        kinds.append("fk-muted" if few else "")
    heads = [
        *(Column(column_label(k), TEXT, k) for k in keys),
        *columns("app_competitors.col_", before=TEXT, now=TEXT, won=COUNT, lost=COUNT,
                 none=COUNT, verdict=TEXT),
    ]  # fmt: skip
    parts: tuple[Part, ...] = (
        Sentence(found.summary(), "lead"),
        Table(heads, rows, say("app_competitors.caption", now=_span(windows[-1]),
                               before=_span(windows[0])), kinds),
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
