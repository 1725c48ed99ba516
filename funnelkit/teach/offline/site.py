"""The course as a folder of plain files, written whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from funnelkit.charts.fonts import FAMILY, cut
from funnelkit.errors import FunnelkitError
from funnelkit.page.style import page_css
from funnelkit.teach.cases.case import NAMES
from funnelkit.teach.offline.lessons import SETS, case_values, contents, lesson_values, quiz_values
from funnelkit.teach.offline.seal import sealed
from funnelkit.teach.paper.brand import Brand, read_brand
from funnelkit.teach.settings import Settings, working_with
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import LANGUAGES, say, speaking, tag

_HERE = Path(__file__).parent / "browser"
_SCRIPTS = ("write.js", "read.js", "checks.js", "judge.js", "whatifs.js")
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=\s]+)")
#: What people type in Chinese is shown too: the 3,755 commonest characters (GB 2312, level 1).
_COMMON = "".join(
    bytes((row, place)).decode("gb2312", "ignore")
    for row in range(0xB0, 0xD8)
    for place in range(0xA1, 0xFF)
)
#: Chinese fonts that systems bring; the packaged one stands in where there is none.
_INSTALLED = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC")


@dataclass(frozen=True)
class Site:
    """What was written: the folder, its page, how many files and bytes."""

    folder: Path
    files: int
    size: int
    brand: Brand | None = None

    @property
    def page(self) -> Path:
        """The page to open."""
        return self.folder / "index.html"


@dataclass(frozen=True)
class _Task:
    """One part of the course in one language, to be prepared in a process of its own."""

    lang: str
    name: str
    sets: int
    folder: Path | None
    room: Settings | None
    only: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        room = nullcontext() if self.room is None else working_with(self.room)
        with speaking(self.lang), room:
            shelf = Shelf(self.folder)
            if self.name == "course":
                return contents(shelf, self.sets, self.only)
            if self.name in NAMES:
                return case_values(self.name)
            if self.name == "Q":
                return quiz_values(self.sets)
            return lesson_values(shelf, shelf.book(self.name), self.sets)


def build_site(
    out: str | Path,
    *,
    process: str | Path | None = None,
    plan: str | Path | None = None,
    brand: str | Path | None = None,
    only: Sequence[str] = (),
    languages: Sequence[str] = LANGUAGES,
    sets: int = SETS,
    jobs: int | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Site:
    """Write the course as plain files that open from a folder, an intranet or a platform.

    Parameters
    ----------
    out : path
        Folder to make.
    process, plan : path, optional
        Process sheet and plan of one's own business; the reference business without.
    only : sequence of str, optional
        Ids of the lessons, all without.
    languages : sequence of str
        The first one is shown where the browser asks for another.
    sets : int
        How many sets of numbers are prepared; a learner's name draws one.
    jobs : int, optional
        Processes to prepare in; as many as there are processors.
    brand : path, optional
        Company name, logo and colours.
    tell : callable
        Is told what is ready.

    Raises
    ------
    FunnelkitError
        The folder holds something already, or an input is wrong; nothing is written then.
    """
    out, dress = Path(out), read_brand(brand)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise FunnelkitError("workshop.out_taken", found=str(out))
    with _aside(out) as aside, _rooms(process, plan, languages) as rooms:
        tasks = [
            _Task(lang, name, sets, *rooms[lang], tuple(only))
            for lang in languages
            for name in ("course", *_lessons(rooms[lang], only), "Q", *(() if only else NAMES))
        ]
        whole = aside / "site"
        signs = set(_COMMON) if "zh" in languages else set()
        for task, values in _prepared(tasks, jobs):
            _write(whole, task, values, signs)
            tell(say("offline.tell_lesson", lesson=task.name, lang=task.lang))
        _frame(whole, languages, signs, dress)
        files = [f for f in whole.rglob("*") if f.is_file()]
        size = sum(f.stat().st_size for f in files)
        if out.exists():
            out.rmdir()
        whole.replace(out)
    return Site(out, len(files), size, dress)


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """Make a folder beside the goal, gone in the end."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".funnelkit-", dir=out.parent))
    except OSError as why:
        raise FunnelkitError("workshop.no_write", found=str(out), why=str(why.strerror)) from None
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _rooms(
    process: str | Path | None, plan: str | Path | None, languages: Sequence[str]
) -> Iterator[dict[str, tuple[Path | None, Settings | None]]]:
    """Give for every language the folder of the lessons, and whose business they are about."""
    if process is None and plan is None:
        yield dict.fromkeys(languages, (None, None))
        return
    from funnelkit.teach.workshop.box import lessons_of

    with tempfile.TemporaryDirectory(prefix="funnelkit-") as place:
        yield {lang: lessons_of(Path(place) / lang, lang, process, plan) for lang in languages}


