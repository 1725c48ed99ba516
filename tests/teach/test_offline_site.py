"""The course as plain files: judged as Python judges, offline, on a platform, on a phone."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import os
import random
import re
import shutil
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from funnelkit.page.controls import Slider
from funnelkit.page.whatif import Panel
from funnelkit.teach.bank import exercises
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case, Entry, Mistake
from funnelkit.teach.kinds.choices import Choice, Order, Several
from funnelkit.teach.kinds.days import Dates
from funnelkit.teach.kinds.numbers import Number, Series
from funnelkit.teach.kinds.written import Find
from funnelkit.teach.offline.keys import prepared
from funnelkit.teach.offline.lessons import panel_values
from funnelkit.teach.offline.scorm import packages
from funnelkit.teach.offline.seal import opened, sealed
from funnelkit.teach.offline.site import build_site
from funnelkit.teach.quiz import WHEN, case_of
from funnelkit.teach.site.shelf import Shelf
from funnelkit.teach.workshop.collect import collect
from funnelkit.words import say, speaking

#: Between them they ask for every kind of answer.
LESSONS = ("L01", "L06", "L10")
LANGUAGES = ("en", "zh")
#: Sets of numbers all exercises are swept with; more of them may be named.
SWEPT = [int(k) for k in os.environ.get("FUNNELKIT_SWEEP_SETS", "1").split(",")]
JUNK = (
    "", " ", "abc", "1e999", "nan", "12 apples", "１２", "3.5万", "-4", "30/120", "2^0.5", "(1+",
    "1,234.5", "50 %", "1/0", "9" * 30, "2026-05-01", "31.02.2026", "05/06/2026", "大家", "E1 E3",
    "__import__('os')", "0x10", "007", "1_000", "max(1,2)", "约3", "about 7", "½", "<b>x</b>",
    "1\n2", "−5", "12 pp", "1 234", ".5", "1e3", "sqrt(4)*2", "round(2.5)", "--5", "2**3**2",
    "100 days", "2 亿元", "$1,200.50", "11 December 2026",
)  # fmt: skip
#: Three of them stand for junk where answers are given one by one.
FEW = ("abc", "1e999", "<b>x</b>")


def entries(case: Case) -> tuple[Entry, ...]:
    """Return the fields of a question; what is found is picked from a list."""
    kind = case.exercise.kind
    if isinstance(kind, Find):
        return (Entry("answer", "", "select", tuple(kind.known(case).items())),)
    return kind.entries(case)


def written(value: Any) -> str:
    if isinstance(value, pd.Timestamp | dt.date):
        return str(value)[:10]
    return value if isinstance(value, str) else repr(float(value))


def filled(case: Case, answer: Any) -> dict[str, Any]:
    """Return a form that holds an answer."""
    kind = case.exercise.kind
    if isinstance(kind, Choice | Find):
        return {"answer": answer if isinstance(answer, str) else min(answer)}
    if isinstance(kind, Number):
        return {"answer": written(answer)}
    if isinstance(kind, Series):
        if isinstance(kind, Dates):
            answer = [dt.date.fromordinal(int(a)) if isinstance(a, float) else a for a in answer]
        return {e.name: written(a) for e, a in zip(entries(case), answer, strict=True)}
    if isinstance(kind, Several):
        return {o.id: o.id in answer for o in kind.options}
    if isinstance(kind, Order):
        return {str(n): a for n, a in enumerate(answer, 1)}
    return {e.name: answer[e.name] for e in entries(case)}


def empty(entry: Entry) -> Any:
    return {"check": False, "select": None}.get(entry.control, "")


def tried(case: Case) -> Iterator[dict[str, Any]]:
    """Yield right, wrong in every known way, wrong at random, junk and nothing."""
    asked, r = case.exercise, random.Random(case.exercise.id)
    good, fields = filled(case, case.right), entries(case)
    yield good
    for mistake in asked.mistakes:
        yield filled(case, mistake.given(case))
    for _, slip in asked.kind.slips(case):
        yield filled(case, slip)
    typed = [e.name for e in fields if e.control in ("text", "area")]
    for junk in JUNK if typed else ():
        yield {**good, **dict.fromkeys(typed, junk)}
        yield {**good, r.choice(typed): junk}
    for e in fields:
        yield {**good, e.name: empty(e)}
    yield {e.name: empty(e) for e in fields}
    for _ in range(12):
        yield {e.name: _any(e, good, r) for e in fields}


def _any(e: Entry, good: Mapping[str, Any], r: random.Random) -> Any:
    if e.control == "check":
        return r.random() < 0.5
    if e.control == "select":
        return r.choice([id for id, _ in e.options])
    try:
        return repr(float(good[e.name]) * r.choice((1, 1, 1.01, 0.9, 100, 0.01, 7, 2)))
    except ValueError:
        return good[e.name]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(
        tmp_path_factory.mktemp("site") / "course", only=LESSONS, sets=1, jobs=1
    ).folder


@pytest.fixture(scope="module")
def packed(site: Path) -> dict[str, Path]:
    return {path.stem.rpartition("-")[2]: path for path in packages(site, LANGUAGES)}


@pytest.fixture
def page(browser: Any, site: Path) -> Iterator[Any]:
    """A page of the course, opened as a file, without a network; nothing may go wrong on it."""
    context = browser.new_context(offline=True, accept_downloads=True)
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda e: wrong.append(str(e)))
    made.on("request", lambda q: wrong.append(q.url) if q.url.startswith("http") else None)
    yield made
    context.close()
    assert not wrong


def begin(page: Any, site: Path, lang: str, name: str = "Ann") -> None:
    page.goto((site / "index.html").as_uri() + f"#{lang}")
    page.fill("#name", name)
    page.click("#who button")
    page.wait_for_selector("#other")


def turn(page: Any, site: Path, place: str) -> None:
    page.goto((site / "index.html").as_uri() + f"#{place}")
    page.wait_for_function(f"document.getElementById('main').dataset.ready === '#{place}'")


FILL = """([id, values]) => {
  const form = document.getElementById(id).querySelector('form');
  for (const [name, value] of Object.entries(values)) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(id + ':' + name)}"]`)) {
      if (field.type === 'checkbox') field.checked = value;
      else if (field.type === 'radio') field.checked = field.value === value;
      else field.value = value === null ? '' : value;
    }
  }
  form.requestSubmit(form.querySelector('[value=check]'));
  const said = form.querySelector('.fk-feedback');
  return [...said.querySelectorAll('p')].map(p => p.textContent);
}"""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_exercise_is_answered_right_wrong_and_with_junk(
    page: Any, site: Path, lang: str
) -> None:
    begin(page, site, lang)
    kinds = set()
    with speaking(lang):
        for lesson in LESSONS:
            turn(page, site, f"{lang}/{lesson}")
            for asked in exercises(lesson):
                case = asked.case(1)
                good, fields = filled(case, case.right), entries(case)
                kinds.add(type(asked.kind).__name__)
                forms = [filled(case, m.given(case)) for m in asked.mistakes[:1]]
                typed = [e.name for e in fields if e.control in ("text", "area")]
                forms += [{**good, **dict.fromkeys(typed, junk)} for junk in FEW if typed]
                for form in (*forms, {e.name: empty(e) for e in fields}, good):
                    said = page.evaluate(FILL, [asked.id, form])
                    told = judge(case, asked.kind.collect(form))
                    lines = [f"{asked.id} · {say('teach.state_' + told.state)}", told.message]
                    assert said == [*lines, *filter(None, [told.next_step])], form
                assert page.get_attribute(f"[id='{asked.id}']", "data-state") == "right"
    assert kinds == {
        "Choice", "Several", "Order", "Match", "Number", "Series", "Dates", "Find", "Rule", "Sheet",
    }  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_states_are_those_of_check_for_all_exercises_and_mistakes(
    page: Any, site: Path, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    once: dict[tuple[int, int], Any] = {}
    given, held = Mistake.given, []

    def remembered(mistake: Mistake, case: Case) -> Any:
        key = (id(mistake), id(case))
        if key not in once:
            held.append(case)
            once[key] = given(mistake, case)
        return once[key]

    monkeypatch.setattr(Mistake, "given", remembered)
    turn(page, site, lang)
    n = 0
    with speaking(lang):
        for asked in exercises():
            for seed in SWEPT:
                case = asked.case(seed)
                key = {k: v for k, v in prepared(case).items() if k in ("key", "known")}
                key |= {"id": asked.id, "after": str(asked.after), "more": str(asked.more or "")}
                forms = list(tried(case))
                found = page.evaluate(
                    "([a, forms]) => forms.map(f => fk.judge(a, f))", [key, forms]
                )
                for form, seen in zip(forms, found, strict=True):
                    told = judge(case, asked.kind.collect(form))
                    assert seen == {
                        "state": told.state, "message": told.message, "mistake": told.mistake,
                        "next": told.next_step,
                    }, (asked.id, form)  # fmt: skip
                n += len(forms)
    assert n > 5000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_ifs_that_are_sums_give_what_python_gives(page: Any, site: Path, lang: str) -> None:
    turn(page, site, lang)
    r, seen = random.Random(1), set()
    with speaking(lang):
        shelf = Shelf()
        for front in shelf.fronts:
            book = shelf.book(front.id)
            for cell in book.cells:
                for name in re.findall(r'L\.whatif\("(\w+)"\)', cell.source):
                    panel = book.lesson.whatif(name)
                    assert isinstance(panel, Panel)
                    if panel.script is None:
                        continue
                    seen.add(panel.script.name)
                    states = [
                        {c.name: r.choice(c.stops) for c in panel.controls if isinstance(c, Slider)}
                        for _ in range(1000)
                    ]
                    values = panel_values(panel)
                    found = page.evaluate(
                        "([p, states]) => states.map(s => fk.answered(p, s))", [values, states]
                    )
                    for state, html in zip(states, found, strict=True):
                        assert html == panel.render(state), (name, state)
    assert seen == {
        "rates", "speed", "backwards", "year", "deals", "luck", "service", "bid", "costs",
    }  # fmt: skip


def test_every_what_if_has_its_script_or_its_prepared_answers(site: Path) -> None:
    for lang in LANGUAGES:
        for lesson in LESSONS:
            name = f"{lang}/{lesson}"
            values = opened((site / f"{name}.js").read_text("utf-8").split('"')[3], name)
            assert values["body"].count("data-whatif") == len(values["whatifs"]) > 0


def test_a_moved_slider_is_answered(page: Any, site: Path) -> None:
    begin(page, site, "en")
    turn(page, site, "en/L10")
    slider = page.locator("[data-whatif=dates] input[name=weeks]")
    before = page.inner_html("[data-whatif=dates] .fk-answer")
    slider.focus()
    slider.press("ArrowLeft")
    assert page.inner_html("[data-whatif=dates] .fk-answer") != before
    assert page.inner_text("[data-whatif=dates] output[data-of=weeks]") == "25"


def test_answers_do_not_stand_in_the_files(site: Path) -> None:
    asked = exercises("L06")[1]
    with speaking("en"):
        told = [str(asked.after), *(str(m.hint) for m in asked.mistakes)]
    for file in (site / "en").glob("*.js"):
        text = file.read_text("utf-8")
        assert not any(t in text for t in told)
        assert re.fullmatch(r'fk\.take\("[\w/]+","[A-Za-z0-9+/=]+"\);\n', text)
    assert opened(sealed([1, "二"], "x"), "x") == [1, "二"]


def test_the_tests_before_and_after_and_the_file_to_hand_in(
    page: Any, site: Path, tmp_path: Path
) -> None:
    begin(page, site, "zh", "王小明")
    for k in range(2):
        turn(page, site, "zh/quiz")
        cases = [case_of(e, WHEN[k], 1) for e in exercises("Q")]
        with speaking("zh"):
            right = {c.exercise.id: filled(c, c.right) for c in cases[: 5 + 5 * k]}
        for id, form in right.items():
            for name, value in form.items():
                page.evaluate(
                    "([name, value]) => document.getElementsByName(name).forEach(f => {"
                    " if (f.type === 'radio') f.checked = f.value === value;"
                    " else f.value = value; })",
                    [f"{id}:{name}", value],
                )
        page.click("main form button.fk-main")
        page.check("#sure input")
        page.click("main form button.fk-main")
        page.wait_for_selector("#sure", state="detached" if k else "attached")
    turn(page, site, "zh/progress")
    with page.expect_download() as waited:
        page.click("#save")
    waited.value.save_as(tmp_path / waited.value.suggested_filename)
    room = collect(tmp_path)
    row = room.learners.iloc[0]
    assert (row["learner"], row["before"], row["after"]) == ("王小明", 5 / 20, 10 / 20)
    # and back: another browser goes on from the file
    page.evaluate("localStorage.clear()")
    page.reload()
    turn(page, site, "zh/progress")
    page.set_input_files("#take", tmp_path / waited.value.suggested_filename)
    page.wait_for_selector("#told .fk-feedback")
    assert "40" in page.inner_text("#told")
    page.set_input_files("#take", {"name": "x.json", "mimeType": "a/b", "buffer": b'{"seed": []}'})
    page.wait_for_function("document.getElementById('told').textContent.includes('x.json')")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nobody_is_kept_out_and_a_phone_shows_all(page: Any, site: Path, lang: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.base")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
    page.set_viewport_size({"width": 360, "height": 740})
    begin(page, site, lang)
    for place in ("", "/L01", "/L06", "/quiz", "/progress"):
        turn(page, site, lang + place)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        page.evaluate(script)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert not [v for v in found if v["impact"] in ("serious", "critical")], place


@pytest.fixture(scope="module")
def platform_scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The platform's side as another project wrote it."""
    place = tmp_path_factory.mktemp("npm")
    if shutil.which("npm") is None:
        pytest.skip("needs npm")
    made = subprocess.run(
        ["npm", "pack", "scorm-again@3", "--silent"], cwd=place, capture_output=True, timeout=120
    )
    archives = list(place.glob("*.tgz"))
    if made.returncode or not archives:
        pytest.skip("scorm-again cannot be had here")
    with tarfile.open(archives[0]) as packed_:
        packed_.extractall(place, filter="data")
    return place / "package" / "dist"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Silent, directory=str(tmp_path))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


