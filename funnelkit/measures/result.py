"""What every measure returns: a table with its definition, denominator and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from funnelkit.data.defects import Finding, box
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.behind import Counted, deals_behind
from funnelkit.measures.columns import UNITS, Named
from funnelkit.show.column import TEXT, Column, Money, Unit, plain
from funnelkit.show.table import Table, unit_by_type
from funnelkit.stats.apart import apart
from funnelkit.words import percent, say, sentences
from funnelkit.words.texts import texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart


# Rows a person reads; the rest is in ``.table``.
_LONGEST = 60


@dataclass(frozen=True, eq=False)
class Result(Counted):
    """A measure's answer: what was counted, and how it is said, shown and drawn."""

    options: tuple[tuple[str, Any], ...] = ()
    synthetic: bool = False

    #: Catalogue name of the measure; its texts are ``<room>.<name>_definition`` and so on.
    #: ``<room>.column_<column>`` heads a column, ``<room>.<column>_<value>`` names a coded value.
    name: ClassVar[str] = ""
    room: ClassVar[str] = "measures"
    #: What columns of ``table`` are, where that is not what `columns.UNITS` says of all measures.
    units: ClassVar[Mapping[str, Unit | Named]] = {}

    @property
    def definition(self) -> str:
        """How the number is counted, in the current language."""
        return say(f"{self.room}.{self.name}_definition", **self._said())

    @property
    def denominator(self) -> str:
        """What the rates are shares of, in the current language."""
        return say(f"{self.room}.{self.name}_denominator", **self._said())

    @property
    def title(self) -> str:
        """Name of the measure in the current language."""
        return say(f"{self.room}.{self.name}_title", **self._said())

    def option(self, name: str) -> Any:
        """Return what was asked for under this name."""
        return dict(self.options)[name]

    def deals(
        self,
        group: Any = None,
        stage: str | None = None,
        *,
        column: str | None = None,
        left_out: bool = False,
        **cell: Any,
    ) -> pd.DataFrame:
        """Return the deals that a cell of the table counts.

        Parameters
        ----------
        group : value or tuple of values, optional
            The values of ``by``; without it all groups.
        stage : str, optional
            Its id or name; without it all stages, each deal once.
        column : str, optional
            One of ``counts``; the first of them where nothing is said.
        left_out : bool
            The deals that are not counted, with ``why``. What a reader had set aside is no
            deal of the pipeline and not among them: see :func:`funnelkit.quality`.
        **cell
            What else tells the row from others, e.g. ``outcome="won"``; see ``keys``.

        Returns
        -------
        DataFrame
            The deals' columns that the source has and [by], largest amount first. Where one row
            of the table is asked for also ``counted``: what the deal adds to the cell (1, its
            stays or its amount).

        Raises
        ------
        FunnelkitError
            A measure without such lists, an unknown column, stage or group.

        Examples
        --------
        >>> import funnelkit as fk
        >>> found = fk.win_rate(fk.load("tiny"))
        >>> len(found.deals(column="won")), int(found.table["won"].iloc[0])
        (4, 4)
        """
        if not self.counts or self.scope.pipeline is None:
            raise FunnelkitError("measures.no_list", title=self.title)
        if stage is not None:
            cell = {"stage": stage, **cell}
        return deals_behind(self, group, column, left_out, cell)

    def summary(self) -> str:
        """One plain sentence with the numbers that matter."""
        raise NotImplementedError

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the result."""
        raise FunnelkitError("measures.no_chart", title=self.title)

    @property
    def footnote(self) -> str:
        """What a chart says below itself: synthetic data are named as such."""
        return say("measures.synthetic") if self.synthetic else ""

    def _around(
        self, ax: Axes | None, *notes: str, alt: str = "", drawn: Sequence[str] = ()
    ) -> Around:
        """Return what stands around a drawing of the result.

        Parameters
        ----------
        notes : str
            Small print at the foot, after the footnote.
        alt : str
            The sentence that stands for the picture; the summary where nothing is said.
        drawn : sequence of str
            The columns of the table that are drawn.
        """
        return {
            "title": self.title,
            "alt": alt or self.summary(),
            "data": self.shown(*drawn),
            "note": " · ".join(filter(None, [self.footnote, *notes])),
            "ax": ax,
        }

    def shown(self, *drawn: str) -> Table:
        """Return the table for people: headings and names in the current language, units.

        Parameters
        ----------
        drawn : str
            The columns that a picture of the result draws.
        """
        units = [self.unit(name) for name in self.table.columns]
        rows = zip(*(self._column_values(k, unit) for k, unit in enumerate(units)), strict=True)
        columns = [
            Column(column_label(name, self.room), _unit(unit, self.scope.currency), name)
            for name, unit in zip(self.table.columns, units, strict=True)
        ]
        return Table(
            columns, list(rows), self.title, most=_LONGEST, drawn=drawn, rest="show.in_table"
        )

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield the table, as a block of a page."""
        yield from self.shown().blocks()

    def unit(self, column: str) -> Unit | Named:
        """Return what a column of the table is."""
        if column in self.by:
            return TEXT
        for kind in type(self).__mro__:
            found = vars(kind).get("units", {})
            if column in found:
                return found[column]  # type: ignore[no-any-return]
        return UNITS.get(column) or unit_by_type(self.table[column])

    def _column_values(self, place: int, unit: Unit | Named) -> list[Any]:
        """Return a column's values, the coded ones by their names."""
        column, values = str(self.table.columns[place]), self.table.iloc[:, place].tolist()
        if isinstance(unit, Named):
            blank = say(unit.blank) if unit.blank else None
            return [blank if plain(v) is None else unit.name(self, v) for v in values]
        if unit != TEXT:
            return values
        return [self.name_value(column, v) if isinstance(v, str) else v for v in values]

    def name_value(self, column: str, value: str) -> str:
        """Name a coded value of a column in the current language."""
        if column in self.by:  # somebody's own words
            return value
        unit = self.unit(column)
        if isinstance(unit, Named):
            return str(unit.name(self, value))
        key = f"{column}_{value}"
        return say(f"{self.room}.{key}") if key in texts(self.room) else value

    def _said(self) -> dict[str, Any]:
        """Return the options with stages and outcomes by their names."""
        said = dict(self.options)
        for name in ("start", "to"):
            if said.get(name) == "created":
                said[name] = say("measures.created")
            elif name in said:
                said[name] = self.process.label(said[name])
        return said

    def _where(self, row: Mapping[Any, Any] | pd.Series[Any], stage: str | None = None) -> str:
        """Name a row in a sentence: its group, then its stage."""
        label = [] if stage is None else [self.process.label(row[stage])]
        return " · ".join([*(str(row[b]) for b in self.by), *label])

    def __repr__(self) -> str:
        table = self.shown().frame().to_string(index=False, max_rows=_LONGEST)
        first = [f"{say('data.read_first')}: {f.text}" for f in self.first]
        return "\n".join([*first, self.title, table, self._small_print()])

    @property
    def first(self) -> tuple[Finding, ...]:
        """What has to be read before these numbers, as they rest on it."""
        return tuple(f for f in self.scope.first if f.about.concerns(self.name))

    def _small_print(self) -> str:
        return "\n".join([self.definition, self.denominator, str(self.scope)])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(t)}</p>" for t in self._small_print().split("\n"))
        return (
            f'<div class="fk-result">{box(self.first)}{self.shown()._repr_html_()}'
            f'<details class="fk-definition"><summary>{escape(say("measures.how_counted"))}'
            f"</summary>{notes}</details></div>"
        )


