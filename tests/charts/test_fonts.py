"""The packaged fonts: what they can write, what is told of the rest, and nobody else's fonts."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import pandas as pd
import pyarrow.parquet as pq
import pytest
from fontTools.ttLib import TTFont

from funnelkit.charts import Chart, fonts
from funnelkit.charts.bars import bars
from funnelkit.words import speaking

ROOT = Path(__file__).parents[2]
TEXT = {".csv", ".css", ".html", ".js", ".json", ".md", ".py", ".txt", ".yaml", ".yml"}
PLACES = ("funnelkit", "notebooks", "datasets", "exercises", "docs")


@pytest.fixture(scope="module")
def glyphs() -> set[int]:
    return set(TTFont(fonts.path()).getBestCmap())


def gbk() -> set[int]:
    """Every character of GBK, as Python's own table has it."""
    pairs = (bytes([high, low]) for high in range(0x81, 0xFF) for low in range(0x40, 0xFF))
    signs = {sign for pair in pairs for sign in pair.decode("gbk", "ignore")}
    return {ord(sign) for sign in signs if sign > "\x7f"}


def test_the_font_covers_gbk(glyphs: set[int]) -> None:
    wanted = gbk()
    # 21,003 hanzi: those of Unicode 1.1, and 101 whose places there are later or for compatibility
    assert sum(0x4E00 <= code <= 0x9FA5 for code in wanted) == 20_902
    assert wanted - glyphs == {ord("≒")}  # not in the source; matplotlib's DejaVu lends it
    assert not fonts.boxes("≒")


def test_the_font_has_names_outside_gbk() -> None:
    assert not fonts.boxes("镕垚堃䶮㛃𬱖𫖯𬍛𬭚𫍽")


def files() -> Iterator[Path]:
    yield from (ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"))
    for place in PLACES:
        yield from sorted(
            file
            for file in (ROOT / place).rglob("*")
            if file.suffix in TEXT | {".parquet"} and "node_modules" not in file.parts
        )


def written(file: Path) -> set[str]:
    """Every character in a file; of a Parquet file, in its cells of text."""
    if file.suffix != ".parquet":
        try:
            return set(file.read_text("utf-8"))
        except UnicodeDecodeError:  # two exports are written as Western CRMs write them
            return set(file.read_text("cp1252"))
    found: set[str] = set()
    for column in pq.read_table(file).itercolumns():
        if "string" in str(column.type):
            found.update(*(text for text in column.unique().to_pylist() if text))
    return found


def test_every_text_of_the_kit_can_be_written(glyphs: set[int]) -> None:
    """Hanzi with the packaged font itself; signs also with what matplotlib lends."""
    lacking: dict[str, list[str]] = {}
    seen: set[str] = set()
    for file in files():
        new = written(file) - seen
        seen |= new
        hanzi = {sign for sign in new if "\u3400" <= sign <= "\u9fff" and ord(sign) not in glyphs}
        if found := sorted(hanzi | set(fonts.boxes("".join(new - {"\n", "\r", "\t"})))):
            lacking[str(file.relative_to(ROOT))] = found
    assert len(seen) > 1_500
    assert lacking == {}


def chart(name: str) -> Chart:
    data = pd.DataFrame({"label": [name, "王镕"], "n": [3, 2]})
    return bars(data, title="Owners", alt="Two owners.", headings=["Deals"], data=data)


@pytest.mark.parametrize(
    ("lang", "told"),
    [("en", 'no font here can draw: "U+1F9D9"'), ("zh", "没有字体能显示的字符：“U+1F9D9”")],
)
def test_a_name_no_font_can_write_is_told_once(lang: str, told: str) -> None:
    from matplotlib.text import Text

    with speaking(lang):
        made = chart("🧙 张, 🧙")
        assert made.png()  # with warnings as errors
    texts = [found.get_text() for found in made.figure.findobj(Text)]
    assert sum(told in text for text in texts) == 1
    assert sum("U+" in text for text in texts) == 1


def test_nothing_is_told_of_names_that_can_be_written() -> None:
    from matplotlib.text import Text

    made = chart("朱镕基")
    assert not [found for found in made.figure.findobj(Text) if "U+" in found.get_text()]


def test_no_font_of_the_system_is_within_reach() -> None:
    """The switch of the tests (conftest.py): only the package's and matplotlib's own files."""
    from matplotlib.font_manager import fontManager

    assert fonts.family() == [fonts.FAMILY, "DejaVu Sans", "Funnelkit Box"]
    homes = (fonts.folder(), Path(matplotlib.get_data_path()))
    strange = [
        font.fname
        for font in fontManager.ttflist
        if not any(home in Path(font.fname).parents for home in homes)
    ]
    assert strange == []


@pytest.mark.skipif(not shutil.which("fc-match"), reason="needs fontconfig's fc-match")
@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("system\\-ui:lang=zh-cn", fonts.FAMILY),
        ("sans\\-serif", fonts.FAMILY),
        ("monospace", "DejaVu Sans Mono"),
        (":charset=1f9d9", "DejaVu Sans"),  # not the box, which charts alone use
    ],
)
def test_a_browser_prints_with_the_packaged_font(tmp_path: Path, asked: str, given: str) -> None:
    done = subprocess.run(
        ["fc-match", "--format", "%{family}", asked],
        env=fonts.browser_environment(tmp_path), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == given


def test_a_page_printed_holds_the_packaged_font(chromium: str, tmp_path: Path) -> None:
    from funnelkit.charts import theme
    from funnelkit.page.pdf import to_pdf

    page = tmp_path / "page.html"
    page.write_text(
        f"<meta charset='utf-8'><style>{theme.css()}</style>"
        "<main class='fk-page'><h1>Forecast 预测</h1><p>王镕、陈垚、李堃 <b>12%</b></p></main>",
        "utf-8",
    )
    to_pdf(page, tmp_path / "page.pdf")
    names = re.findall(rb"/FontName /([^\s/]+)", (tmp_path / "page.pdf").read_bytes())
    faces = {b"FunnelkitSansSC-Regular", b"FunnelkitSansSC-Bold"}
    assert {name.partition(b"+")[2] for name in names} == faces
