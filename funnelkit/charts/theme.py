"""The look: colours by role, chart settings and the style sheet of pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from funnelkit.charts import tokens as t

LANES = ("lost", "no_decision", "open")  # outcomes that leave the way to a win
READABLE = 4.5  # least contrast of text, WCAG 2 level AA
HATCH = "////"  # still running: the number will change


def outcome(name: str) -> str:
    """Return the colour of an outcome; anything else gets the colour of stages.

    Examples
    --------
    >>> outcome("won")
    '#00684b'
    """
    return t.OUTCOMES.get(name, t.STAGE)


def stages(count: int) -> list[str]:
    """Return ``count`` colours of one hue, light for the first stage to dark for the last.

    Examples
    --------
    >>> stages(2)
    ['#bcd7ee', '#12406b']
    """
    return _between(t.STAGE_LIGHT, count)


def strokes(count: int) -> list[str]:
    """Return ``count`` colours of the stages' hue dark enough for thin lines on paper."""
    return _between(t.STROKE_LIGHT, count)


def _between(light: str, count: int) -> list[str]:
    if count == 1:
        return [t.STAGE]
    from seaborn import blend_palette

    return [str(colour) for colour in blend_palette([light, t.STAGE_DARK], count).as_hex()]


def rgb(colour: str) -> tuple[float, float, float]:
    """Split ``#rrggbb`` into three fractions."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def mix(first: str, second: str, share: float) -> str:
    """Return the colour ``share`` of the way from ``first`` to ``second``.

    Examples
    --------
    >>> mix("#000000", "#ffffff", 0.2)
    '#333333'
    """
    parts = (a + (b - a) * share for a, b in zip(rgb(first), rgb(second), strict=True))
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def luminance(colour: str) -> float:
    """Return the relative luminance as WCAG 2 defines it, 0 (black) to 1 (white)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21.

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def text_on(colour: str) -> str:
    """Return the ink where it reads on ``colour``, else black or white, whichever reads better.

    Examples
    --------
    >>> text_on("#12406b")
    '#ffffff'
    """
    if contrast(t.INK, colour) >= READABLE:
        return t.INK
    return max(("#000000", t.PAPER), key=lambda text: contrast(text, colour))


def settings() -> Any:
    """Return the matplotlib settings of every chart: seaborn's ticks with the kit's colours."""
    from seaborn import axes_style

    from funnelkit.charts.fonts import family

    return axes_style("ticks") | {
        "font.family": family(),
        "font.size": t.SIZES["body"],
        "axes.unicode_minus": True,
        "axes.titlesize": t.SIZES["label"],
        "axes.titlelocation": "left",
        "axes.titlecolor": t.INK,
        "axes.labelsize": t.SIZES["body"],
        "axes.labelcolor": t.MUTED,
        "axes.edgecolor": t.RULE,
        "axes.facecolor": t.PAPER,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": False,
        "grid.color": t.RULE,
        "grid.linewidth": 0.6,
        "xtick.color": t.RULE,
        "ytick.color": t.RULE,
        "xtick.labelcolor": t.MUTED,
        "ytick.labelcolor": t.INK,
        "xtick.labelsize": t.SIZES["body"],
        "ytick.labelsize": t.SIZES["body"],
        "xtick.major.size": 3,
        "ytick.major.size": 0,
        "text.color": t.INK,
        "text.parse_math": False,  # "$5k to $10k" is a label, not a formula
        "figure.facecolor": t.PAPER,
        "savefig.facecolor": t.PAPER,
        "patch.force_edgecolor": False,
        "hatch.color": t.MUTED,
        "hatch.linewidth": 0.5,
        "lines.solid_capstyle": "round",
        "svg.fonttype": "path",  # text as outlines: a reader's machine may lack the font
        "svg.hashsalt": "funnelkit",
        "pdf.fonttype": 3,
    }


@contextmanager
def applied() -> Iterator[None]:
    """Use the settings inside the block and leave the reader's own as they were."""
    import matplotlib

    with matplotlib.rc_context(settings()):
        yield


def css() -> str:
    """Return the style sheet of pages: light and dark screens, and print."""
    from funnelkit.charts.stylesheet import stylesheet

    return stylesheet()
