"""The two cases: what their words say is so in the data, in both languages; minutes add up."""

from __future__ import annotations

import operator
import re

import pytest

from funnelkit.teach.cases.case import NAMES, body, case, case_page, lead_body
from funnelkit.teach.kinds.formula import work_out
from funnelkit.words import speaking

_SIGNS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq, "<": operator.lt,
          ">": operator.gt}  # fmt: skip
both = pytest.mark.parametrize("lang", ["en", "zh"])
each = pytest.mark.parametrize("name", NAMES)


def holds(claim: str, facts: dict[str, object]) -> bool:
    left, sign, right = re.split(r"\s*(<=|>=|==|<|>)\s*", claim)
    return bool(_SIGNS[sign](work_out(left, facts), work_out(right, facts)))


@both
@each
def test_what_the_words_claim_is_so_in_the_data(name: str, lang: str) -> None:
    with speaking(lang):
        c = case(name)
        facts = dict(c.facts)
        claims = [k for s in (*c.sections, *c.lead.sections) for k in s.claims(lang)]
        assert len(claims) >= 15
        assert [k for k in claims if not holds(k, facts)] == []


@both
@each
def test_a_case_reads_whole_and_its_plan_takes_the_time_it_says(name: str, lang: str) -> None:
    with speaking(lang):
        c = case(name)
        read, led = body(c), lead_body(c)
        assert "{" not in re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", read + led, flags=re.S)
        assert sum(step.minutes for step in c.lead.plan) == c.minutes == 90
        assert c.lead.plan[0].minutes == c.reading
        told = " ".join(str(s.text) for s in c.sections)
        # aloud: some 150 words, or 260 Chinese characters a minute
        minutes = len(told.split()) / 150 if lang == "en" else len(told) / 260
        assert 2 < minutes < c.reading
        assert len(c.options) == 4
        assert all(e.title.en and e.title.zh for e in c.exhibits)
        # what happened is not told to those who have to decide
        assert str(c.lead.sections[-1].head) not in read
        assert str(c.lead.sections[-1].head) in led


@both
@each
def test_a_case_is_a_page_of_its_own_marked_as_invented(name: str, lang: str) -> None:
    with speaking(lang):
        page = case_page(name)
        assert ("Invented" in page) or ("虚构" in page)
        assert page.count("<h1>") == 1
        assert 'src="http' not in page
