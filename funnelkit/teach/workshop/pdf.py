"""Print-ready pages become PDF where a Chromium browser is at hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from funnelkit.charts.fonts import browser_environment

_NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
)  # fmt: skip
_SECONDS = 120
_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)[^)]*(\))")


def browser() -> str | None:
    """Return the browser that prints: the one FUNNELKIT_BROWSER names, or one on the path."""
    named = os.environ.get("FUNNELKIT_BROWSER")
    found = (shutil.which(name) for name in ((named,) if named else _NAMES))
    return next((f for f in found if f), None)


def print_pdf(source: Path, program: str) -> Path | None:
    """Print a page beside itself; None when the browser does not manage.

    The dates a browser writes into the file are blanked, so that equal pages give equal files.
    """
    target = source.with_suffix(".pdf")
    with tempfile.TemporaryDirectory(prefix="funnelkit-print-") as home:
        words = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-extensions",
            f"--user-data-dir={home}", "--no-pdf-header-footer",
            f"--print-to-pdf={target}", source.resolve().as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(
                words, check=True, capture_output=True, timeout=_SECONDS,
                env=browser_environment(Path(home)),
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            target.unlink(missing_ok=True)
            return None
    if not target.is_file():
        return None
    told = target.read_bytes()
    target.write_bytes(_DATE.sub(lambda m: m[1] + b"0" * (len(m[0]) - len(m[1]) - 1) + m[2], told))
    return target
