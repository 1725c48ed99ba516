"""Slides: nothing small, nothing cut, nothing lost; native charts; a company's own file."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.dml import MSO_FILL
from pptx.util import Pt
from python_calamine import CalamineWorkbook

from funnelkit.charts.fonts import folder
from funnelkit.errors import FunnelkitError
from funnelkit.show.column import COUNT, SHARE, TEXT, Column, Money
from funnelkit.show.drawn_again import triangle
from funnelkit.show.slides import Bars, Bullets, Heat, Picture, Slide, check_template, slides
from funnelkit.show.table import Table
from funnelkit.words import speaking

LONG = "The deal waits for a decision of the buyer's board, which meets again in the autumn"
ROWS = [("=1+1", 1200, 0.5), ("<script>alert(1)</script>", 30, 0.25), ("华东", 7, 0.125)]
HEADS = [Column("Stage"), Column("Deals", COUNT, "deals"), Column("Rate", SHARE, "rate")]
TABLE = Table(HEADS, ROWS, "Deals by stage", drawn=("deals",))


@cache
def font(chinese: bool) -> FT2Font:
    """The widest font an office falls back to, and a Chinese one."""
    own = Path(folder()) / "FunnelkitSansSC-Regular.otf"
    return FT2Font(str(own if chinese else Path(get_data_path()) / "fonts/ttf/DejaVuSans.ttf"))


def wide(text: str, size: float) -> float:
    """Measure a text with real fonts."""
    total = 0.0
    for run in re.findall(r"[\u2e80-\uffef]+|[^\u2e80-\uffef]+", text):
        face = font(bool(re.match(r"[\u2e80-\uffef]", run)))
        face.set_size(size, 72)
        face.set_text(run)
        total += face.get_width_height()[0] / 64
    return total


def lines(text: str, room: float, size: float) -> int:
    """Count the lines of a text as an office breaks it."""
    found, line = 1, ""
    for piece in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*", text):
        if line and wide((line + piece).rstrip(), size) > room:
            found, line = found + 1, ""
        line += piece
    return found


def frames(slide: Any) -> Iterator[tuple[Any, float, float, float]]:
    """Yield every text frame with its room, in points: width, height, and where it ends."""
    for shape in slide.shapes:
        left, top, width, height = (v / 12700 for v in (
            shape.left, shape.top, shape.width, shape.height))  # fmt: skip
        if shape.has_text_frame:
            yield shape.text_frame, width, height, top + height
        elif shape.has_table:
            y = top
            for r, row in enumerate(shape.table.rows):
                y += row.height / 12700
                for k, column in enumerate(shape.table.columns):
                    inner = column.width / 12700 - 12
                    cell = shape.table.cell(r, k)
                    yield cell.text_frame, inner, row.height / 12700 - 6, y
            assert left + sum(c.width for c in shape.table.columns) / 12700 <= 960


def assert_reads(body: bytes) -> Any:
    """Check that every text of a file is large enough, stands on its slide and is not cut."""
    file = Presentation(io.BytesIO(body))
    low = (file.slide_height or 0) / 12700
    for slide in file.slides:
        for frame, room, high, end in frames(slide):
            needed = 0.0
            for line in frame.paragraphs:
                sizes = [run.font.size.pt for run in line.runs]
                assert all(size >= 14 for size in sizes)
                if sizes:
                    hang = 16 if line._p.pPr is not None and line._p.pPr.get("marL") else 0
                    needed += lines(line.text, room - hang, max(sizes)) * 1.2 * max(sizes)
            assert needed <= high + 1, frame.text
            assert end <= low + 1, frame.text
        for shape in slide.shapes:
            if shape.has_chart:
                assert shape.chart.font.size >= Pt(14)
                assert (shape.top + shape.height) / 12700 <= low
    return file


def texts(file: Any) -> list[str]:
    return [
        line.text for slide in file.slides for frame, *_ in frames(slide)
        for line in frame.paragraphs if line.text
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_does_not_fit_goes_on_and_nothing_is_cut_or_lost(lang: str) -> None:
    told = {"en": LONG, "zh": "客户的董事会秋季才再次开会，因此商机一直停留在等待决策的状态，"}[
        lang
    ]
    items = [f"{k}. {told}" * (1 + k % 3) for k in range(30)]
    rows = [(f"{told} {k}", k, k / 60) for k in range(60)]
    with speaking(lang):
        body = slides("x", [
            Slide(told * 2, [Bullets(items, told)], [told, Table(HEADS, rows, told)], ["note"]),
            Slide("Chart", [Bars(TABLE)], [TABLE], lead=[told, told]),
        ])  # fmt: skip
    file = assert_reads(body)
    found = texts(file)
    assert [t for t in found if t in items] == items
    assert len(file.slides) > 2
    assert re.search(r"And \d+ more|另有 \d+ 条", " ".join(found))


def test_a_chart_is_native_and_its_numbers_are_numbers_and_texts_texts() -> None:
    file = assert_reads(slides("x", [Slide("Chart", [Bars(TABLE)], notes=["How it is counted"])]))
    chart = next(s for s in file.slides[0].shapes if s.has_chart).chart
    (plot,) = chart.plots
    assert list(plot.categories) == [row[0] for row in ROWS]
    assert tuple(plot.series[0].values) == (1200, 30, 7)
    book = CalamineWorkbook.from_filelike(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    assert book.get_sheet_by_name("Sheet1").to_python() == [
        ["", "Deals"], *([name, float(n)] for name, n, _ in ROWS),
    ]  # fmt: skip
    assert file.slides[0].notes_slide.notes_text_frame.text == "How it is counted"


def test_amounts_are_drawn_in_one_unit_that_is_named() -> None:
    heads = [Column("Level"), Column("Amount", Money(currency="EUR"), "amount")]
    table = Table(heads, [("Base", 1_016_000.0), ("Plan", 250_000.0)], "Levels", drawn=("amount",))
    for lang, name, values in (("en", "EUR m", (1.016, 0.25)), ("zh", "万欧元", (101.6, 25.0))):
        with speaking(lang):
            file = assert_reads(slides("x", [Slide("t", [Bars(table)])]))
        chart = next(s for s in file.slides[0].shapes if s.has_chart).chart
        assert name in chart.chart_title.text_frame.text
        assert tuple(chart.plots[0].series[0].values) == pytest.approx(values)


#: From 1,000 open to 900: 500 came, 200 were won, 400 lost.
STEPS = [("1 April", 1000.0), ("New", 500.0), ("Won", -200.0), ("Lost", -400.0), ("30 June", 900.0)]
MOVED = Table(
    [Column("Step"), Column("Amount", COUNT, "amount")], STEPS, "Moved",
    ["fk-sum", "", "", "", "fk-sum"], drawn=("amount",),
)  # fmt: skip
COHORTS = Table(
    [Column("Cohort"), Column("Age", COUNT, "age"), Column("Deals", COUNT, "deals"),
     Column("Rate", SHARE, "rate"), Column("Complete", TEXT, "mature")],
    [("Q1", 1, 50, 0.1, True), ("Q1", 2, 50, 0.4, True), ("Q2", 1, 60, 0.2, False)],
    "Cohorts", drawn=("rate",),
)  # fmt: skip


def the_chart(body: bytes) -> Any:
    return next(s for s in assert_reads(body).slides[0].shapes if s.has_chart).chart


@pytest.mark.parametrize("own", [True, False])
def test_a_waterfall_is_stacked_bars_on_bars_that_are_not_seen(own: bool, tmp_path: Path) -> None:
    template = None if own else company(tmp_path)
    body = slides("x", [Slide("Moved", [Bars(MOVED, "waterfall")], [MOVED])], template=template)
    chart = the_chart(body)
    assert chart.chart_type == XL_CHART_TYPE.BAR_STACKED
    (plot,) = chart.plots
    assert list(plot.categories) == [name for name, _ in STEPS]
    base, total, more, less = (tuple(s.values) for s in plot.series)
    assert base == (0, 1000, 1300, 900, 0)
    assert total == (1000, 0, 0, 0, 900)
    assert more == (0, 500, 0, 0, 0)
    assert less == (0, 0, 200, 400, 0)
    assert plot.overlap == 100
    assert plot.series[0].format.fill.type == MSO_FILL.BACKGROUND
    assert not chart.has_legend


def test_a_histogram_is_columns_that_touch() -> None:
    heads = [Column("From", Money(currency="EUR")), Column("To", Money(currency="EUR")),
             Column("Share", SHARE, "share")]  # fmt: skip
    table = Table(heads, [(0, 1e6, 0.25), (1e6, 2e6, 0.75)], "How likely", drawn=("share",))
    chart = the_chart(slides("x", [Slide("t", [Bars(table, "columns")])]))
    assert chart.chart_type == XL_CHART_TYPE.COLUMN_CLUSTERED
    assert chart.plots[0].gap_width <= 10
    assert tuple(chart.plots[0].series[0].values) == (0.25, 0.75)
    assert chart.chart_title.text_frame.text == "How likely · EUR"


def test_cohorts_are_a_row_each_and_only_what_is_complete_is_shaded() -> None:
    body = slides("x", [Slide("t", [Heat(*triangle(COHORTS))])])
    grid = next(s for s in assert_reads(body).slides[0].shapes if s.has_table).table
    cells = [[grid.cell(r, k) for k in range(4)] for r in range(3)]
    assert [[c.text for c in row] for row in cells] == [
        ["Cohort", "Deals", "1", "2"], ["Q1", "50", "10%", "40%"], ["Q2", "60", "20%", "–"],
    ]  # fmt: skip
    filled = {c.text: c.fill.fore_color.rgb for row in cells for c in row if c.fill.type == 1}
    assert set(filled) == {"10%", "40%"}
    assert filled["40%"][0] < filled["10%"][0]  # the higher, the darker


def test_a_chart_draws_no_more_rows_than_the_page_and_says_what_is_left() -> None:
    rows = [(f"Customer {k}", 100 - k, 0.5) for k in range(40)]
    table = Table(HEADS, rows, "The three largest", most=3, drawn=("deals",))
    body = slides("x", [Slide("t", [Bars(table)])])
    assert len(list(the_chart(body).plots[0].categories)) == 3
    assert "And 37 more." in texts(Presentation(io.BytesIO(body)))


def test_a_column_without_any_value_is_not_shown_and_units_stay_together() -> None:
    heads = [Column("阶段"), Column("空", COUNT, "none"), Column("达成金额", Money(currency="EUR"))]
    wide = [Column(f"第{k}项指标", TEXT) for k in range(7)]
    rows = [("谈判", None, 150_000.0, *["很长的文字" * 2] * 7)]
    with speaking("zh"):
        body = slides("x", [Slide("t", [Table([*heads, *wide], rows)])])
    grid = next(s for s in assert_reads(body).slides[0].shapes if s.has_table).table
    found = [grid.cell(0, k).text for k in range(len(grid.columns))]
    assert "空" not in found
    assert "达成金额（欧元）" in [text.replace("\v", "") for text in found]
    assert all("\v（" in text or "\v" not in text for text in found)


def test_the_same_slides_are_the_same_bytes() -> None:
    pages = [Slide("One", ["text", Bars(TABLE)], [TABLE], ["note"])]
    assert slides("x", pages) == slides("x", pages)


def company(tmp_path: Path, *, title: bool = True, ending: str = "pptx") -> Path:
    """Return a company's file: slides of 4:3, one of its own, and perhaps no title anywhere."""
    file = Presentation()
    own = file.slides.add_slide(file.slide_layouts[0])
    own.shapes.title.text = "Our company"
    if not title:
        for layout in file.slide_layouts:
            for shape in list(layout.placeholders):
                if shape.placeholder_format.type in (1, 3):
                    shape._element.getparent().remove(shape._element)
    target = tmp_path / f"company.{ending}"
    file.save(str(target))
    if ending == "potx":
        with zipfile.ZipFile(target) as old:
            entries = {name: old.read(name) for name in old.namelist()}
        types = "[Content_Types].xml"
        entries[types] = entries[types].replace(b"ml.presentation.main", b"ml.template.main")
        with zipfile.ZipFile(target, "w") as new:
            for name, entry in entries.items():
                new.writestr(name, entry)
    return target


