"""What holds for every test: packaged fonts alone, and lessons compared by what they say."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from funnelkit.charts import fonts
from funnelkit.words import set_language


def pytest_configure(config: pytest.Config) -> None:
    """Put the system's fonts out of reach: of charts, and of every browser that is started."""
    os.environ[fonts.VARIABLE] = "1"
    if not hasattr(config, "workerinput"):  # a worker has the environment of its master
        home = tempfile.TemporaryDirectory(prefix="funnelkit-fonts-")
        config.add_cleanup(home.cleanup)
        os.environ |= fonts.browser_environment(Path(home.name))


@pytest.fixture(autouse=True)
def _spoken_again() -> Iterator[None]:
    """Let the next test begin in English, whatever language this one chose."""
    yield
    set_language("en")


def pytest_collectstart(collector: Any) -> None:
    """Leave pictures and pages to the text beside them, and live widgets to their own tests."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += (
            "text/html",
            "image/png",
            "application/vnd.jupyter.widget-view+json",
        )
