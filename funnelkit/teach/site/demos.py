"""What the cells of a lesson show: stored with it, or drawn once in a kernel and kept."""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from copy import deepcopy
from typing import Any

import nbformat

from funnelkit.files.whole import write_whole
from funnelkit.teach.build import execute, text_of
from funnelkit.teach.learner.progress import own_folder
from funnelkit.teach.paper.page import outputs
from funnelkit.teach.site.shelf import Book
from funnelkit.words import language, say

#: A page asks these by itself; they draw nothing.
_OWN = {"exercise", "whatif", "exit"}
#: One kernel at a time: a page that waits does not slow the others down.
_ASIDE = ThreadPoolExecutor(1, thread_name_prefix="demos")
_drawing: dict[str, Future[Any]] = {}


def is_demo(cell: Any) -> bool:
    """Say whether a cell shows something that the page does not write by itself."""
    tags = set(cell.metadata.get("tags", []))
    return cell.cell_type == "code" and not tags & (_OWN | {"parameters", "setup"})


def shown(book: Book, *, wait: bool = False) -> dict[str, str] | None:
    """Return what each demo cell shows, by cell id; None while it is still being drawn."""
    demos = [cell for cell in book.cells if is_demo(cell)]
    if any(cell.get("outputs") for cell in demos):
        return {cell["id"]: _html(cell) for cell in demos}
    key = _key(book)
    if key not in _drawing:
        _drawing[key] = _ASIDE.submit(copy_context().run, _draw, book, key)
    if not wait and not _drawing[key].done():
        return None
    return dict(_drawing[key].result())


def _html(cell: Any) -> str:
    return f"<div class='fk-drawn'>{''.join(outputs(cell))}</div>"


def _key(book: Book) -> str:
    from funnelkit import __version__

    told = [__version__, str(book.folder), *(c.source for c in book.cells)]
    if book.folder is not None:
        told += [str(f.stat().st_mtime_ns) for f in sorted(book.folder.glob("*.y*ml"))]
    mark = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    return f"{book.front.id}-{language()}-{mark}"


def _draw(book: Book, key: str) -> dict[str, str]:
    """Run the demos in a kernel, or take them from when they were run before."""
    kept = own_folder() / "lessons" / f"{key}.ipynb"
    try:
        run = nbformat.read(kept, as_version=4)
    except Exception:  # not drawn yet, or damaged: drawn again
        run = deepcopy(book.notebook)
        run.cells = [c for c in run.cells if not _OWN & set(c.metadata.get("tags", []))]
        try:
            execute(run, book.folder)
        except Exception as problem:  # the page says so; the rest of the lesson goes on
            logging.getLogger("funnelkit").warning("%s: %s", book.front.id, problem)
            return {
                c["id"]: f"<p class='fk-wait'>{say('learn.no_picture')}</p>"
                for c in book.cells
                if is_demo(c)
            }
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, text_of(run))
    return {cell["id"]: _html(cell) for cell in run.cells if is_demo(cell)}
