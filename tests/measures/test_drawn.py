"""Every measure draws what it found, much or next to nothing, or says that it has no chart."""

from __future__ import annotations

import datetime as dt

import pytest

import funnelkit as fk
from funnelkit.answers.definitions import MEASURES, Measure
from funnelkit.charts import Chart
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.result import Result


def _drawn(measure: Measure, p: Pipeline) -> Chart | None:
    """Ask the measure as its page does and draw the answer; None where it refuses in words."""
    try:
        result = eval(measure.example_call, {"fk": fk, "p": p})
        chart = result.plot()
    except fk.FunnelkitError:
        return None
    assert isinstance(chart, Chart)
    assert chart.title
    assert chart.alt
    assert chart.svg()
    return chart


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_a_measure_draws_or_refuses(measure: Measure) -> None:
    p = fk.load(measure.data)
    chart = _drawn(measure, p)
    assert (chart is None) == (measure.kind.plot is Result.plot)


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_a_measure_of_a_few_deals_draws_or_refuses(measure: Measure) -> None:
    p = fk.load(measure.data)
    began = p.deals.created_at.min().execute()
    _drawn(measure, p.at(began + dt.timedelta(days=3)))
