"""Native charts, with a workbook behind each whose texts stay texts."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from funnelkit.show.column import Column, Money, Quantity, Unit
from funnelkit.show.drawn_again import steps
from funnelkit.show.slides.fit import LINE
from funnelkit.show.slides.marks import add_text, describe, write
from funnelkit.show.slides.parts import Bars
from funnelkit.show.slides.room import LEAST, bars_of, drawn
from funnelkit.show.table import Table
from funnelkit.words import say
from funnelkit.words.formats import step_of

BLUES = ("2F6FA7", "9BBBD9", "12406B", "BCD7EE", "5781A6")
#: The parts of a waterfall's bar: not seen, levels, what came, what went.
_STEPS = {"base": "", "total": BLUES[2], "more": BLUES[4], "less": BLUES[3]}


@dataclass(frozen=True)
class _Series:
    """Numbers of a chart, how they are written, and their colour ("" is not seen)."""

    name: str
    values: Sequence[float | None]
    form: str
    colour: str


def add_chart(slide: Any, part: Bars, box: tuple[float, ...], own: bool) -> None:
    """Add a native chart; its numbers can be edited."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
    from pptx.util import Pt

    x, y, wide, tall = box
    table = part.table
    rows = table.rows[: bars_of(part)]
    rest = len(table) - len(rows)
    if rest:
        tall -= LINE * LEAST + 4
        line = (x, y + tall + 4, wide, LINE * LEAST)
        add_text(slide, [say(table.rest, n=rest)], line, LEAST, own)
    shown = replace(table, rows=rows)
    series = _stacked(shown) if part.kind == "waterfall" else _beside(shown)
    data = CategoryChartData()
    data.categories = [table.columns[0].write(row[0]) for row in rows]
    for one in series:
        data.add_series(one.name, one.values, one.form)
    kind = {
        "bar": XL_CHART_TYPE.BAR_CLUSTERED, "waterfall": XL_CHART_TYPE.BAR_STACKED,
        "columns": XL_CHART_TYPE.COLUMN_CLUSTERED,
    }.get(part.kind, XL_CHART_TYPE.LINE)  # fmt: skip
    frame = slide.shapes.add_chart(kind, Pt(x), Pt(y), Pt(wide), Pt(tall), data)
    describe(frame, table.caption)
    chart = frame.chart
    chart.part.chart_workbook.update_from_xlsx_blob(_numbers(data))
    chart.font.size = Pt(LEAST)
    title = " · ".join(filter(None, [table.caption, *_unit_named(shown, part.kind)]))
    chart.has_title = bool(title)
    if title:
        line = chart.chart_title.text_frame.paragraphs[0]
        write(line, title, LEAST, own, bold=True)
        chart.chart_title.include_in_layout = False
    chart.has_legend = len(series) > 1 and part.kind != "waterfall"
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
    chart.value_axis.tick_labels.font.size = Pt(LEAST)
    chart.category_axis.tick_labels.font.size = Pt(LEAST)
    chart.value_axis.has_major_gridlines = part.kind in ("line", "columns")
    if part.kind in ("bar", "waterfall"):
        _rows(chart, series)
    elif part.kind == "columns":
        _skip(chart.category_axis, max(1, math.ceil(len(rows) / (wide / 90))))
        chart.value_axis.tick_labels.number_format = series[0].form
        chart.value_axis.tick_labels.number_format_is_linked = False
    _look(chart, series, part.kind, own)


