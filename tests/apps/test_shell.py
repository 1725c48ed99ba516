"""The shell without a browser: state in and out, what is taken home, what a page says."""

from __future__ import annotations

import asyncio
import base64
import io
import re
import shlex
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import yaml

import funnelkit as fk
from funnelkit.apps.app import Answer, App, OpenApp, open_app
from funnelkit.apps.shell import Shell
from funnelkit.apps.source import Source
from funnelkit.apps.take import report_command, report_rows
from funnelkit.charts import Chart
from funnelkit.page.controls import Choice, Slider
from funnelkit.page.parts import Sentence
from funnelkit.show.table import Table
from funnelkit.show.workbook import Front, Sheet, workbook
from funnelkit.words import speaking

SCRIPT = "<script>alert(1)</script>"


def picture() -> Chart:
    from funnelkit.charts.bars import bars

    frame = pd.DataFrame({"label": ["a"], "n": [1.0], "low": [0.5], "high": [1.5]})
    return bars(frame, title="t", alt="one bar", headings=["n", "i"], data=frame)


def answer(base: Any, state: Any) -> Answer:
    if state["n"] == 3:
        raise fk.FunnelkitError("apps.unknown", found=SCRIPT, allowed=["x"])
    if state["n"] == 4:
        raise ZeroDivisionError
    told = f"{state['n'] * 2:g} {SCRIPT} {state['who']}"
    return Answer(
        (Sentence(told),),
        picture if state["n"] < 8 else None,
        {"Sheet": pd.DataFrame({"who": ["=1+1"], "n": [state["n"]]})},
        ("funnel-review", {"where": {"region": "East"}, "min_deals": 5}),
        {"p.yaml": "id: x\n"},
    )


def controls(base: Any) -> tuple[Any, ...]:
    return (
        Slider("n", "Number (deals)", 0, 10, 1, 5, "count", "How many."),
        Choice("who", "Who", (("", "all"), (SCRIPT, SCRIPT)), "", "Whose."),
    )


@pytest.fixture
def opened() -> OpenApp:
    # the name of an app that is there: its texts are used
    return open_app(App("levers", lambda p: None, controls, answer), fk.load("tiny"))


def test_a_move_changes_numbers_address_and_picture(opened: OpenApp):
    shell = Shell(opened, "n=6", served=True)
    shell.widget()
    assert "12 &lt;script&gt;" in shell.numbers.value
    assert "<script" not in shell.numbers.value + shell.head
    shell.widgets["n"].value = 7
    assert shell.numbers.value.startswith("<p>14 ")
    assert "data-query='n=7'" in shell.hidden.value
    assert "<img" in shell.picture.value  # no loop runs: drawn at once
    shell.set({"n": 5, "who": SCRIPT})
    assert "data-query='who=%3Cscript%3Ealert%281%29%3C%2Fscript%3E'" in shell.hidden.value


def test_a_slider_is_as_exact_as_its_address(opened: OpenApp):
    shell = Shell(opened)
    shell.widget()
    shell.widgets["n"].value = 6.999999999999998  # as browsers work a step out
    assert shell.state["n"] == 7
    assert shell.numbers.value.startswith("<p>14 ")


def test_the_picture_waits_until_the_controls_rest(opened: OpenApp):
    async def moves() -> list[str]:
        shell = Shell(opened)
        shell.widget()
        shell.widgets["n"].value = 6
        shell.widgets["n"].value = 7
        seen = [shell.picture.value, shell.numbers.value]
        await asyncio.sleep(1.5)
        return [*seen, shell.picture.value]

    before, numbers, after = asyncio.run(moves())
    assert before == ""
    assert numbers.startswith("<p>14 ")
    assert "<img" in after


def test_reset_asks_once(opened: OpenApp):
    asked: list[Any] = []

    def counted(base: Any, state: Any) -> Answer:
        asked.append(dict(state))
        return answer(base, state)

    shell = Shell(replace(opened, app=replace(opened.app, answer=counted)), f"n=6&who={SCRIPT}")
    shell.widget()
    asked.clear()
    shell.set({"n": 5, "who": ""})
    assert asked == [{"n": 5, "who": ""}]


def test_what_cannot_be_taken_is_said(opened: OpenApp):
    head = Shell(opened, f"n=99&who={SCRIPT}x").head
    assert "Number (deals)" in head
    assert "possible here is 0 to 10" in head
    assert "&lt;script&gt;alert(1)&lt;/script&gt;x" in head
    assert "<script" not in head


