"""JupyterLab keeps what is printed: a saved form that has lost its kernel is read, not dead.

A widget lives as long as its kernel; a notebook that is opened again the next day would show
"Error displaying widget: model not found" in its place. What stands for it in print is saved
alone, with a line that says how to bring it to life. ``funnelkit lab`` switches this on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"


def printed(model: dict[str, Any], **_: Any) -> None:
    """Take the widgets out of a notebook that is being saved, where a print stands for them."""
    content = model.get("content")
    if model.get("type") != "notebook" or not isinstance(content, dict):
        return
    for cell in content.get("cells", ()):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if WIDGET in data and "text/html" in data:
                del data[WIDGET]


def settings(folder: Path) -> dict[str, str]:
    """Write a server's settings into a folder; return the environment that makes them known."""
    lines = f"from {__name__} import printed\n\nc.ContentsManager.pre_save_hook = printed\n"
    (folder / "jupyter_server_config.py").write_text(lines, "utf-8")
    known = os.environ.get("JUPYTER_CONFIG_PATH")
    return {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, [str(folder), known]))}