def _rows(chart: Any, series: Sequence[_Series]) -> None:
    """Put the first row on top, as on the page; the numbers stand at the bars."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    _skip(chart.category_axis, 1)  # an office leaves out some where it thinks them crowded
    chart.category_axis.reverse_order = True
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.value_axis.visible = False
    if all((v or 0.0) >= 0 for one in series for v in one.values):
        chart.value_axis.minimum_scale = 0


def _look(chart: Any, series: Sequence[_Series], kind: str, own: bool) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    plot = chart.plots[0]
    for one, told in zip(plot.series, series, strict=True):
        if kind == "line":
            one.smooth = False
            if own:
                one.format.line.color.rgb = RGBColor.from_string(told.colour)
        elif not told.colour:
            one.format.fill.background()
        elif own or kind == "waterfall":
            one.format.fill.solid()
            one.format.fill.fore_color.rgb = RGBColor.from_string(told.colour)
    if kind == "columns":
        plot.gap_width = 5
    elif kind == "waterfall":
        plot.gap_width, plot.overlap = 45, 100
    elif kind == "bar":
        plot.gap_width = 45
        plot.has_data_labels = True
        plot.data_labels.font.size = Pt(LEAST)
        plot.data_labels.show_value = True
        plot.data_labels.number_format = series[0].form
        plot.data_labels.number_format_is_linked = False


def _beside(table: Table) -> list[_Series]:
    """Return a series for every column that is drawn."""
    found = []
    for k, place in enumerate(drawn(table)):
        column, form, scale = _drawn_as(table, place)
        values = [_value(row[place], column.unit, scale) for row in table.rows]
        found.append(_Series(column.heading, values, form, BLUES[k % len(BLUES)]))
    return found


def _stacked(table: Table) -> list[_Series]:
    """Return the parts of a waterfall's bars, on a base that is not seen."""
    (place,) = drawn(table)[:1]
    _, form, scale = _drawn_as(table, place)
    found = steps(table, place)
    return [
        _Series(say(f"show.step_{part}"), [getattr(s, part) / scale for s in found], form, colour)
        for part, colour in _STEPS.items()
    ]


def _unit_named(table: Table, kind: str) -> list[str]:
    """Return what the amounts of a chart are counted in."""
    first = table.columns[0].unit
    if kind == "columns":
        return [first.head] if isinstance(first, Money) else []
    places = drawn(table)
    if len(places) != 1 or not isinstance(table.columns[places[0]].unit, Money):
        return []
    return [_drawn_as(table, places[0])[0].heading]


def _skip(axis: Any, every: int) -> None:
    """Label every so many bars."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    mark = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="{every}"/>')
    axis._element.xpath("c:noMultiLvlLbl")[0].addprevious(mark)


def _drawn_as(table: Table, place: int) -> tuple[Column, str, float]:
    """Return a column as a chart draws it, its number format, and what its values are over.

    Amounts are drawn in one unit, which the column's heading names: ``EUR m``.
    """
    column = table.columns[place]
    unit = column.unit
    if not isinstance(unit, Money):
        return column, unit.form() or "General", 1.0
    values = (_value(row[place], unit) for row in table.rows)
    most = max((abs(v) for v in values if v is not None), default=0.0)
    size, _, digits = step_of(most)
    form = "#,##0" + ("." + "0" * digits if digits else "")
    return replace(column, unit=replace(unit, most=most, coded=False)), form, size


def _value(value: Any, unit: Unit, size: float = 1.0) -> float | None:
    """Return what a chart draws of a cell."""
    if isinstance(value, Quantity):
        value, unit = value.value, value.unit
    found = None if value is None else unit.cell(value)
    return found / size if isinstance(found, float) and math.isfinite(found) else None


def _numbers(data: Any) -> bytes:
    """Return the workbook behind a chart: texts stay texts, and no clock is in it."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with Workbook(buffer, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1)})
        sheet = book.add_worksheet("Sheet1")
        sheet.set_column(0, 0, 30)
        for y, label in enumerate(data.categories, start=1):
            sheet.write_string(y, 0, str(label.label))
        for x, series in enumerate(data, start=1):
            sheet.write_string(0, x, series.name)
            form = book.add_format({"num_format": series.number_format})
            for y, value in enumerate(series.values, start=1):
                if value is not None:
                    sheet.write_number(y, x, value, form)
    return buffer.getvalue()


__all__ = ["add_chart"]
