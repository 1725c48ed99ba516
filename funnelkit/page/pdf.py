"""Print a page as PDF with a browser that is on the machine; nothing is downloaded.

The dates a browser writes into the file are blanked, so that equal pages give equal files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from funnelkit.charts.fonts import browser_environment
from funnelkit.errors import FunnelkitError

#: Names the program, where it is somewhere else.
VARIABLE = "FUNNELKIT_CHROMIUM"
_NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "msedge", "chromium-headless-shell", "chrome-headless-shell",
)  # fmt: skip
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Microsoft/Edge/Application/msedge.exe",
)
_LIMIT = 120
_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)[^)]*(\))")


def browser() -> str:
    """Return the program that prints, or say what to do where there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found:
            return found
        raise FunnelkitError("report.browser_not_there", found=named, variable=VARIABLE)
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    for place in _PLACES:
        if Path(place).is_file():
            return place
    raise FunnelkitError("report.no_browser", variable=VARIABLE)


def to_pdf(page: Path, target: Path) -> None:
    """Print a page, as its print styles say.

    Raises
    ------
    FunnelkitError
        There is no browser, or it does not manage.
    """
    program = browser()
    with tempfile.TemporaryDirectory(prefix="funnelkit-", ignore_cleanup_errors=True) as home:
        words = [
            program, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
            "--disable-background-networking", "--no-pdf-header-footer", "--disable-dev-shm-usage",
            f"--user-data-dir={home}", f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        if getattr(os, "geteuid", lambda: 1)() == 0:
            words.insert(1, "--no-sandbox")  # it refuses to start for root otherwise
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LIMIT, check=False,
            env=browser_environment(Path(home)),
        )  # fmt: skip
    if not target.is_file() or not target.stat().st_size:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise FunnelkitError("report.not_printed", program=Path(program).name, why=" ".join(last))
    told = target.read_bytes()
    target.write_bytes(_DATE.sub(lambda m: m[1] + b"0" * (len(m[0]) - len(m[1]) - 1) + m[2], told))
