"""Sets up the workshop's tools from the wheels beside this file, and opens the course.

Runs on a Python that has nothing installed, without a network. What is given on the command line
goes on to JupyterLab.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent
BOX = HERE / "box.json"
TOLD = json.loads(BOX.read_text("utf-8")) if BOX.is_file() else {}  # it comes with the box
SYSTEMS = {"Windows": "windows", "Darwin": "macos", "Linux": "linux"}


def say(key: str, **values: object) -> None:
    """Print a line in the language of the box."""
    sys.stdout.write(TOLD["texts"][key].format(**values) + "\n")
    sys.stdout.flush()


def system() -> str:
    """Return this machine as the box names it."""
    name = SYSTEMS.get(platform.system(), platform.system())
    machine = platform.machine().lower()
    if name == "macos" and machine == "x86_64":
        return "macos-intel"
    if name in ("linux", "windows") and machine in ("aarch64", "arm64"):
        return f"{name}-arm"
    return name if sys.maxsize > 2**32 else f"{name}-32bit"


def place() -> Path:
    """Return where the tools of this box live: in the home, so that a read-only stick will do."""
    return Path.home() / ".funnelkit" / "workshop-{}".format(TOLD["mark"])


def made(home: Path) -> Path | None:
    """Set the tools up, once; return the Python that has them, or None."""
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = home / "ready"
    if done.is_file() and python.is_file():
        return python
    if system() not in TOLD["platforms"]:
        say("no_platform", here=system(), there=", ".join(TOLD["platforms"]) or "–")
        return None
    say("setting_up", place=home)
    try:
        venv.create(str(home), clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError, SystemExit) as why:
        say("no_venv", why=why)
        return None
    wheels = FOLDER / "wheels"
    command = [
        str(python), "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check",
        "--no-warn-script-location", "--find-links", str(wheels), "-r",
        str(HERE / f"{system()}.txt"),
    ]  # fmt: skip
    if subprocess.call(command):
        say("no_wheels", folder=wheels)
        return None
    done.write_text("ready\n", "utf-8")
    return python


def main() -> int:
    """Open the course with what this Python has, or with what the box brings."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    has = all(find_spec(name) is not None for name in ("funnelkit", "jupyterlab"))
    python = Path(sys.executable) if has else made(place())
    if python is None:
        say("read_all_the_same", page=FOLDER / TOLD["page"])
        return 1
    if not os.access(str(FOLDER), os.W_OK):
        say("read_only", folder=FOLDER)
        return 1
    say("opening")
    command = [str(python), "-m", "funnelkit.cli", "lab", "--lang", TOLD["lang"], *sys.argv[1:]]
    return subprocess.call(command, cwd=str(FOLDER))


if __name__ == "__main__":
    sys.exit(main())
