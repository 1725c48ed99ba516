"""The Chinese of a page as a font inside it, so that no machine shows boxes.

Only the characters the page has are embedded, in the two weights that pages use; a font that the
reader's machine has comes first.  `unicode-range` leaves everything else to the system's fonts.
"""

from __future__ import annotations

import base64
from functools import cache

from funnelkit.charts.fonts import cut, folder

#: First in every stack: last in it, Chromium shows boxes until the page is laid out again.
WEB_FAMILY = "FK Sans SC"
_RANGES = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x323AF))
_FACES = (
    ("400", "FunnelkitSansSC-Regular.otf",
     ("PingFang SC", "PingFangSC-Regular", "Microsoft YaHei", "Noto Sans CJK SC",
      "Source Han Sans SC")),
    ("600 700", "FunnelkitSansSC-Bold.otf",
     ("PingFang SC Semibold", "PingFangSC-Semibold", "Microsoft YaHei Bold",
      "Noto Sans CJK SC Bold", "Source Han Sans SC Bold")),
)  # fmt: skip


def font_css(text: str, bold: str | None = None) -> str:
    """Return the style rules that bring the Chinese characters of a text; "" where it has none.

    Parameters
    ----------
    bold : str, optional
        What is written in bold type, where that is less than all.

    Examples
    --------
    >>> font_css("Win rate"), "unicode-range" in font_css("赢单率")
    ('', True)
    """
    signs = [_signs(text), _signs(text if bold is None else bold)]
    if not signs[0]:
        return ""
    spans = ",".join(f"U+{low:X}-{high:X}" for low, high in _RANGES)
    rules = []
    for (weight, file, names), wanted in zip(_FACES, signs, strict=True):
        if not wanted:
            continue
        local = "".join(f'local("{name}"),' for name in names)
        rules.append(
            f'@font-face{{font-family:"{WEB_FAMILY}";font-weight:{weight};font-display:block;'
            f"src:{local}url(data:font/woff;base64,{_data(file, wanted)}) "
            f'format("woff");unicode-range:{spans}}}\n'
        )
    return "".join(rules)


def _signs(text: str) -> str:
    """Return the Chinese characters of a text, each once."""
    codes = sorted(frozenset(map(ord, text)))
    return "".join(chr(c) for c in codes if any(low <= c <= high for low, high in _RANGES))


@cache
def _data(file: str, signs: str) -> str:
    """Return a font with these characters alone, as text for a data address."""
    return base64.b64encode(cut(signs, folder() / file)).decode("ascii")
