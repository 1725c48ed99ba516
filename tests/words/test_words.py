"""Both languages say the same: catalogue, glossary, numbers and dates."""

from __future__ import annotations

import datetime as dt
import re
from importlib import resources
from string import Formatter
from typing import Any

import pytest
import yaml

from funnelkit import words
from funnelkit.errors import FunnelkitError
from funnelkit.words import formats, speaking, term, terms

ROOMS = sorted(
    f.name[:-5]
    for f in (resources.files("funnelkit.words") / "catalogue").iterdir()
    if f.name.endswith(".yaml")
)
SPECS = {
    "percent", "percent1", "count", "number", "money", "days", "date", "options", "list",
    "quoted", "",
}  # fmt: skip


def catalogue(room: str) -> dict[str, dict[str, str]]:
    text = (resources.files("funnelkit.words") / "catalogue" / f"{room}.yaml").read_text("utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(text)
    if room == "reasons":  # an entry holds more than its texts; the line of a scope is one too
        lines = {f"{key}.scope": e["scope"] for key, e in loaded.items() if "scope" in e}
        loaded = {key: {k: e[k] for k in ("en", "zh")} for key, e in loaded.items()} | lines
    return loaded


def fields(text: str) -> set[tuple[str, str]]:
    found = set()
    for _, name, spec, _ in Formatter().parse(text):
        if name is not None:
            found.add((name, (spec or "").partition("|")[0]))
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_exists_in_both_languages_with_the_same_values(room: str) -> None:
    for key, entry in catalogue(room).items():
        assert isinstance(entry, dict), key
        assert set(entry) == {"en", "zh"}, key
        for text in entry.values():
            assert isinstance(text, str), key
            assert text.strip(), key
        english, chinese = fields(entry["en"]), fields(entry["zh"])
        assert {n for n, _ in english} == {n for n, _ in chinese}, key
        for _, spec in english | chinese:
            if not re.fullmatch(r"[,.\d+<>^]*[dfsg%e]?", spec):
                assert spec in SPECS, (key, spec)


@pytest.mark.parametrize("room", ROOMS)
def test_keys_are_written_once(room: str) -> None:
    text = (resources.files("funnelkit.words") / "catalogue" / f"{room}.yaml").read_text("utf-8")
    keys = re.findall(r"^([A-Za-z_]\w*):", text, flags=re.M)
    assert len(keys) == len(set(keys)), sorted({k for k in keys if keys.count(k) > 1})


@pytest.mark.parametrize("room", ROOMS)
def test_english_has_no_chinese(room: str) -> None:
    for key, entry in catalogue(room).items():
        # Labels a Chinese CRM writes may be quoted in English; sentences may not be Chinese.
        letters = [c for c in entry["en"] if "\u4e00" <= c <= "\u9fff"]
        assert len(letters) <= len(entry["en"]) / 4, key


@pytest.mark.parametrize("room", ROOMS)
def test_a_share_is_written_without_a_space(room: str) -> None:
    texts = [text for entry in catalogue(room).values() for text in entry.values()]
    assert not [text for text in texts if re.search(r"[\d}] %", text)]


def test_the_glossary_is_whole_and_its_terms_are_unique() -> None:
    every = terms()
    assert len(every) >= 170
    for names in ([t.en for t in every], [t.zh for t in every], [t.id for t in every]):
        assert len(names) == len(set(names))
    for t in every:
        assert t.means_en.endswith("."), t.id
        assert t.means_zh.endswith("。"), t.id
        assert t.means_en.isascii(), t.id
        assert t.en.isascii(), t.id


@pytest.mark.parametrize(
    ("key", "chinese"),
    [
        ("deal", "商机"), ("stage", "阶段"), ("won", "赢单"), ("lost", "输单"),
        ("no_decision", "无效/搁置"), ("win_rate", "赢单率"), ("win_share", "总成交率"),
        ("step_rate", "阶段转化率"), ("overall_rate", "累计转化率"), ("sales_cycle", "销售周期"),
        ("velocity", "销售速度"), ("cohort", "同期群"), ("snapshot", "快照"),
        ("checkpoint", "关键控制点"), ("public_pool", "公海池"),
    ],
)  # fmt: skip
def test_terms_others_rely_on(key: str, chinese: str) -> None:
    found = term(key)
    assert found.zh == chinese
    assert term(chinese) is found
    assert term(found.en.upper()) is found
    with speaking("zh"):
        assert str(found) == chinese
        assert found.means == found.means_zh
        assert 'lang="zh-CN"' in found._repr_html_()


def test_an_unknown_term_gets_the_nearest() -> None:
    with speaking("en"), pytest.raises(FunnelkitError) as caught:
        term("winrate")
    assert str(caught.value).startswith('The glossary has no term "winrate". Nearest: "win_rate"')


@pytest.mark.parametrize(
    ("call", "english", "chinese"),
    [
        (lambda: formats.percent(0.6315), "63%", "63%"),
        (lambda: formats.percent(0.63157, 1), "63.2%", "63.2%"),
        (lambda: formats.percent(None), "not available", "无数据"),
        (lambda: formats.percent(float("nan")), "not available", "无数据"),
        (lambda: formats.count(4238), "4,238", "4,238"),
        (lambda: formats.days(1), "1.0 day", "1.0 天"),
        (lambda: formats.days(12.34), "12.3 days", "12.3 天"),
        (lambda: formats.days(30, 0), "30 days", "30 天"),
        (lambda: formats.money(10_005_534, "USD"), "USD 10.01m", "1,000.55 万美元"),
        (lambda: formats.money(123_456_789), "123.46m", "1.23 亿"),
        (lambda: formats.money(950), "950", "950"),
        (lambda: formats.date(dt.date(2026, 12, 3)), "3 Dec 2026", "2026年12月3日"),
        (lambda: formats.options(["a", "b"]), '"a", "b"', "“a”、“b”"),
        (lambda: formats.options([]), "none", "（无）"),
        (lambda: formats.options("abcdefg"), '"a", "b", "c", "d", "e" and 2 more',
         "“a”、“b”、“c”、“d”、“e”（另有 2 个）"),
    ],
)  # fmt: skip
def test_numbers_dates_and_lists(call: Any, english: str, chinese: str) -> None:
    with speaking("en"):
        assert call() == english
    with speaking("zh"):
        assert call() == chinese


def test_an_unknown_language_is_refused_in_the_current_one() -> None:
    with speaking("en"):
        with pytest.raises(FunnelkitError) as caught:
            words.set_language("fr")
        assert str(caught.value) == ('Language "fr" is not available. Choose one of "en", "zh".')
        assert words.language() == "en"


def test_the_first_language_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextvars import Context

    monkeypatch.setenv("FUNNELKIT_LANG", "zh_CN.UTF-8")
    assert Context().run(words.language) == "zh"
    monkeypatch.delenv("FUNNELKIT_LANG")
    assert Context().run(words.language) == "en"
