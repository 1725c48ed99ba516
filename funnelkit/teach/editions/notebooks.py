"""From a master to its editions: lesson, exercise and solution notebooks, the trainer's own."""

from __future__ import annotations

from typing import Any, Literal

from funnelkit.process.text import Text
from funnelkit.teach.bank import exercises
from funnelkit.teach.check import worked_out
from funnelkit.teach.editions.master import Cell, Front, Master
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.learner.guesses import OWN, TRUTHS
from funnelkit.words import say, speaking, term

Edition = Literal["lesson", "trainer"]


def lesson_notebook(master: Master, language: str, edition: Edition = "lesson") -> Any:
    """Return a lesson in one language, not executed."""
    front = master.front
    with speaking(language):
        cells = [_markdown(_head(front))]
        guessing = False  # what is stored is shown after the learner has thought
        for cell in master.cells:
            if "trainer" in cell.tags and edition != "trainer":
                continue
            made = _cells(cell, front, language, edition)
            if "predict" in cell.tags or _asks_guess(cell):
                guessing = True
            elif "exercise" in cell.tags:
                guessing = False
            elif guessing and cell.kind == "code" and edition == "lesson":
                made[-1].metadata.setdefault("jupyter", {})["outputs_hidden"] = True
            cells += made
        cells.append(_markdown(_foot(front)))
    return notebook(cells, f"{front.id}-{language}")


def _cells(cell: Cell, front: Front, language: str, edition: Edition) -> list[Any]:
    if cell.kind == "markdown":
        text = cell.text(language)
        if "trainer" in cell.tags:
            text = f"> **{say('teach.for_trainers')}**\n>\n" + _quoted(text)
        elif "misconception" in cell.tags:
            text = f"> **{say('teach.easy_to_think')}**\n>\n" + _quoted(text)
        return [_markdown(text, cell.tags)]
    if "parameters" in cell.tags:
        return [_code(_parameters(front, language), cell.tags)]
    if "exercise" in cell.tags:
        asked = [e for e in exercises(front.id) if f'"{e.id}"' in cell.source]
        found: list[Any] = []
        for e in asked:
            found += [_markdown(heading(e), ("exercise",)), _code(cell.source, cell.tags)]
            if edition == "trainer":
                found.append(_markdown(_key(e), ("trainer",)))
        return found
    return [_code(cell.source, cell.tags)]


def _asks_guess(cell: Cell) -> bool:
    return "exercise" in cell.tags and any(f'"{id}"' in cell.source for id in (*TRUTHS, *OWN))


def _parameters(front: Front, language: str) -> str:
    return "\n".join(
        [
            f'data = "{front.data}"  # {say("teach.parameter_data")}',
            f"process = None  # {say('teach.parameter_process')}",
            f'language = "{language}"  # en | zh',
        ]
    )


def heading(e: Exercise) -> str:
    """Return the heading of an exercise."""
    told = say("teach.exercise_heading", id=e.id, minutes=e.minutes)
    return f"### {told} · {say('teach.for_analysts')}" if e.track else f"### {told}"


def _head(front: Front) -> str:
    """Return title, summary and the front matter as a table."""
    total = front.teach_minutes + front.exercise_minutes
    rows = [
        (say("teach.front_for"), str(front.audience)),
        (
            say("teach.front_time"),
            say(
                "teach.front_minutes", total=total,
                teach=front.teach_minutes, exercise=front.exercise_minutes,
            ),
        ),
        (say("teach.front_needs"), ", ".join(front.needs) or say("teach.front_nothing")),
        (say("teach.front_questions"), "<br>".join(map(str, front.questions))),
        (
            say("teach.front_objectives"),
            "<br>".join(f"{o.id} {o.text}" for o in front.objectives),
        ),
        (say("teach.front_terms"), say("teach.list", items=[_name(t) for t in front.terms])),
    ]  # fmt: skip
    table = "\n".join(f"| **{name}** | {value} |" for name, value in rows)
    return (
        f"# {front.id} · {front.title}\n\n{front.summary}\n\n"
        f"| | |\n|---|---|\n{table}\n\n*{say('teach.synthetic')}*"
    )


