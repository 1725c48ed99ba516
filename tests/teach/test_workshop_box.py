"""The box: built small in both languages, opened from its zip elsewhere, the same every time."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from funnelkit.errors import FunnelkitError
from funnelkit.teach.bank import exercises
from funnelkit.teach.build import MASTERS, execute
from funnelkit.teach.editions.master import masters
from funnelkit.teach.practice import practice
from funnelkit.teach.settings import FILE, settings
from funnelkit.teach.workshop.agenda import NAMES
from funnelkit.teach.workshop.box import Box, build_box
from funnelkit.words import speaking

ROOT = Path(__file__).parents[2]
COURSE = [m for m in masters(MASTERS) if m.front.id == "L01"]
STAGES = ("寻源", "试装", "谈价")
PLAN = {
    "name": "轴承厂（虚构）", "months": 8, "deals": 200,
    "stages": {s: {"step_rate": 0.6, "median_days": 9} for s in STAGES},
    "regions": ["洛阳", "宁波"],
}  # fmt: skip


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "my-business.yml"
    path.write_text(yaml.safe_dump(PLAN, allow_unicode=True), "utf-8")
    return path


def built(out: Path, plan: Path, language: str, agenda: str = "half-day") -> Box:
    return build_box(
        out, agenda=agenda, lang=language, plan=plan, course=COURSE, run=False, print_pages=False
    )


@pytest.fixture(scope="module", params=["en", "zh"])
def box(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, plan: Path
) -> Box:
    return built(tmp_path_factory.mktemp("box") / "Room 1", plan, request.param)


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def unpacked(box: Box, folder: Path) -> Path:
    with zipfile.ZipFile(box.zip) as packed:
        packed.extractall(folder)
    return folder / box.folder.name


def test_every_part_is_there(box: Box) -> None:
    found = set(files(box.folder))
    assert found >= {
        "index.html", "learner/00_start_here.ipynb", "learner/L01.ipynb",
        "learner/L01_exercises.ipynb", "learner/plan.yml", "learner/process.yaml",
        f"learner/{FILE}", "learner/data/deals.csv", "trainer/L01.ipynb", f"trainer/{FILE}",
        "trainer/slides.html", "trainer/slides.pptx", "learner/start-windows.bat",
        "learner/start-macos.command", "learner/start-linux.sh", "learner/setup/begin.py",
        "trainer/speaker-notes.html", "trainer/run-of-show.html",
        "trainer/answer-key.html", "trainer/room-checklist.html", "trainer/pilot-log.csv",
        "trainer/forecast-duel-key.html", "print/handout.html", "print/stage-sheets.html",
        "print/pre-test.html", "print/post-test.html", "print/forecast-duel.html",
    }  # fmt: skip
    assert not [n for n in found if not n.isascii()]


def test_nothing_points_outside(box: Box, plan: Path) -> None:
    for name, data in files(box.folder).items():
        if name.endswith(".pptx"):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                assert not any(b'"External"' in packed.read(n) for n in packed.namelist())
            continue
        text = data.decode("utf-8-sig")
        for path in (str(box.folder.parent), str(plan.parent), str(ROOT), str(Path.home()) + "/"):
            assert path not in text, name
        assert not re.search(r"""(?:src|href)=["']?\s*(?:https?:)?//""", text), name
        assert not re.search(r"@import|url\(\s*['\"]?http", text), name


def test_pages_lead_to_files_that_are_there(box: Box) -> None:
    index = (box.folder / "index.html").read_text("utf-8")
    links = re.findall(r'href="([^"]+)"', index)
    assert len(links) >= 12
    for link in links:
        assert (box.folder / link).is_file(), link
    for path in (box.folder / "learner").glob("*.ipynb"):
        text = "".join(c.source for c in nbformat.read(path, as_version=4).cells)
        for link in re.findall(r"\]\((\w+\.ipynb)\)", text):
            assert (path.parent / link).is_file(), (path.name, link)


def test_learners_get_no_answers(box: Box) -> None:
    learner = {n: d.decode() for n, d in files(box.folder / "learner").items() if "data/" not in n}
    for name, text in learner.items():
        assert '"trainer"' not in text, name
        assert '"solution"' not in text, name
        for e in exercises("L01"):
            written = [] if e.solution is None else re.split(r"\{[^}]*\}|\n", e.solution.en)
            for part in written:
                assert len(part) < 20 or json.dumps(part)[1:-1] not in text, (name, e.id)
    trainer = (box.folder / "trainer" / "L01.ipynb").read_text("utf-8")
    assert '"trainer"' in trainer
    cards = (box.folder / "print" / "forecast-duel.html").read_text("utf-8")
    cards = "".join(re.findall(r"<li>.*?</li>", cards))
    assert cards
    assert not re.search("won|lost|赢单|输单", cards)


