"""Amounts in several currencies: asked about, never added up or left out by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import funnelkit as fk
from funnelkit.data.ask.dialogue import Dialogue
from funnelkit.data.ask.form import Form
from funnelkit.data.reading.reading import Reading
from funnelkit.data.understanding.questions import Question, Unsure
from funnelkit.errors import FunnelkitError
from funnelkit.words import speaking

HEAD = "deal_id,stage,outcome,created_at,closed_at,amount,currency\n"
#: Three deals in EUR, two in USD, one in GBP; the won ones: 100 EUR, 200 USD.
ROWS = """a1,Proposal,won,2026-01-02,2026-02-01,100,EUR
a2,Need,open,2026-01-05,,50,EUR
a3,Need,lost,2026-01-05,2026-01-20,30,EUR
a4,Proposal,won,2026-01-06,2026-02-11,200,USD
a5,Proposal,open,2026-01-07,,80,USD
a6,Need,open,2026-01-09,,10,GBP
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "deals.csv"
    made.write_text(HEAD + ROWS, "utf-8")
    return made


def asked(file: Path) -> Question:
    with pytest.raises(Unsure) as caught:
        fk.read(file)
    (question,) = caught.value.questions
    return question


def amounts(file: Path, **mapping: object) -> dict[str, float | None]:
    frame = fk.read(file, mapping=mapping or None).frame()
    found = frame["amount"].astype(object).where(frame["amount"].notna(), None)
    return dict(zip(frame["deal_id"], found, strict=True))


@pytest.mark.parametrize(
    ("lang", "said", "convert"),
    [
        ("en", "no exchange rates are known", "at rates you give"),
        ("zh", "没有可用的汇率", "汇率折算"),
    ],
)
def test_several_currencies_are_a_question(lang: str, said: str, convert: str, file: Path) -> None:
    with speaking(lang):
        question = asked(file)
        assert said in str(question.text)
        assert "EUR" in str(question.text)
        assert convert in str(question.choices[0].label)
    assert question.about == "currencies"
    assert question.choices[0].examples == ("EUR: 3", "USD: 2", "GBP: 1")
    assert [c.mapping for c in question.choices] == [
        {"exchange": {"EUR": 1, "USD": "?", "GBP": "?"}},
        {"exchange": {"EUR": 1, "USD": None, "GBP": None}},
        {"exchange": {"USD": 1, "EUR": None, "GBP": None}},
        {"exchange": {"GBP": 1, "EUR": None, "USD": None}},
        {"currency": "EUR"},
    ]
    # the line that is printed for an answer gives it
    line = yaml.safe_load(question.choices[1].line)
    assert fk.read(file, mapping=line).currency == "EUR"


def test_each_answer_changes_the_amounts_as_it_says(file: Path) -> None:
    convert, euros, dollars, _, stand = asked(file).choices
    told = convert.filled([0.5, 1.2]).mapping
    assert amounts(file, **told) == {
        "a1": 100, "a2": 50, "a3": 30, "a4": 100, "a5": 40, "a6": pytest.approx(12)
    }  # fmt: skip
    only = amounts(file, **euros.mapping)
    assert only == {"a1": 100, "a2": 50, "a3": 30, "a4": None, "a5": None, "a6": None}
    only = amounts(file, **dollars.mapping)
    assert [only[k] for k in ("a1", "a4", "a5", "a6")] == [None, 200, 80, None]
    as_they_stand = amounts(file, **stand.mapping)
    assert as_they_stand["a4"] == 200
    p = fk.read(file, mapping=dict(told))
    assert p.currencies == ("EUR",)
    assert fk.win_rate(p, of="value").table["rate"].item() == pytest.approx(200 / 230)
    left = fk.read(file, mapping=dict(euros.mapping))
    assert left.currency == "EUR"
    assert left.findings.count("mixed_currencies") == 3
    assert fk.read(file, mapping=dict(told)).findings.count("currencies_converted") == 3


