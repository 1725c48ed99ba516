"""The file slides are written into: plain, or a company's own with its layouts and look."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError

TITLES, SLIDE_NUMBER = (1, 3), 13
FEET = (13, 15, 16)  # number, footer, date


def kind_of(shape: Any) -> int:
    """Return what a place of a layout is for, as the file format counts it."""
    return int(shape.placeholder_format.type)


def opened(template: Path | None) -> Any:
    """Open a company's file without its slides, or a plain one."""
    from pptx import Presentation
    from pptx.exc import PackageNotFoundError

    if template is None:
        return Presentation()
    try:
        file = Presentation(io.BytesIO(_as_slides(template.read_bytes())))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, PackageNotFoundError):
        raise FunnelkitError("show.template_broken", file=str(template)) from None
    ids = file.slides._sldIdLst  # a template may bring slides of its own
    for slide in list(ids):
        file.part.drop_rel(slide.rId)
        ids.remove(slide)
    return file


def _as_slides(body: bytes) -> bytes:
    """Return a POTX template as the PPTX it is made of."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            found = old.read(name)
            if name == "[Content_Types].xml":
                found = found.replace(b"ml.template.main", b"ml.presentation.main")
            new.writestr(name, found)
    return buffer.getvalue()


def layout_of(file: Any, template: Path | None) -> Any:
    """Return the layout that has a title and least besides."""

    def others(layout: Any) -> int:
        kinds = [kind_of(s) for s in layout.placeholders]
        return sum(k not in (*TITLES, *FEET) for k in kinds)

    found = [
        layout for layout in file.slide_layouts if 1 in [kind_of(s) for s in layout.placeholders]
    ]
    if not found:
        raise FunnelkitError("show.template_no_title", file=template and template.name)
    return min(found, key=others)


def dress(file: Any) -> None:
    """Give the plain file the house's fonts: what a machine has in either language."""
    master = file.slide_masters[0]
    theme = next(r.target_part for r in master.part.rels.values() if r.reltype.endswith("/theme"))
    body = theme.blob.replace(b'<a:latin typeface="Calibri"/>', b'<a:latin typeface="Arial"/>')
    theme._blob = body.replace(b'<a:ea typeface=""/>', b'<a:ea typeface="Microsoft YaHei"/>')
    for layout in (master, *master.slide_layouts):  # placed for slides of 4:3
        for shape in list(layout.placeholders):
            if kind_of(shape) in FEET:
                shape._element.getparent().remove(shape._element)