def test_the_customers_stages_are_on_the_sheets(box: Box) -> None:
    for name in ("print/stage-sheets.html", "print/forecast-duel.html"):
        text = (box.folder / name).read_text("utf-8")
        assert any(s in text for s in STAGES), name
    sheets = (box.folder / "print" / "stage-sheets.html").read_text("utf-8")
    assert all(s in sheets for s in STAGES)


def test_exercises_draw_from_the_business(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = unpacked(box, tmp_path)
    monkeypatch.chdir(room / "learner")
    told = settings()
    assert told is not None
    with speaking(told.language):
        p = practice("firm", 5)
        assert [p.process.label(s) for s in p.process.open_ids] == list(STAGES)
        assert set(p.deals.to_pandas()["region"]) == {"洛阳", "宁波"}
        monkeypatch.chdir(tmp_path)
        other = practice("firm", 5)
    assert other.process.stage_ids != p.process.stage_ids


def test_a_trainer_is_told_what_the_room_is_asked(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the trainer's worked examples are those of the business, as the key's are
    room = unpacked(box, tmp_path)
    monkeypatch.chdir(room / "learner")
    told = settings()
    assert told is not None
    lesson = nbformat.read(room / "trainer" / "L01.ipynb", as_version=4)
    text = "".join(c.source for c in lesson.cells)
    with speaking(told.language):
        cases = [e.case(1) for e in exercises("L01")]
        heads = [case.exercise.kind.told(case) for case in cases]
    monkeypatch.chdir(tmp_path)
    assert all(line in text for head in heads for line in head.splitlines())
    assert any(stage in head for stage in STAGES for head in heads)


def test_an_unpacked_lesson_runs_elsewhere(box: Box, tmp_path: Path) -> None:
    room = unpacked(box, tmp_path / "elsewhere")
    for name in ("L01", "L01_exercises"):
        notebook = nbformat.read(room / "learner" / f"{name}.ipynb", as_version=4)
        assert all(not c.get("outputs") for c in notebook.cells)
        done: Any = execute(notebook, room / "learner")
        told = json.dumps([c.get("outputs", []) for c in done.cells], ensure_ascii=False)
        assert all(s in told for s in STAGES[1:]), name


def test_equal_input_gives_equal_bytes(box: Box, tmp_path: Path, plan: Path) -> None:
    language = "zh" if "zh" in (box.folder / "learner" / FILE).read_text("utf-8") else "en"
    again = built(tmp_path / "Room 1", plan, language)
    assert again.zip.read_bytes() == box.zip.read_bytes()
    assert files(again.folder) == files(box.folder)


@pytest.mark.parametrize("agenda", NAMES[1:])
def test_longer_agendas_build(agenda: str, tmp_path: Path, plan: Path) -> None:
    made = built(tmp_path / "room", plan, "zh", agenda)
    show = (made.folder / "trainer" / "run-of-show.html").read_text("utf-8")
    for row in made.agenda.rows:
        assert row.clock in show


def test_what_exists_is_left_alone(tmp_path: Path, plan: Path) -> None:
    out = tmp_path / "room"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(FunnelkitError) as caught:
        built(out, plan, "en")
    assert caught.value.key == "workshop.out_taken"
    assert files(tmp_path) == {"room/mine.txt": b"mine"}


def test_a_wrong_plan_leaves_nothing_behind(tmp_path: Path) -> None:
    wrong = tmp_path / "plan.yml"
    wrong.write_text("monhts: 4\n")
    with pytest.raises(FunnelkitError):
        built(tmp_path / "room", wrong, "en")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.yml"]


def test_slides_have_one_heading_each_and_keys(box: Box) -> None:
    text = (box.folder / "trainer" / "slides.html").read_text("utf-8")
    parts = re.findall(r"<section.*?</section>", text, re.S)
    assert len(parts) >= 8
    assert all(len(re.findall(r"<h1>", p)) == 1 for p in parts)
    assert "ArrowRight" in text
