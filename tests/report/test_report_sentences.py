"""Sentences that can be said aloud, whatever the data hold: random and degenerate pipelines.

Each goes through every template; what is written is checked by rule.  The suite asks a few;
``FUNNELKIT_PIPELINES=200 python -m pytest tests/report/test_report_sentences.py`` asks many.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest

from funnelkit.data.ledger import Ledger
from funnelkit.errors import FunnelkitError
from funnelkit.page.parts import Folded, Points, Section, Sentence
from funnelkit.report.pages.glance import Block, Glance, Todo, Todos
from funnelkit.report.template import find_template, template_names
from funnelkit.words import set_language

MANY = int(os.environ.get("FUNNELKIT_PIPELINES", "4"))
STAGES = ["lead", "contact", "need", "proposal", "negotiation"]
KINDS = (
    "plain",
    "snapshot",
    "ledger",
    "no_wins",
    "no_amounts",
    "one_group",
    "ten",
    "same_day",
    "all_open",
    "all_closed",
    "currencies",
    "no_dates",
    "two",
    "equal",
    "no_owner",
)

#: The words of somebody else: a rule as it was written.
OWN = re.compile(r'"[^"]*"|“[^”]*”')
WRONG = {
    "no value": r"not available|无数据|\bnan\b|\bNaT\b|\bNone\b(?! of)|\binf\b",
    "a negative nought": r"(?<![\w.,–-])[-−]0(?:[.,]0+)?(?![\d.,])",
    "nought in money": r"(?<![\w–])[A-Z]{3} 0 (?:booked|won|is won|in all)|\bworth 0\b|\(0 of 0\)",
    "a plural of nought": r"(?<![\d.,–-])\b0 deals (?:were|are) (?:open|won)",
    "skipped by none": r"skipped most: 0 of",
    "a plural of one": r"(?<![\d.,–-])\b1 (?:were|are|deals|wins|stages|rows|groups|sellers)\b",
    "nothing is won": r"(?<![\d.,])\b0 (?:is|was|were) won|\b[Oo]f 0 \w",
    "a range without width": r"(?<![\w.])([\d.,]+%?[a-z]*) (?:to|–) \1(?![\w.,%])",
    "一个没有宽度的区间": r"(?<![\d.])([\d.,]+%?)(?: ?[万亿元天倍]*) ?(?:至|～) ?\1(?![\d.%])",
    "two ends alike": r"from ([\d.,]+%?) \([^)]*\) to \1 \(|从 ?([\d.,]+%?)（[^）]*）到 ?\2（",
    "a method by its name in code": r'"(?:simulation|stage|cohort|pacing|naive|weighted)"',
    "a Python call": r"\b\w+\([^()]*=[^()]*\)|\bof=|\bfk\.",
    "a command": r"(?<!\S)--?[a-z]+\b[ =]\w|\bfunnelkit (?!contributors)\w",
    "a share written apart": r"\d %",
    "a column": r"(?<![\w.])[a-z]+_[a-z_]+\b(?![,=.]\w)",
    "a hole": r"[{}]|\(\)|（）|  |\( | ,|，，|。。|\.\.(?!\.)",
}


def deals(kind: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the deals and the stage history of a pipeline of this kind."""
    rng = np.random.default_rng(seed)
    n = {"ten": 10, "two": 2}.get(kind, int(rng.integers(20, 160)))
    day = pd.Timestamp("2026-06-30")
    rows, moves = [], []
    for k in range(n):
        created = day - pd.Timedelta(days=int(rng.integers(5, 700)))
        furthest = int(rng.integers(0, len(STAGES)))
        at = created
        for stage in STAGES[: furthest + 1]:
            moves.append((f"D{k}", stage, at))
            stay = 0 if kind == "same_day" else int(rng.integers(1, 40))
            at = min(at + pd.Timedelta(days=stay), day)
        outcome = str(rng.choice(["won", "lost", "no_decision", "open"], p=[0.15, 0.35, 0.2, 0.3]))
        forced = {("no_wins", "won"): "lost", ("all_closed", "open"): "lost"}
        outcome = "open" if kind == "all_open" else forced.get((kind, outcome), outcome)
        amount = 10_000.0 if kind == "equal" else float(np.round(rng.lognormal(9.5, 1.2), -2))
        rows.append({
            "deal_id": f"D{k}", "name": f"Pump {k}", "account": f"Account {k % 7}",
            "owner": "Ann" if kind == "one_group" else f"Seller {k % int(rng.integers(2, 6))}",
            "region": "North" if kind == "one_group" else ("North", "South")[k % 2],
            "source": ("Fair", "Referral", "Cold call")[k % 3], "amount": amount,
            "currency": ("EUR", "USD")[k % 2] if kind == "currencies" else "EUR",
            "created_at": created, "stage": STAGES[furthest], "outcome": outcome,
            "closed_at": pd.NaT if outcome == "open" else at,
            "expected_close": day + pd.Timedelta(days=int(rng.integers(-30, 200))),
        })  # fmt: skip
    frame = pd.DataFrame(rows)
    gone = {"no_amounts": ["amount", "currency"], "no_owner": ["owner", "region", "source"],
            "no_dates": ["expected_close", "closed_at"]}  # fmt: skip
    history = pd.DataFrame(moves, columns=["deal_id", "stage", "entered_at"])
    return frame.drop(columns=gone.get(kind, [])), None if kind == "snapshot" else history


