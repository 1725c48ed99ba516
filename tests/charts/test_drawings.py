"""Drawings: the right lengths, texts and places, on awkward tables too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from funnelkit.charts import Chart, theme
from funnelkit.charts import tokens as t
from funnelkit.charts.bars import bars
from funnelkit.charts.calibration import calibration
from funnelkit.charts.cohort_triangle import cohort_triangle
from funnelkit.charts.curves import lines, stacked_shares
from funnelkit.charts.drivers import drivers
from funnelkit.charts.flow import flow
from funnelkit.charts.fonts.measured import text_width, wrap
from funnelkit.charts.funnel_bars import funnel_bars
from funnelkit.charts.limits import limits
from funnelkit.charts.rates import rates
from funnelkit.charts.spans import spans
from funnelkit.charts.trend import trend
from funnelkit.charts.waterfall import waterfall
from funnelkit.words import money, percent, speaking

LONG = "A very long name of a business unit in the north-western industrial region, formerly two"
ZH = "华东大区工业自动化事业部战略客户与渠道联合拓展中心（原两部门合并）"


def drawn(chart: Chart) -> Axes:
    return chart.figure.axes[0]


def texts(chart: Chart) -> list[str]:
    found = chart.figure.findobj(lambda a: isinstance(a, Text) and a.get_visible())
    return [a.get_text() for a in found if a.get_text()]


def common(frame: pd.DataFrame, **more: Any) -> dict[str, Any]:
    return {"title": "Title 标题", "alt": "a", "data": frame, "note": "Synthetic data", **more}


def a_funnel(groups: tuple[str, ...] = ()) -> pd.DataFrame:
    nan = np.nan
    frame = pd.DataFrame(
        {
            "label": ["Lead", ZH, "Won"],
            "n": [200, 80, 20],
            "rate": [nan, 0.4, 0.25],
            "low": [nan, 0.3347, 0.1675],
            "high": [nan, 0.4691, 0.3550],
            "open": [30, 10, 0],
            "overall": [1.0, 0.4, 0.1],
        }
    )
    parts = [frame.assign(group=g) for g in groups]
    return pd.concat(parts) if parts else frame


def a_flow() -> tuple[pd.DataFrame, pd.DataFrame]:
    moves = [
        ("lead", "talk", 60), ("lead", "offer", 6), ("lead", "lost", 34),
        ("talk", "offer", 40), ("talk", "lost", 12), ("talk", "open", 8),
        ("offer", "talk", 3), ("offer", "won", 30), ("offer", "lost", 13),
    ]  # fmt: skip
    places = [
        ("lead", "Lead", 0, "stage"), ("talk", "Talk", 1, "stage"), ("offer", ZH, 2, "stage"),
        ("won", "Won", 3, "won"), ("lost", "Lost", 3, "lost"), ("open", "Open", 3, "open"),
    ]  # fmt: skip
    return (
        pd.DataFrame(moves, columns=["start", "end", "n"]),
        pd.DataFrame(places, columns=["key", "label", "column", "colour"]),
    )


def some_rates(n: int = 3) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "label": [LONG, ZH, "$5k – $9k", *[f"unit {i}" for i in range(20)]],
            "n": [100, 40, 1, *[10] * 20],
            "rate": [0.30, 0.25, 1.0, *[0.2] * 20],
            "low": [0.22, 0.14, 0.21, *[0.06] * 20],
            "high": [0.40, 0.40, 1.0, *[0.5] * 20],
            "mark": [True] + [False] * 22,
            "mature": [True, False, True] + [True] * 20,
        }
    )
    return frame.head(n)


def all_drawings(n: int) -> dict[str, Chart]:
    """Every drawing, on its whole table or on none of its rows."""
    funnel, (moves, places), some = a_funnel(), a_flow(), some_rates()
    span = some.assign(running=2, median=10.0, p90=np.nan)
    curve = pd.DataFrame(
        {"day": [0, 1, 2], "won": [0, 0.1, 0.3], "open": [1, 0.9, 0.7], "low": 0.0, "high": 0.4}
    )
    line = curve.assign(label=LONG, rate=curve["won"])
    cohort = pd.DataFrame(
        {"cohort": ["Q1", "Q1", "Q2"], "age": [1, 2, 1], "n": 9, "rate": [0.1, 0.3, 0.2],
         "mature": [True, True, False]}
    )  # fmt: skip
    driver = pd.DataFrame(
        {"label": ["A\n9k", "A\n9k", "B\n4k", "B\n4k"], "driver": ["deals", "rate"] * 2,
         "factor": [2.0, 0.5, 0.5, np.nan], "text": ["8", "10%", "2", "–"]}
    )  # fmt: skip
    fall = pd.DataFrame({"label": ["a"], "value": [1.0], "kind": ["total"]})
    time = some.assign(period=some["label"], value=some["rate"])
    band = pd.DataFrame({"n": [1, 100], "low_1": [0, 0.2], "high_1": [1, 0.4]})
    foretold = some.assign(predicted=some["rate"], observed=some["rate"])
    h = ("n", "rate", "interval", "of first")
    return {
        "funnel": funnel_bars(funnel.head(n), headings=h, **common(funnel)),
        "flow": flow(moves.head(n), places=places, **common(moves)),
        "spans": spans(span.head(n), headings=h[:3], unit="days", **common(span)),
        "cohorts": cohort_triangle(
            cohort.head(n), age_label="age", number_label="n =", **common(cohort)
        ),
        "rates": rates(some.head(n), headings=h[:2], **common(some)),
        "drivers": drivers(driver.head(n), axis_label="x", **common(driver)),
        "stacked": stacked_shares(
            curve.head(n), labels={"won": "Won", "open": "Open"}, axis_label="d", **common(curve)
        ),
        "lines": lines(line.head(n), axis_label="d", **common(line)),
        "waterfall": waterfall(fall.head(n), heading="v", **common(fall)),
        "trend": trend(time.head(n), **common(time)),
        "limits": limits(
            some.head(n), bands=band, centre=0.3, centre_label="mean", band_labels=("95%",),
            axis_label="n", **common(some),
        ),
        "calibration": calibration(
            foretold.head(n), axis_labels=("a", "b"), perfect_label="p", number_label="n",
            **common(foretold),
        ),
        "bars": bars(some.head(n), headings=h[:1], **common(some)),
    }  # fmt: skip


def test_every_drawing_draws_and_stays_on_its_sheet() -> None:
    for name, chart in all_drawings(99).items():
        assert chart.png() == chart.png(), name
        width, height = chart.figure.get_size_inches()
        box = chart.figure.get_tightbbox()
        assert min(box.x0, box.y0) >= -0.01, name
        assert box.x1 <= width + 0.01, name
        assert box.y1 <= height + 0.01, name
        assert "Synthetic data" in texts(chart), name


@pytest.mark.parametrize(("lang", "said"), [("en", "No data to draw"), ("zh", "没有可画的数据")])
def test_no_rows_are_said_to_be_none(lang: str, said: str) -> None:
    with speaking(lang):
        for name, chart in all_drawings(0).items():
            assert said in texts(chart), name
            chart.png()


def test_one_row_is_enough() -> None:
    for chart in all_drawings(1).values():
        chart.png()


def test_funnel_bars_are_as_long_as_their_share_of_the_first() -> None:
    frame = a_funnel()
    chart = funnel_bars(frame, headings=("deals", "step", "95 %", "all"), **common(frame))
    boxes = [p for p in drawn(chart).patches if isinstance(p, Rectangle)]
    solid = [p.get_width() for p in boxes if not p.get_hatch()]
    assert solid == pytest.approx([1.0, 0.4, 0.1])
    hollow = [(p.get_x(), p.get_width()) for p in boxes if p.get_hatch()]
    assert hollow == [pytest.approx((0.85, 0.15)), pytest.approx((0.35, 0.05))]
    whiskers = [list(a.get_xdata()) for a in drawn(chart).lines if a.get_gid() == "interval"]
    # 80 of 200: between 0.3347 and 0.4691 of the 200, as shares of the longest bar
    assert whiskers[0] == pytest.approx([0.3347, 0.4691])
    assert whiskers[1] == pytest.approx([0.1675 * 0.4, 0.3550 * 0.4])
    written = texts(chart)
    for text in ("200", "80", "40%", "33%–47%", "10.0%", "deals", "all"):
        assert text in written


def test_every_group_of_funnels_has_its_own_scale_and_name() -> None:
    frame = pd.concat([a_funnel(("East",)), a_funnel((LONG,)).assign(n=[20, 8, 2], open=0)])
    chart = funnel_bars(frame, headings=("deals",), **common(frame))
    solid = [p.get_width() for p in drawn(chart).patches if not p.get_hatch()]
    assert solid == pytest.approx([1.0, 0.4, 0.1] * 2)
    assert "East" in texts(chart)


def test_flow_bands_share_one_scale_and_say_their_numbers() -> None:
    moves, places = a_flow()
    chart = flow(moves, places=places, **common(moves))
    steps = [p for p in drawn(chart).patches if isinstance(p, Rectangle) and p.get_width() > 0.1]
    heights = [p.get_height() for p in steps]
    # 100 leave the first step, 63 reach the second (60 and 3 returned), 46 the third, 30 win
    assert [h / heights[0] for h in heights] == pytest.approx([1.0, 0.63, 0.46, 0.30])
    written = texts(chart)
    assert "34\n34%" in written  # of the 100 that left the first step
    assert "12\n20%" in written  # of the 60 that left the second
    assert "Lost\n59 · 61%" in written  # 59 of 97 that won, were lost or stayed
    assert "← 3" in written


def test_cells_of_a_triangle_carry_numbers_and_immature_ones_are_hollow() -> None:
    frame = pd.DataFrame(
        {"cohort": ["Q1", "Q1", "Q2"], "age": [1, 2, 1], "n": [40, 40, 50],
         "rate": [0.1, 0.3, 0.2], "mature": [True, True, False]}
    )  # fmt: skip
    chart = cohort_triangle(frame, age_label="age", number_label="n =", **common(frame))
    cells = [p for p in drawn(chart).patches if isinstance(p, Rectangle)]
    paper = theme.rgb(t.PAPER)
    assert [p.get_facecolor()[:3] == paper for p in cells] == [False, False, True]
    assert {"10", "30", "20"} <= set(texts(chart))
    assert "Q1  (n = 40)" in texts(chart)


def test_rates_stand_in_the_order_given_with_their_intervals() -> None:
    frame = some_rates(3)
    chart = rates(
        frame, headings=("closed", "rate"), overall=0.3, overall_label="all 30%", **common(frame)
    )
    dots = [a for a in drawn(chart).lines if a.get_marker() == "o"]
    assert [float(a.get_xdata()[0]) for a in dots] == [0.30, 0.25, 1.0]
    assert [a.get_markerfacecolor() for a in dots] == [t.ACCENT, t.PAPER, t.STAGE]
    spans_drawn = [list(a.get_xdata()) for a in drawn(chart).lines if a.get_linewidth() == 2]
    assert spans_drawn == [[0.22, 0.40], [0.14, 0.40], [0.21, 1.0]]
    low, high = drawn(chart).get_ylim()
    assert low > high  # first row on top
    assert {"100", "30.0%", "all 30%", "$5k – $9k"} <= set(texts(chart))


def test_a_median_not_reached_is_not_drawn() -> None:
    frame = some_rates(2).assign(running=[3, 5], median=[12.0, np.nan], p90=[40.0, np.nan])
    chart = spans(frame, headings=("n", "running", "median"), unit="days", **common(frame))
    dots = [a for a in drawn(chart).lines if a.get_marker() == "o"]
    assert [float(a.get_xdata()[0]) for a in dots] == [12.0]
    assert "–" in texts(chart)


def test_a_waterfall_adds_up() -> None:
    frame = pd.DataFrame(
        {"label": ["Start", "New", "Lost", "End"], "value": [100.0, 40.0, -60.0, 80.0],
         "kind": ["total", "change", "change", "total"]}
    )  # fmt: skip
    chart = waterfall(frame, heading="amount", write=money, **common(frame))
    ends = [(p.get_x(), p.get_x() + p.get_width()) for p in drawn(chart).patches]
    assert [tuple(sorted(e)) for e in ends] == [(0, 100), (100, 140), (80, 140), (0, 80)]
    assert {"100", "+40", "−60", "80"} <= set(texts(chart))


def test_immature_points_of_a_trend_are_hollow() -> None:
    frame = pd.DataFrame(
        {"period": ["Q1", "Q2", "Q3"], "value": [0.2, 0.3, 0.4], "low": 0.1, "high": 0.5,
         "n": [10, 20, 3], "mature": [True, True, False]}
    )  # fmt: skip
    chart = trend(frame, write=percent, number_label="n =", **common(frame))
    dots = [a for a in drawn(chart).lines if a.get_marker() == "o"]
    assert [len(a.get_xdata()) for a in dots] == [2, 1]
    assert dots[1].get_markerfacecolor() == t.PAPER
    assert "Q3\nn = 3" in texts(chart)
    assert "40%" in texts(chart)


def test_drivers_are_drawn_as_logarithms_and_one_group_as_an_equation() -> None:
    frame = pd.DataFrame(
        {"label": ["A\n9k", "A\n9k", "B\n4k", "B\n4k"], "driver": ["deals", "cycle"] * 2,
         "factor": [2.0, 0.5, 0.5, 1.0], "text": ["8", "9 days", "2", "4 days"],
         "divides": [False, True] * 2}
    )  # fmt: skip
    chart = drivers(frame, axis_label="x", **common(frame))
    assert [p.get_width() for p in drawn(chart).patches] == pytest.approx([1, -1, -1, 0])
    alone = texts(drivers(frame.head(2), axis_label="x", **common(frame)))
    assert [s for s in alone if s in ("8", "×", "9 days", "÷", "=", "9k")] == [
        "8", "÷", "9 days", "=", "9k",
    ]  # fmt: skip


def test_names_at_line_ends_do_not_cover_each_other() -> None:
    frame = pd.concat(
        [
            pd.DataFrame({"label": f"group {i}", "day": [0, 9], "rate": [0, 0.2 + i / 1000],
                          "low": [0, 0.1], "high": [0, 0.3]})
            for i in range(8)
        ]
    )  # fmt: skip
    chart = lines(frame, axis_label="days", **common(frame))
    boxes = sorted(
        (Text.get_window_extent(a).y0, Text.get_window_extent(a).y1)
        for a in drawn(chart).texts
        if a.get_text().startswith("group")
    )
    assert len(boxes) == 8
    assert all(upper[0] > lower[1] - 3 for lower, upper in pairwise(boxes))


def test_wrapped_text_keeps_to_its_width_and_lines() -> None:
    for text in (LONG, ZH, "x" * 200):
        done = wrap(text, 1.5, 9)
        assert done.count("\n") == 1
        assert text_width(done, 9) <= 1.5
        assert done.endswith("…")
    assert wrap("短", 1.5, 9) == "短"
    assert wrap("", 1.5, 9) == ""
    assert not any(line.startswith("，") for line in wrap("甲乙丙，" * 20, 0.5, 9).split("\n"))
