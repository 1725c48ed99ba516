"""A company's name, logo and colours on what a workshop hands out."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

from funnelkit.charts import tokens
from funnelkit.errors import FunnelkitError, nearest

_KEYS = ("name", "logo", "colours")
#: Colours a company may set: what to look at, and what is pressed or drawn.
COLOURS = {"accent": tokens.ACCENT, "main": tokens.STAGE}
#: Contrast of text on its ground (WCAG 2.2, 1.4.3, level AA).
LEAST = 4.5
_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_LARGEST = 1_000_000


@dataclass(frozen=True)
class Brand:
    """What a page wears: a name, a logo as a data address, colours by what they are for."""

    name: str
    logo: str = ""
    picture: bytes = b""
    colours: tuple[tuple[str, str], ...] = ()

    @property
    def css(self) -> str:
        """The style that puts the colours in place, and the head's own rules."""
        told = dict(self.colours)
        rules = ""
        if "accent" in told:
            rules += f"--fk-accent: {told['accent']}; "
        if "main" in told:
            rules += f"--fk-stage: {told['main']}; --fk-link: {told['main']}; "
        light = f"@media print, (prefers-color-scheme: light) {{ :root {{ {rules}}} }}\n"
        return (light if rules else "") + _RULES

    @property
    def head(self) -> str:
        """The name with the logo, as HTML."""
        logo = f"<img src='{self.logo}' alt=''>" if self.logo else ""
        return f"<span class='fk-brand'>{logo}<span>{escape(self.name)}</span></span>"


_RULES = """\
.fk-brand { align-items: center; display: inline-flex; font-weight: 600; gap: 0.6rem; }
.fk-brand img { height: 1.8rem; max-width: 11rem; object-fit: contain; width: auto; }
.fk-page > .fk-brand { border-bottom: 2px solid var(--fk-accent); display: flex;
  margin-bottom: 1rem; padding-bottom: 0.4rem; }
.fk-corner { left: 6vw; font-size: 18px; position: fixed; top: 1vh; z-index: 3; }
.fk-corner img { height: 2.4vh; }
.fk-corner ~ .slide { padding-top: calc(2vh + 32px); }
"""
_worn: ContextVar[Brand | None] = ContextVar("funnelkit_brand", default=None)


@contextmanager
def wearing(brand: Brand | None) -> Iterator[None]:
    """Let the pages written inside the block wear a brand."""
    token = _worn.set(brand)
    try:
        yield
    finally:
        _worn.reset(token)


def worn() -> Brand | None:
    """Return the brand pages wear now."""
    return _worn.get()


def read_brand(path: str | Path | None) -> Brand | None:
    """Read ``brand.yaml``: ``name``, ``logo`` (PNG, JPEG or SVG beside it), ``colours``.

    Raises
    ------
    FunnelkitError
        The file or the logo cannot be read, a key is unknown, or a colour is too light to be
        read on white.
    """
    if path is None:
        return None
    path = Path(path)
    try:
        told = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, ValueError, yaml.YAMLError) as why:
        raise FunnelkitError("brand.unreadable", file=path.name, why=_short(why)) from None
    if not isinstance(told, dict):
        raise FunnelkitError("brand.unreadable", file=path.name, why=type(told).__name__)
    _known(told, _KEYS, path.name)
    name = str(told.get("name") or "").strip()
    if not name:
        raise FunnelkitError("brand.no_name", file=path.name)
    colours = told.get("colours") or {}
    if not isinstance(colours, dict):
        raise FunnelkitError("brand.unreadable", file=path.name, why=f"colours: {colours}")
    _known(colours, COLOURS, path.name)
    shown = tuple((key, _colour(key, value, path.name)) for key, value in colours.items())
    logo, picture = _logo(told.get("logo"), path)
    return Brand(name, logo, picture, shown)


def _short(why: Exception) -> str:
    return str(getattr(why, "strerror", None) or why).split("\n", 1)[0]


def _known(told: dict[Any, Any], keys: Any, file: str) -> None:
    for key in told:
        if key not in keys:
            allowed = nearest(key, keys)
            raise FunnelkitError("brand.unknown_key", file=file, found=str(key), allowed=allowed)


def _colour(key: str, value: object, file: str) -> str:
    text = str(value).strip().lower()
    digits = text.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * c for c in digits)
    if len(digits) != 6 or not set(digits) <= set("0123456789abcdef"):
        raise FunnelkitError("brand.no_colour", file=file, name=key, found=str(value))
    ratio = contrast(f"#{digits}", tokens.WASH)
    if ratio < LEAST:
        raise FunnelkitError(
            "brand.too_light", file=file, name=key, found=f"#{digits}", ratio=f"{ratio:.1f}",
            least=f"{LEAST:g}", instead=darker(f"#{digits}"),
        )  # fmt: skip
    return f"#{digits}"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, definition of contrast ratio).

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"), 1), round(contrast("#767676", "#ffffff"), 2)
    (21.0, 4.54)
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def darker(colour: str) -> str:
    """Return the lightest colour of the same hue that can be read on a page."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    for share in range(99, -1, -1):
        made = "#" + "".join(f"{round(c * share / 100):02x}" for c in parts)
        if contrast(made, tokens.WASH) >= LEAST:
            return made
    return "#000000"


def _logo(named: object, file: Path) -> tuple[str, bytes]:
    """Return the logo as a data address and, for slides, as a picture they can hold."""
    if named is None:
        return "", b""
    path = file.parent / str(named)
    kind = _TYPES.get(path.suffix.lower())
    if kind is None:
        raise FunnelkitError("brand.logo_kind", file=file.name, found=str(named))
    try:
        data = path.read_bytes()
    except OSError as why:
        raise FunnelkitError("brand.logo_missing", found=str(path), why=_short(why)) from None
    if len(data) > _LARGEST:
        raise FunnelkitError("brand.logo_large", found=str(named), size=f"{len(data) / 1e6:.1f}")
    if kind == "image/svg+xml":
        if b"<svg" not in data[:5000]:
            raise FunnelkitError("brand.logo_broken", found=str(named))
        return _address(kind, data), b""
    from matplotlib.image import imread

    try:
        imread(io.BytesIO(data), format=kind.removeprefix("image/"))
    except Exception:  # its readers raise what their formats raise
        raise FunnelkitError("brand.logo_broken", found=str(named)) from None
    return _address(kind, data), data


def _address(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