def highest_and_lowest(result: Result, table: pd.DataFrame, column: str) -> str:
    """Name the groups with the highest and the lowest share; the order alone is no finding."""
    best, worst = table.iloc[int(table[column].argmax())], table.iloc[int(table[column].argmin())]
    ends = [percent(row[column], 1) for row in (worst, best)]
    if ends[0] == ends[1]:
        return alike(result, table, ends[0])
    span = say(
        "measures.highest_and_lowest",
        n=len(table), best=result._where(best), high=ends[1],
        worst=result._where(worst), low=ends[0],
    )  # fmt: skip
    return sentences([span, say("measures.order_only")])


def alike(result: Result, table: pd.DataFrame, rate: str) -> str:
    """Say of groups that do not differ what they all are."""
    if len(table) == 1:
        return say("measures.group_single", name=result._where(table.iloc[0]), rate=rate)
    return say("measures.groups_alike", n=len(table), rate=rate)


def standing_out(result: Result, table: pd.DataFrame, hits: str, cases: str) -> str:
    """Name the groups whose share differs from that of all others by more than chance.

    Silence is told apart: nobody differs, or too little to tell. One group has no others.
    """
    if len(table) < 2:
        return ""
    found = apart(table[hits], table[cases])
    names = [
        say("measures.alt_value", label=result._where(row), value=percent(row["rate"], 1))
        for (_, row), out in zip(table.iterrows(), found.flagged, strict=True)
        if out
    ]
    if names:
        return say("hygiene.stands_out", names=names, n=len(table))
    return say(f"hygiene.none_{'stands_out' if found.telling else 'seen'}", n=len(table))


def _unit(unit: Unit | Named, currency: str) -> Unit:
    """Return a unit as a table holds it: amounts know the currency of the data."""
    if isinstance(unit, Named):
        unit = unit.unit
    return (
        replace(unit, currency=currency) if isinstance(unit, Money) and not unit.currency else unit
    )


def column_label(column: str, room: str = "measures") -> str:
    """Return a table column's heading; the user's own columns keep their name."""
    key = f"column_{column}"
    for known in (room, "measures"):
        if key in texts(known):
            return say(f"{known}.{key}")
    return column


def choose(value: str, allowed: tuple[str, ...], name: str) -> str:
    """Check an option and refuse an unknown one with the nearest first."""
    if value not in allowed:
        raise FunnelkitError(
            "measures.unknown_option", name=name, found=value, allowed=nearest(value, allowed)
        )
    return value
