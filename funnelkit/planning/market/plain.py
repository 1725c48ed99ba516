"""What planning answers share: they also stand on plain frames, without a pipeline."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.data.reasons import scope_line
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.drawn import first_of
from funnelkit.measures.engine import outside, period, within
from funnelkit.measures.result import Result
from funnelkit.measures.scope import Scope, make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.process import Process, load_process
from funnelkit.words import money, say, sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Rows on a picture; the rest are in the table.
MOST_DRAWN = 30


@dataclass(frozen=True, slots=True)
class FrameScope(Scope):
    """Rows of a plain frame behind a number: no date and no period."""

    def __str__(self) -> str:
        parts = [say("territory.rows_used", n=self.used)]
        parts += [scope_line(why, n) for why, n in self.left_out if n]
        return sentences(parts)


@dataclass(frozen=True, eq=False, repr=False)
class PlainResult(Result):
    """A planning answer; see :class:`funnelkit.measures.result.Result`."""

    room: ClassVar[str] = "territory"

    def _bars(
        self,
        ax: Axes | None,
        labels: pd.Series[Any],
        column: str,
        share: str = "",
        write: Callable[[float], str] = money,
        mark: pd.Series[bool] | None = None,
    ) -> Chart:
        """Draw one bar a row: a column's number, beside it a share where there is one."""
        from funnelkit.charts.bars import bars

        frame = pd.DataFrame({"label": labels.astype("str"), "n": self.table[column]})
        if share:
            frame["share"] = self.table[share]
        if mark is not None:
            frame["mark"] = mark
        shown = frame.head(MOST_DRAWN)
        return bars(
            shown,
            headings=[say(f"territory.column_{name}") for name in (column, share) if name],
            write=write,
            **self._around(ax, first_of(len(shown), len(frame)), drawn=[column]),
        )


def scope_of(
    rows: int, p: Pipeline | None = None, left_out: list[tuple[str, int]] | None = None,
    since: dt.datetime | None = None, until: dt.datetime | None = None,
) -> Scope:  # fmt: skip
    """Return the scope of an answer that stands on a pipeline or on a frame alone."""
    reasons = tuple((why, n) for why, n in left_out or [] if n)
    if p is None:
        return FrameScope(rows, reasons, dt.datetime.min)
    return make_scope(p, rows, reasons, since, until)


def process_of(p: Pipeline | None) -> Process:
    """Return the pipeline's process, or the default one where there is none."""
    return load_process(None) if p is None else p.process


def columns(frame: pd.DataFrame, *names: str, what: str) -> pd.DataFrame:
    """Return a copy of the frame; refuse it where a column is missing.

    Raises
    ------
    FunnelkitError
        Names the missing column and the nearest one there is.
    """
    for name in names:
        if name not in frame:
            raise FunnelkitError(
                "territory.missing_column", found=name, what=what,
                allowed=nearest(name, [str(c) for c in frame.columns]),
            )  # fmt: skip
    return frame.reset_index(drop=True)


def numbers(frame: pd.DataFrame, *names: str, what: str) -> pd.DataFrame:
    """Return the frame with these columns as numbers of at least 0.

    Raises
    ------
    FunnelkitError
        A column is missing, or a value is no number, missing or below 0.
    """
    frame = columns(frame, *names, what=what)
    for name in names:
        values = pd.to_numeric(frame[name], errors="coerce").astype(float)
        bad = ~(values >= 0)
        if bad.any():
            row = int(bad.to_numpy().argmax())
            raise FunnelkitError(
                "territory.not_an_amount", found=frame[name][row], column=name, row=row + 1,
                what=what,
            )  # fmt: skip
        frame[name] = values
    return frame


def won_by(
    p: Pipeline, by: str, since: dt.date | str | None, until: dt.date | str | None, what: str
) -> tuple[pd.DataFrame, list[tuple[str, int]], tuple[dt.datetime | None, dt.datetime | None]]:
    """Return won deals as ``by, closed_at, amount``, what is left out, and the period."""
    p.groups(by)
    p.need("outcome", "amount", what=what)
    single_currency(p)
    start, end = period(since, until)
    won = p.deals.filter(p.deals.outcome == "won")
    left_out = []
    if start or end:
        p.need("closed_at", what="since/until")
        left_out = outside(won, "closed_at", start, end)
        won = won.filter(within(won.closed_at, start, end))
    frame = won.select(by, "closed_at", "amount").to_pandas()
    left_out.append(("no_amount", int(frame["amount"].isna().sum())))
    frame = frame.dropna(subset=["amount"])
    frame[by] = frame[by].astype("object").where(frame[by].notna(), NO_GROUP)
    return frame, left_out, (start, end)


def fraction(value: Any, name: str) -> float:
    """Return a share between 0 and 1.

    Raises
    ------
    FunnelkitError
        Not a number from 0 to 1.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0 <= number <= 1:
        raise FunnelkitError("territory.not_a_share", found=value, name=name)
    return number


__all__ = [
    "FrameScope",
    "PlainResult",
    "columns",
    "fraction",
    "numbers",
    "process_of",
    "scope_of",
    "won_by",
]
