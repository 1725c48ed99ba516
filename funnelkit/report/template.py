"""Find a report template by name and read what it declares."""

from __future__ import annotations

import copy
import hashlib
import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.files.whole import write_whole
from funnelkit.report.parameters import Parameter, read_cell

_HERE = Path(__file__).resolve().parent
# In a checkout the templates stand where people look for notebooks; a wheel carries them inside.
FOLDERS = (_HERE.parents[1] / "notebooks" / "reports", _HERE / "templates")


class Template:
    """A notebook with a cell tagged ``parameters``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem.replace("_", "-")

    @cached_property
    def notebook(self) -> Any:
        """The notebook as it is stored."""
        from funnelkit.report.notebook import nbformat

        return nbformat.read(self.path, as_version=4)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the stored notebook."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What the template can be given."""
        stored = json.loads(self.path.read_text("utf-8"))
        # a report that only asks for its defaults need not import the library for this
        cells = stored["cells"] if stored.get("nbformat") == 4 else self.notebook.cells
        for cell in cells:
            if "parameters" in cell["metadata"].get("tags", []):
                return read_cell("".join(cell["source"]))
        return ()


def template_names() -> list[str]:
    """List the templates that come with the kit.

    Examples
    --------
    >>> "funnel-review" in template_names()
    True
    """
    for folder in FOLDERS:
        if names := sorted(p.stem.replace("_", "-") for p in folder.glob("*.ipynb")):
            return names
    return []


def find_template(name: str | Path) -> Template:
    """Find a template by its name, or by the path of a notebook of one's own."""
    path = Path(name)
    if path.suffix == ".ipynb":
        if path.is_file():
            return Template(path.resolve())
    else:
        for folder in FOLDERS:
            inside = folder / f"{str(name).replace('-', '_')}.ipynb"
            if path.name == str(name) and inside.is_file():
                return Template(inside)
    known = template_names()
    raise FunnelkitError(
        "report.unknown_template", found=str(name), allowed=nearest(str(name), known)
    )


@lru_cache
def _declared(path: Path) -> tuple[Parameter, ...]:
    return Template(path).parameters


def defaults_of(name: str) -> dict[str, Any]:
    """Return the values a template that comes with the kit runs with when none are given.

    Examples
    --------
    >>> defaults_of("funnel-review")["lang"]
    'en'
    """
    return {p.name: copy.deepcopy(p.default) for p in _declared(find_template(name).path)}


def new_template(name: str | Path, source: str | Path) -> Path:
    """Copy a template for the user to change; return the new notebook.

    Raises
    ------
    FunnelkitError
        Unknown template, or there is a file of that name already.
    """
    found = find_template(source)
    path = Path(name)
    target = path if path.suffix == ".ipynb" else path.with_name(path.name + ".ipynb")
    if target.exists():
        raise FunnelkitError("report.template_exists", file=str(target))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, found.path.read_text("utf-8"))
    except OSError as problem:
        why = problem.strerror or str(problem)
        raise FunnelkitError("report.no_write", folder=str(target.parent), why=why) from None
    return target


def described(template: Template) -> str:
    """List what a template can be given, for reading in a terminal."""
    from funnelkit.words import language, say

    lines = [say("report.parameters_of", template=template.name)]
    for parameter in template.parameters:
        english, _, chinese = parameter.help.partition(" · ")
        text = (chinese or english) if language() == "zh" else english
        allowed = ", ".join(parameter.choices)
        if parameter.low is not None:
            allowed = f"{parameter.low:g}..{parameter.high:g}"
        more = f" [{allowed}]" if allowed else ""
        kind = "str" if parameter.is_date else parameter.type
        lines.append(f"  {parameter.name}: {kind} = {parameter.default!r}")
        lines.append(f"      {text}{more}")
    return "\n".join(lines)
