"""A chart in rows: label, mark and numbers on one line, as a page, a notebook and an app show it.

Marks are inline SVG without a ``viewBox``: across in per cent, down in pixels, so that nothing
scales with the page; text stays text and a dot round.  Colours are classes of the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from funnelkit.show.column import Money, Quantity
from funnelkit.show.fold import cut
from funnelkit.show.table import Table

_HIGH, _TIGHT = 40, 26
#: Labels of more characters than this may break.
_LONG = 26


@dataclass(frozen=True)
class Mark:
    """One thing drawn in a row.

    Attributes
    ----------
    kind : {"bar", "line", "tick", "dot", "end"}
        A bar or a line from ``start`` to ``end``; a tick or a dot at ``start``; a short
        stroke that ends a line.
    look : str
        Its class in the style sheet: what it means.
    start, end : float
        Where it lies, in the units of the axis.
    """

    kind: str
    look: str
    start: float
    end: float = 0.0


@dataclass(frozen=True)
class Axis:
    """What the plot column is drawn on, from ``low`` to ``high``.

    Attributes
    ----------
    ticks : sequence of (float, str)
        Where lines stand, and what is written under them.
    zero : float
        Where the strong line stands.
    """

    low: float
    high: float
    ticks: Sequence[tuple[float, str]] = ()
    zero: float = 0.0

    def at(self, value: float) -> float:
        """Return a place in per cent of the width; what lies outside is cut at the end."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return 100 * min(max(share, 0.0), 1.0)


