"""Twenty dots: counted by hand."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from funnelkit.charts.distribution import distribution
from funnelkit.charts.inline import inline
from funnelkit.show.dots import DOTS, stacked

#: 100 equally likely totals, 1 to 100: dot k of 20 stands for the total 5k + 3.
FRAME = pd.DataFrame({"value": range(1, 101), "weight": 0.01})


@pytest.mark.parametrize(("plan", "reaching"), [(61, 8), (1, 20), (101, 0)])
def test_as_many_dots_reach_the_plan_as_its_chance_says(plan: float, reaching: int) -> None:
    chart = distribution(FRAME, mark=(plan, "plan"), title="t", alt="a", data=FRAME)
    token = inline.set(True)
    try:
        html = chart._repr_html_()
    finally:
        inline.reset(token)
    drawn = html.split('<p class="fk-keys">')[0]
    assert len(re.findall(r'<circle class="fk-(?:flow|band)"', drawn)) == DOTS
    assert drawn.count('<circle class="fk-flow"') == reaching
    assert f"{reaching} of 20 reach the line (plan)" in drawn
    assert not chart.figure.axes[0].get_yticks().size


def test_no_dot_stands_on_the_plan_and_none_on_another() -> None:
    values = [5 * k + 3 for k in range(20)]
    for plan in (0, 48, 50.5, 98):
        found = stacked(values, plan)
        assert len(set(found.places)) == len(values)
        assert all(abs(x - plan) > 1e-6 for x, _ in found.places)
        assert sum(x > plan for x, _ in found.places) == sum(v >= plan for v in values)


def test_a_total_that_is_sure_is_one_column() -> None:
    found = stacked([0.0] * 20)
    assert found.tallest == 20
    assert len({x for x, _ in found.places}) == 1