def exports(file: Path, frame: pd.DataFrame, moves: pd.DataFrame) -> None:
    """Write a ledger of three exports, as the deals stood at the end of each of three months."""
    with Ledger(file) as ledger:
        for day in map(pd.Timestamp, ("2026-04-30", "2026-05-31", "2026-06-30")):
            known = frame[frame["created_at"] <= day].copy()
            late = known["closed_at"] > day
            known.loc[late, "outcome"], known.loc[late, "closed_at"] = "open", pd.NaT
            stages = moves[moves["entered_at"] <= day].groupby("deal_id")["stage"].last()
            known["stage"] = known["deal_id"].map(stages)
            ledger.add(known, day.date())


def given(kind: str, seed: int, lang: str, folder: Path) -> dict[str, Any]:
    """Write the files of a pipeline; return the parameters of a report on it."""
    frame, history = deals(kind, seed)
    if kind == "ledger":
        assert history is not None
        exports(folder / "sales.duckdb", frame, history)
        return {"lang": lang, "data": str(folder / "sales.duckdb")}
    values = {"lang": lang, "data": str(folder / "deals.csv")}
    frame.to_csv(values["data"], index=False)
    if kind == "currencies":  # what is asked, answered: one counts, the other is left out
        Path(f"{values['data']}.mapping.yaml").write_text(
            "exchange: {EUR: 1, USD: null}\n", "utf-8"
        )
    if history is not None:
        values["history"] = str(folder / "history.csv")
        history.to_csv(values["history"], index=False)
    return values


def kind_of(seed: int) -> tuple[str, str]:
    """Return the kind of pipeline of a seed, and the language it is told in."""
    return KINDS[seed % len(KINDS)], ("en", "zh")[(seed + seed // len(KINDS)) % 2]


def said(part: Any) -> Iterator[str]:
    """Yield the sentences of a part; tables and drawings have none."""
    if isinstance(part, Section):
        if part.lacking:  # left out of the page
            return
        for inner in part.parts:
            yield from said(inner)
    elif isinstance(part, Glance):
        yield part.lead
        for inner in (*part.screen, *part.notes):
            yield from said(inner)
    elif isinstance(part, Block):
        for inner in part.parts:
            yield from said(inner)
    elif isinstance(part, Todos):
        yield from (text for item in part.items for text in said(item))
        yield part.more
    elif isinstance(part, Todo):
        # two deals may be to act on for the same reasons: a name with its reason is one sentence
        yield f"{part.what}{part.rest} {part.why}"
    elif isinstance(part, Sentence):
        yield part.text
    elif isinstance(part, Points):
        yield from part.items
    elif isinstance(part, Folded):
        yield part.text


def cells(template: str) -> list[str]:
    """Return what the cells of a template show, one expression each."""
    notebook: Any = nbformat.read(find_template(template).path, as_version=4)
    code = [c.source.strip() for c in notebook.cells if c.cell_type == "code"]
    return [line for source in code for line in source.splitlines()
            if re.fullmatch(r"\w+\.\w+\([^=]*\)", line)]  # fmt: skip


def opened(template: str, values: dict[str, Any]) -> Any:
    """Open a report as its notebook does."""
    notebook: Any = nbformat.read(find_template(template).path, as_version=4)
    source = next(c.source for c in notebook.cells if "import open_" in c.source)
    module, name = re.search(r"from (\S+) import (\w+)", source).groups()  # type: ignore[union-attr]
    return getattr(import_module(module), name)(values)


def faults(texts: list[str]) -> list[str]:
    """Name the sentences that nobody could say aloud, and those that stand twice."""
    found = [
        f"{what}: {text}"
        for text in texts
        for what, rule in WRONG.items()
        # what a reader finds names the column of the file it was found in
        if re.search(rule, OWN.sub("", text) if what == "a column" else text)
        and not (what == "a column" and ".csv" in text)
    ]
    # what several sections lack is told in each
    lacking = re.compile(r"^Left out here|^此处从略|“actions”")
    twice = Counter(t for t in texts if len(t) > 60 and not lacking.search(t))
    return found + [f"twice: {text}" for text, n in twice.items() if n > 1]


@pytest.mark.parametrize("seed", range(MANY))
def test_every_sentence_can_be_said(seed: int, tmp_path: Path) -> None:
    kind, lang = kind_of(seed)
    values = given(kind, seed, lang, tmp_path)
    wrong: list[str] = []
    try:
        for template in template_names():
            try:
                report = opened(template, values)
            except FunnelkitError:
                continue  # the data are refused as a whole, in the reader's own words
            names = re.match(r"\w+", cells(template)[0]).group()  # type: ignore[union-attr]
            names = {names: report}
            texts = [t for cell in cells(template) for t in said(eval(cell, names)) if t]
            assert texts
            wrong += [f"{template} {kind} {lang} {fault}" for fault in faults(texts)]
    finally:
        set_language("en")
    assert not wrong, "\n".join(wrong)


def test_the_rules_find_what_they_are_for() -> None:
    told = ["1 were lost", "0 is won already", "range from 7.4 to 7.4", "a gap of -0.0 points"]
    told += ["CNY 0 booked", "0 deals were open", "from 0% (Ann) to 0% (Ben)", "worth 0; so"]
    told += ["forecast(of='deals')", "not available", "closed_at is empty", "范围 7.4 至 7.4"]
    told += ["give one with -p target=5", "see funnelkit report", "with a chance of 80 %"]
    assert all(faults([text]) for text in told)
    assert not faults(["Of 11 were won, 3.1 to 4.1, -0.5 points, 10 to 20", "范围 3.6 至 6.0"])