@dataclass(frozen=True)
class ChartTable:
    """A table one column of which is drawn.

    Attributes
    ----------
    table : Table
        Its first column names the rows; ``marks`` of a row are the classes of the style sheet
        ("fk-sum" is set in bold).
    plots : sequence of sequences of Mark
        What each row draws; an empty one leaves the place blank.
    axis : Axis
        Its ticks are written in the foot.
    head : str
        The heading of the plot column.
    under : sequence of str
        A second, smaller line of each label.
    key : sequence of (Mark, str)
        What the marks mean.
    first : int
        The column that stands beside the label on a narrow screen.
    tight : bool
        Low rows.
    told : sequence of str
        What each row's marks say to those who point at them or hear the page.
    links : mapping
        The parts of the page that cells and marks open: by row, and the name of a column, the
        look of a mark or "" for all marks of the row.
    rest : sequence of (str, str)
        What the rows leave out, and the part of the page that it opens.
    note : str
        How the numbers are counted, said beside ``told``.
    kind : str
        How a workbook and slides draw the columns of the table that are drawn.
    """

    table: Table
    plots: Sequence[Sequence[Mark]]
    axis: Axis
    head: str = ""
    under: Sequence[str] = ()
    key: Sequence[tuple[Mark, str]] = ()
    first: int = 1
    tight: bool = False
    told: Sequence[str] = ()
    links: Mapping[tuple[int, str], str] = field(default_factory=dict)
    rest: Sequence[tuple[str, str]] = ()
    note: str = ""
    kind: str = "bar"

    def __repr__(self) -> str:
        return repr(self.table)

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield the numbers, as a block of a page."""
        yield from self.table.blocks(self.kind if self.table.drawn else "")

    def _repr_html_(self) -> str:
        return replace(self, table=self.table.scaled())._html()

    def _html(self) -> str:
        kind = "fk-ct fk-tight" if self.tight else "fk-ct"
        caption = f"<caption>{escape(self.table.caption)}</caption>" if self.table.caption else ""
        note = f' data-note="{escape(self.note)}"' if self.note else ""
        return (
            f'<table class="{kind}"{note}>{caption}{self._heads()}<tbody>{self._body()}</tbody>'
            f"{self._foot()}</table>{self._folded()}{keys_html(self.key)}{self._rest()}"
        )

    def _heads(self) -> str:
        label, *rest = self.table.columns
        heads = "".join(
            f'<th scope="col"{_num(c.unit.numeric)}>{escape(c.label)}</th>' for c in rest
        )
        plot = f'<th scope="col" class="fk-plot">{escape(self.head)}</th>'
        if not self.head:
            plot = '<td class="fk-plot"></td>'
        first = f'<th scope="col">{escape(label.label)}</th>' if label.label else "<td></td>"
        return f"<thead><tr>{first}{plot}{heads}</tr></thead>"

    def _body(self) -> str:
        found = []
        for k, row in enumerate(self.table.rows[: self.table.most]):
            label, *rest = zip(self.table.columns, row, strict=True)
            small = self.under[k] if k < len(self.under) else ""
            small = f'<br><span class="fk-muted">{escape(small)}</span>' if small else ""
            name = label[0].write(label[1])
            long = ' class="fk-long"' if len(name) > _LONG else ""
            head = f'<th scope="row"{long}>{escape(name)}{small}</th>'
            look = self.table.marks[k] if k < len(self.table.marks) else ""
            cells = "".join(self._cell(k, j, c, v) for j, (c, v) in enumerate(rest, start=1))
            found.append(
                f'<tr{_class(look)}>{head}<td class="fk-plot">{self._plot(k)}</td>{cells}</tr>'
            )
        return "".join(found)

    def _cell(self, row: int, place: int, column: Any, value: Any) -> str:
        unit = value.unit if isinstance(value, Quantity) else column.unit
        text = "" if value == "" else column.write(value)
        key = "fk-key1" if place == self.first else "fk-aside" if self._aside(place) else ""
        looks = f"{'fk-num' if unit.numeric else 'fk-word'} {key}".rstrip()
        text = _linked(escape(text), self.links.get((row, column.name), ""))
        # a narrow screen has no headings: what the key number is counted in stands behind it
        head = ""
        if isinstance(unit, Money) and unit.most and place == self.first:
            head = f' data-u="{escape(unit.head)}"'
        return f'<td class="{looks}" data-l="{escape(column.label)}"{head}>{text}</td>'

    def _aside(self, place: int) -> bool:
        """Say whether a narrow screen folds a column: all numbers but the key and its interval."""
        heads = self.table.columns
        interval = next((k for k, c in enumerate(heads) if c.pair), 0)
        return not self.tight and heads[place].unit.numeric and place not in (self.first, interval)

    def _folded(self) -> str:
        sums = sum(mark == "fk-sum" for mark in self.table.marks)
        aside = any(map(self._aside, range(1, len(self.table.columns))))
        return cut(len(self.table.rows[: self.table.most]) - sums, numbers=aside)

    def _plot(self, row: int) -> str:
        marks = self.plots[row]
        if not marks:
            return ""
        high = _TIGHT if self.tight else _HIGH
        told = escape(self.told[row]) if row < len(self.told) else ""
        whole = self.links.get((row, ""), "")
        single = [self.links.get((row, m.look), "") for m in marks]
        drawn = "".join(
            _opens(_draw(m, self.axis, high), link, told)
            for m, link in zip(marks, single, strict=True)
        )
        if whole:
            place = f'<rect class="fk-hit" width="100%" height="{high}"/>'
            drawn = _opens(place + drawn, whole, told)
        lines = "".join(
            _line("fk-g", self.axis.at(x), high) for x, _ in self.axis.ticks if x != self.axis.zero
        )
        zero = _line("fk-ax", self.axis.at(self.axis.zero), high)
        label = f' role="img" aria-label="{told}"' if told else ' aria-hidden="true"'
        title = f"<title>{told}</title>" if told else ""
        if whole or any(single):  # a picture holds nothing to open
            label = title = ""
        return f'<svg height="{high}"{label}>{title}{lines}{zero}{drawn}</svg>'

    def _foot(self) -> str:
        if not any(text for _, text in self.axis.ticks):
            return ""
        texts = "".join(
            f'<text x="{self.axis.at(x):.2f}%" y="14" text-anchor="{_anchor(self.axis.at(x))}">'
            f"{escape(text)}</text>"
            for x, text in self.axis.ticks
        )
        rest = f'<td colspan="{len(self.table.columns) - 1}"></td>'
        return (
            f'<tfoot><tr><td></td><td class="fk-plot"><svg height="20" aria-hidden="true">{texts}'
            f"</svg></td>{rest}</tr></tfoot>"
        )

    def _rest(self) -> str:
        left = "".join(f'<p class="fk-muted">{escape(t)}</p>' for t in self.table.left())
        if not self.rest:
            return left
        links = " ".join(_linked(escape(text), link) for text, link in self.rest)
        return f'{left}<p class="fk-muted fk-rest">{links}</p>'


def keys_html(key: Sequence[tuple[Mark, str]]) -> str:
    """Return what marks mean, each drawn beside its words; "" without any."""
    if not key:
        return ""
    axis = Axis(0, 1)
    keys = "".join(
        f'<span><svg aria-hidden="true">{_draw(mark, axis, 11, whole=True)}</svg>'
        f"{escape(text)}</span>"
        for mark, text in key
    )
    return f'<p class="fk-keys">{keys}</p>'


def _linked(text: str, link: str) -> str:
    return f'<a href="#{link}">{text}</a>' if link else text


def _opens(drawn: str, link: str, told: str) -> str:
    """Make marks open a part of the page."""
    if not link:
        return drawn
    return f'<a class="fk-m" href="#{link}" aria-label="{told}"><title>{told}</title>{drawn}</a>'


def _draw(mark: Mark, axis: Axis, high: int, *, whole: bool = False) -> str:
    """Draw a mark in a row of this height; in a key it fills the row."""
    middle, look = high / 2, f"fk-{mark.look}"
    x, end = axis.at(mark.start), axis.at(mark.end)
    if mark.kind == "bar":
        thick = high if whole else 14 if high == _TIGHT else 16 if high == _HIGH else high
        left, wide = min(x, end), abs(end - x)
        size = f'y="{middle - thick / 2:g}" width="{wide:.2f}%" height="{thick:g}"'
        return f'<rect class="{look}" x="{left:.2f}%" {size}/>'
    if mark.kind == "line":
        across = f'x1="{x:.2f}%" x2="{end:.2f}%" y1="{middle:g}" y2="{middle:g}"'
        return f'<line class="{look}" {across}/>'
    if mark.kind == "dot":
        return f'<circle class="{look}" cx="{x:.2f}%" cy="{middle:g}" r="{5 if whole else 6}"/>'
    gap = {"tick": 0.0 if whole or mark.look == "tgt" else 9.0, "end": middle - 5}[mark.kind]
    return _line(look, x, high, gap)


def _line(look: str, x: float, high: int, gap: float = 0.0) -> str:
    return f'<line class="{look}" x1="{x:.2f}%" x2="{x:.2f}%" y1="{gap:g}" y2="{high - gap:g}"/>'


def _anchor(x: float) -> str:
    return "start" if x < 3 else "end" if x > 97 else "middle"


def _class(look: str) -> str:
    return f' class="{look}"' if look else ""


def _num(numeric: bool) -> str:
    return ' class="fk-num"' if numeric else ""


def round_ticks(high: float, most: int = 5) -> list[float]:
    """Return round numbers from 0 to ``high`` at even steps.

    Examples
    --------
    >>> round_ticks(0.62), round_ticks(174)
    ([0.0, 0.2, 0.4, 0.6], [0.0, 50.0, 100.0, 150.0])
    """
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(most - 1, steps=[1, 2, 5, 10]).tick_values(0.0, high if high > 0 else 1.0)
    return [float(round(x, 10)) for x in found if 0 <= x <= high or x == 0]


__all__ = ["Axis", "ChartTable", "Mark", "keys_html", "round_ticks"]