def _lessons(room: tuple[Path | None, Settings | None], only: Sequence[str]) -> list[str]:
    known = [f.id for f in Shelf(room[0]).fronts]
    for id in only:
        if id not in known:
            raise FunnelkitError("learn.no_lesson", found=id, allowed=known)
    return [id for id in known if not only or id in only]


def _prepared(tasks: list[_Task], jobs: int | None) -> Iterator[tuple[_Task, dict[str, Any]]]:
    n = min(jobs or os.cpu_count() or 1, len(tasks))
    if n == 1:
        yield from ((task, task.values()) for task in tasks)
        return
    with ProcessPoolExecutor(n) as pool:
        yield from zip(tasks, pool.map(_Task.values, tasks), strict=True)


def _write(whole: Path, task: _Task, values: dict[str, Any], signs: set[str]) -> None:
    if "body" in values:
        values["body"] = _PICTURE.sub(lambda found: _picture(whole, found), values["body"])
    _signs(values, signs)
    name = f"{task.lang}/{task.name}"
    text = f'fk.take("{name}","{sealed(values, name)}");\n'
    _put(whole / f"{name}.js", text.encode())


def _picture(whole: Path, found: re.Match[str]) -> str:
    """Write a picture as a file of its own, once however often it is shown."""
    data = base64.b64decode(found[2])
    name = f"pictures/{hashlib.sha256(data).hexdigest()[:16]}.{found[1]}"
    _put(whole / name, data)
    return name


def _signs(values: Any, signs: set[str]) -> None:
    """Gather the Chinese signs that are shown."""
    if isinstance(values, str):
        signs.update(c for c in values if c >= "\u2e80")
    elif isinstance(values, dict):
        for key, value in values.items():
            _signs(key, signs)
            _signs(value, signs)
    elif isinstance(values, list | tuple):
        for value in values:
            _signs(value, signs)


def _frame(whole: Path, languages: Sequence[str], signs: set[str], brand: Brand | None) -> None:
    """Write the page, its style and its scripts."""
    scripts = [(_HERE / name).read_text("utf-8") for name in (*_SCRIPTS, "course.js")]
    _put(whole / "course.js", "".join(scripts).encode())
    face = ""
    if signs:
        _put(whole / "chinese.woff", cut("".join(sorted(signs))))
        own = ", ".join(f'local("{name}")' for name in _INSTALLED)
        face = (
            f'@font-face {{ font-family: "{FAMILY}"; src: {own}, url("chinese.woff") '
            'format("woff"); font-display: swap; '
            "unicode-range: U+2E80-9FFF, U+F900-FAFF, U+FE30-FE4F, U+FF00-FFEF; }\n"
        )
    style = face + page_css() + (_HERE.parents[1] / "site" / "course.css").read_text("utf-8")
    style += "" if brand is None else brand.css
    _put(whole / "course.css", style.encode())
    _put(whole / "index.html", page(languages, brand).encode())


def page(languages: Sequence[str], brand: Brand | None = None, script: str = "") -> str:
    """Return the page the course is opened by.

    Parameters
    ----------
    languages : sequence of str
        The first one is shown where the browser asks for another.
    brand : Brand, optional
        The company's name and logo.
    script : str
        A further script, loaded before the course's own.
    """
    with speaking(languages[0]):
        title, none = escape(say("learn.title")), escape(say("offline.no_script"))
        old, wait = escape(say("offline.old_browser")), escape(say("offline.loading"))
    head = "" if brand is None else escape(brand.head)
    more = f'<script src="{script}"></script>\n' if script else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{tag(languages[0])}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="icon" href="data:;base64,=">\n'
        '<link rel="stylesheet" href="course.css">\n</head>\n'
        f'<body class="fk-body" data-languages="{" ".join(languages)}">\n'
        '<a class="fk-skip" id="skip" href="#main">↓</a>\n'
        f'<nav class="fk-ways" id="ways" aria-label="{title}" data-brand="{head}"></nav>\n'
        f'<main class="fk-page fk-learn" id="main" tabindex="-1" data-old="{old}">'
        f"<p>{wait}</p><noscript><p>{none}</p></noscript></main>\n"
        f'{more}<script src="course.js"></script>\n</body>\n</html>\n'
    )


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
