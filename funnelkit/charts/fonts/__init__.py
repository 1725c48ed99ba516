"""One packaged font for every chart and printed page; other fonts only lend what it lacks."""

from __future__ import annotations

import os
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

FAMILY = "Funnelkit Sans SC"
#: Set to anything, no font of the system is used: the same picture on every machine.
VARIABLE = "FUNNELKIT_OWN_FONTS"

# Tried in this order for characters the packaged font lacks, such as Korean.
_LENDERS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "DejaVu Sans",
)
# Has a box for every character, so that matplotlib never warns of a missing glyph.
_BOX, _BOX_FILE = "Funnelkit Box", "FunnelkitBox.ttf"


def folder() -> Path:
    """Return the folder of the packaged fonts."""
    return Path(str(resources.files("funnelkit.charts") / "fonts"))


def path() -> Path:
    """Return the file of the packaged font."""
    return folder() / "FunnelkitSansSC-Regular.otf"


def cut(signs: str, file: Path | None = None) -> bytes:
    """Return a packaged font with these signs alone, as WOFF; the same signs, the same bytes."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options: Any = subset.Options(
        flavor="woff", layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True,
        name_IDs=[], drop_tables=["GSUB", "GPOS", "vhea", "vmtx", "VORG"], recalc_timestamp=False,
    )  # fmt: skip
    held = BytesIO()
    with TTFont(file or path(), lazy=True, recalcTimestamp=False) as font:
        made = subset.Subsetter(options)
        made.populate(text=signs)
        made.subset(font)
        font.flavor = "woff"
        font.save(held)
    return held.getvalue()


def _lent() -> Path:
    """Return the folder of matplotlib's own fonts."""
    from matplotlib import get_data_path

    return Path(get_data_path()) / "fonts" / "ttf"


@cache
def family() -> list[str]:
    """Make the packaged fonts known to matplotlib and return the families to draw with."""
    from matplotlib.font_manager import fontManager

    if os.environ.get(VARIABLE):
        fontManager.ttflist = [f for f in fontManager.ttflist if _lent() in Path(f.fname).parents]
    for file in (path(), folder() / _BOX_FILE):
        fontManager.addfont(str(file))
    # A family that is not installed would draw a warning for every text.
    installed = {entry.name for entry in fontManager.ttflist}
    return [FAMILY, *(name for name in _LENDERS if name in installed), _BOX]


def boxes(text: str) -> list[str]:
    r"""Return the characters of a text that are drawn as a box, since no font here has them.

    Examples
    --------
    >>> boxes("镕垚堃 Łódź \U00010380")
    ['\U00010380']
    """
    return [sign for sign in dict.fromkeys(text) if _is_box(sign)]


@cache
def _is_box(sign: str) -> bool:
    *fonts, box = _faces()
    code = ord(sign)
    drawn = box.get_char_index(code) == box.get_char_index(ord("□"))
    return drawn and not any(font.get_char_index(code) for font in fonts)


@cache
def _faces() -> list[Any]:
    from matplotlib.font_manager import findfont, get_font

    return [get_font(findfont(name)) for name in family()]


def browser_environment(home: Path) -> dict[str, str]:
    """Return the environment of a browser that prints with the packaged font.

    Where fonts are found by fontconfig (Linux); Windows and macOS bring Chinese fonts.

    Parameters
    ----------
    home : Path
        A folder for the settings, which live as long as the browser.
    """
    system = os.environ.get("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
    named = {"sans-serif": FAMILY, "serif": "DejaVu Serif", "monospace": "DejaVu Sans Mono"}
    lines = [
        *(f"<dir>{escape(str(place))}</dir>" for place in (folder(), _lent())),
        *(
            f'<alias binding="strong"><family>{name}</family>'
            f"<prefer><family>{font}</family></prefer></alias>"
            for name, font in named.items()
        ),
        f"<selectfont><rejectfont><glob>*/{_BOX_FILE}</glob></rejectfont></selectfont>",
        f"<cachedir>{escape(str(home / 'fontconfig'))}</cachedir>",
    ]
    if not os.environ.get(VARIABLE):
        lines.append(f'<include ignore_missing="yes">{escape(system)}</include>')
    file = home / "fonts.conf"
    head = '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
    file.write_text(head + "\n".join(["<fontconfig>", *lines, "</fontconfig>"]), "utf-8")
    return os.environ | {"FONTCONFIG_FILE": str(file)}
