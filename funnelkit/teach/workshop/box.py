"""The workshop in a box: a folder and a zip that work without a network.

``learner`` goes to every seat, ``trainer`` stays in front, ``print`` goes to the printer. The
folder and the zip appear whole or not at all, and equal input gives equal bytes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup, escape

from funnelkit.errors import FunnelkitError
from funnelkit.process import Process, load_process
from funnelkit.teach.bank import exercises
from funnelkit.teach.build import MASTERS, cleaned, execute, execute_all, text_of
from funnelkit.teach.cases.case import NAMES, case_page
from funnelkit.teach.editions.master import Master, masters
from funnelkit.teach.editions.notebooks import exercise_notebook, lesson_notebook
from funnelkit.teach.editions.start import start_notebook
from funnelkit.teach.paper import page
from funnelkit.teach.paper.brand import read_brand, wearing
from funnelkit.teach.settings import FILE, Settings, working_with
from funnelkit.teach.workshop import deck, duel, key, printed, runofshow, slides
from funnelkit.teach.workshop.agenda import Agenda, build_agenda
from funnelkit.teach.workshop.fitting import misfits
from funnelkit.teach.workshop.starting import gather, known, write_start
from funnelkit.words import language, say, speaking

_PACKED = Path(__file__).resolve().parents[1] / "masters"
_DATE = (1980, 1, 1, 0, 0, 0)
#: Seeds of the printed tests; learners' own begin at 1 too, but their tests are drawn.
TESTS = {"pre": 901, "post": 901}


@dataclass(frozen=True)
class Box:
    """What was built.

    Attributes
    ----------
    folder, zip : Path
        Where it is.
    agenda : Agenda
        The agenda in clock times.
    notes : tuple of str
        What the trainer should know: lessons left out, pages not printed.
    """

    folder: Path
    zip: Path
    agenda: Agenda
    notes: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return "\n".join([runofshow.summary(self.agenda), *self.notes])


def build_box(
    out: str | Path,
    *,
    agenda: str = "one-day",
    lang: str | None = None,
    process: str | Path | None = None,
    plan: str | Path | None = None,
    brand: str | Path | None = None,
    wheels: Sequence[str] = (),
    start: str = "09:00",
    name: str | None = None,
    seeds: Sequence[int] = (),
    course: Sequence[Master] | None = None,
    run: bool = True,
    print_pages: bool = True,
    tell: Callable[[str], None] = lambda line: None,
) -> Box:
    """Build a workshop.

    Parameters
    ----------
    out : path
        Folder to make; the zip stands beside it.
    agenda : str
        half-day, one-day or two-day.
    lang : str, optional
        Language of everything in the box.
    process, plan : path, optional
        Process sheet and plan of the customer's business; the reference business without.
    brand : path, optional
        Company name, logo and colours of everything that is handed out.
    wheels : sequence of str
        Systems the box brings the tools for, so that a seat needs no network.
    start : str
        When a day begins.
    name : str, optional
        What the workshop is called; the plan's name without.
    seeds : sequence of int
        Seeds of the room for the answer key.
    course : sequence of Master, optional
        The lessons to choose from; all without.
    run : bool
        Execute the lessons: charts on slides and pages. Without, the box is made in seconds.
    print_pages : bool
        Make PDFs where a browser is at hand.
    tell : callable
        Is told what is being done.

    Raises
    ------
    FunnelkitError
        The folder holds something already, or an input is wrong; nothing is written then.
    """
    out = Path(out)
    packed = out.parent / f"{out.name}.zip"
    for path in (out, packed):
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise FunnelkitError("workshop.out_taken", found=str(path))
    with speaking(lang or language()):
        if course is None:
            course = masters(MASTERS if MASTERS.is_dir() else _PACKED)
        laid = build_agenda(agenda, [m.front for m in course], start)
        business = _Business.read(process, plan)
        dress = read_brand(brand)
        title = name or business.name
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".funnelkit-", dir=out.parent))
        except OSError as why:
            raise FunnelkitError(
                "workshop.no_write", found=str(out), why=str(why.strerror)
            ) from None
        try:
            whole = aside / "whole"
            held = [m for m in course if m.front.id in laid.lessons]
            work = _Work(whole, laid, held, business, title, tuple(seeds), tell, known(wheels))
            with wearing(dress):
                notes = work.all(run=run, print_pages=print_pages)
            _zip(whole, aside / "whole.zip", out.name)
            if out.exists():
                out.rmdir()
            whole.replace(out)
            (aside / "whole.zip").replace(packed)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return Box(out, packed, laid, tuple(notes))


@dataclass(frozen=True)
class _Business:
    """The customer's business: the plan as told, its process, its name."""

    plan: dict[str, Any]
    process: Process
    name: str
    own: bool = True

    @classmethod
    def read(cls, process: str | Path | None, plan: str | Path | None) -> _Business:
        from funnelkit.simulation import read_plan
        from funnelkit.simulation.reading import process_of

        told: dict[str, Any] = {}
        base = load_process(process) if process else None
        if plan is not None:
            process_of(read_plan(str(plan)), base)  # says what is wrong and in which line
            told = yaml.safe_load(Path(plan).read_text("utf-8-sig")) or {}
        told = {**told, "language": language()}
        sheet = process_of(read_plan(told), base)
        named = told.get("name")
        if isinstance(named, dict):
            named = named.get(language())
        own = process is not None or plan is not None
        return cls(told, sheet, str(named or say("workshop.reference_business")), own)

    @property
    def sheet(self) -> str:
        """The process as YAML."""
        made = self.process.model_dump(mode="json", exclude_defaults=True)
        return yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=100)

    def settings(self) -> Settings:
        plan = json.dumps(self.plan, ensure_ascii=False, default=str)
        return Settings(
            plan, json.dumps(yaml.safe_load(self.sheet), ensure_ascii=False), language()
        )


