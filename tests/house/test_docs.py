"""The documentation's sources: both languages, every measure, no file that is not there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from funnelkit.answers.definitions import MEASURES, definition
from funnelkit.words.language import LANGUAGES, speaking

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_languages_have_the_same_pages(build: ModuleType) -> None:
    names = {lang: {name for name, _ in build.pages(lang)} for lang in LANGUAGES}
    assert names["en"] - names["zh"] == {"api.md"}  # docstrings are English
    assert names["zh"] <= names["en"]


def test_every_measure_is_on_a_page_in_its_own_words(build: ModuleType) -> None:
    for lang in LANGUAGES:
        text = "\n".join(page for name, page in build.pages(lang) if name.startswith("measures/"))
        with speaking(lang):
            for name, m in MEASURES.items():
                d = definition(name)
                assert d.definition in text, name
                assert d.formula in text, name
                assert f"\n{m.example_call}\n" in text, name


def test_links_between_pages_and_menus_lead_somewhere(build: ModuleType) -> None:
    for lang in LANGUAGES:
        pages = dict(build.pages(lang))
        for name, text in pages.items():
            folder = Path(name).parent
            linked = re.findall(r"\]\(([^)#:]+\.md)\)", text)
            menus = re.findall(r"```\{toctree\}\n(.*?)```", text, re.DOTALL)
            linked += [
                f"{line}.md" for menu in menus for line in menu.split("\n")
                if line and not line.startswith(":")
            ]  # fmt: skip
            for link in linked:
                assert (folder / link).as_posix() in pages, (lang, name, link)


def test_guides_are_split_by_language(build: ModuleType) -> None:
    for name in ("APPS", "LEDGER", "PULLS"):
        text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
        english, chinese = (build.own_language(text, lang) for lang in ("en", "zh"))
        assert len(re.findall(r"[\u4e00-\u9fff]", english)) < 30
        assert len(re.findall(r"[\u4e00-\u9fff]", chinese)) > 300