LMS = """<!DOCTYPE html><meta charset='utf-8'><script src='{script}.js'></script><script>
window.{name} = new {maker}({{autocommit: false, logLevel: 1}});
window.{name}.loadFromJSON({start}, '');
window.commits = 0; window.{name}.on('{commit}', () => {{ window.commits += 1; }});
</script><iframe src='course/index.html#en' style='width: 90rem; height: 50rem'></iframe>"""
VERSIONS = {
    "scorm12": ("scorm12", "API", "Scorm12API", "LMSCommit",
                {"cmi": {"core": {"student_id": "a-7", "student_name": "Smith, Ann"}}}),
    "scorm2004": ("scorm2004", "API_1484_11", "Scorm2004API", "Commit",
                  {"cmi": {"learner_id": "a-7", "learner_name": "Ann Smith"}}),
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_a_platform_is_told_result_time_and_completion(
    browser: Any, packed: dict[str, Path], platform_scripts: Path, served: tuple[Path, str],
    version: str,
) -> None:  # fmt: skip
    folder, address = served
    script, name, maker, commit, start = VERSIONS[version]
    with zipfile.ZipFile(packed[version]) as archive:
        assert archive.testzip() is None
        archive.extractall(folder / "course")
    manifest = (folder / "course" / "imsmanifest.xml").read_text("utf-8")
    listed = set(re.findall(r'<file href="([^"]+)"', manifest))
    there = {f.relative_to(folder / "course").as_posix()
             for f in (folder / "course").rglob("*") if f.is_file()}  # fmt: skip
    assert listed == there - {"imsmanifest.xml"}
    shutil.copy(platform_scripts / f"{script}.js", folder)
    html = LMS.format(
        script=script, name=name, maker=maker, commit=commit, start=json.dumps(start["cmi"])
    )
    (folder / "lms.html").write_text(html, "utf-8")
    context = browser.new_context()
    lms = context.new_page()
    lms.goto(f"{address}/lms.html")
    frame = lms.frames[1]
    frame.wait_for_selector(".fk-lessons")
    asked = exercises("L01")
    frame.evaluate("location.hash = '#en/L01'")
    frame.wait_for_selector("[id='L01.6'] form")
    with speaking("en"):
        for e in asked:
            frame.evaluate(FILL, [e.id, filled(e.case(1), e.case(1).right)])
    ids = [e.id for lesson in LESSONS for e in exercises(lesson)]
    score = round(100 * len(asked) / len(ids))
    told = lms.evaluate(f"JSON.parse(JSON.stringify(window.{name}.cmi))")
    if version == "scorm12":
        assert told["core"]["lesson_status"] == "incomplete"
        assert told["core"]["score"]["raw"] == str(score)
        assert re.fullmatch(r"00:0\d:\d\d", told["core"]["session_time"])
        assert told["core"]["student_name"] == "Smith, Ann"
    else:
        assert told["completion_status"] == "incomplete"
        assert float(told["score"]["scaled"]) == pytest.approx(score / 100)
        assert re.fullmatch(r"PT\d+S", told["session_time"])
    assert lms.evaluate(f"window.{name}.lastErrorCode") in ("0", 0)
    assert lms.evaluate("window.commits") >= len(asked)
    assert len(told["suspend_data"]) < 4096
    # every exercise tried: the course is complete
    for lesson in LESSONS[1:]:
        frame.evaluate(f"location.hash = '#en/{lesson}'")
        frame.wait_for_selector(f"[id='{exercises(lesson)[-1].id}'] form")
        with speaking("en"):
            for e in exercises(lesson):
                frame.evaluate(FILL, [e.id, filled(e.case(1), e.case(1).right)])
    told = lms.evaluate(f"JSON.parse(JSON.stringify(window.{name}.cmi))")
    whole = told["core"]["lesson_status"] if version == "scorm12" else told["completion_status"]
    assert whole == "completed"
    kept = lms.evaluate(f"window.{name}.cmi.suspend_data")
    # another computer: what the platform kept is enough to go on
    (folder / "lms.html").write_text(
        html.replace(json.dumps(start["cmi"]), json.dumps({**start["cmi"], "suspend_data": kept})),
        "utf-8",
    )
    other = browser.new_context().new_page()
    other.goto(f"{address}/lms.html")
    other.frames[1].wait_for_selector(".fk-lessons")
    assert all(
        float(p.get_attribute("value") or 0) == float(p.get_attribute("max") or 1)
        for p in other.frames[1].query_selector_all(".fk-lessons progress")
    )
    other.context.close()
    context.close()


def test_statements_are_sent_to_the_record_store(
    browser: Any, packed: dict[str, Path], served: tuple[Path, str]
) -> None:
    folder, address = served
    with zipfile.ZipFile(packed["xapi"]) as archive:
        archive.extractall(folder)
        assert b"<launch" in archive.read("tincan.xml")
    page, sent = browser.new_context().new_page(), []
    page.route("**/lrs/statements", lambda route: (
        sent.append((route.request.headers["authorization"], json.loads(route.request.post_data))),
        route.fulfill(status=200, body="[]")))  # fmt: skip
    actor = json.dumps({"name": ["Ann"], "mbox": ["mailto:ann@example.org"]})
    page.goto(f"{address}/index.html?endpoint={address}/lrs/&auth=Basic%20eA&actor={actor}#en")
    page.wait_for_selector(".fk-lessons")
    page.evaluate("location.hash = '#en/L01'")
    page.wait_for_selector("[id='L01.2'] form")
    with speaking("en"):
        case = exercises("L01")[1].case(1)
        page.evaluate(FILL, ["L01.2", filled(case, case.right)])
    page.wait_for_timeout(200)
    page.context.close()
    verbs = [s["verb"]["id"].rpartition("/")[2] for _, s in sent]
    assert verbs[:2] == ["initialized", "answered"]
    assert sent[1][0] == "Basic eA"
    assert sent[1][1]["result"] == {"success": True, "response": "right"}
    assert sent[1][1]["object"]["id"].endswith("/L01.2")