@pytest.mark.parametrize("ending", ["pptx", "potx"])
def test_a_company_s_file_gives_size_and_layout_and_none_of_its_slides(
    tmp_path: Path, ending: str
) -> None:
    pages = [Slide("Title", [LONG, Bars(TABLE)], [Bullets([LONG] * 12)])]
    body = slides("x", pages, template=company(tmp_path, ending=ending))
    file = assert_reads(body)
    assert file.slide_width / file.slide_height == pytest.approx(4 / 3)
    assert "Our company" not in texts(file)
    assert {slide.slide_layout.name for slide in file.slides} == {"Title Only"}
    assert body == slides("x", pages, template=company(tmp_path, ending=ending))


def test_a_layout_made_for_higher_slides_leaves_nothing_below_this_one(tmp_path: Path) -> None:
    file = Presentation()
    file.slide_width, file.slide_height = Pt(720), Pt(405)  # the feet of its layouts lie at 500
    for layout in file.slide_layouts:
        for shape in layout.placeholders:
            if shape.placeholder_format.type in (1, 3):
                shape.left, shape.top, shape.width, shape.height = Pt(43), Pt(20), Pt(630), Pt(50)
    target = tmp_path / "wide.pptx"
    file.save(str(target))
    assert_reads(slides("x", [Slide("t", [Bullets([LONG] * 20)], [TABLE])], template=target))