def test_earlier_amounts_are_converted_as_well(file: Path, tmp_path: Path) -> None:
    log = tmp_path / "changes.csv"
    log.write_text(
        "deal_id,field,old,new,changed_at\na5,amount,40,80,2026-01-20\n"
        "a2,amount,45,50,2026-01-20\na6,amount,6,10,2026-01-20\n"
    )
    mapping = {"exchange": {"EUR": 1, "USD": 0.5, "GBP": None}}
    p = fk.read(file, fields=log, mapping=mapping, as_of="2026-03-01")
    then = p.at("2026-01-15").frame().set_index("deal_id")["amount"]
    assert (then["a5"], then["a2"]) == (20.0, 45.0)
    assert then.isna()["a6"]


def test_a_file_in_one_currency_is_converted_where_the_rates_say_so(file: Path) -> None:
    rows = [line for line in ROWS.splitlines() if "USD" in line]
    file.write_text(HEAD + "\n".join(rows), "utf-8")
    assert amounts(file) == {"a4": 200, "a5": 80}
    assert amounts(file, exchange={"EUR": 1, "USD": 0.5}) == {"a4": 100, "a5": 40}


def test_what_changes_no_figure_is_not_asked(file: Path) -> None:
    file.write_text(HEAD + ROWS.replace(",80,USD", ",,USD").replace(",200,USD", ",,USD")
                    .replace(",10,GBP", ",10,EUR"), "utf-8")  # fmt: skip
    assert fk.read(file).currency == "EUR"  # no amount is in dollars


def test_the_rates_of_a_process_answer(file: Path) -> None:
    process = fk.Process.from_stages({"need": "Need", "proposal": "Proposal"}, currency="EUR")
    told = process.model_copy(update={"exchange": {"USD": 0.5, "GBP": 1.2}})
    assert fk.read(file, process=told).frame()["amount"].sum() == pytest.approx(332)
    partly = process.model_copy(update={"exchange": {"USD": 0.5}})
    with pytest.raises(Unsure, match="exchange rates"):
        fk.read(file, process=partly)


@pytest.mark.parametrize(
    ("exchange", "said"),
    [({"EUR": 1, "USD": 0}, "USD"), ({"EUR": 1, "USD": "x"}, "USD"), ({"USD": 0.9}, "rate 1"),
     ({"EUR": 1, "USD": "?"}, "USD"), ({"EUR": 1, "USD": True}, "USD")],
)  # fmt: skip
def test_a_rate_that_is_none_is_refused(exchange: dict[str, object], said: str, file: Path) -> None:
    with pytest.raises(FunnelkitError, match=said):
        fk.read(file, mapping={"exchange": exchange})


def test_rates_are_typed_into_the_form(file: Path) -> None:
    import ipywidgets as w

    def read(told: object) -> object:
        return Reading(file, None, None, told, None, None, "repair", None).run()

    form = Form(Dialogue(read), file)  # type: ignore[arg-type]

    def parts(kind: type) -> list[w.Widget]:
        return [c for c in form.widget.children if isinstance(c, kind)]

    def click() -> None:
        next(c for c in form.widget.children if isinstance(c, w.HBox)).children[0].click()

    assert [c.description for c in parts(w.Text)] == ["1 USD in EUR:", "1 GBP in EUR:"]
    parts(w.RadioButtons)[0].value = 0
    click()
    assert "no number above 0" in form.widget.children[-1].value
    for field, typed in zip(parts(w.Text), ("0,5", "1.2"), strict=True):
        field.value = typed
    assert parts(w.RadioButtons)[0].value == 0
    click()
    assert form.pipeline.frame()["amount"].sum() == pytest.approx(332)
    told = yaml.safe_load((file.parent / "deals.csv.mapping.yaml").read_text("utf-8"))
    assert told == {"exchange": {"EUR": 1, "USD": 0.5, "GBP": 1.2}}
    assert fk.read(file).frame()["amount"].sum() == pytest.approx(332)  # found again
