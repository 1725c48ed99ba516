"""A trainer's own exercises: a start to change, and the checks that hold for ours."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.files.whole import write_whole
from funnelkit.process.flaws import Flaw
from funnelkit.process.flaws import Path as Place
from funnelkit.process.nodes import decode, read_nodes
from funnelkit.teach.check import fill, judge, told, worked
from funnelkit.teach.exercise import Exercise, NotOfKind
from funnelkit.teach.kinds.formula import NoFormula
from funnelkit.teach.spec import Written
from funnelkit.words import say, speaking

STARTS = ("number", "choice", "match")
#: Learners an exercise is tried on.
SEEDS = tuple(range(1, 21))
_LONGEST = 300
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CHOSEN = {"choice", "several", "order", "match", "sheet", "rule"}


class Told:
    """A sentence of this room, put into words when it is shown."""

    def __init__(self, key: str, **values: Any) -> None:
        self.key, self.values = key, values

    def __str__(self) -> str:
        return say(f"exercise.{self.key}", **self.values)


def start(file: Path, kind: str = "number") -> Path:
    """Write a sound exercise to change; return the file.

    Raises
    ------
    FunnelkitError
        The file is there already, or the kind is unknown.
    """
    if kind not in STARTS:
        raise FunnelkitError(
            "exercise.unknown_kind_of_start", found=kind, allowed=nearest(kind, STARTS)
        )
    if file.exists():
        raise FunnelkitError("exercise.taken", file=str(file))
    text = resources.files("funnelkit.teach").joinpath("starts", f"{kind}.yaml").read_text("utf-8")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, text)
    return file


def look(file: Path) -> tuple[tuple[Exercise, ...], list[FunnelkitError]]:
    """Return the exercises of a file and every problem, each with its line and its cure."""
    if not file.is_file():
        raise FunnelkitError("exercise.no_file", file=str(file))
    values, lines = read_nodes(decode(file.read_bytes(), file.name), file.name)
    found: list[Exercise] = []
    problems: list[FunnelkitError] = []

    def problem(place: Place, key: str, **told: Any) -> None:
        known = next(place[:n] for n in range(len(place), -1, -1) if place[:n] in lines)
        said = Told(key, **told)
        problems.append(
            FunnelkitError("exercise.where", file=file.name, line=lines[known], said=said)
        )

    listed = values.get("exercises") if isinstance(values, dict) else None
    if not isinstance(listed, list):
        problem((), "no_list")
        return (), problems
    for at, one in enumerate(listed):
        place: Place = ("exercises", at)
        for where, key, told_ in _texts(one, place):
            problem(where, key, **told_)
        try:
            made = Written.model_validate(one).made()
        except ValidationError as errors:
            for where, key, told_ in _shapes(errors, place):
                problem(where, key, **told_)
        except Flaw as flaw:
            problem((*place, *flaw.path), flaw.key, **flaw.values)
        else:
            found.append(made)
            for part, key, told_ in faults(made, _kind(one)):
                problem((*place, part), key, **told_)
    return tuple(found), problems


def _kind(one: Any) -> str:
    return str(one["answer"]["kind"])


Problem = tuple[Place, str, dict[str, Any]]


def _texts(found: Any, place: Place) -> Iterator[Problem]:
    """Find texts that are not there in both languages."""
    if isinstance(found, dict) and found.keys() & {"en", "zh"}:
        name = str(next((p for p in reversed(place) if isinstance(p, str)), ""))
        for language in ("en", "zh"):
            if not str(found.get(language) or "").strip():
                yield place, "language", {"name": name, "missing": _LANGUAGES[language]}
        en, zh = str(found.get("en") or ""), str(found.get("zh") or "")
        if _CHINESE.search(en):
            yield place, "chinese_in_english", {"name": name}
        if len(re.findall("[A-Za-z]{2,}", zh)) > 2 and not _CHINESE.search(zh):
            yield place, "no_chinese", {"name": name}
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from _texts(value, (*place, key))
    elif isinstance(found, list):
        for at, value in enumerate(found):
            yield from _texts(value, (*place, at))


_LANGUAGES = {"en": "English", "zh": "中文"}
_KINDS = (
    "number", "numbers", "dates", "find", "rule", "choice", "several", "order", "match", "sheet",
)  # fmt: skip


def _shapes(errors: ValidationError, place: Place) -> Iterator[Problem]:
    """Put what does not fit the form into words."""
    for error in errors.errors():
        where = (*place, *(p for p in error["loc"] if p not in _KINDS))
        name = str(next((p for p in reversed(where) if isinstance(p, str)), ""))
        match error["type"]:
            case "missing":
                yield where[:-1], "missing", {"name": name}
            case "extra_forbidden":
                yield where, "extra", {"name": name, "allowed": nearest(name, Written.model_fields)}
            case "union_tag_invalid" | "union_tag_not_found":
                found = str(error.get("ctx", {}).get("tag", ""))
                yield where, "kind", {"found": found, "allowed": nearest(found, _KINDS)}
            case _:
                yield where, "shape", {"name": name, "reason": error["msg"]}


def faults(e: Exercise, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Try an exercise on twenty learners and return what does not hold: part, key, values."""
    try:
        yield from _tried(e, kind)
    except (NoFormula, NotOfKind, LookupError, ArithmeticError, TypeError, ValueError) as reason:
        yield "right", "cannot", {"id": e.id, "reason": str(reason) or type(reason).__name__}


