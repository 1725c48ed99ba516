"""A browser for the tests that look at pages as people do; without one they are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.page import pdf


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program that shows and prints pages."""
    try:
        return pdf.browser()
    except FunnelkitError:
        pytest.skip("needs a browser (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """The same program, driven by a test; it ends with the file's last test."""
    driver = pytest.importorskip("playwright.sync_api")
    with driver.sync_playwright() as play:
        started = play.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield started
        started.close()