def _name(english: str) -> str:
    return str(Text(en=term(english).en, zh=term(english).zh))


def _foot(front: Front) -> str:
    """Return the words of the lesson and where to go next."""
    rows = "\n".join(f"| {term(t).en} | {term(t).zh} | {term(t).means} |" for t in front.terms)
    number = int(front.id[1:])
    links = []
    for other, word in ((number - 1, "previous"), (number + 1, "next")):
        if 1 <= other <= 12:
            links.append(f"[{say('teach.' + word)}: L{other:02d}](L{other:02d}.ipynb)")
    links.insert(1 if number > 1 else 0, f"[{say('teach.overview')}](00_start_here.ipynb)")
    return (
        f"## {say('teach.words_of_lesson')}\n\n| English | 中文 | {say('teach.meaning')} |"
        f"\n|---|---|---|\n{rows}\n\n" + " · ".join(links)
    )


def _key(e: Exercise) -> str:
    """Return what a trainer needs to know of an exercise: a worked example and known mistakes."""
    lines = [f"> **{say('teach.for_trainers')}**", ">", f"> {say('teach.worked_example')}", ">"]
    lines += [f"> {line}  ".rstrip() if line else ">" for line in worked_out(e, 1)[1].splitlines()]
    lines += [">", f"> **{say('teach.typical_mistakes')}**", ">"]
    lines += [f"> - {m.hint}" for m in e.mistakes]
    return "\n".join(lines)


def exercise_notebook(front: Front, language: str, *, solved: bool) -> Any:
    """Return the exercises of a lesson: stubs to fill in, or the solutions with their checks."""
    key = "solutions_title" if solved else "exercises_title"
    with speaking(language):
        title = say(f"teach.{key}", lesson=front.id, title=str(front.title))
        intro = say("teach.solutions_intro" if solved else "teach.exercises_intro")
        cells = [
            _markdown(f"# {title}\n\n{intro}"),
            _code(_parameters(front, language), ("parameters",)),
            _code(
                "import numpy as np\nimport pandas as pd\n\nimport funnelkit as fk\n"
                "from funnelkit.teach import open_lesson\n\n"
                f'L = open_lesson("{front.id}", data, process, language)\nL',
                ("setup",),
            ),
        ]
        for e in exercises(front.id):
            cells.append(_markdown(heading(e).replace("###", "##"), ("exercise",)))
            cells.append(_code(f'L.ask("{e.id}")', ("exercise",)))
            if solved:
                cells.append(_code(f'L.solved("{e.id}")', ("solution",)))
                source = f'fk.check("{e.id}", L.case("{e.id}").right)'
                cells.append(_code(source, ("solution",)))
            else:
                cells.append(_code(f'answer = ...\nfk.check("{e.id}", answer)', ("check",)))
    return notebook(cells, f"{front.id}-{'solution' if solved else 'exercise'}-{language}")


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _markdown(text: str, tags: tuple[str, ...] = ()) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text, metadata={"tags": list(tags)} if tags else {})


def _code(source: str, tags: tuple[str, ...] = ()) -> Any:
    from nbformat.v4 import new_code_cell

    shown = {"parameters", "check", "solution"} & set(tags)
    hidden: dict[str, Any] = {} if shown else {"jupyter": {"source_hidden": True}}
    return new_code_cell(source, metadata={"tags": list(tags), **hidden} if tags else hidden)


def notebook(cells: list[Any], slug: str) -> Any:
    """Join cells into a notebook whose ids are the same at each build."""
    from nbformat import from_dict
    from nbformat.v4 import new_notebook

    for number, cell in enumerate(cells):
        cell["id"] = f"{slug.lower()}-{number:03d}"
    made = new_notebook(cells=cells)
    made.metadata = from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    made.nbformat, made.nbformat_minor = 4, 5
    return made
