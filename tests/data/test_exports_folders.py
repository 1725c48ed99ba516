"""The bundled export folders of seven systems: read as they stand, and made into a review."""

from __future__ import annotations

from pathlib import Path

import pytest

import funnelkit as fk
from funnelkit.data.inspect import inspect
from funnelkit.report.factory.run import report
from funnelkit.words import speaking

FOLDER = Path(__file__).parents[2] / "datasets" / "exports"
SYSTEMS = ("dynamics", "hubspot", "kit", "odoo", "pipedrive", "salesforce", "zoho")


def test_every_folder_is_here() -> None:
    assert sorted(p.name for p in FOLDER.iterdir() if p.is_dir()) == sorted(SYSTEMS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_folder_is_read_and_told_in_both_languages(system: str) -> None:
    p = fk.read(FOLDER / system)
    # 200 deals were written to each; dirt may cost a few of them, never more than one in twenty
    assert 190 <= p.size <= 200
    for lang in ("en", "zh"):
        with speaking(lang):
            for made in (fk.funnel(p), fk.win_rate(p), fk.quality(p), p.findings):
                assert str(made)
            found = inspect(FOLDER / system)
            assert (found.state, found.size) == ("reads", p.size)


@pytest.mark.parametrize(("system", "lang"), [("dynamics", "en"), ("odoo", "zh")])
def test_a_folder_becomes_a_review(system: str, lang: str, tmp_path: Path) -> None:
    with speaking(lang):
        runs = report("funnel-review", FOLDER / system, out=tmp_path, formats=["html"])
    assert [r.error for r in runs if not r.ok] == []
    assert list(tmp_path.glob("*.html"))
