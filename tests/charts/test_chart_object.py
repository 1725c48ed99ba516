"""``Chart``: says what it shows, gives the same bytes, opens nothing in pyplot."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from matplotlib.figure import Figure

from funnelkit.charts import Chart
from funnelkit.charts.bars import bars
from funnelkit.errors import FunnelkitError
from funnelkit.show import SHARE, Column, Days, Table
from funnelkit.words import speaking


def reasons(title: str = "Why deals are lost", **options: object) -> Chart:
    frame = pd.DataFrame({"label": ["Price", "华东大区 <b> $5 $6"], "n": [1200, 3]})
    return bars(
        frame,
        title=title,
        alt="Price 1,200, the rest 3.",
        headings=["deals"],
        data=frame.rename(columns={"label": "Reason", "n": "Deals"}),
        **options,  # type: ignore[arg-type]
    )


def test_the_repr_is_the_sentence() -> None:
    assert repr(reasons()) == "<Chart: Price 1,200, the rest 3.>"


def test_html_has_alt_caption_and_table() -> None:
    html = reasons()._repr_html_()
    assert html.startswith('<figure class="fk-chart"><figcaption>Why deals are lost</figcaption>')
    assert 'alt="Price 1,200, the rest 3."' in html
    assert '<th scope="col">Reason</th>' in html
    assert '<td class="fk-num">1,200</td>' in html
    assert "华东大区 &lt;b&gt; $5 $6" in html
    assert "<summary>Data behind this chart</summary>" in html
    with speaking("zh"):
        assert "<summary>图表数据</summary>" in reasons()._repr_html_()
    assert not re.search(r"https?://", html)


def test_the_table_writes_numbers_as_their_columns_say() -> None:
    data = pd.DataFrame({"rate": [0.25, None], "days": [1.0, 20.26], "ok": [True, False]})
    heads = [Column("rate", SHARE), Column("days", Days(worded=True))]
    chart = Chart(Figure(), "a", Table.of(data, heads), "t")
    assert chart.data.texts() == [["25%", "1.0 day", "yes"], ["–", "20.3 days", "no"]]


def test_alt_is_required_in_both_languages() -> None:
    with pytest.raises(FunnelkitError, match="alt=") as caught:
        Chart(Figure(), "  ", Table([], []), "t")
    with speaking("zh"):
        assert "请用一句话写明主要数字" in str(caught.value)


def test_bytes_are_the_same_every_time() -> None:
    first, second = reasons(note="Synthetic data"), reasons(note="Synthetic data")
    assert first.png() == second.png() == first.png()
    assert first.svg() == second.svg()
    assert b"<dc:date>" not in first.svg()


def test_the_picture_without_title_is_shorter_but_as_wide() -> None:
    chart = reasons("A title")

    def size(png: bytes) -> tuple[int, int]:
        return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")

    whole, bare = size(chart.png()), size(chart.png(title=False))
    assert bare[0] == whole[0] == 1280
    assert whole[1] - bare[1] == pytest.approx(chart.head * 160, abs=2)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_saves_by_ending(tmp_path: Path, kind: str) -> None:
    file = reasons().save(tmp_path / f"chart.{kind}")
    assert file.read_bytes()[:4] == {"png": b"\x89PNG", "svg": b"<?xm", "pdf": b"%PDF"}[kind]


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError) as caught:
        reasons().save(tmp_path / "chart.pgn")
    text = str(caught.value)
    assert text.startswith('A chart cannot be saved as "pgn" (chart.pgn). Possible: "png", ')
    assert text.endswith("Choose a file name that ends in one of these.")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FunnelkitError, match='needs the column "n"'):
        bars(pd.DataFrame({"label": ["a"], "N": [1]}), title="t", alt="a", headings=["n"],
             data=pd.DataFrame())  # fmt: skip


def test_settings_of_the_reader_are_untouched() -> None:
    before = dict(matplotlib.rcParams)
    reasons().png()
    assert dict(matplotlib.rcParams) == before


def test_draws_on_axes_of_the_reader() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    chart = reasons(ax=right)
    assert chart.figure is figure
    assert not left.patches
    assert len(right.patches) == 2
    assert right.get_title(loc="left") == "Why deals are lost"


def test_charts_open_no_figure_in_pyplot_and_import_late() -> None:
    code = (
        "import sys, funnelkit.charts as c; c.theme.css();"
        "assert 'matplotlib' not in sys.modules;"
        "import pandas as pd; from funnelkit.charts.bars import bars;"
        "f = pd.DataFrame({'label': ['a'], 'n': [1]});"
        "bars(f, title='t', alt='a', headings=['n'], data=f).png();"
        "import matplotlib.pyplot; assert matplotlib.pyplot.get_fignums() == []"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