def lessons_of(
    place: Path, lang: str, process: str | Path | None, plan: str | Path | None
) -> tuple[Path, Settings]:
    """Write all lessons of a business, not yet run; return their folder and its settings.

    Raises
    ------
    FunnelkitError
        An input is wrong.
    """
    with speaking(lang):
        course = masters(MASTERS if MASTERS.is_dir() else _PACKED)
        laid = build_agenda("two-day", [m.front for m in course], "09:00")
        business = _Business.read(process, plan)
        work = _Work(place, laid, list(course), business, business.name, (), lambda line: None)
        settings = business.settings()
        with working_with(settings):
            work.standard = misfits(list(exercises()))
        work.data()
        work.learner()
        return place / "learner", replace(settings, standard=work.standard)


@dataclass
class _Work:
    """The parts of a box, written one after the other."""

    whole: Path
    agenda: Agenda
    masters: list[Master]
    business: _Business
    name: str
    seeds: tuple[int, ...]
    tell: Callable[[str], None]
    wheels: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()

    def all(self, *, run: bool, print_pages: bool) -> list[str]:
        notes = []
        if self.agenda.missing:
            notes.append(say("workshop.run_missing", lessons=self.agenda.missing))
        ids = [e for r in self.agenda.rows for e in (*r.block.exercises, *r.block.homework)]
        if self.business.own:  # what is asked of the kit's own business fits it
            self.tell(say("workshop.tell_fit"))
            with working_with(self.business.settings()):
                self.standard = misfits([*ids, *printed.test_questions()])
        if self.standard:
            notes.append(say("workshop.standard_used", ids=self.standard))
        self.data()
        self.tell(say("workshop.tell_lessons"))
        with working_with(replace(self.business.settings(), standard=self.standard)):
            done, kit = self.lessons(run)
            if kit:
                notes.append(say("workshop.standard_lessons", lessons=kit))
            self.front(done)
            sheets = self.paper()
        self.index(bool(done))
        learner = self.whole / "learner"
        if self.wheels:
            gather(learner, self.wheels, self.tell)
        write_start(learner, f"{self.masters[0].front.id}.html", self.wheels)
        if print_pages:
            self.tell(say("workshop.tell_print"))
            notes += self.printed(sheets)
        return notes

    def put(self, place: str, text: str) -> Path:
        return self.put_bytes(place, text.encode())

    def put_notebook(self, place: str, notebook: Any) -> None:
        """Write a notebook whose links lead to what is in the box."""
        files = {f"{m.front.id}.ipynb" for m in self.masters} | {"00_start_here.ipynb"}
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = page.without_dead_links(cell.source, files)
        self.put(place, text_of(notebook))

    def put_bytes(self, place: str, data: bytes) -> Path:
        path = self.whole / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def data(self) -> None:
        """Write plan, process, settings, and the business as a CRM exports it."""
        from funnelkit.simulation import simulate
        from funnelkit.simulation.export import export

        plan = yaml.safe_dump(self.business.plan, allow_unicode=True, sort_keys=False)
        self.put("learner/plan.yml", plan)
        self.put("learner/process.yaml", self.business.sheet)
        for folder, before in (("learner", ""), ("trainer", "../learner/")):
            told = {
                "language": language(), "plan": f"{before}plan.yml",
                "process": f"{before}process.yaml", "standard": list(self.standard),
            }  # fmt: skip
            text = f"# {say('workshop.settings_about')}\n"
            text += yaml.safe_dump(told, allow_unicode=True, sort_keys=False)
            self.put(f"{folder}/{FILE}", text)
        p = simulate(process=self.business.process, plan=self.business.plan)
        export(p, self.whole / "learner" / "data", "kit", lang=language())

    def lessons(self, run: bool) -> tuple[dict[str, Any], list[str]]:
        """Write the learners' and the trainer's notebooks; return the executed ones."""
        trainer = {m.front.id: lesson_notebook(m, language(), "trainer") for m in self.masters}
        done: dict[str, Any] = {}
        kit: list[str] = []
        if run:
            ids = list(trainer)
            with ThreadPoolExecutor(2) as pool:  # every second one: the later ones are longer
                halves = pool.map(lambda k: self._executed(trainer, ids[k::2]), (0, 1))
                made = {id: one for half in halves for id, one in half.items()}
            for lesson in ids:
                done[lesson], own = made[lesson]
                self.tell(say("workshop.tell_lesson", lesson=lesson))
                if not own:
                    kit.append(lesson)
        self.learner(kit)
        for master in self.masters:
            lesson = master.front.id
            shown = done.get(lesson) or _turn(trainer[lesson], "../learner/", lesson not in kit)
            self.put_notebook(f"trainer/{lesson}.ipynb", shown)
            if lesson in done:
                html = page.notebook_page(done[lesson], str(master.front.title))
                self.put(f"learner/{lesson}.html", html)
                html = page.notebook_page(done[lesson], str(master.front.title), trainer=True)
                self.put(f"trainer/{lesson}.html", html)
        return done, kit

    def learner(self, kit: Sequence[str] = ()) -> None:
        """Write the learners' notebooks, not executed; those named run on the kit's data."""
        for master in self.masters:
            lesson = master.front.id
            tasks = exercise_notebook(master.front, language(), solved=False)
            lessons = ((lesson_notebook(master, language()), ""), (tasks, "_exercises"))
            for notebook, end in lessons:
                _turn(notebook, "", lesson not in kit)
                self.put_notebook(f"learner/{lesson}{end}.ipynb", notebook)
        if printed.test_questions():
            from funnelkit.teach.editions.quiz_page import quiz_notebook

            self.put("learner/tests.ipynb", text_of(quiz_notebook(language())))
        start = start_notebook(self.agenda.fronts, language())
        self.put_notebook("learner/00_start_here.ipynb", start)

    def _executed(self, trainer: Mapping[str, Any], ids: list[str]) -> dict[str, tuple[Any, bool]]:
        """Run lessons on the business, or on the kit's data where the business lacks a part."""
        mine = [_turn(deepcopy(trainer[id]), "../learner/", True) for id in ids]
        ran = execute_all(mine, self.whole / "trainer")
        return {
            id: (one, True) if fine else (execute(cleaned(trainer[id])), False)
            for id, one, fine in zip(ids, mine, ran, strict=True)
        }

    def front(self, done: dict[str, Any]) -> None:
        """Write what the trainer holds: slides, notes, run of show, key, checklist, log."""
        made = slides.slides(self.agenda, done, self.name)
        self.put("trainer/slides.html", slides.slides_page(made, self.name))
        self.put_bytes("trainer/slides.pptx", deck.deck(made, self.name))
        self.put("trainer/speaker-notes.html", slides.notes_page(made, self.name))
        self.put("trainer/run-of-show.html", runofshow.run_of_show(self.agenda, self.name))
        self.put(
            "trainer/room-checklist.html", runofshow.checklist(self.agenda, self.name, self.wheels)
        )
        self.put("trainer/pilot-log.csv", runofshow.pilot_log(self.agenda))
        answers = key.answer_key(self.agenda, self.name, self.seeds, TESTS)
        self.put("trainer/answer-key.html", answers)
        for name in self.cases:
            self.put(
                f"trainer/case-{name}-lead.html", case_page(name, lead=True, workshop=self.name)
            )

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases to decide, where the agenda holds their lesson."""
        return NAMES if "L11" in self.agenda.lessons else ()

    def paper(self) -> list[Path]:
        """Write what is printed."""
        from funnelkit.simulation import simulate

        p = simulate(process=self.business.process, plan=self.business.plan, seed=duel.SEED)
        cards = duel.duel(p)
        self.put("trainer/forecast-duel-key.html", cards.key(self.name))
        sheets = {
            "handout": printed.handout(self.agenda, self.masters, self.name),
            "stage-sheets": printed.stage_sheets(self.business.process, self.name),
            "forecast-duel": cards.cards(self.name),
            **{f"{t}-test": printed.test_page(t, self.name, seed) for t, seed in TESTS.items()},
            **{f"case-{name}": case_page(name, workshop=self.name) for name in self.cases},
        }
        made = [self.put(f"print/{name}.html", text) for name, text in sheets.items()]
        return [*made, self.whole / "trainer" / "run-of-show.html"]

    def printed(self, sheets: Iterable[Path]) -> list[str]:
        from funnelkit.page.pdf import browser, to_pdf

        try:
            browser()
        except FunnelkitError:
            return [say("workshop.no_browser")]
        failed = []
        for sheet in sheets:
            try:
                to_pdf(sheet, sheet.with_suffix(".pdf"))
            except (FunnelkitError, OSError, subprocess.SubprocessError):
                sheet.with_suffix(".pdf").unlink(missing_ok=True)
                failed.append(sheet.name)
        return [say("workshop.not_printed", files=failed)] if failed else []

    def index(self, executed: bool) -> None:
        """Write the page that leads to everything."""
        parts = [f"<h1>{escape(self.name)}</h1>"]
        parts.append(f"<p>{escape(say(f'workshop.about_{self.agenda.name}'))}</p>")
        for folder, names in _INDEX:
            links = [
                Markup('<a href="{}/{}">{}</a>').format(folder, n, say(f"workshop.file_{_key(n)}"))
                for n in names
                if (self.whole / folder / n).exists()
            ]
            if folder == "learner" and executed:
                links += [
                    Markup('<a href="learner/{}.html">{} {}</a>').format(f.id, f.id, str(f.title))
                    for f in self.agenda.fronts
                ]
            parts.append(f"<h2>{escape(say(f'workshop.folder_{folder}'))}</h2>")
            parts.append(
                f"<p>{escape(say(f'workshop.folder_{folder}_how'))}</p>{page.items(links)}"
            )
        self.put("index.html", page.page(self.name, "".join(parts)))


_INDEX = (
    ("trainer", ("run-of-show.html", "slides.html", "slides.pptx", "speaker-notes.html",
                 "answer-key.html", "forecast-duel-key.html", "case-mirror-lead.html",
                 "case-stock-lead.html", "room-checklist.html", "pilot-log.csv")),
    ("print", ("handout.html", "stage-sheets.html", "forecast-duel.html", "pre-test.html",
               "post-test.html", "case-mirror.html", "case-stock.html")),
    ("learner", ()),
)  # fmt: skip


def _key(file: str) -> str:
    stem, _, kind = file.rpartition(".")
    return stem.replace("-", "_") + ("_pptx" if kind == "pptx" else "")


def _turn(notebook: Any, before: str, own: bool) -> Any:
    """Let the parameters of a notebook name the business of the workshop."""
    if own:
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                lines = cell.source.split("\n")
                lines[0] = f'data = "{before}plan.yml"  # {say("teach.parameter_data")}'
                lines[1] = f'process = "{before}process.yaml"  # {say("teach.parameter_process")}'
                cell.source = "\n".join(lines)
    return notebook


_STARTED = (".command", ".sh")


def _zip(folder: Path, target: Path, name: str) -> None:
    """Pack a folder with fixed times and order."""
    with zipfile.ZipFile(target, "w") as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}", _DATE)
            wheel = path.suffix == ".whl"  # is packed already
            info.compress_type = zipfile.ZIP_STORED if wheel else zipfile.ZIP_DEFLATED
            info.create_system = 3  # so that a start file may be started
            info.external_attr = (0o755 if path.suffix in _STARTED else 0o644) << 16
            packed.writestr(info, path.read_bytes())
