"""Checking an answer: never a traceback, never the answer before it is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from funnelkit.process.text import Text
from funnelkit.teach.bank import exercise
from funnelkit.teach.exercise import Case, Exercise, NotOfKind
from funnelkit.teach.feedback import Feedback, State
from funnelkit.teach.learner.progress import Progress, here
from funnelkit.teach.settings import Settings, settings
from funnelkit.words import language, say

#: Tries after which the solution may be asked for.
TRIES = 2


def check(
    id: str, answer: Any = None, *, progress: Progress | None = None,
    filled: Mapping[str, Any] | None = None,
) -> Feedback:  # fmt: skip
    """Say what an answer is worth and what to do next.

    Parameters
    ----------
    id : str
        Exercise: ``"L03.2"``.
    answer : object
        Number, text, list, dict, Series or frame, as the exercise asks; ``...`` is no answer yet.
    progress : Progress, optional
        Where to keep it; by default the learner's own file.
    filled : mapping, optional
        What stands in the form, kept so that it comes back filled.

    Returns
    -------
    Feedback
        State right, known_mistake, unit, type, close, wrong or not_answered.

    Raises
    ------
    FunnelkitError
        Only for an unknown exercise.
    """
    asked, kept = exercise(id), progress or here()
    case = asked.case(kept.seed)
    given = judge(case, answer)
    if given.state != "not_answered":
        form = {} if filled is None else {"filled": json.dumps(dict(filled), ensure_ascii=False)}
        kept.record("answer", exercise=id, state=given.state, mistake=given.mistake, **form)
        if notice := kept.notice():
            given = replace(given, next_step="\n".join(filter(None, [given.next_step, notice])))
    return given


def judge(case: Case, answer: Any) -> Feedback:
    """Judge an answer to a case; nothing is recorded."""
    asked = case.exercise
    kind = asked.kind
    try:
        if kind.empty(answer):
            return _feedback(asked, "not_answered", say("teach.not_answered"))
        plain = kind.read(answer, case)
    except NotOfKind as problem:
        return _feedback(asked, "type", say(f"teach.{problem.key}", **problem.values))
    except Exception:  # whatever was handed in: it is not what the exercise asks for
        return _feedback(asked, "type", say("teach.type_other"))
    right = case.right
    if type(kind).__name__ == "Rule":
        right = kind.read(right, case)
    try:
        state = kind.judge(plain, right)
    except NotOfKind as problem:  # a field of a sheet that may be read in two ways
        return _feedback(asked, "type", say(f"teach.{problem.key}", **problem.values))
    if state == "right":
        return _feedback(asked, state, str(asked.after))
    for mistake in asked.mistakes:
        wrong = kind.read(mistake.given(case), case)
        if wrong != right and kind.judge(plain, wrong) == "right":
            return _feedback(asked, "known_mistake", str(mistake.hint), mistake.id)
    found = kind.diagnose(plain, right)
    if found is not None:
        return _feedback(asked, "known_mistake", found[1], found[0])
    return _feedback(asked, state, kind.missed(state, plain, case))


def _feedback(asked: Exercise, state: State, message: str, mistake: str = "") -> Feedback:
    if state == "right":
        following = say("teach.for_those", text=str(asked.more)) if asked.more else ""
    else:
        following = say(f"teach.next_{state}", id=asked.id)
    return Feedback(asked.id, state, message, following, mistake)


class Hint(str):
    """A text that shows itself without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def hint(id: str, *, progress: Progress | None = None) -> Hint:
    """Return the next of three hints; the third stays."""
    asked, kept = exercise(id), progress or here()
    step = min(kept.count("hint", id), 2)
    kept.record("hint", exercise=id, step=step + 1)
    text = fill(asked.hints[step], asked.case(kept.seed))
    told_hint = say("teach.hint", step=step + 1, text=text)
    return Hint("\n\n".join(filter(None, [told_hint, kept.notice()])))


def solution(id: str, *, progress: Progress | None = None) -> Hint:
    """Return how the exercise is solved, once it is right or was tried twice.

    Raises
    ------
    FunnelkitError
        Unknown exercise.
    """
    asked, kept = exercise(id), progress or here()
    tries = kept.count("answer", id)
    if tries < TRIES and not kept.right(id):
        return Hint(say("teach.solution_not_yet", n=TRIES - tries))
    kept.record("solution", exercise=id)
    case = asked.case(kept.seed)
    parts = [worked(case), str(asked.after), kept.notice()]
    return Hint("\n\n".join(filter(None, parts)))


def solved(case: Case) -> Hint:
    """Return the worked solution of a case, for those who hold the key."""
    return Hint("\n\n".join([worked(case), str(case.exercise.after)]))


def told(case: Case) -> str:
    """Write the right answer in the words of the form."""
    return case.exercise.kind.told(case)


def worked(case: Case) -> str:
    """Write the answer and how it is found, in words and numbers of the learner's own data."""
    return _worked(case, told(case))


def worked_out(asked: Exercise, seed: int) -> tuple[str, str]:
    """Return the right answer and the worked solution of a learner's question.

    A trainer reads both beside the lesson and in the key: they are worked out once.
    """
    return _worked_out(asked, seed, language(), settings())


@lru_cache(maxsize=512)
def _worked_out(asked: Exercise, seed: int, lang: str, room: Settings | None) -> tuple[str, str]:
    case = asked.case(seed)
    answer = told(case)
    return answer, _worked(case, answer)


def _worked(case: Case, answer: str) -> str:
    asked = case.exercise
    head = say("teach.solution_list" if "\n" in answer else "teach.solution", answer=answer)
    if asked.solution is None:
        lines = asked.kind.worked(case)
    else:
        from funnelkit.words.texts import fill as written

        steps = asked.steps(case) if asked.steps else {}
        values = {**case.values, **steps, "right": case.right, "answer": answer}
        lines = [written(str(asked.solution), values)]
    return "\n\n".join([head, "\n".join(lines)] if lines else [head])


def fill(text: Text, case: Case) -> str:
    """Fill the numbers of the question into a text."""
    from funnelkit.words.texts import fill as written

    return written(str(text), case.values)
