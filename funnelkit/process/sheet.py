"""Reading a process sheet: a bundled name, a file or a dict, with errors that name the line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path as File
from typing import Any

from pydantic import BaseModel, ValidationError

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process.flaws import Flaw, Flaws, Path
from funnelkit.process.model import (
    Calendar,
    ForecastCategory,
    Milestone,
    PaymentTerm,
    Process,
)
from funnelkit.process.nodes import decode, read_nodes
from funnelkit.process.outcomes import Outcomes
from funnelkit.process.stage import Checkpoint, Stage, Target
from funnelkit.process.text import Text
from funnelkit.words import say

DEFAULT = "b2b-six-stages"

_PARTS: dict[str, type[BaseModel]] = {
    "stages": Stage,
    "target": Target,
    "checkpoints": Checkpoint,
    "outcomes": Outcomes,
    "calendar": Calendar,
    "milestones": Milestone,
    "payments": PaymentTerm,
    "forecast_categories": ForecastCategory,
}
_KINDS = {
    "string_type": "kind_text",
    "bool_type": "kind_truth",
    "bool_parsing": "kind_truth",
    "float_type": "kind_number",
    "float_parsing": "kind_number",
    "tuple_type": "kind_list",
    "dict_type": "kind_mapping",
    "model_type": "kind_mapping",
    "model_attributes_type": "kind_mapping",
}


class _Said:
    """A text that is put into words only when shown, in the language current then."""

    def __init__(self, key: str, **values: Any) -> None:
        self.key, self.values = key, values

    def __str__(self) -> str:
        return say(f"process.{self.key}", **self.values)


class _Lines:
    def __init__(self, items: list[FunnelkitError]) -> None:
        self.items = items

    def __str__(self) -> str:
        return "\n".join(f"- {item}" for item in self.items)


def bundled_processes() -> tuple[str, ...]:
    """Return the names of the sheets that come with the kit, the default first.

    Examples
    --------
    >>> bundled_processes()
    ('b2b-six-stages', 'equipment-tender', 'project-sale', 'saas')
    """
    folder = resources.files("funnelkit.process") / "sheets"
    names = sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml"))
    return (DEFAULT, *(n for n in names if n != DEFAULT))


def load_process(
    source: str | os.PathLike[str] | Mapping[str, Any] | Process | None = None,
) -> Process:
    """Return a process: bundled by name, from a YAML file or a dict; the default for None.

    Examples
    --------
    >>> load_process("saas").currency
    'USD'
    """
    if isinstance(source, Process):
        return source
    if source is None:
        return _bundled(DEFAULT)
    if isinstance(source, Mapping):
        process, problems = _build(dict(source), {}, None)
    else:
        name = os.fspath(source)
        if name in bundled_processes():
            return _bundled(name)
        process, problems = _read(name)
    if process is None:
        raise _all(problems)
    return process


def check(source: str | os.PathLike[str]) -> list[str]:
    """Return every problem of a sheet, in the current language; empty when it is sound."""
    name = os.fspath(source)
    if name in bundled_processes():
        return []
    try:
        return [str(problem) for problem in _read(name)[1]]
    except FunnelkitError as error:
        return [str(error)]


def show(source: str | os.PathLike[str] | None = None) -> str:
    """Return a sheet as readable text."""
    return str(load_process(source))


@cache
def _bundled(name: str) -> Process:
    text = (resources.files("funnelkit.process") / "sheets" / f"{name}.yaml").read_text("utf-8")
    process, problems = _build(*read_nodes(text, f"{name}.yaml"), f"{name}.yaml")
    if process is None:
        raise _all(problems)
    return process


def _read(name: str) -> tuple[Process | None, list[FunnelkitError]]:
    file = File(name)
    if not file.is_file():
        looks_like_file = file.suffix.lower() in (".yaml", ".yml") or len(file.parts) > 1
        names = bundled_processes()
        key = "process.no_file" if looks_like_file else "process.unknown_process"
        raise FunnelkitError(key, found=name, allowed=nearest(name, names))
    values, lines = read_nodes(decode(file.read_bytes(), file.name), file.name)
    return _build(values, lines, file.name, default_id=file.stem)


def _build(
    values: Any, lines: dict[Path, int], file: str | None, default_id: str | None = None
) -> tuple[Process | None, list[FunnelkitError]]:
    if isinstance(values, dict) and default_id and "id" not in values:
        values = {"id": default_id, **values}
    try:
        return Process.model_validate(values), []
    except ValidationError as error:
        # A list whose only items are unsound counts as empty too: say what is unsound alone.
        errors = [dict(e) for e in error.errors() if e["type"] != "too_short" or not e["input"]]
        problems = [p for e in errors for p in _problems(e, lines, file)]
        return None, sorted(problems, key=lambda p: p.values["line"])


def _all(problems: list[FunnelkitError]) -> FunnelkitError:
    if len(problems) == 1:
        return problems[0]
    return FunnelkitError("process.several", n=len(problems), problems=_Lines(problems))


def _problems(error: dict[str, Any], lines: dict[Path, int], file: str | None) -> list[Any]:
    path: Path = tuple(error["loc"])
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Flaws):
        flaws = list(cause.flaws)
    elif isinstance(cause, Flaw):
        flaws = [cause]
    else:
        flaws = [_shape(error, path)]
    found = []
    for flaw in flaws:
        spot = (*path, *flaw.path) if cause is not None else flaw.path
        line = _line(spot, lines)
        dotted = ".".join(str(p + 1) if isinstance(p, int) else p for p in spot) or "name"
        place = (
            _Said("place_line", file=file, line=line) if file else _Said("place_path", path=dotted)
        )
        found.append(
            FunnelkitError(f"process.{flaw.key}", place=place, line=line, at=dotted, **flaw.values)
        )
    return found


def _line(path: Path, lines: dict[Path, int]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _shape(error: dict[str, Any], path: Path) -> Flaw:
    """Say in the kit's words what pydantic found wrong with the shape of a sheet."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        return Flaw(path, "unknown_key", found=key, allowed=nearest(key, _keys(path[:-1])))
    if kind == "missing":
        return Flaw(path[:-1], "missing_key", item=key)
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        return Flaw(
            path, "not_one_of", item=_named(path), found=found, allowed=nearest(found, allowed)
        )
    if kind == "too_short":
        return Flaw(path, "no_stages_listed")
    if kind == "string_pattern_mismatch":
        text = "bad_id" if key == "id" else "bad_currency"
        return Flaw(path, text, found=found)
    if kind in ("greater_than", "less_than_equal"):
        text = "bad_rate" if key == "step_rate" else "not_positive"
        return Flaw(path, text, item=key, found=found)
    if kind.startswith("date"):
        return Flaw(path, "wrong_type", item=_named(path), found=found, kind=_Said("kind_date"))
    if isinstance(found, str) and "：" in found and _KINDS.get(kind) != "kind_text":
        return Flaw(path, "wide_colon", found=found.split()[0])
    expected = _Said(_KINDS.get(kind, "kind_text"))
    # YAML reads a bare yes, no, on or off as a truth value: the commonest slip with labels.
    text = "truth_for_text" if isinstance(found, bool) and kind == "string_type" else "wrong_type"
    return Flaw(path, text, item=_named(path), found=_short(found), kind=expected)


def _named(path: Path) -> str:
    names = [p for p in path if isinstance(p, str)]
    return names[-1] if names else "sheet"


def _short(found: Any) -> str:
    text = "" if found is None else str(found)
    return text if len(text) <= 40 else text[:39] + "…"


def _keys(path: Path) -> list[str]:
    names = [p for p in path if isinstance(p, str)]
    if not names:
        return list(Process.model_fields)
    return list(_PARTS.get(names[-1], Text).model_fields)