def test_a_file_slides_cannot_be_made_from_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError, match="no layout with a title"):
        check_template(company(tmp_path, title=False))
    broken = tmp_path / "notes.txt"
    broken.write_text("no slides")
    for file in (broken, tmp_path / "missing.pptx"):
        with pytest.raises(FunnelkitError, match=f"{file.name} cannot be read as a PowerPoint"):
            check_template(file)


def test_a_picture_says_what_it_shows_and_keeps_its_shape() -> None:
    from matplotlib.figure import Figure

    made = io.BytesIO()
    Figure(figsize=(4, 2)).savefig(made, format="png")
    file = Presentation(io.BytesIO(slides("x", [Slide("t", [Picture(made.getvalue(), "A plot")])])))
    shape = next(s for s in file.slides[0].shapes if s.shape_type == 13)
    assert shape.width / shape.height == pytest.approx(2, rel=0.01)
    assert shape._element.xpath(".//p:cNvPr")[0].get("descr") == "A plot"


def test_columns_that_do_not_fit_are_left_out_from_the_end_but_never_the_drawn_one() -> None:
    heads = [Column("Name"), *(Column(f"Column {k}", TEXT, f"c{k}") for k in range(20))]
    table = Table(heads, [("x", *["a long text " * 3] * 20)], drawn=("c19",))
    grid = next(
        s for s in assert_reads(slides("x", [Slide("t", [table])])).slides[0].shapes if s.has_table
    ).table
    found = [grid.cell(0, k).text for k in range(len(grid.columns))]
    assert found[0] == "Name"
    assert found[-1] == "Column 19"
    assert found[1:-1] == [f"Column {k}" for k in range(len(found) - 2)]
