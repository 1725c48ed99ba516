"""Build the notebooks of the apps from their one master.

Run ``python -m funnelkit.apps.build``; with ``--check`` nothing is written and a notebook that does
not follow from the master is an error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from funnelkit.apps import NAMES, find_app
from funnelkit.words import speaking

#: In the checkout; a wheel carries them inside the package.
CHECKOUT = Path(__file__).parents[2] / "notebooks" / "apps"
CARRIED = Path(__file__).parent / "notebooks"
MASTER = "master.py"


def folder() -> Path:
    """Return where the notebooks are."""
    return CARRIED if CARRIED.is_dir() else CHECKOUT


def built(name: str, master: str) -> str:
    """Return the notebook of an app as text, the same at each build."""
    import jupytext
    import nbformat

    app, text = find_app(name), master.replace("NAME", name)
    for lang in ("en", "zh"):
        with speaking(lang):
            text = text.replace(f"TITLE_{lang.upper()}", app.title)
            text = text.replace(f"ABOUT_{lang.upper()}", app.about)
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{name}-{number:03d}"
        cell.metadata = {}
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, indent=1, sort_keys=True, ensure_ascii=False)) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Build or check the notebooks of this checkout; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    asked = parser.parse_args(arguments)
    master = (CHECKOUT / MASTER).read_text("utf-8")
    late = 0
    for name in NAMES:
        path, text = CHECKOUT / f"{name}.ipynb", built(name, master)
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        late += 1
        if asked.check:
            sys.stderr.write(f"stale: {path.name}; run python -m funnelkit.apps.build\n")
        else:
            path.write_text(text, "utf-8", newline="\n")
            sys.stdout.write(f"built {path.name}\n")
    return 1 if asked.check and late else 0


if __name__ == "__main__":
    sys.exit(main())
