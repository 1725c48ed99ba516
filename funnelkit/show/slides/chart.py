"""Native charts, with a workbook behind each whose texts stay texts."""

from __future__ import annotations

import datetime as dt
import io
import math
from dataclasses import replace
from typing import Any

from funnelkit.show.column import Column, Money, Quantity, Unit
from funnelkit.show.slides.fit import LINE
from funnelkit.show.slides.marks import add_text, describe, write
from funnelkit.show.slides.parts import Bars
from funnelkit.show.slides.room import LEAST, MOST_BARS, drawn
from funnelkit.show.table import Table
from funnelkit.words import say
from funnelkit.words.formats import step_of

BLUES = ("2F6FA7", "9BBBD9", "12406B", "BCD7EE", "5781A6")


def add_chart(slide: Any, part: Bars, box: tuple[float, ...], own: bool) -> None:
    """Add a native chart; its numbers can be edited."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    x, y, wide, tall = box
    table = part.table
    rows = table.rows[: MOST_BARS if part.kind == "bar" else None]
    rest = len(table) - len(rows)
    if rest:
        tall -= LINE * LEAST + 4
        line = (x, y + tall + 4, wide, LINE * LEAST)
        add_text(slide, [say(table.rest, n=rest)], line, LEAST, own)
    places = drawn(table)
    data = CategoryChartData()
    lowest = 0.0
    data.categories = [table.columns[0].write(row[0]) for row in rows]
    for k in places:
        column, form, scale = _drawn_as(table, k)
        values = [_value(row[k], column.unit, scale) for row in rows]
        lowest = min([lowest, *(v for v in values if v is not None)])
        data.add_series(column.heading, values, form)
    bars = part.kind == "bar"
    kind = XL_CHART_TYPE.BAR_CLUSTERED if bars else XL_CHART_TYPE.LINE
    frame = slide.shapes.add_chart(kind, Pt(x), Pt(y), Pt(wide), Pt(tall), data)
    describe(frame, table.caption)
    chart = frame.chart
    chart.part.chart_workbook.update_from_xlsx_blob(_numbers(data))
    chart.font.size = Pt(LEAST)
    head = [data[0].name] if len(places) == 1 and _is_money(table, places[0]) else []
    title = " · ".join(filter(None, [table.caption, *head]))
    chart.has_title = bool(title)
    if title:
        line = chart.chart_title.text_frame.paragraphs[0]
        write(line, title, LEAST, own, bold=True)
        chart.chart_title.include_in_layout = False
    chart.has_legend = len(places) > 1
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
    chart.value_axis.has_major_gridlines = not bars
    chart.category_axis.tick_labels.font.size = Pt(LEAST)
    chart.value_axis.tick_labels.font.size = Pt(LEAST)
    if bars:
        _every_label(chart.category_axis)
        chart.category_axis.reverse_order = True  # the first row on top, as on the page
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        chart.value_axis.visible = False
        if lowest == 0:
            chart.value_axis.minimum_scale = 0
    for k, plot in enumerate(chart.plots[0].series):
        if own:
            from pptx.dml.color import RGBColor

            look = plot.format.fill if bars else plot.format.line
            (look.solid() if bars else look.fill.solid())
            colour = look.fore_color if bars else look.color
            colour.rgb = RGBColor.from_string(BLUES[k % len(BLUES)])
        if not bars:
            plot.smooth = False
    if bars:
        plot = chart.plots[0]
        plot.gap_width = 45
        plot.has_data_labels = True
        plot.data_labels.font.size = Pt(LEAST)
        plot.data_labels.show_value = True
        plot.data_labels.number_format = _drawn_as(table, places[0])[1]
        plot.data_labels.number_format_is_linked = False


def _every_label(axis: Any) -> None:
    """Label every bar: an office leaves out some where it thinks them crowded."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    mark = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="1"/>')
    axis._element.xpath("c:noMultiLvlLbl")[0].addprevious(mark)


def _is_money(table: Table, place: int) -> bool:
    return isinstance(table.columns[place].unit, Money)


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
