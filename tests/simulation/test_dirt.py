"""Planted dirt: recorded where it lies, the same bytes for a seed, and told by the reader."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest

import funnelkit as fk
from funnelkit.simulation.export import LAYOUTS, export
from funnelkit.simulation.export.dirt import KINDS, WHOLE_FILE
from funnelkit.words import speaking


@pytest.fixture(scope="module")
def company():
    p = fk.load("industrial-zh")
    return p.where(owner=sorted(p.frame()["owner"].unique())[0])


def lines(path):
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return list(csv.reader(io.StringIO(text)))


def dirty(p, folder, layout="kit", seed=5, share=0.2, lang="zh"):
    return export(p, folder, layout, dirt=share, seed=seed, lang=lang)


def test_every_kind_can_be_planted_and_has_a_text(company, tmp_path):
    planted: Counter[str] = Counter()
    for seed in range(12):
        planted.update(d.kind for d in dirty(company, tmp_path / str(seed), seed=seed))
    assert set(planted) == set(KINDS)
    for lang in ("en", "zh"):
        with speaking(lang):
            assert all(d.text for d in dirty(company, tmp_path / "text"))


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_the_record_says_where_each_defect_lies(company, layout, tmp_path):
    defects = dirty(company, tmp_path, layout, seed=11)
    pages: dict[str, list[list[str]]] = {}
    for d in defects:
        page = pages.setdefault(d.file, lines(tmp_path / d.file))
        if d.row is None:
            assert d.kind in WHOLE_FILE
            continue
        cells = page[d.row - 1]
        if d.kind == "total_line":
            assert cells[0] == "合计"
            continue
        header = next(row for row in page if d.column in row)
        assert cells[header.index(d.column)] == d.after, d
        assert (d.before != d.after) == (d.kind != "repeated_row")


def test_the_share_is_kept_and_seeds_repeat(company, tmp_path):
    one, two, three = (tmp_path / n for n in "abc")
    first, again = dirty(company, one), dirty(company, two)
    other = dirty(company, three, seed=6)
    assert first == again
    assert first != other
    assert all((one / f.name).read_bytes() == (two / f.name).read_bytes() for f in one.iterdir())
    in_rows = [d for d in first if d.kind not in WHOLE_FILE]
    assert len(in_rows) == round(0.2 * company.size)
    assert export(company, tmp_path / "d", "kit", dirt=0.0) == []


@pytest.mark.parametrize(
    ("layout", "lang"), [(name, "en" if i % 2 else "zh") for i, name in enumerate(LAYOUTS)]
)
def test_reading_reports_what_was_planted(company, layout, lang, tmp_path):
    p = company
    defects = dirty(p, tmp_path, layout, seed=3, lang=lang)
    back = fk.read(tmp_path, process=p.process, as_of=p.as_of)
    wanted = Counter(d.reported_as for d in defects if d.reported_as)
    for reason, times in wanted.items():
        found = [f for f in back.findings if f.reason == reason]
        assert found, reason
        # a note on a column stands for all of its cells; what is set aside is counted
        if reason not in ("amount_as_text", "footer", "header_below"):
            assert sum(f.count for f in found) >= times, reason
        rows = [d.row for d in defects if d.reported_as == reason and d.row]
        assert reason == "orphan_history" or not rows or min(f.row for f in found) <= min(rows)
    # of the deals only those with a stage nobody knows are lost
    gone = {d.deal_id for d in defects if d.reported_as == "unknown_stage"}
    assert back.size == p.size - len(gone)


def test_what_is_repaired_in_silence_is_repaired_right(company, tmp_path):
    p = company
    silent = {"odd_label", "second_date_format", "spaces", "amount_as_text"}
    defects = dirty(p, tmp_path, "kit", seed=8)
    back = fk.read(tmp_path, process=p.process, as_of=p.as_of).frame().set_index("deal_id")
    clean = p.frame().set_index("deal_id")
    seen = Counter()
    for d in defects:
        if d.kind not in silent:
            continue
        seen[d.kind] += 1
        deal = d.deal_id.strip()
        for column in ("stage", "created_at", "owner"):
            assert back.loc[deal, column] == clean.loc[deal, column], d
        assert back.loc[deal, "amount"] == pytest.approx(clean.loc[deal, "amount"], rel=1e-12), d
    assert set(seen) == silent


def test_strict_reading_refuses_and_lists_the_errors(company, tmp_path):
    defects = dirty(company, tmp_path, "kit", seed=3)
    with speaking("en"), pytest.raises(fk.FunnelkitError) as caught:
        fk.read(tmp_path, process=company.process, as_of=company.as_of, on_defect="strict")
    told = {f.reason for f in caught.value.findings.errors}
    errors = {"duplicate_id", "unparsable_amount", "unparsable_date", "closed_before_created",
              "unknown_stage", "orphan_history"}  # fmt: skip
    assert errors == errors & {d.reported_as for d in defects}
    assert told == errors


def test_missing_owners_are_counted_by_quality(company, tmp_path):
    defects = dirty(company, tmp_path, "kit", seed=3)
    gone = {d.deal_id for d in defects if d.kind == "no_owner"}
    back = fk.read(tmp_path, process=company.process, as_of=company.as_of)
    assert back.frame()["owner"].isna().sum() == len(gone) > 0