def test_a_refusal_is_a_sentence_and_a_fault_no_traceback(opened: OpenApp, capsys: Any):
    shell = Shell(opened)
    shell.widget()
    shell.widgets["n"].value = 3
    assert "There is no app" in shell.numbers.value
    assert "<script" not in shell.numbers.value
    shell.widgets["n"].value = 4
    assert "ZeroDivisionError" in shell.numbers.value
    assert "Traceback" not in shell.numbers.value
    assert "Traceback" in capsys.readouterr().err
    assert not shell.takes.children
    shell.widgets["n"].value = 5
    assert len(shell.takes.children) == 4


def test_the_workbook_has_numbers_and_no_formulas(opened: OpenApp):
    shell = Shell(opened, "n=6")
    shell.widget()
    shell.take(shell._xlsx)
    found = re.search(r'download="(.*?)" href="data:.*?;base64,(.*?)"', shell.taken.value)
    assert found is not None
    assert found.group(1) == "funnelkit-levers.xlsx"
    sheets = pd.read_excel(
        io.BytesIO(base64.b64decode(found.group(2))), sheet_name=None, engine="calamine",
        header=None,
    )  # fmt: skip
    assert sheets["Sheet"].iloc[2].tolist() == ["=1+1", 6]  # the way back, the heads, the rows
    front = sheets["What was set"].astype(str)
    assert ("Number (deals)", "6") in {tuple(row[:2]) for row in front.itertuples(index=False)}


def test_sheets_take_names_excel_allows():
    frame = pd.DataFrame({"a": [1.5, None], "b": ["@x", "http://y"]})
    sheets = [Sheet(n, Table.of(frame)) for n in ("A/B [1]", "a b  1 ", "History")]
    body = workbook(Front("Front", "Front"), sheets)
    names = pd.ExcelFile(io.BytesIO(body), engine="calamine").sheet_names
    assert len(set(names)) == 4
    assert not any(c in name for name in names for c in "[]/")
    assert "History" not in names


def test_the_report_is_a_command_and_a_row(opened: OpenApp):
    source = Source("/somewhere/my deals.csv", {"mapping": "/somewhere/map.yaml"})
    given = {"where": {"region": "East", "owner": "Li Na"}, "min_deals": 5}
    words = shlex.split(report_command("funnel-review", given, source))
    assert words[:4] == ["funnelkit", "report", "funnel-review", "my deals.csv"]
    assert words[words.index("--mapping") + 1] == "map.yaml"
    assert "where=region=East,owner=Li Na" in words
    assert "min_deals=5" in words
    (row,) = yaml.safe_load(report_rows(given, source, "Levers"))
    assert row["where.region"] == "East"
    assert row["data"] == "/somewhere/my deals.csv"
    assert row["lang"] == "en"
    shell = Shell(opened)
    shell.widget()
    shell.take(shell._report)
    assert "funnelkit report funnel-review industrial" in shell.taken.value


def test_a_report_row_is_taken_by_the_report(opened: OpenApp, tmp_path: Any):
    """What an app hands over, the other end reads: rows of a template's parameters."""
    from funnelkit.report.factory.rows import read_rows
    from funnelkit.report.template import find_template

    parameters = find_template("funnel-review").parameters
    file = tmp_path / "row.yaml"
    given = {"where": {"region": "East"}, "min_deals": 5}
    file.write_text(report_rows(given, Source("industrial"), "Levers"), "utf-8")
    ((label, values),) = read_rows(file, parameters, {})
    assert label == "Levers"
    assert values["where"] == {"region": "East"}
    assert values["min_deals"] == 5


def test_it_prints_as_a_page_where_no_kernel_runs(opened: OpenApp):
    bundle = Shell(opened, "n=6")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<li>Number (deals): 6</li>" in bundle["text/html"]
    assert bundle["text/plain"].startswith("Levers\nNumber (deals): 6\nWho: all\n12 ")
    # the same state, the same bytes: a stored notebook stays as it is
    again = Shell(opened, "n=6")._repr_mimebundle_()
    assert again["text/html"] == bundle["text/html"]


def test_the_page_keeps_its_language(opened: OpenApp):
    with speaking("zh"):
        shell = Shell(opened)
        shell.widget()
    with speaking("en"):
        shell.widgets["n"].value = 4
        assert "计算未能完成" in shell.numbers.value
