"""Every sentence that compares has a check behind it, and every word of cause a design."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from funnelkit.words import catalogue

CATALOGUE = Path(catalogue.__path__[0])
LISTED: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("claims.yaml").read_text(encoding="utf-8")
)
# Rooms that speak of data, files and the machine, not of how groups or periods compare.
NOT_OF_RESULTS = set(
    "apps cli connect data export factory files game ledger library page pipeline process pulls "
    "questions quiz reasons show simulate stats store teach words workshop app_game verify "
    "assistants definitions exercise learn".split()
)
COMPARES = re.compile(
    r"\b(differs?|apart|than chance|by chance|beyond chance|chance alone|chance explains|"
    r"highest|lowest|longest|slowest|quickest|fastest|best|worst|better|worse|higher|lower|"
    r"slower|faster|below|above|more often|less often|largest|most|closest|overlap|luck)\b"
)
COMPARES_ZH = re.compile("偶然|正常波动|最高|最低|最快|最慢|分不出|运气|高于|低于|不重叠")
CAUSES = re.compile(
    r"\b(because|caused?|(?<!not )worked(?! out)(?! a whole month)|due to|thanks to|led to|"
    r"leads to|therefore|drives|proved)\b"
)
CAUSES_ZH = re.compile("因此|因为|由于|导致|促使|有效|归功|奏效|造成")
# A figure that is refused is compared with what is allowed, not with another group.
REFUSES = re.compile(r"(^|\.)(not_|bad_|no_weight|few_|too_|impossible|negative|chances$|p80_below|"
                     r"periods_apart|compare_overlap|doctor_|full_text)")  # fmt: skip


def entries() -> dict[str, dict[str, str]]:
    found = {}
    for file in sorted(CATALOGUE.glob("*.yaml")):
        if file.stem in NOT_OF_RESULTS:
            continue
        for key, text in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if isinstance(text, dict) and {"en", "zh"} <= set(text):
                found[f"{file.stem}.{key}"] = text
    return found


def listed() -> list[str]:
    return [*(k for keys in LISTED["checks"].values() for k in keys), *LISTED["counted"]]


def test_every_comparative_sentence_is_listed_with_its_check() -> None:
    compares = {
        key
        for key, text in entries().items()
        if "{" in text["en"]
        and (COMPARES.search(text["en"]) or COMPARES_ZH.search(text["zh"]))
        and not REFUSES.search(key.split(".", 1)[1])
    }
    missing = sorted(compares - set(listed()))
    assert not missing, f"say in tests/words/claims.yaml which check stands behind {missing}"


def test_what_is_listed_exists_once() -> None:
    names = listed()
    assert len(names) == len(set(names))
    assert not sorted(set(names) - set(entries()))
    assert not sorted(set(LISTED["causes"]) - set(entries()))


def test_words_of_cause_stand_only_where_a_design_carries_them() -> None:
    causes = {
        key
        for key, text in entries().items()
        if CAUSES.search(text["en"].lower()) or CAUSES_ZH.search(text["zh"])
    }
    assert sorted(causes - set(LISTED["causes"])) == []


@pytest.mark.parametrize(
    "check",
    [
        *LISTED["checks"],
        *sorted({c for c in LISTED["causes"].values() if c.startswith("funnelkit.")}),
    ],
)
def test_the_check_is_there(check: str) -> None:
    module, _, name = check.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_intervals_that_do_not_overlap_are_no_claim() -> None:
    assert not [k for k, text in entries().items() if "not overlap" in text["en"]
                and "periods" not in text["en"]]  # fmt: skip
