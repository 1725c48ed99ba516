"""The trainer's path of the README, with stages of one's own, typed word by word."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

import funnelkit as fk
from funnelkit.cli import app
from funnelkit.page.live import on_paper
from funnelkit.teach.lab import WIDGET, printed, settings
from funnelkit.teach.learner.progress import FILE, Progress
from funnelkit.teach.paper.page import page
from funnelkit.teach.site.course import Course
from funnelkit.teach.site.shelf import found_shelf

ROOT = Path(__file__).parents[2]
RUN = CliRunner()


def lines(begin: str) -> list[str]:
    readme = (ROOT / "README.md").read_text("utf-8")
    return [m.split("  #")[0].strip() for m in re.findall(rf"^ {{4}}({begin}.*)$", readme, re.M)]


def typed(line: str) -> str:
    """Run a line of the README; what it would write into a file is returned and written."""
    words, _, file = line.partition(" > ")
    done = RUN.invoke(app, shlex.split(words)[1:])
    assert done.exit_code == 0, done.output
    if file:
        Path(file).write_text(done.stdout, "utf-8")
    return done.stdout


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_own_stages_from_sheet_to_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = lines("funnelkit process new our")[lang == "zh"]
    typed(asked)
    last = re.findall(r'"([^"]*)"', asked)[0].split(", ")[-1]
    p = fk.simulate("our-process.yaml", {"deals": 400, "months": 12}, seed=1)
    rows = list(fk.funnel(p).table["stage"])
    assert len(rows) == 4  # no row beside the four stages
    assert p.process.label(rows[-1]) == last
    example = lines("funnelkit simulate --example")[lang == "zh"]
    plan = typed(example)
    for stage in list(p.process.stages)[:-1]:
        assert json.dumps(str(stage.name), ensure_ascii=False) in plan
    if lang == "en":
        return  # building a box takes a minute: once is enough
    build = lines("funnelkit workshop build")[lang == "zh"]
    typed(f"{build} --no-run")
    # the learner's folder opens on itself
    monkeypatch.chdir(tmp_path / "workshop" / "learner")
    shelf = found_shelf()
    assert shelf.folder == Path.cwd()
    assert shelf.languages == (lang,)
    with pytest.MonkeyPatch.context() as aside:
        aside.setattr("funnelkit.teach.site.demos.shown", lambda book, **_: {})
        opened = Course(shelf, Progress.open(FILE))
        html = str(opened.page(f"lesson/{shelf.fronts[0].id}", lang))
    assert "data-ask" in html
    book = shelf.book(shelf.fronts[0].id)
    assert book.lesson.p.process.label(book.lesson.p.process.stage_ids[-1]) == last


def test_a_last_stage_that_does_not_say_is_asked_for(tmp_path: Path) -> None:
    file = str(tmp_path / "own.yaml")
    open_ = RUN.invoke(app, ["process", "new", file, "--stages", "Lead, Offer, Handover"])
    assert open_.exit_code == 2
    assert '--closing "Handover"' in open_.output
    assert not Path(file).exists()
    none = ["process", "new", file, "--stages", "Lead, Offer, Handover", "--closing", "none"]
    assert RUN.invoke(app, none).exit_code == 0
    assert fk.simulate(file, {"deals": 50}).process.closing is None
    other = [*none[:-1], "Offer"]
    assert RUN.invoke(app, other).exit_code == 2


@pytest.mark.parametrize("command", ["simulate", "workshop"])
def test_what_does_not_fit_is_told_with_file_line_and_cure(tmp_path: Path, command: str) -> None:
    sheet, plan = tmp_path / "own.yaml", tmp_path / "plan.yml"
    stages = "Lead, Demo, Signed"
    assert RUN.invoke(app, ["process", "new", str(sheet), "--stages", stages]).exit_code == 0
    plan.write_text("months: 12\nstages:\n  Lead: {step_rate: 0.5}\n  Dmeo: {step_rate: 0.4}\n")
    given = ["--process", str(sheet), "--out", str(tmp_path / "out")]
    words = (
        ["workshop", "build", "--plan", str(plan)]
        if command == "workshop"
        else ["simulate", str(plan)]
    )
    done = RUN.invoke(app, [*words, *given])
    assert done.exit_code == 2
    assert "plan.yml, line 4" in done.output
    assert '"Dmeo"' in done.output
    assert "demo" in done.output
    assert "Flaw" not in done.output


def test_a_saved_notebook_keeps_the_print_alone(tmp_path: Path) -> None:
    view = {WIDGET: {"model_id": "x"}, "text/html": "<p>print</p>", "text/plain": "print"}
    other = {WIDGET: {"model_id": "y"}, "text/plain": "a widget of one's own"}
    cells = [
        nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data=dict(d))])
        for d in (view, other)
    ]
    model = {"type": "notebook", "content": nbformat.v4.new_notebook(cells=cells)}
    printed(model, path="x.ipynb", contents_manager=None)
    kept = [c["outputs"][0]["data"] for c in model["content"]["cells"]]
    assert WIDGET not in kept[0]
    assert WIDGET in kept[1]  # nothing stands for it: it is left as it is
    env = settings(tmp_path)
    assert env["JUPYTER_CONFIG_PATH"].split(":")[0].split(";")[0]
    assert "printed" in (tmp_path / "jupyter_server_config.py").read_text()


def test_paper_brings_its_font_and_no_word_about_running() -> None:
    html = page("一", "<p>销售漏斗</p>")
    assert "@font-face" in html
    assert page("一", "<p>销售漏斗</p>") == html
    assert on_paper("<p class='fk-wake'><em>Run</em></p><p>1</p>") == "<p>1</p>"
