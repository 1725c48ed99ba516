"""How lessons are compared: by what they say, since every chart says its numbers in words."""

from __future__ import annotations

from typing import Any


def pytest_collectstart(collector: Any) -> None:
    """Leave pictures and pages to the text beside them, and live widgets to their own tests."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += (
            "text/html",
            "image/png",
            "application/vnd.jupyter.widget-view+json",
        )
