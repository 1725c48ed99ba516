"""The deals behind the numbers of a page, opened in a real browser by mouse and by keyboard.

What a cell opens is held against ``result.deals()`` of the measure it shows.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import funnelkit as fk
from funnelkit.measures.periods import snapshot
from funnelkit.report import report
from funnelkit.words import say

axe = pytest.importorskip("axe_playwright_python.base")

SCRIPT = "<script>window.hit=1</script>"
LIMIT = 700_000
FORMULA = "=1+1"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled deals as a user's own folder; the dearest open ones are called a script."""
    folder = tmp_path_factory.mktemp("own") / "own"
    folder.mkdir()
    source = Path(__file__).parents[2] / "datasets" / "industrial"
    for file in source.iterdir():
        if file.suffix in (".csv", ".parquet"):
            shutil.copy(file, folder / file.name)
    with (folder / "deals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for k, row in enumerate(rows):
        row["name"] = (SCRIPT, FORMULA, row["name"])[k % 3]
        row["account"] = ("", row["account"])[k % 3 != 1]
    with (folder / "deals.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("deals")
    for lang in ("en", "zh"):
        given = {"lang": lang, "deals": "names"}
        (run,) = report("funnel-review", data, parameters=given, formats=["html"], out=out / lang)
        assert run.ok, run.error
    return {lang: out / lang / "funnel-review.html" for lang in ("en", "zh")}


def opened(browser: Any, page: Path, **more: Any) -> Any:
    tab = browser.new_page(viewport={"width": 1366, "height": 900}, **more)
    tab.faults = []
    tab.asked = []
    tab.on("pageerror", lambda fault: tab.faults.append(str(fault)))
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.goto(page.as_uri())
    return tab


@cache
def pipeline(folder: Path) -> Any:
    return fk.read(folder)


SHOWN = """() => {
  const dialog = document.querySelector("dialog[open]");
  if (!dialog) return null;
  const ids = [...dialog.querySelectorAll("tbody tr")].map((r) => r.cells[0].textContent.trim());
  return [dialog.querySelector("h4").textContent, dialog.querySelector("p").textContent, ids];
}"""
COUNT = re.compile(r"([\d,]+) deals?(?:, the largest|; the ([\d,]+) largest)")
SECTIONS = ("definitions", "deals", "discipline")
LINKS = ", ".join([
    "main a[href^='#l-']:not([aria-hidden])",
    "main a[href^='#d']" + "".join(f":not([href='#{name}'])" for name in SECTIONS),
])  # fmt: skip


def test_every_bar_and_cell_opens_its_list_by_mouse_and_by_keyboard(
    browser: Any, made: dict[str, Path]
) -> None:
    tab = opened(browser, made["en"])
    links = tab.locator(LINKS)
    n = links.count()
    assert n > 100
    by_mouse, by_key = [], []
    for k in range(n):
        link = links.nth(k)
        if link.evaluate("(a) => !!a.closest('details:not([open])')"):
            continue
        link.scroll_into_view_if_needed()
        link.click()
        by_mouse.append(tab.evaluate(SHOWN))
        tab.keyboard.press("Escape")
        link.focus()
        tab.keyboard.press("Enter")
        by_key.append(tab.evaluate(SHOWN))
        assert tab.evaluate("document.querySelector('dialog').contains(document.activeElement)")
        tab.keyboard.press("Escape")
        assert tab.evaluate(SHOWN) is None
        assert link.evaluate("(a) => a === document.activeElement")  # where the reader was
    assert by_mouse == by_key
    assert None not in by_mouse
    told = [(COUNT.match(count), ids) for _, count, ids in by_mouse]
    lists = [(found, ids) for found, ids in told if found is not None]  # the others are deals
    assert len(lists) > 100
    for found, ids in lists:
        assert len(ids) == int((found[2] or found[1]).replace(",", ""))
    assert tab.faults == []
    assert tab.evaluate("window.hit") is None
    assert tab.asked == [made["en"].as_uri()]  # nothing from outside
    tab.close()


def rows_of(tab: Any, heading: str, table: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """Return label and, by column, the text and the list of each row of a chart in rows."""
    found: list[tuple[str, dict[str, Any]]] = tab.evaluate(
        """([heading, place]) => {
          const section = document.getElementById(heading).closest("section");
          const table = section.querySelectorAll("table.fk-ct")[place];
          const list = (a) => {
            const one = a && document.getElementById(a.getAttribute("href").slice(1));
            const rows = one?.dataset.rows?.split(" ");  // a chance leads to its section
            return rows?.map((k) => document.getElementById("d" + k).cells[0].textContent.trim())
              ?? null;
          };
          return [...table.tBodies[0].rows].map((row) => [
            row.cells[0].firstChild.textContent,
            Object.fromEntries([...row.cells].slice(1).map((cell) => [
              cell.dataset.l || "plot",
              [cell.textContent.trim(), list(cell.querySelector("a"))]]))]);
        }""",
        [heading, table],
    )
    return found


def held(cell: tuple[str, list[str] | None], expected: Any) -> None:
    """The count is that of the API, and the list its first deals in its order."""
    text, ids = cell
    assert int(text.replace(",", "")) == len(expected)
    assert ids == (list(expected["deal_id"])[: len(ids)] if ids else None)
    assert ids is None or len(ids) >= min(20, len(expected))


def test_lists_are_those_of_the_api(browser: Any, made: dict[str, Path], data: Path) -> None:
    tab, p = opened(browser, made["en"]), pipeline(data)
    funnel, time = fk.funnel(p), fk.time_in_stage(p)
    stages = list(funnel.table["stage"])
    for stage, (label, row) in zip(stages, rows_of(tab, "funnel"), strict=True):
        assert label == p.process.label(stage)
        held(row["Deals"], funnel.deals(stage=stage))
        held(row[say("glance.col_here")], funnel.deals(stage=stage, column="still_open"))
        assert row["plot"][1] == row["Deals"][1]
    for label, row in rows_of(tab, "targets"):
        held(row["Deals"], funnel.deals(stage=label))
        held(row[say("report.col_waiting")], funnel.deals(stage=label, column="still_open"))
    for label, row in rows_of(tab, "time"):
        held(row[say("report.col_entered")], time.deals(stage=label))
        held(row[say("report.col_still_there")], time.deals(stage=label, column="still_there"))
    rates = fk.win_rate(p, "owner")
    alone = [r for r in rows_of(tab, "segments") if r[0] in set(rates.table["owner"])]
    assert len(alone) > 5
    for label, row in alone:
        for head, column in (("Won", "won"), ("Closed", "of"), ("Open", "still_open")):
            held(row[head], rates.deals(label, column=column))
    moved = fk.movement(p, "2026-03-31", "2026-06-30")
    steps = {"Open on 31 Mar 2026": "start", "Won": "won", "Lost": "lost",
             "Open on 30 Jun 2026": "end"}  # fmt: skip
    for label, row in rows_of(tab, "moved"):
        if label in steps:
            held(row["Deals"], moved.deals(step=steps.pop(label)))
    assert not steps
    won = fk.win_rate(p, since="2026-04-01", until="2026-07-01").deals(column="won")
    quarter = rows_of(tab, "glance")[0][1]
    assert quarter["Won"][1] == list(won["deal_id"])
    tab.close()


def test_what_is_left_out_has_its_list(browser: Any, made: dict[str, Path], data: Path) -> None:
    tab = opened(browser, made["en"])
    out = fk.win_rate(pipeline(data)).deals(left_out=True)
    still = out.loc[out["why"] == "still_open", "deal_id"]
    link = tab.locator("section:has(#segments) .fk-rest a").first
    link.click()
    _, count, ids = tab.evaluate(SHOWN)
    assert count.startswith(f"{len(still)} deals")
    assert ids == list(still)[: len(ids)]
    tab.close()


def test_a_deal_is_one_click_from_a_list_and_a_list_is_sorted_and_saved(
    browser: Any, made: dict[str, Path], data: Path
) -> None:
    tab, p = opened(browser, made["en"]), pipeline(data)
    tab.locator("section:has(#funnel) td a").nth(1).click()
    _, _, ids = tab.evaluate(SHOWN)
    with tab.expect_download() as waiting:
        tab.locator("dialog header a").click()
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    saved = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in saved[1:]] == ids
    names = {row[1] for row in saved[1:]}
    assert not any(cell[:1] in ("=", "+", "@") for row in saved for cell in row)
    assert f"'{FORMULA}" in names
    tab.locator("dialog thead button", has_text="Amount").click()
    amounts = tab.evaluate(
        "[...document.querySelectorAll('dialog tbody tr')].map((r) => r.cells[5].textContent)"
    )
    numbers = [float(a.strip().replace(",", "")) for a in amounts if a.strip()]
    assert numbers == sorted(numbers)
    first = ids[0]
    tab.locator("dialog tbody button", has_text=first).first.click()
    told = fk.deal(p, first)
    shown = tab.locator("dialog").inner_text()
    assert told.summary() in shown
    for table in told.tables():
        assert table.caption in shown
    tab.locator("dialog header button").first.click()
    assert tab.evaluate(SHOWN)[2] != []
    assert tab.evaluate("window.hit") is None
    tab.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_are_small_and_axe_finds_no_serious_fault(
    browser: Any, made: dict[str, Path], lang: str
) -> None:
    assert made[lang].stat().st_size <= LIMIT
    tab = opened(browser, made[lang])
    assert faults(tab) == []
    tab.locator("section:has(#funnel) td a").first.click()
    assert faults(tab) == []
    tab.locator("dialog tbody button").first.click()
    assert faults(tab) == []
    tab.close()


def faults(tab: Any) -> list[str]:
    """What axe-core holds against a page, from serious on."""
    tab.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {n['html'][:160]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for n in v["nodes"]
    ]


def test_a_chart_is_copied_as_a_picture(
    browser: Any, made: dict[str, Path], tmp_path: Path
) -> None:
    from matplotlib.image import imread

    for lang in ("en", "zh"):
        tab = opened(browser, made[lang])
        tab.evaluate("() => { navigator.clipboard.write = () => Promise.reject() }")
        for section in ("segments", "cohorts", "ahead"):  # in rows, a drawing, dots
            with tab.expect_download() as got:
                tab.locator(f"section:has(#{section}) > .fk-copy").first.click()
            got.value.save_as(tmp_path / "chart.png")
            ink = imread(tmp_path / "chart.png")[..., :3].mean(axis=2)  # 0 is black
            high, wide = ink.shape
            assert wide > 1600
            assert high > 300
            # a white edge all around: nothing is cut; something dark inside
            for edge in (ink[:8], ink[-8:], ink[:, :8], ink[:, -8:]):
                assert edge.min() > 0.98
            assert ink.min() < 0.31
        assert tab.faults == []
        assert all(url.startswith(("file:", "data:", "blob:")) for url in tab.asked)
        tab.close()


def test_without_a_script_the_page_reads(browser: Any, made: dict[str, Path]) -> None:
    here = browser.new_context(java_script_enabled=False, viewport={"width": 1366, "height": 900})
    tab = here.new_page()
    tab.goto(made["en"].as_uri())
    link = tab.locator("section:has(#funnel) td a").first
    anchor = (link.get_attribute("href") or "")[1:]
    link.click()
    assert unquote(tab.url).endswith(f"#{anchor}")
    section = tab.locator(f"#{anchor}")
    assert section.is_visible()  # the link unfolds what holds the list
    assert re.search(r"D-\d{5}", section.inner_text())
    here.close()


def test_reports_carry_names_only_when_asked(data: Path, tmp_path: Path) -> None:
    for mode in ("no", "ids"):
        (run,) = report(
            "funnel-review", data, parameters={"deals": mode}, formats=["html"],
            out=tmp_path / mode,
        )  # fmt: skip
        assert run.ok, run.error
        page = (tmp_path / mode / "funnel-review.html").read_text("utf-8")
        ids = set(re.findall(r"<tr id=d\d+><th scope=row>([^<]+)", page))
        cells = re.findall(r"<tr id=d\d+><th scope=row>[^<]+(<td>[^<]*)", page)
        assert bool(ids) == (mode == "ids")
        assert not cells
        assert "fk-told" not in page.partition("</style>")[2].partition("<script>")[0]


def test_a_report_of_each_value_carries_its_own_lists(data: Path, tmp_path: Path) -> None:
    runs = report(
        "funnel-review", data, parameters={"deals": "ids", "where": {"source": "Referral"}},
        each="tier", formats=["html"], out=tmp_path,
    )  # fmt: skip
    assert len(runs) > 1
    assert all(run.ok for run in runs)
    for run in runs:
        page = (tmp_path / run.files[0]).read_text("utf-8")
        ids = set(re.findall(r"<tr id=d\d+><th scope=row>([^<\n]+)", page))
        part = pipeline(data).where(source="Referral", tier=run.job.value)
        assert ids
        assert ids <= set(part.frame()["deal_id"])


def test_findings_open_what_stands_there_now(
    browser: Any, made: dict[str, Path], data: Path
) -> None:
    tab, p = opened(browser, made["en"]), pipeline(data)
    found = fk.diagnose(p)
    rows = found.table[found.table["verdict"].isin(["act", "watch"])]
    first = next(r for r in rows.to_dict("records") if isinstance(r["column"], str))
    where = snapshot(p, by=first["column"])
    stage = first["stage"] if isinstance(first["stage"], str) else None
    expected = list(where.deals(first["group"], stage)["deal_id"])
    place = [r["group"] for r in rows.to_dict("records")].index(first["group"])
    link = tab.locator("section:has(#findings) tbody tr").nth(place).locator("th a")
    if not expected:
        assert link.count() == 0
    else:
        link.click()
        assert tab.evaluate(SHOWN)[2] == expected[: len(tab.evaluate(SHOWN)[2])]
    tab.close()
