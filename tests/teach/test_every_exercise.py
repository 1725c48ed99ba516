"""What has to hold for every exercise of the course, whoever wrote it."""

from __future__ import annotations

import math
import re
from html import unescape
from typing import Any

import pandas as pd
import pytest

from funnelkit.teach.bank import exercises
from funnelkit.teach.check import fill, hint, judge, solution, told
from funnelkit.teach.exercise import Case, Exercise, NotOfKind
from funnelkit.teach.feedback import STATES
from funnelkit.teach.form import Form, shown_html
from funnelkit.teach.kinds.written import Rule
from funnelkit.teach.learner.progress import Progress
from funnelkit.words import speaking

SEEDS = (1, 271828)
ALL = exercises()
every = pytest.mark.parametrize("e", ALL, ids=lambda e: e.id)

JUNK: tuple[Any, ...] = (
    math.nan, math.inf, "abc \U0001f600", [], [None], {}, {"x": object()}, pd.DataFrame(),
    pd.Series(dtype=float), b"bytes", object(), [1] * 99, -1e300, True, lambda: 1,
)  # fmt: skip


def case(e: Exercise, seed: int = 1) -> Case:
    return e.case(seed)


def test_ids_are_unique_and_count_up() -> None:
    ids = [e.id for e in ALL]
    assert len(set(ids)) == len(ids)
    for lesson in {e.lesson for e in ALL}:
        own = [int(e.id.split(".")[1]) for e in ALL if e.lesson == lesson]
        assert own == list(range(1, len(own) + 1))


@every
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_right_answer_is_right_for_every_learner(e: Exercise, language: str) -> None:
    with speaking(language):
        for seed in SEEDS:
            found = judge(case(e, seed), case(e, seed).right)
            assert found.state == "right", (seed, found)
            assert found.message


@every
def test_no_answer_is_not_wrong(e: Exercise) -> None:
    for nothing in (None, ..., "", "  ", [], {}):
        assert judge(case(e), nothing).state == "not_answered"


@every
def test_every_known_mistake_meets_its_own_hint(e: Exercise) -> None:
    for seed in SEEDS:
        given = case(e, seed)
        met = set()
        for mistake in e.mistakes:
            answer = mistake.given(given)
            plain = e.kind.read(answer, given)
            right = e.kind.read(given.right, given) if isinstance(e.kind, Rule) else given.right
            if plain == right or e.kind.judge(plain, right) == "right":
                continue  # this learner's data do not tell the two apart
            found = judge(given, answer)
            assert found.state == "known_mistake", (mistake.id, found)
            assert found.message == str(mistake.hint), mistake.id
            met.add(found.message)
        for name, answer in e.kind.slips(given):
            found = judge(given, answer)
            assert found.state == "known_mistake", (name, found)
            met.add(found.message)
        assert len(met) >= 2, f"{e.id} knows {sorted(met)} for seed {seed}"


@every
@pytest.mark.parametrize("language", ["en", "zh"])
def test_junk_gets_a_sentence_and_never_the_answer(e: Exercise, language: str) -> None:
    with speaking(language):
        given = case(e)
        right = told(given)
        offered = {text for entry in e.kind.entries(given) for _, text in entry.options}
        for answer in JUNK:
            found = judge(given, answer)
            assert found.state in STATES
            assert found.state != "right", answer
            assert 0 < len(found.message) <= 300
            assert found.next_step
            if len(right) >= 4 and right not in offered:
                assert right not in found.message


@every
@pytest.mark.parametrize("language", ["en", "zh"])
def test_messages_are_short_and_do_not_tell(e: Exercise, language: str) -> None:
    with speaking(language):
        given = case(e)
        right = told(given)
        texts = [str(m.hint) for m in e.mistakes] + [str(h) for h in e.hints]
        for text in [*texts, str(e.after)]:
            assert 0 < len(text) <= 300, text
        if isinstance(given.right, float) and len(right) >= 4:
            assert not [t for t in texts if right in t]
        prompt = fill(e.prompt, given)
        assert "{" not in prompt
        chinese = re.search(r"[\u4e00-\u9fff]", prompt)
        assert bool(chinese) == (language == "zh"), prompt


@every
def test_three_hints_then_the_solution_only_after_two_tries(e: Exercise) -> None:
    progress = Progress(None, 1, [])
    assert len({str(hint(e.id, progress=progress)) for _ in range(3)}) == 3
    before = str(solution(e.id, progress=progress))
    for _ in range(2):
        progress.record("answer", exercise=e.id, state="wrong", mistake="")
    after = str(solution(e.id, progress=progress))
    assert len(after) > len(before)
    assert told(case(e)) in after


@every
def test_its_form_asks_with_labels_in_both_languages(e: Exercise) -> None:
    for language in ("en", "zh"):
        with speaking(language):
            form = Form(e.id, Progress(None, 1, []))
            page, plain, widget = form.page(), repr(form), form.widget()
            assert fill(e.prompt, form.case).split("\n")[0][:20] in plain
            assert "<script" not in page
            controls = widget.children[1:-2]
            assert controls
            assert all(getattr(c, "description", "") for c in controls)


@every
def test_what_a_form_collects_can_be_checked(e: Exercise) -> None:
    given = case(e)
    entries = e.kind.entries(given)
    right = given.right
    if isinstance(right, dict):
        filled: dict[str, Any] = {x.name: right[x.name] for x in entries}
    elif isinstance(right, set | frozenset) and len(entries) > 1:
        filled = {x.name: x.name in right for x in entries}
    elif isinstance(right, list | tuple) and len(entries) > 1:
        filled = dict(zip([x.name for x in entries], right, strict=True))
    else:
        one = sorted(right)[0] if isinstance(right, set | frozenset) else right
        filled = {entries[0].name: one if isinstance(one, str) else str(one)}
    assert judge(given, e.kind.collect(filled)).state == "right"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_shown_table_is_shown_whole(language: str) -> None:
    with speaking(language):
        tables = [(e, case(e)) for e in ALL if isinstance(case(e).shown, pd.DataFrame)]
        assert len(tables) > 50
        for e, asked in tables:
            html, text = unescape(shown_html(asked)), repr(Form(e.id, Progress(None, 1, [])))
            text = "".join(text.split())
            cells = [c for c in asked.shown.to_numpy().ravel() if isinstance(c, str) and c.strip()]
            for cell in [*cells, *map(str, asked.shown.columns)]:
                assert f">{cell.strip()}<" in html, (e.id, cell)
                assert "".join(cell.split()) in text, (e.id, cell)
            assert html.count("<tr") == 1 + len(asked.shown), e.id  # one line of headings
            assert "<th></th>" not in html or (asked.shown.index != "").all(), e.id


@every
def test_minutes_seeds_and_sources_are_said(e: Exercise) -> None:
    assert 1 <= e.minutes <= 25
    assert all(re.fullmatch(r"S\d\d", s) for s in e.seeds)
    assert re.fullmatch(r"O\d", e.objective)
    assert issubclass(NotOfKind, ValueError)