def _tried(e: Exercise, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if e.solution is None and kind not in _CHOSEN:
        yield "after", "no_solution", {"id": e.id}
    for part, key, values in _written(e):
        yield part, key, values
        return
    wrong: dict[str, int] = {m.id: 0 for m in e.mistakes}
    met: set[str] = set()
    for seed in SEEDS:
        case = e.case(seed)
        if judge(case, case.right).state != "right":
            yield "right", "not_right", {"id": e.id, "seed": seed}
            return
        for m in e.mistakes:
            given = m.given(case)
            found = judge(case, given)
            if found.state == "right":
                continue
            wrong[m.id] += 1
            if found.message != str(m.hint):
                yield "mistakes", "other_hint", {"id": e.id, "found": m.id, "seed": seed}
                return
            met.add(m.id)
        met |= {name for name, _ in e.kind.slips(case)}
        answer = told(case)
        if kind in ("number", "numbers") and len(answer) >= 4:
            for text in [*e.hints, *(m.hint for m in e.mistakes)]:
                if answer in fill(text, case):
                    yield "hints", "leak", {"id": e.id, "found": answer}
                    return
    for id, times in wrong.items():
        if not times:
            yield "mistakes", "never_wrong", {"id": e.id, "found": id}
    if len(met) < 2:
        yield "mistakes" if e.mistakes else "id", "two_mistakes", {"id": e.id, "found": len(met)}


def _written(e: Exercise) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Find texts that name no number of the question, or are too long."""
    case = e.case(SEEDS[0])
    steps = e.steps(case) if e.steps else {}
    known = {*case.values}
    for part, text, names in (
        ("question", e.prompt, known),
        *(("hints", hint, known) for hint in e.hints),
        *([("solution", e.solution, known | {*steps, "right", "answer"})] if e.solution else []),
    ):
        for written in (text.en, text.zh):
            for _, name, _, _ in string.Formatter().parse(written):
                bare = re.split(r"[.\[]", name or "")[0]
                if bare and bare not in names:
                    yield part, "unfilled", {
                        "id": e.id, "found": bare, "allowed": nearest(bare, sorted(names)),
                    }  # fmt: skip
    for part, text in (*(("hints", h) for h in e.hints), ("after", e.after)):
        longest = max(len(text.en), len(text.zh))
        if longest > _LONGEST:
            yield part, "too_long", {"id": e.id, "found": longest, "allowed": _LONGEST}


def form_page(exercises: tuple[Exercise, ...], file: Path) -> str:
    """Return the exercises as a page: the form, hints, what mistakes are told, the solution."""
    from html import escape

    from funnelkit.teach.form import Form
    from funnelkit.teach.learner.progress import Progress
    from funnelkit.teach.paper.page import items, page
    from funnelkit.teach.workshop.key import typical

    parts = []
    for language in ("en", "zh"):
        with speaking(language):
            title = say("exercise.page_title", file=file.name)
            parts.append(f"<h1 lang='{language}'>{escape(title)}</h1>")
            for e in exercises:
                case = e.case(1)
                solution = escape(worked(case)).replace("\n", "<br>")
                parts.append(
                    f"<h2>{escape(e.id)}</h2>{Form(e, Progress(None, 1, [])).page()}"
                    f"<h3>{say('exercise.page_hints')}</h3>{items(fill(h, case) for h in e.hints)}"
                    f"<h3>{say('exercise.page_mistakes')}</h3>{items(typical(e))}"
                    f"<h3>{say('exercise.page_solution')}</h3><p>{solution}</p>"
                )
    return page(file.name, "".join(parts))
