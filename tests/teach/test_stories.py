"""Every sentence of a lesson's story that speaks of its data is so, in both languages."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from scipy.stats import fisher_exact

from funnelkit.measures.drift import drift
from funnelkit.planning.acting import visible
from funnelkit.planning.targets.coverage import coverage
from funnelkit.process.text import Text
from funnelkit.teach.bank import exercise, l02, l11
from funnelkit.teach.bank.l05 import panels as six
from funnelkit.teach.bank.l08.panels import PLAN
from funnelkit.teach.build import MASTERS
from funnelkit.teach.cases import mirror, stock
from funnelkit.teach.editions.master import Master, masters
from funnelkit.words import speaking

#: Amount and chance of the six deals that L05 tells of and lets one change.
STORY = [(six._AMOUNTS[k], six._CHANCES[k]) for k in six._AMOUNTS]
COURSE = {m.front.id: m for m in masters(MASTERS)}
both = pytest.mark.parametrize("lang", ["en", "zh"])


def prose(m: Master, lang: str) -> str:
    return "\n".join(c.text(lang) for c in m.cells if c.kind == "markdown")


def code(lesson: str, name: str) -> Any:
    """Return a value that a cell of a lesson assigns."""
    for c in COURSE[lesson].cells:
        if found := re.search(rf"^{name} = (.+)$", c.source, re.M):
            return ast.literal_eval(found[1])
    raise LookupError(name)


def rows_with_a_defect() -> int:
    """Count the rows that the reader names."""
    return len(
        {n for f in l02.example_findings() for n in re.findall(r"(?:row|第) ?(\d+)", str(f))}
    )


def gap() -> bool:
    planned, came = code("L04", "planned"), code("L04", "came")

    def money(x: dict[str, float]) -> float:
        return x["volume"] * x["win_rate"] * x["value"] * x["inside"] / 1e6

    more = came["volume"] / planned["volume"]
    return (round(money(planned), 1), round(money(came), 1), round(more, 2)) == (7.2, 5.6, 1.1)


def reached() -> float:
    """Chance that the six deals of L05 bring their weighted sum, over all 64 ways to end."""
    amounts, chances = zip(*STORY, strict=True)
    mean = sum(a * p for a, p in STORY)
    total = 0.0
    for won in itertools.product((0, 1), repeat=len(STORY)):
        if sum(a * w for a, w in zip(amounts, won, strict=True)) >= mean - 1e-9:
            part = 1.0
            for p, w in zip(chances, won, strict=True):
                part *= p if w else 1 - p
            total += part
    return total


def board(column: str) -> list[float]:
    t = l11._by_quarter(l11.language())
    return [float(x) for x in t[column]]


def leak_is_the_widest() -> bool:
    t = l11.leak_a().table
    rates = t[(t["kind"] == "step_rate")]
    whole = rates[rates["column"].isna()].assign(gap=lambda r: r["expected"] - r["observed"])
    parts = rates[rates["column"].notna()].assign(gap=lambda r: r["expected"] - r["observed"])
    worst = parts.loc[parts.groupby("group")["gap"].idxmax(), "stage"]
    return bool(
        whole.sort_values("gap")["stage"].iloc[-1] == "proposal"
        and (worst == "proposal").sum() >= 3
    )


def times_are_longer() -> bool:
    t = l11.leak_a().table
    times = t[t["kind"] == "time_in_stage"]
    return bool((times["observed"] > times["expected"]).mean() > 0.9)


def began_level() -> bool:
    pilot, rest = mirror.regions()
    t = mirror._offers_by_region()
    cells = [[int(t.loc[g, "on"].sum()), int((t.loc[g, "left"] - t.loc[g, "on"]).sum())]
             for g in (pilot, rest)]  # fmt: skip
    return bool(fisher_exact(cells)[1] > 0.2)


def verdicts() -> str:
    return " ".join(str(mirror.verdict(day)["verdict"]) for day in mirror.REVIEWS)


Check = Callable[[], bool]
#: Lesson, what it says in English and Chinese, and what has to be so for each.
SAID: tuple[tuple[str, Text, Check], ...] = (
    ("L02", Text(en="Here are four rows of an export, seen on 30 June 2026; "
                    "three of them hold a defect",
                 zh="截至 2026 年 6 月 30 日导出的四行，其中三行有问题"),
     lambda: (len(l02.example()), rows_with_a_defect()) == (4, 3)),
    ("L04", Text(en="5.6 million instead of 7.2", zh="720 万只做到 560 万"), gap),
    ("L04", Text(en="there had been ten percent more than planned",
                 zh="商机数比计划还多了一成"), gap),
    ("L05", Text(en="reports 6.95 million", zh="相加后报了 695 万"),
     lambda: abs(sum(a * p for a, p in STORY) - 6.95e6) < 5000),
    ("L05", Text(en="stays below 6.95 million in nearly two of three cases",
                 zh="近三分之二的情况下达不到 695 万"), lambda: 0.60 < 1 - reached() < 0.67),
    ("L08", Text(en="each A is visited 24 times a year for an hour and a half, "
                    "each B 12 times for an hour, each C 4 times for half an hour",
                 zh="每家 A 每年拜访 24 次、每次一个半小时，B 为 12 次、每次一小时，"
                    "C 为 4 次、每次半小时"),
     lambda: PLAN == {"A": (24, 1.5), "B": (12, 1.0), "C": (4, 0.5)}),
    ("L11", Text(en="those after the proposal lie furthest below plan, "
                    "in the firm as a whole and in most regions",
                 zh="方案之后的比计划低得最多，全公司如此，多数区域也如此"), leak_is_the_widest),
    ("L11", Text(en="The times are longer than planned in nearly every stage and region",
                 zh="停留时长则几乎每个阶段、每个区域都超过计划"), times_are_longer),
    ("L11", Text(en="From 1 July 2025", zh="自 2025 年 7 月 1 日起"),
     lambda: l11.START == "2025-07-01"),
    ("L11", Text(en="they began level", zh="起点差不多"), began_level),
    ("L11", Text(en="Through 2025 the first holds", zh="整个 2025 年，前者大体平稳"),
     lambda: min(board("won")[:4]) >= 0.8 * max(board("won")[:4])),
    ("L11", Text(en="the second ends the year higher than it began", zh="后者年末高于年初"),
     lambda: board("open_amount")[3] > 1.2 * board("open_amount")[0]),
    ("L11", Text(en="In spring 2026 the wins are missing", zh="到了 2026 年春天，赢单突然少了"),
     lambda: max(board("won")[4:]) < 0.7 * min(board("won")[:4])),
    ("L11", Text(en="The rate of a step falls months before them",
                 zh="某一步的转化率会提前几个月下降"),
     lambda: str(visible(l11.watch_b()))[:10] < l11.MEETING),
    ("L11", Text(en="The regions of the pilot were chosen, not drawn by lot",
                 zh="试点区域是挑选的，不是抽签决定的"),
     lambda: len(mirror.regions()[0]) == 2),
)  # fmt: skip


@both
@pytest.mark.parametrize("at", range(len(SAID)), ids=lambda k: f"{SAID[k][0]}-{k}")
def test_what_a_story_says_of_its_data_is_so(at: int, lang: str) -> None:
    lesson, said, holds = SAID[at]
    assert getattr(said, lang) in prose(COURSE[lesson], lang)
    with speaking(lang):
        assert holds()


@pytest.mark.parametrize(
    ("lang", "said", "found"),
    [
        ("en", "opened at the end of March 2026, would say “not shown”, and in June again “worked”",
         "worked worked not_shown worked"),
        ("zh", "2025 年 10 月底打开还是“未见效果”，12 月起才是“有效”",
         "not_shown worked worked worked"),
    ],
)  # fmt: skip
def test_the_verdict_of_each_day_is_told_as_it_is(lang: str, said: str, found: str) -> None:
    assert said in prose(COURSE["L11"], lang)
    with speaking(lang):
        assert verdicts() == found


@both
def test_the_control_chart_of_the_case_knows_nothing_of_later(lang: str) -> None:
    with speaking(lang):
        watch = drift(l11._loaded("failure", lang).at(stock.MEETING), "need")
        assert str(watch.table["period"].max())[:10] <= stock.MEETING


@both
def test_sources_have_a_grade_and_a_place(lang: str) -> None:
    """What stands in the lessons as found elsewhere names where, and how good that is."""
    told = prose(COURSE["L11"], lang)
    parallels = [
        line for line in told.splitlines() if re.match(r"- \*\*[A-Z]", line) and "20" in line
    ]
    assert len(parallels) >= 3
    assert all(re.search(r"[\[［][ABCD][\]］]", line) for line in parallels)
    ten = prose(COURSE["L10"], lang)
    assert "2011" in ten
    assert "Jordan" in ten
    assert "2014" not in ten
    for lesson in ("L02", "L06", "L07", "L08", "L12"):
        grades = re.findall(r"grade [ABCD]|[ABCD] 级", prose(COURSE[lesson], lang))
        assert grades, lesson


def test_coverage_in_the_exercise_is_the_measure_s() -> None:
    """L05.10: what is open and what is needed stand on one base, that of the kit's coverage."""
    for seed in range(1, 301):
        case = exercise("L05.10").case(seed)
        v = case.values
        row = coverage(
            v["open"], v["target"], booked=v["booked"], win_rate=v["win"], inside=v["inside"]
        ).table.iloc[0]
        assert case.right == pytest.approx([row["to_go_ratio"], row["needed_ratio"]])


def test_a_single_quarter_swings_far_more_than_the_band_of_eight() -> None:
    """L03.8 says so: on average more than three of the learner's own eight lie outside."""
    outside = 0
    for seed in range(1, 101):
        case = exercise("L03.8").case(seed)
        low, _, high = case.right
        assert case.exercise.show is not None
        shown = case.exercise.show(case)
        came, on = ([int(str(x).replace(",", "")) for x in shown.iloc[:, k]] for k in (1, 2))
        outside += sum(not low <= b / a <= high for a, b in zip(came, on, strict=True))
    assert outside / 100 > 3
