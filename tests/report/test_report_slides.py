"""A report as slides: what the first screen says comes first, eight to twelve in all."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE

from funnelkit.errors import FunnelkitError
from funnelkit.report.contents import contents_of
from funnelkit.report.factory.run import plan, report
from funnelkit.report.pptx import to_pptx
from funnelkit.words import speaking

CASES = {
    "funnel-review": {"lang": "en"},
    "forecast": {"lang": "zh"},
    "regional-plan": {"lang": "en", "target": 2_500_000.0},
}


@pytest.fixture(scope="module", params=CASES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("slides")
    runs = report(
        request.param, "industrial", parameters=CASES[request.param], formats=["ipynb", "pptx"],
        out=out,
    )  # fmt: skip
    assert [run.error for run in runs if not run.ok] == []
    stem = runs[0].job.stem
    notebook = nbformat.read(out / f"{stem}.ipynb", as_version=4)
    return notebook, out / f"{stem}.pptx", runs[0].job


def said(slide: Any) -> list[str]:
    found = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            found += [line.text for line in shape.text_frame.paragraphs]
        elif shape.has_table:
            found += [cell.text for row in shape.table.rows for cell in row.cells]
    return found


def test_the_first_slides_say_what_the_first_screen_says(made: Any) -> None:
    notebook, file, _ = made
    deck = Presentation(str(file))
    assert 8 <= len(deck.slides) <= 12
    found = contents_of(notebook)
    screen = next(c for c in found.chapters if c.name == "glance")
    lead = found.points[0]
    first = [slide for slide in deck.slides if slide.shapes.title.text_frame.text.startswith(lead)]
    told = [text for slide in first for text in said(slide)]
    assert said(deck.slides[0])[0] == lead
    for block in screen.screen:
        for item in block["items"]:
            assert item in told or block["tables"]
    for name in found.about:
        assert any(name in text for text in told)


def test_numbers_are_charts_that_can_be_edited_and_notes_tell_how_they_are_counted(
    made: Any,
) -> None:
    notebook, file, job = made
    deck = Presentation(str(file))
    charts = [s.chart for slide in deck.slides for s in slide.shapes if s.has_chart]
    assert charts
    sheets = contents_of(notebook).sheets
    for chart in charts:
        labels = list(chart.plots[0].categories)
        with speaking(str(job.values["lang"])):
            known = [
                [s.table.columns[0].write(row[0]) for row in s.table.rows[: len(labels)]]
                for s in sheets
            ]
        assert labels in known
    drawn = {chart.chart_type for chart in charts}
    if file.stem in ("funnel-review", "forecast"):  # how likely which total is
        assert XL_CHART_TYPE.COLUMN_CLUSTERED in drawn
    if file.stem == "funnel-review":  # how the open amount moved
        assert XL_CHART_TYPE.BAR_STACKED in drawn
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides]
    assert sum(bool(text) for text in notes) >= len(notes) - 2
    sizes = [
        run.font.size.pt for slide in deck.slides for shape in slide.shapes if shape.has_text_frame
        for line in shape.text_frame.paragraphs for run in line.runs
    ]  # fmt: skip
    assert min(sizes) >= 14


def test_the_same_notebook_gives_the_same_bytes_and_a_company_s_look(
    made: Any, tmp_path: Path
) -> None:
    notebook, file, job = made
    template = tmp_path / "company.pptx"
    Presentation().save(str(template))
    lang = str(job.values["lang"])
    title = Presentation(str(file)).core_properties.title
    again = tmp_path / "again.pptx"
    to_pptx(notebook, again, title=title, lang=lang, moment=job.moment)
    assert again.read_bytes() == file.read_bytes()
    to_pptx(notebook, again, title=title, lang=lang, moment=job.moment, template=str(template))
    deck = Presentation(io.BytesIO(again.read_bytes()))
    assert deck.slide_width == Presentation().slide_width
    assert len(deck.slides) >= 8


def test_a_company_s_file_asks_for_slides_and_is_refused_before_anything_runs(
    tmp_path: Path,
) -> None:
    template = tmp_path / "company.pptx"
    Presentation().save(str(template))
    batch = plan("funnel-review", "tiny", out=tmp_path / "out", pptx_template=template)
    assert "pptx" in batch.formats
    other = plan("funnel-review", "tiny", out=tmp_path / "out", formats=["html", "ipynb", "pptx"])
    assert batch.jobs[0].mark != other.jobs[0].mark  # made again when the look changes
    with pytest.raises(FunnelkitError, match=re.escape("none.pptx cannot be read")):
        plan("funnel-review", "tiny", out=tmp_path / "out", pptx_template="none.pptx")


def long_names(notebook: Any) -> Any:
    """The same notebook with names of sellers, stages and groups as long as they get."""
    text = json.dumps(notebook)
    for name in ("Cold call", "Ulla Costeral", "Proposal", "Pelvane Textiles"):
        text = text.replace(name, f"{name} – a name that somebody made very long and nobody cuts")
    return nbformat.reads(text, as_version=4)


def test_long_names_cost_bars_or_sections_and_never_a_thirteenth_slide(
    made: Any, tmp_path: Path
) -> None:
    notebook, file, job = made
    out = tmp_path / "long.pptx"
    to_pptx(long_names(notebook), out, title=file.stem, lang=str(job.values["lang"]))
    deck = Presentation(str(out))
    assert len(deck.slides) <= 12
    charts = [s.chart for slide in deck.slides for s in slide.shapes if s.has_chart]
    assert max(len(str(c)) for chart in charts for c in chart.plots[0].categories) <= 48
