"""Amounts in exercises: thousands and millions in English, 万元 in Chinese, the answer too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from funnelkit.teach.bank import exercise, exercises
from funnelkit.teach.bank.l04 import WHATIFS as OF_TARGETS
from funnelkit.teach.bank.l05 import WHATIFS as OF_FORECASTS
from funnelkit.teach.check import fill, judge, worked
from funnelkit.teach.exercise import Case
from funnelkit.words import speaking

#: What nobody in China counts in.
FOREIGN = re.compile(r"千元|百万元|十万元|百万美元")


def said(case: Case) -> str:
    """All that an exercise shows: question, table, fields, hints, mistakes, solution."""
    asked = case.exercise
    shown = asked.show(case) if asked.show else ""
    table = shown.to_string() if isinstance(shown, pd.DataFrame) else repr(shown)
    fields = [f"{e.label} {e.options}" for e in asked.kind.entries(case)]
    texts = [fill(asked.prompt, case), table, *fields, worked(case), str(asked.after)]
    return "\n".join(
        [*texts, *(str(h) for h in asked.hints), *(str(m.hint) for m in asked.mistakes)]
    )


def test_no_chinese_exercise_counts_in_thousands_or_millions() -> None:
    with speaking("zh"):
        for asked in exercises():
            for seed in (1, 7):
                assert not FOREIGN.search(said(asked.case(seed))), asked.id


# (id, of a case: the amounts that are shown or asked for, of one 万 how many English units)
AMOUNTS: list[tuple[str, Callable[[Case], Any], float]] = [
    ("L06.2", lambda c: c.right, 10),
    ("L07.12", lambda c: c.exercise.show(c).iloc[:, 2], 10),
    ("L08.3", lambda c: [*c["spend"], *c["sales"]], 10),
    ("L08.4", lambda c: [*c["before"], *c["after"], *c["own"], *c["rival"]], 0.01),
    ("L08.5", lambda c: [c["total"], *c["history"]], 0.01),
    ("L08.6", lambda c: c["amounts"], 10),
    ("L08.8", lambda c: [c["cut"], *c["potential"]], 10),
]  # fmt: skip


@pytest.mark.parametrize(("id", "amounts", "times"), AMOUNTS)
def test_one_amount_in_both_languages(
    id: str, amounts: Callable[[Case], Any], times: float
) -> None:
    for seed in range(1, 9):
        found = {}
        for lang in ("en", "zh"):
            with speaking(lang):
                case = exercise(id).case(seed)
                found[lang] = list(amounts(case))
                assert judge(case, case.right).state == "right"
                for mistake in case.exercise.mistakes:
                    given = mistake.given(case)
                    assert given == case.right or judge(case, given).state != "right"
        assert found["en"] == pytest.approx([times * x for x in found["zh"]])


def test_the_printed_quarter_in_both_units() -> None:
    # new 120 thousand, pulled in 150, won 100, lost 290, slipped 110: 12, 15, 10, 29, 11 万元
    rows = [
        ("D1", 120, "", "2026-09-18", "open"), ("D2", 150, "2026-11-05", "2026-09-15", "open"),
        ("D3", 100, "2026-08-20", "", "won"), ("D4", 290, "2026-09-30", "", "lost"),
        ("D5", 110, "2026-09-12", "2026-11-20", "open"),
    ]  # fmt: skip
    fates = pd.DataFrame(rows, columns=["deal", "amount", "due_then", "due_now", "now"])
    asked = exercise("L06.2")
    told = [("en", fates, [120, 150, 100, 290, 110])]
    told += [("zh", fates.assign(amount=fates["amount"] / 10), [12, 15, 10, 29, 11])]
    for lang, deals, right in told:
        with speaking(lang):
            case = replace(asked, draw=lambda r, d=deals: {"deals": d}).case(1)
            assert judge(case, right).state == "right"
            whole = judge(case, [10_000 * x for x in right])
            assert whole.state == "unit"
            assert ("thousands" in whole.message) or ("34 万元就填 34" in whole.message)


def test_a_hundredth_of_a_million_is_one_wan() -> None:
    # 60 million by history 9, 12, 8, 6 and potential 40, 26, 18, 16: printed in test_bank_l08
    with speaking("zh"):
        case = replace(
            exercise("L08.5"),
            draw=lambda r: {
                "total": 6000, "history": [900, 1200, 800, 600], "potential": [40, 26, 18, 16],
            },
        ).case(1)  # fmt: skip
        # 900/3500 = 25.714 %, and 40 %: 32.857 % of 6,000 = 1,971.4; 34.286 % and 26 %: 1,808.6;
        # 22.857 % and 18 %: 1,225.7; 17.143 % and 16 %: 994.3. Down 5,998; two missing to .7 and .6
        assert case.right == [1971, 1809, 1226, 994]
        assert judge(case, [1972, 1808, 1226, 994]).state == "right"  # one 万 either way
        assert judge(case, [1975, 1805, 1226, 994]).state != "right"
        assert "1,971" in worked(case)


def test_sliders_of_amounts_stand_at_the_same_amount() -> None:
    from funnelkit.process import load_process

    class Own:
        process = load_process()

    answers = {}
    for lang in ("en", "zh"):
        with speaking(lang):
            panel = OF_TARGETS["backwards"](Own())
            deals = OF_FORECASTS["deals"](None)
            answers[lang] = panel.render(panel.start)
            assert not FOREIGN.search(panel.page() + deals.page())
            shown = {c.name: c.shown(c.start) for c in (*panel.controls, deals.controls[-1])}
            ends = {"en": ("80", "400"), "zh": ("800", "40")}[lang]
            assert (shown["target"], shown["value"]) == ends
    numbers = {lang: re.findall(r"<td>([\d,]+)</td>", page) for lang, page in answers.items()}
    assert numbers["en"] == numbers["zh"] != []
