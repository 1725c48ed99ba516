"""Build the report templates: text master in, notebook out, never the other way.

Run ``python -m funnelkit.report.build``; with ``--check`` nothing is written and a notebook that
does not follow from its master is an error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from funnelkit.files.whole import write_whole
from funnelkit.report.template import FOLDERS


def built(master: Path) -> str:
    """Return the notebook of a master as text, the same at each build.

    Cell ids are numbered, since random ones would change the file each time.
    """
    import jupytext

    from funnelkit.report.notebook import nbformat

    notebook = jupytext.reads(master.read_text("utf-8"), fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    slug = master.stem.replace("_", "-")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{slug}-{number:03d}"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k == "tags"}
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, indent=1, sort_keys=True, ensure_ascii=False)) + "\n"


def stale(folder: Path) -> list[Path]:
    """Return the notebooks that do not follow from their masters."""
    return [
        path
        for master in sorted(folder.glob("*.py"))
        if not (path := master.with_suffix(".ipynb")).is_file()
        or path.read_text("utf-8") != built(master)
    ]


def main(arguments: list[str] | None = None) -> int:
    """Build or check the templates of this checkout; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    asked = parser.parse_args(arguments)
    late = stale(FOLDERS[0])
    for path in late:
        if asked.check:
            sys.stderr.write(f"stale: {path.name}; run python -m funnelkit.report.build\n")
        else:
            write_whole(path, built(path.with_suffix(".py")))
            sys.stdout.write(f"built {path.name}\n")
    return 1 if asked.check and late else 0


if __name__ == "__main__":
    sys.exit(main())
