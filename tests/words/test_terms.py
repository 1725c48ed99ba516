"""One Chinese word a concept, in everything a person reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import funnelkit
from funnelkit.words import terms

PACKAGE = Path(funnelkit.__file__).parent
ROOT = PACKAGE.parent
HAN = re.compile(r"[\u4e00-\u9fff]")
VARIANTS = [(t, re.compile(v)) for t in terms() for v in t.variants]
#: Other slips that were met once: words of no concept here.
SLIPS = ["韩元", "您", "贵公司", "千元", "百万元", "十万元"]
#: A quotation of what people say, or the word in another sense.
MEANT = ["设备、管道之类", "“机会”", "机会成本", "会说“赢率”"]


def strings(value: Any) -> list[str]:
    """Every text of a loaded YAML file that is written in Chinese."""
    if isinstance(value, dict):
        return [s for part in value.values() for s in strings(part)]
    if isinstance(value, list):
        return [s for part in value for s in strings(part)]
    return [value] if isinstance(value, str) and HAN.search(value) else []


def sources() -> dict[str, list[str]]:
    """Catalogues, sheets, bank, masters, report templates, data cards, README and guides."""
    found: dict[str, list[str]] = {}
    rooms = [PACKAGE / "words/catalogue", PACKAGE / "process/sheets", PACKAGE / "teach"]
    bank = ROOT / "exercises/bank"
    for folder in [*rooms, bank, ROOT / "funnelkit/simulation"]:
        for file in sorted(folder.rglob("*.yaml")):
            if "exercises/bank" in str(file) or not file.is_relative_to(
                PACKAGE / "teach/exercises"
            ):
                loaded = yaml.safe_load(file.read_text("utf-8"))
                found[str(file.relative_to(ROOT))] = strings(without_labels(loaded))
    lines = [
        *sorted((ROOT / "notebooks/masters").glob("*.py")),
        *sorted((ROOT / "notebooks/reports").glob("*.py")),
        *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "datasets").rglob("*.md")),
        ROOT / "README.md",
    ]  # fmt: skip
    for file in lines:
        text = file.read_text("utf-8").splitlines()
        found[str(file.relative_to(ROOT))] = [line for line in text if HAN.search(line)]
    glossary = [s for t in terms() for s in (t.zh, t.means_zh)]
    return found | {"glossary": glossary}


def without_labels(loaded: Any) -> Any:
    """Drop what a CRM may write: labels that are read are no texts of ours."""
    if not isinstance(loaded, dict):
        return [without_labels(part) for part in loaded] if isinstance(loaded, list) else loaded
    read = {"aliases", "outcomes", "labels"}
    return {k: without_labels(v) for k, v in loaded.items() if k not in read}


def slips(text: str) -> list[str]:
    """The forbidden words of a text, each with the term to write."""
    for meant in MEANT:
        text = text.replace(meant, "")
    found = [f"{t.zh} < {m.group()}" for t, v in VARIANTS if (m := v.search(text))]
    return found + [word for word in SLIPS if word in text]


SOURCES = sources()


def test_the_check_reads_all_there_is_to_read() -> None:
    assert len(VARIANTS) >= 60
    for place in ("README.md", "glossary", "exercises/bank/L05.yaml", "docs/zh/learn.md"):
        assert SOURCES[place], place
    assert sum("masters/L" in place for place in SOURCES) == 12
    assert sum("/card.md" in place for place in SOURCES) >= 8
    assert sum(map(len, SOURCES.values())) > 6000


@pytest.mark.parametrize("place", SOURCES)
def test_one_chinese_term_for_a_concept(place: str) -> None:
    wrong = [(found, text) for text in SOURCES[place] if (found := slips(text))]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("管道每天产出 3.54 万", "在途漏斗"), ("团队的赢率为 20%", "赢单率"),
        ("结案日期在未来", "结单日期"), ("仍滞留 3 个", "仍在该阶段"),
        ("准确率 40%", "查准率"), ("满产销售", "折算成熟人数"), ("阶段表写在墙上", "阶段标准表"),
    ],
)  # fmt: skip
def test_a_variant_is_found_with_the_word_to_write(text: str, term: str) -> None:
    assert [s for s in slips(text) if s.startswith(term)]


@pytest.mark.parametrize("text", ["预测准确率", "阶段表示客户做了什么", "最终赢单率", "超市场"])
def test_another_sense_is_let_through(text: str) -> None:
    assert slips(text) == []


def test_a_stage_stands_in_quotation_marks_within_a_sentence() -> None:
    bare = re.compile(r"[\u4e00-\u9fff，]\{(?:stage|from_stage|to_stage)\}(?!：)")
    wrong = [
        (place, text)
        for place, texts in SOURCES.items()
        if "words/catalogue" in place and not place.endswith(("process.yaml", "questions.yaml"))
        for text in texts
        if text.endswith("。") and bare.search(text)
    ]
    assert wrong == []


def test_a_range_of_numbers_is_written_one_way() -> None:
    spelled = re.compile(r"\d[%\d.]* ?至 ?\+?\d|\{(?:low|first_low|last_low)[^}]*\} ?至")
    wrong = [
        (place, text)
        for place, texts in SOURCES.items()
        if "words/catalogue" in place
        for text in texts
        if spelled.search(text)
    ]
    assert wrong == []


def test_by_more_than_chance_is_said_in_one_word() -> None:
    translated = re.compile("超出正常波动|超出偶然|退回前一阶段")
    rooms = ("words/catalogue", "masters", "exercises/bank", "docs/zh")
    said = [(p, t) for p, ts in SOURCES.items() if any(r in p for r in rooms) for t in ts]
    assert [(p, t) for p, t in said if translated.search(t)] == []
