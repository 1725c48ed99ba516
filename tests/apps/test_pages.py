"""What stands around the apps: notebooks from one master, the list, the question for a token."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path

import pytest

import funnelkit as fk
from funnelkit.apps import NAMES, build, find_app, serve
from funnelkit.apps.pages import resources, start_page, style, token_page
from funnelkit.apps.seats import most_seats
from funnelkit.apps.serve import known
from funnelkit.apps.served import Refused, prepare_app
from funnelkit.apps.server import free_port, is_loopback
from funnelkit.apps.source import VARIABLE, Source, source_of
from funnelkit.page.controls import Choice, Several, Slider, Steps, Switch, start_of
from funnelkit.report.template import defaults_of
from funnelkit.words import speaking


def test_every_app_is_there():
    for name in NAMES:
        assert find_app(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_follows_from_the_master(name: str):
    text = (build.CHECKOUT / f"{name}.ipynb").read_text("utf-8")
    assert text == build.built(name, (build.CHECKOUT / build.MASTER).read_text("utf-8"))
    cells = json.loads(text)["cells"]
    assert sum(cell["cell_type"] == "code" for cell in cells) == 2
    assert not any(cell.get("outputs") for cell in cells)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_every_control_says_what_it_is(name: str, lang: str):
    """Label, unit where it is a number, definition, and a start among what can be set."""
    app = find_app(name)
    with speaking(lang):
        for control in app.controls(_base(name)):
            assert control.label, (name, control.name)
            assert control.help, (name, control.name)
            if isinstance(control, Slider):
                assert control.low <= control.start <= control.high, (name, control.name)
                assert control.step > 0
            if isinstance(control, Choice):
                assert control.start in dict(control.options), (name, control.name)
            assert isinstance(control, (Slider, Choice, Several, Switch, Steps))
            assert re.fullmatch(r"[\w.-]+", control.name), control.name


_BASES: dict[str, object] = {}


def _base(name: str) -> object:
    if name not in _BASES:
        with speaking("zh"):
            _BASES[name] = find_app(name).prepare(fk.load("industrial"))
    return _BASES[name]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_prepared_once_speaks_both_languages(name: str):
    """A kernel prepares before it knows who asks: no text may be kept from then."""
    app = find_app(name)
    with speaking("en"):
        controls = app.controls(_base(name))
        html = app.answer(_base(name), start_of(controls)).html
        told = " ".join(f"{c.label} {c.help} {c.shown(c.start)}" for c in controls)
        told += " ".join(label for c in controls if isinstance(c, Choice) for _, label in c.options)
    assert not re.findall("[\u4e00-\u9fff]+", html + told)


@pytest.mark.parametrize("name", NAMES)
def test_the_report_an_app_hands_over_takes_what_it_is_given(name: str):
    app = find_app(name)
    with speaking("en"):
        handed = app.answer(_base(name), start_of(app.controls(_base(name)))).report
    if handed is not None:
        template, given = handed
        assert given.keys() <= defaults_of(template).keys()


def test_the_list_names_every_app_in_both_languages():
    for lang, home in (("en", "What-if apps"), ("zh", "假设分析应用")):
        with speaking(lang):
            page = start_page(NAMES, Source("/home/of/me/deals.csv"), "/")
        assert home in page
        assert page.count("<h1>") == 1
        assert "/home/of/me" not in page  # a screen may be shared
        assert [n for n in NAMES if f"href='/{n}?lang={lang}'" in page] == list(NAMES)


def test_the_way_back_after_the_token_is_text():
    page = token_page('/levers?effort=0.2&x="><script>1</script>&token=old')
    assert "<script" not in page
    assert "name='effort' value='0.2'" in page
    assert "'old'" not in page
    assert "=old" not in page
    assert "method='get' action='/levers'" in page


def test_nothing_comes_from_elsewhere():
    with speaking("zh"):
        whole = json.dumps(resources(NAMES, "zh")) + start_page(NAMES, Source(), "/") + style()
    template = Path(build.__file__).parent / "pages" / "voila" / "templates" / "funnelkit"
    whole += (template / "index.html.j2").read_text("utf-8")
    assert not re.findall(r"https?://|//cdn|@import|url\(", whole)


def test_bad_data_become_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n", "utf-8")
    for lang in ("en", "zh"):
        monkeypatch.setenv(VARIABLE, json.dumps({"data": str(bad), "lang": lang}))
        shown = prepare_app("levers").show("")
        assert isinstance(shown, Refused)
        with speaking(lang), pytest.raises(fk.FunnelkitError) as refused:
            fk.read(bad)
        with speaking(lang):
            first = str(refused.value).split("\n")[0]
        from html import escape

        assert escape(first) in shown.first()
        assert f"data-lang='{lang}'" in shown.first()
    monkeypatch.setenv(VARIABLE, json.dumps({"data": "industral", "lang": "en"}))
    assert "&quot;industrial&quot;" in prepare_app("levers").show("").first()


def test_the_language_of_the_address_goes_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, json.dumps({"data": "industrial", "lang": "zh"}))
    ready = prepare_app("levers")
    assert "销售杠杆" in ready.show("").first()
    shown = ready.show("lang=en&effort=0.2").first()
    assert "<h1>Levers</h1>" in shown
    assert "data-query='effort=0.2'" in shown


def test_data_are_named_by_their_full_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("deals.csv").write_text("deal_id\n", "utf-8")
    found = source_of("deals.csv", {"mapping": None, "process": "b2b-six-stages"})
    assert found.data == str(tmp_path / "deals.csv")
    assert dict(found.options) == {"process": "b2b-six-stages"}
    assert found.label == "deals.csv"
    assert source_of("industrial", {}).data == "industrial"


def test_ports_and_addresses():
    assert is_loopback("127.0.0.1")
    assert is_loopback("localhost")
    assert not is_loopback("0.0.0.0")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(fk.FunnelkitError) as refused:
            free_port("127.0.0.1", port)
    assert str(port) in str(refused.value)
    assert 8866 <= free_port("127.0.0.1", None) < 8916


def test_as_many_kernels_as_half_the_memory_holds(monkeypatch: pytest.MonkeyPatch):
    """450 MiB a kernel: 8 GiB hold 9 in one half, 2 GiB hold 2; 24 are the most."""
    pages = {"SC_PHYS_PAGES": 0, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__, raising=False)
    for gigabytes, most in ((8, 9), (2, 2), (1, 2), (16, 18), (256, 24)):
        pages["SC_PHYS_PAGES"] = (gigabytes << 30) // 4096
        assert most_seats() == most


def test_a_browser_is_given_no_token_on_its_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    opened: list[str] = []
    monkeypatch.setattr(serve.webbrowser, "open", opened.append)
    address = "http://127.0.0.1:8866/?token=secret&x=<y>"
    serve._ready(address, tmp_path, "127.0.0.1", True, lambda line: None, "")
    assert "secret" not in opened[0]
    page = (tmp_path / "open.html").read_text("utf-8")
    assert "url=http://127.0.0.1:8866/?token=secret&amp;x=&lt;y&gt;" in page


def test_a_token_on_the_command_line_is_refused():
    from typer.testing import CliRunner

    from funnelkit.cli import app

    found = CliRunner().invoke(app, ["apps", "--no-open", "--token", "secret"])
    assert found.exit_code != 0
    assert "FUNNELKIT_TOKEN" in found.output + str(found.exception)


def test_an_unknown_app_is_named_with_the_nearest():
    assert known(["levers"]) == ("levers",)
    assert known([]) == NAMES
    with pytest.raises(fk.FunnelkitError) as refused:
        known(["lever"])
    assert "levers" in str(refused.value)
