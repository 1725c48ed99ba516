"""The JupyterHub recipe of docs/ROOM.md, started as it stands there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HUB = os.environ.get("FUNNELKIT_HUB_PYTHON", sys.executable)
pytestmark = pytest.mark.skipif(
    shutil.which("configurable-http-proxy") is None
    or (sys.executable == HUB and find_spec("nativeauthenticator") is None),
    reason="needs jupyterhub, jupyterhub-nativeauthenticator and configurable-http-proxy",
)


def test_two_users_at_once_each_with_their_own_progress(tmp_path: Path) -> None:
    done = subprocess.run(
        [HUB, ROOT / "docs" / "start_hub.py", tmp_path / "hub"], capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    log = tmp_path / "hub" / "hub.log"
    assert done.returncode == 0, done.stderr + (log.read_text("utf-8") if log.is_file() else "")
    assert "each with their own lessons and progress" in done.stdout
