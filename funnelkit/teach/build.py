"""Build the course: ``python -m funnelkit.teach.build [--only L01] [--lang zh] [--check]``.

Masters in, notebooks out, never the other way. Lessons and solutions are executed and keep their
outputs; exercises are not. ``--check`` compares every cell with its master and runs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from funnelkit.files.whole import write_whole
from funnelkit.teach.editions.master import Master, masters
from funnelkit.teach.editions.notebooks import exercise_notebook, lesson_notebook
from funnelkit.teach.editions.quiz_page import quiz_notebook
from funnelkit.teach.editions.start import start_notebook
from funnelkit.words import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
MASTERS = ROOT / "notebooks" / "masters"
_SECONDS = 300


@dataclass(frozen=True)
class Page:
    """One notebook of the course: where it goes, what it holds, whether it is executed."""

    path: Path
    notebook: Any
    executed: bool


def pages(
    folder: Path = ROOT, only: str | None = None, languages: tuple[str, ...] = LANGUAGES
) -> Iterator[Page]:
    """Yield every notebook of the course, not executed yet."""
    course = masters(MASTERS)
    for language in languages:
        for master in course:
            front = master.front
            if only in (None, front.id):
                yield from _of(master, folder, language)
        if only in (None, "quiz"):
            path = folder / "notebooks" / language / "quiz.ipynb"
            yield Page(path, quiz_notebook(language), True)
        if only is None:
            path = folder / "notebooks" / language / "00_start_here.ipynb"
            yield Page(path, start_notebook([m.front for m in course], language), True)


def _of(master: Master, folder: Path, language: str) -> Iterator[Page]:
    front, name = master.front, f"{master.front.id}.ipynb"
    yield Page(folder / "notebooks" / language / name, lesson_notebook(master, language), True)
    stubs = exercise_notebook(front, language, solved=False)
    yield Page(folder / "exercises" / language / name, stubs, False)
    solved = exercise_notebook(front, language, solved=True)
    yield Page(folder / "exercises" / "solutions" / language / name, solved, True)


def execute_all(notebooks: Sequence[Any], folder: Path | None = None) -> list[bool]:
    """Run notebooks one after the other in one kernel, and say of each whether it ran through.

    Each begins with nothing in memory but what was imported: a kernel's start costs seconds.
    """
    if not notebooks:
        return []
    whole = deepcopy(notebooks[0])
    whole.cells = []
    for notebook in notebooks:
        whole.cells += [*notebook.cells, nbformat.v4.new_code_cell("%reset -f")]
    execute(whole, folder, errors=True)
    return [
        not any(o["output_type"] == "error" for c in n.cells for o in c.get("outputs", []))
        for n in map(cleaned, notebooks)
    ]


def execute(notebook: Any, folder: Path | None = None, *, errors: bool = False) -> Any:
    """Run a notebook in a kernel of its own and keep only what is the same every time.

    It runs in an empty folder, or in the one named; with ``errors`` it goes on after one.
    """
    from nbclient import NotebookClient

    # jupyter's own loop: several notebooks run side by side in threads
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with closing(loop), tempfile.TemporaryDirectory(prefix="funnelkit-") as home:
        client = NotebookClient(
            notebook,
            timeout=_SECONDS,
            allow_errors=errors,
            kernel_name="python3",
            extra_arguments=["--log-level=40"],  # the kernel speaks up on errors only
            resources={"metadata": {"path": str(folder or home)}},
        )
        client.execute(env={**os.environ, **_ENVIRONMENT, "IPYTHONDIR": home})
    return cleaned(notebook)


_ENVIRONMENT = {
    "FUNNELKIT_PROGRESS": "-",  # nothing of the builder's own enters a lesson
    "MPLBACKEND": "agg",
    "PYTHONPATH": str(ROOT),
    "PYTHONHASHSEED": "0",
}
_WIDGETS = "application/vnd.jupyter.widget-view+json"


def cleaned(notebook: Any) -> Any:
    """Drop what differs from run to run: times, widget numbers, what the kernel tells of itself."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(_WIDGETS, None)
            output.get("metadata", {}).clear()
    return notebook


def text_of(notebook: Any) -> str:
    """Return a notebook as the bytes it is stored in."""
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, indent=1, sort_keys=True, ensure_ascii=False)) + "\n"


def bare(notebook: Any) -> list[tuple[Any, ...]]:
    """Return what a master decides: cells without their outputs."""
    return [
        (c["id"], c.cell_type, c.source, tuple(c.metadata.get("tags", []))) for c in notebook.cells
    ]


def stale(folder: Path = ROOT, only: str | None = None) -> list[Path]:
    """Return the notebooks that do not follow from their masters."""
    return [
        page.path
        for page in pages(folder, only)
        if not page.path.is_file()
        or bare(nbformat.read(page.path, as_version=4)) != bare(page.notebook)
    ]


def write(page: Page) -> Path:
    """Execute a page where it has to be and write it."""
    made = execute(page.notebook) if page.executed else page.notebook
    page.path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(page.path, text_of(made))
    return page.path


def main(arguments: list[str] | None = None) -> int:
    """Build or check the course of this checkout; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    parser.add_argument("--only", help="one lesson: L01, or quiz")
    parser.add_argument("--lang", choices=LANGUAGES, help="one language")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args(arguments)
    if asked.check:
        late = stale(only=asked.only)
        for path in late:
            sys.stderr.write(
                f"stale: {path.relative_to(ROOT)}; run python -m funnelkit.teach.build\n"
            )
        return 1 if late else 0
    wanted = pages(only=asked.only, languages=(asked.lang,) if asked.lang else LANGUAGES)
    with ThreadPoolExecutor(asked.jobs) as pool:
        for path in pool.map(write, wanted):
            sys.stdout.write(f"built {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
