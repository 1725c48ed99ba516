"""Definitions as data: complete, in both languages, and the very words of the results."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import funnelkit as fk
import funnelkit.measures
from funnelkit.answers.definitions import MEASURES, as_data, definition, measure
from funnelkit.cli import app
from funnelkit.words.language import speaking
from funnelkit.words.texts import texts

# What is no measure: it opens, plans, keeps, teaches.
BESIDE = set(
    "check connect datasets deal from_frames hint load open_lesson plan_target quality read "
    "set_language simulate solution signatures velocity_equation".split()
)


def test_every_public_measure_is_defined() -> None:
    public = {n for n in [*fk.__all__, *funnelkit.measures.__all__] if n.islower()}
    asked = {m.call.rpartition(".")[2] for m in MEASURES.values()}
    assert public - BESIDE == asked


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_is_missing_or_left_unfilled(lang: str) -> None:
    with speaking(lang):
        for name in MEASURES:
            d = definition(name)
            for word in ("title", "definition", "denominator", "formula", "unit"):
                text = getattr(d, word)
                assert text, (name, word)
                assert not re.search(r"[{}]|None", text), (name, word, text)
                assert lang == "en" or re.search(r"[\u4e00-\u9fff]", text), (name, word, text)


def test_no_text_of_the_catalogue_is_idle() -> None:
    stems = {m.id for m in MEASURES.values()}
    stems |= {m.call.rpartition(".")[2] for m in MEASURES.values()} | {"unit"}
    for key in texts("definitions"):
        assert key.startswith("unit_") or key.rpartition("_")[0] in stems, key


# Their words hold what the data tell: how many comparisons, how long a window, what age.
TOLD_BY_DATA = {"diagnose", "drift", "checkpoints", "compare_created", "compare_proposal"}


@pytest.mark.parametrize("name", [n for n in MEASURES if n not in ("backtest", *TOLD_BY_DATA)])
def test_they_are_the_words_of_the_result(name: str) -> None:
    m = MEASURES[name]
    p = fk.load(m.data)  # whose funnel starts with leads: the words here are those of deals
    p = replace(p, process=p.process.model_copy(update={"deals_from": None}))
    result = eval(m.example_call, {"fk": fk, "p": p})
    d = definition(name)
    assert (d.definition, d.title) == (result.definition, result.title)
    assert d.denominator == result.denominator
    assert m.main in result.table
    assert type(result) is m.kind
    assert m.unit in (result.unit(m.main), getattr(result.unit(m.main), "unit", None))


def test_the_command_prints_them_as_data_and_as_text() -> None:
    run = CliRunner()
    printed = run.invoke(app, ["definitions", "--json"])
    assert json.loads(printed.stdout) == as_data()
    with speaking("en"):  # which is then the language again
        one = run.invoke(app, ["definitions", "win_rate_closed", "--lang", "zh"])
    assert "赢单 ÷（赢单＋输单＋未决）" in one.stdout
    assert run.invoke(app, ["definitions", "wn_rate_closed"]).exit_code == 2


def test_an_unknown_one_is_answered_with_the_nearest() -> None:
    with pytest.raises(fk.FunnelkitError) as refused:
        measure("win_rate_close")
    assert refused.value.values["allowed"][0] == "win_rate_closed"
