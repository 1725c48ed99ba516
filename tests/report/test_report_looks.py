"""A report made every week spends one chance of a false alarm over the year."""

from __future__ import annotations

from importlib import import_module

import pytest

from funnelkit.report.pages.closed_loop import open_loop
from funnelkit.report.pages.funnel_review import open_review
from funnelkit.report.pages.scorecard import open_scorecard


@pytest.mark.parametrize("looks", ["once", "daily"])
def test_reports_diagnose_as_often_as_they_are_made(
    monkeypatch: pytest.MonkeyPatch, looks: str
) -> None:
    module = import_module("funnelkit.measures.diagnose")
    asked: list[object] = []
    plain = module.diagnose

    def noted(*given: object, **options: object) -> object:
        asked.append(options.get("looks"))
        return plain(*given, **options)

    monkeypatch.setattr(module, "diagnose", noted)
    monkeypatch.setattr("funnelkit.report.pages.study.seller.diagnose", noted)
    values = {"data": "industrial", "lang": "en", "looks": looks}
    open_review(values).findings()
    open_loop(values).steps  # noqa: B018
    open_scorecard(values).diagnosis()
    assert asked == [looks] * 3
