"""The lessons that are served: a workshop's own folder, this checkout's, or the package's."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.teach.build import MASTERS, ROOT
from funnelkit.teach.editions.master import Front, Master, masters
from funnelkit.teach.editions.notebooks import lesson_notebook
from funnelkit.teach.lesson import Lesson, open_lesson
from funnelkit.teach.settings import settings, workshop_folder
from funnelkit.words import LANGUAGES, language

#: In a wheel the masters are inside the package.
PACKED = Path(__file__).resolve().parents[1] / "masters"


@cache
def course() -> tuple[Master, ...]:
    """Return all lessons as they are written."""
    return masters(MASTERS if MASTERS.is_dir() else PACKED)


@dataclass(frozen=True, eq=False)
class Book:
    """A lesson in one language: what it says of itself, and its notebook."""

    front: Front
    notebook: Any
    folder: Path | None

    @property
    def cells(self) -> list[Any]:
        """The cells between the head and the foot, which a page writes by itself."""
        return list(self.notebook.cells[1:-1])

    @cached_property
    def lesson(self) -> Lesson:
        """The lesson's data, as its first cell names them."""
        told: dict[str, Any] = {"data": str(self.front.data), "process": None}
        for cell in self.cells:
            if "parameters" in cell.metadata.get("tags", []):
                for line in ast.parse(cell.source).body:
                    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                        told[line.targets[0].id] = ast.literal_eval(line.value)
        here = self.folder
        data, process = (_beside(told[key], here) for key in ("data", "process"))
        return open_lesson(self.front.id, str(data), process, language())


def _beside(name: str | None, folder: Path | None) -> str | None:
    """Return the path of a file that lies beside the notebook, else the name as it is."""
    if name is None or folder is None or not (folder / name).exists():
        return name
    return str(folder / name)


@dataclass(frozen=True)
class Shelf:
    """All lessons of one course.

    Parameters
    ----------
    folder : Path, optional
        A workshop's folder with its own notebooks; the whole course without.
    """

    folder: Path | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages the course is there in; a workshop speaks one."""
        if self.folder is None:
            return LANGUAGES
        told = settings()
        return (told.language,) if told else LANGUAGES

    @cached_property
    def fronts(self) -> tuple[Front, ...]:
        """What the lessons say of themselves, in order."""
        if self.folder is None:
            return tuple(m.front for m in course())
        there = {path.stem for path in self.folder.glob("L[0-9][0-9].ipynb")}
        return tuple(m.front for m in course() if m.front.id in there)

    def book(self, id: str) -> Book:
        """Return a lesson in the current language.

        Raises
        ------
        FunnelkitError
            The course has no such lesson.
        """
        known = [f.id for f in self.fronts]
        if id not in known:
            raise FunnelkitError("learn.no_lesson", found=id, allowed=nearest(id, known))
        return _book(self.folder, id, language())


@cache
def _book(folder: Path | None, id: str, lang: str) -> Book:
    import nbformat

    master = next(m for m in course() if m.front.id == id)
    file = (folder or ROOT / "notebooks" / lang) / f"{id}.ipynb"
    if file.is_file():
        return Book(master.front, nbformat.read(file, as_version=4), folder)
    return Book(master.front, lesson_notebook(master, lang), folder)


def found_shelf() -> Shelf:
    """Return the course of the folder one stands in: a workshop's own, else the kit's."""
    folder = workshop_folder()
    if folder is not None and any(folder.glob("L[0-9][0-9].ipynb")):
        return Shelf(folder)
    return Shelf()
