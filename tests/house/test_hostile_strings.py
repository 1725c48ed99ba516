"""Texts that look like markup stay texts on everything that is shown, whatever room prints it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import funnelkit as fk
from funnelkit.apps import NAMES, find_app
from funnelkit.apps.app import open_app
from funnelkit.apps.game.room import render_boards, save
from funnelkit.apps.pages import start_page
from funnelkit.apps.served import Refused
from funnelkit.apps.source import Source
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.files.tables import write_csv
from funnelkit.process import load_process
from funnelkit.report.factory.run import report
from funnelkit.simulation import simulate
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.newhire import plan_page
from funnelkit.teach.quiz import gain
from funnelkit.teach.workshop.box import build_box
from funnelkit.teach.workshop.collect import collect
from funnelkit.words import speaking

#: Opens an element, leaves an attribute, ends a script, a style and a comment.
MARK = """<zzq>" zzq=1 ' zzq=1 </script></style>--><zzq>"""


class _Seen(HTMLParser):
    """Fails on an element or attribute of the mark; counts the mark as a text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "zzq" not in tag, self.get_starttag_text()
        for name, value in attrs:
            assert "zzq" not in name, self.get_starttag_text()
            self.shown += "zzq" in (value or "")

    def handle_data(self, data: str) -> None:
        self.shown += "zzq" in data


def shown(html: str) -> int:
    """Return how many texts hold the mark; none may have become markup."""
    seen = _Seen()
    seen.feed(html)
    seen.close()
    return seen.shown


def test_the_check_can_fail() -> None:
    for bad in (f"<p>{MARK}</p>", f'<p title="{MARK}">', f"<script>x='{MARK}'</script>"):
        with pytest.raises(AssertionError):
            shown(bad)


_TEXTS = ("deal_id", "name", "account", "owner", "region", "source", "competitor", "contact",
          "segment", "industry", "loss_reason", "old", "new")  # fmt: skip


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    owners = frame["field"] == "owner" if "field" in frame else None
    for column in frame.columns.intersection(list(_TEXTS)):
        rows = frame[column].notna()
        if column in ("old", "new"):
            rows &= owners
        frame[column] = frame[column].astype("object")
        frame.loc[rows, column] = frame.loc[rows, column].map(lambda v: f"{MARK}{v}")
    return frame


@pytest.fixture(scope="module")
def sheet() -> dict[str, Any]:
    told = load_process(None).model_dump(mode="json", exclude_defaults=True)
    told["name"] = {"en": f"Business {MARK}", "zh": f"业务 {MARK}"}
    for stage in told["stages"]:
        stage["name"] = {"en": f"{MARK} {stage['id']}", "zh": f"{MARK} {stage['id']}"}
        for key in ("enter", "exit", "evidence"):
            stage[key] = [{"en": f"{MARK} {key}", "zh": f"{MARK} {key}"}]
    return told


@pytest.fixture(scope="module")
def p(sheet: dict[str, Any]) -> Pipeline:
    made = simulate(plan={"deals": 260, "months": 14}, seed=2)
    assert made.stage_history is not None
    assert made.field_history is not None
    tables = {name: _marked(t.to_pandas()) for name, t in made.tables.items()}
    return fk.from_frames(
        _marked(made.deals.to_pandas()), _marked(made.stage_history.to_pandas()),
        _marked(made.field_history.to_pandas()), process=sheet, as_of=made.as_of,
        name=MARK, tables=tables,
    )  # fmt: skip


def _results(p: Pipeline) -> Iterator[Any]:
    yield p.process
    yield fk.quality(p)
    yield fk.funnel(p, by="owner")
    yield fk.win_rate(p, by="region")
    yield fk.time_in_stage(p)
    yield fk.sales_cycle(p, by="owner")
    yield fk.snapshot(p, p.as_of)
    yield fk.movement(p, p.as_of - dt.timedelta(days=90), p.as_of)
    yield fk.diagnose(p)
    yield fk.checkpoints(p)
    yield fk.funnel(p, by="owner").plot()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_results_in_a_notebook(p: Pipeline, lang: str) -> None:
    with speaking(lang):
        counts = {type(r).__name__: shown(r._repr_html_()) for r in _results(p)}
    assert sum(n > 0 for n in counts.values()) > 6, counts


@pytest.mark.parametrize("name", NAMES)
def test_apps(p: Pipeline, name: str) -> None:
    try:
        page = open_app(find_app(name), p).page()
    except FunnelkitError as why:  # these data cannot carry it
        page = Refused(find_app(name), why, "en").first()
    shown(page)


def test_pages_around_the_apps(tmp_path: Path) -> None:
    assert shown(start_page(NAMES, Source(MARK), "/")) > 0
    save(tmp_path, MARK, 1, [50.0])
    assert shown(render_boards(tmp_path)) > 0


def _event(**facts: str) -> dict[str, str]:
    return {"event": "answer", "at": "2026-11-23T10:00:00+08:00", "state": "wrong", **facts}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_room_and_the_second_test(tmp_path: Path, lang: str) -> None:
    for k, learner in enumerate((MARK, "<script>alert(1)</script>")):
        events = [_event(exercise=x, mistake=MARK, test=t) for x in (f"Q.{MARK}", MARK)
                  for t in ("pre", "post")]  # fmt: skip
        told = {"version": 1, "seed": k, "learner": learner, "events": events * 2}
        (tmp_path / f"funnelkit-progress-{k}.json").write_text(json.dumps(told))
    with speaking(lang):
        assert shown(collect(tmp_path).html()) > 0
        kept = Progress.open(tmp_path / "funnelkit-progress-0.json")
        assert shown(gain(kept)._repr_html_()) > 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_plan_of_a_new_colleague(p: Pipeline, lang: str) -> None:
    owners = p.deals.to_pandas()["owner"].dropna().unique()
    with speaking(lang):
        for owner in map(str, owners):
            page = plan_page(dt.date(2026, 12, 1), p.process, MARK, None, (p, owner))
            assert shown(page) > 0
        assert shown(plan_page(dt.date(2026, 12, 1), p.process)) > 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_in_the_box(tmp_path: Path, sheet: dict[str, Any], lang: str) -> None:
    (tmp_path / "process.yaml").write_text(yaml.safe_dump(sheet, allow_unicode=True), "utf-8")
    made = build_box(
        tmp_path / "box", agenda="half-day", lang=lang, process=tmp_path / "process.yaml",
        name=MARK, run=False, print_pages=False,
    )  # fmt: skip
    pages = sorted(made.folder.rglob("*.html"))
    assert len(pages) > 8
    for page in pages:
        assert shown(page.read_text("utf-8")) > 0, page.name


def test_a_report_and_its_index(p: Pipeline, tmp_path: Path) -> None:
    frame = p.frame()
    frame["region"] = f"{MARK} East"
    write_csv(tmp_path / "deals.csv", frame[["deal_id", "name", "owner", "region", "source",
              "amount", "created_at", "closed_at", "outcome"]])  # fmt: skip
    runs = report(
        "funnel-review", tmp_path / "deals.csv", each="region", out=tmp_path / "out",
        formats=["html", "xlsx"], parameters={"lang": "en"},
    )  # fmt: skip
    assert [r.error for r in runs] == [""]
    for page in (tmp_path / "out").glob("*.html"):
        assert shown(page.read_text("utf-8")) > 0, page.name
