"""The questions of a file as a form: what is clicked, what comes of it, and where none can live."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient

import funnelkit as fk
from funnelkit.data.ask.dialogue import Dialogue
from funnelkit.data.ask.form import Form, in_notebook
from funnelkit.data.reading.reading import Reading
from funnelkit.data.understanding.questions import Unsure
from funnelkit.words import speaking

LOG = """Case ID,Activity,Timestamp
c1,Register,2026-01-01 08:00
c1,Handshake,2026-01-05 08:00
c2,Register,2026-01-01 09:00
c2,Turned away,2026-01-04 09:00
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "cases.csv"
    made.write_text(LOG, "utf-8")
    return made


def _form(file: Path) -> Form:
    def read(told: object) -> object:
        return Reading(file, None, None, told, None, None, "repair", None).run()

    return Form(Dialogue(read), file)  # type: ignore[arg-type]


def _texts(form: Form) -> str:
    return " ".join(str(getattr(c, "value", "")) for c in form.widget.children)


@pytest.mark.parametrize(
    ("lang", "open_", "written"), [("en", "still open", "written to"), ("zh", "没有回答", "已写入")]
)
def test_answers_by_clicks(lang: str, open_: str, written: str, file: Path) -> None:
    import ipywidgets as w

    with speaking(lang):
        form = _form(file)
        choosers = [c for c in form.widget.children if isinstance(c, w.RadioButtons)]
        assert [len(c.options) for c in choosers] == [4, 4]
        with pytest.raises(Unsure):
            _ = form.pipeline
        form.widget.children[-1].children[0].click()
        assert open_ in _texts(form)  # nothing is chosen yet
        choosers = [c for c in form.widget.children if isinstance(c, w.RadioButtons)]
        asked = [c.value for c in form.widget.children if isinstance(c, w.HTML)][1:3]
        for chooser, text in zip(choosers, asked, strict=True):
            chooser.value = 0 if "Handshake" in text else 1
        form.widget.children[-2].children[0].click()
        assert written in _texts(form)
    frame = form.pipeline.frame()
    assert frame["outcome"].tolist() == ["won", "lost"]
    told = yaml.safe_load((file.parent / "cases.csv.mapping.yaml").read_text("utf-8"))
    assert told["outcomes"] == {"Handshake": "won", "Turned away": "lost"}
    assert fk.read(file).size == 2


def test_without_questions_the_pipeline_comes_at_once(file: Path) -> None:
    told = {"outcomes": {"Handshake": "won", "Turned away": "lost"}}
    assert fk.read(file, mapping=told, ask=True).size == 2


def test_where_nobody_can_answer_the_questions_are_refused(file: Path) -> None:
    assert not in_notebook()
    with speaking("en"), pytest.raises(Unsure, match=r"outcomes: \{Handshake: won\}"):
        fk.read(file, ask=True)


def test_in_a_notebook_the_form_is_shown_and_answered(file: Path) -> None:
    cells = [
        f"import funnelkit as fk\nform = fk.read({str(file)!r}, ask=True)\nform",
        "import ipywidgets as w\n"
        "for k, c in enumerate(form.widget.children):\n"
        "    if isinstance(c, w.RadioButtons):\n"
        "        c.value = 0 if 'Handshake' in form.widget.children[k - 1].value else 1\n"
        "form.widget.children[-1].children[0].click()\n"
        "print(form.pipeline.size, sorted(form.pipeline.frame()['outcome']))",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    shown = book.cells[0].outputs[-1].data
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "outcomes: {Handshake: won}" in shown["text/plain"]
    assert "2 ['lost', 'won']" in book.cells[1].outputs[-1].text
