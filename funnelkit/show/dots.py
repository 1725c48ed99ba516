"""Twenty dots, each an equally likely outcome: how likely a total is, to be counted off.

Drawn as charts in rows are: across in per cent, down in pixels, text as text.
Quantile dotplots: Kay, Kola, Hullman and Munson, *When (ish) is My Bus?*, CHI 2016.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from funnelkit.show.chart_table import Axis, Mark, keys_html

#: Each dot is a chance of 5 per cent.
DOTS = 20
#: Places side by side that a telephone has room for.
_PLACES = 16
_RADIUS, _HIGHEST = 8.0, 8


@dataclass(frozen=True)
class Dots:
    """Where dots stand, in columns of equal width.

    Attributes
    ----------
    places : sequence of (float, int)
        The middle of each dot's column, and its place in it from 0.
    low, high : float
        The ends of the axis.
    """

    places: Sequence[tuple[float, int]]
    low: float
    high: float

    @property
    def tallest(self) -> int:
        """How many dots the highest column has."""
        return 1 + max((k for _, k in self.places), default=0)


def stacked(values: Sequence[float], plan: float | None = None) -> Dots:
    """Stack values in columns whose edges lie on the plan, so that no dot stands on it.

    Examples
    --------
    >>> stacked([1, 2, 2.1, 8], plan=2).places
    [(1.1, 0), (2.3, 0), (2.3, 1), (8.3, 0)]
    """
    edge = 0.0 if plan is None else plan
    ends = [*values, edge] if plan is not None else list(values)
    low, high = min(0.0, *ends), max(ends)
    step = (high - low or 1.0) / (_PLACES - 2)
    step = float(f"{step:.1g}") if step > 0 else 1.0
    counts: dict[int, int] = {}
    places = []
    for value in sorted(values):
        k = math.floor((value - edge) / step)
        places.append((round(edge + (k + 0.5) * step, 9), counts.get(k, 0)))
        counts[k] = counts.get(k, 0) + 1
    right = max([high, *(x for x, _ in places)]) + step
    return Dots(places, min([low, *(x - step / 2 for x, _ in places)]), right)


@dataclass(frozen=True)
class DotPlot:
    """A page's picture of twenty outcomes.

    Attributes
    ----------
    dots : Dots
        Where they stand.
    band : (float, float, float)
        What 80 per cent lie between, and the middle.
    plan : (float, str), optional
        What is to be reached, and how it is written.
    ticks : sequence of (float, str)
        What stands under the axis.
    told : str
        What it shows, for those who hear the page.
    words : mapping
        What ``yes``, ``no`` and ``band`` mean, in the reader's language.
    """

    dots: Dots
    band: tuple[float, float, float]
    plan: tuple[float, str] | None
    ticks: Sequence[tuple[float, str]]
    told: str
    words: dict[str, str]

    def __repr__(self) -> str:
        return self.told

    def _repr_html_(self) -> str:
        axis = Axis(self.dots.low, self.dots.high)
        r = min(_RADIUS, _RADIUS * _HIGHEST / self.dots.tallest)
        top = 24 if self.plan else 4
        foot = top + 2 * (r + 1) * self.dots.tallest + 2
        parts = []
        low, middle, high = (axis.at(x) for x in self.band)
        parts.append(f'<rect class="fk-band" x="{low:.2f}%" y="{foot + 3:g}" height="7" '
                     f'width="{high - low:.2f}%"/>')  # fmt: skip
        parts.append(_upright("med", middle, foot, foot + 13))
        parts.append(f'<line class="fk-ax" x2="100%" y1="{foot:g}" y2="{foot:g}"/>')
        for x, k in self.dots.places:
            look = "flow" if self.plan is None or x >= self.plan[0] else "band"
            parts.append(f'<circle class="fk-{look}" cx="{axis.at(x):.2f}%" '
                         f'cy="{foot - 1 - (r + 1) * (2 * k + 1):g}" r="{r:g}"/>')  # fmt: skip
        if self.plan:
            at = axis.at(self.plan[0])
            parts += [_upright("tgt", at, 20, foot), _text(at, 14, self.plan[1])]
        for x, text in self.ticks:
            parts += [
                _upright("ax", axis.at(x), foot, foot + 4),
                _text(axis.at(x), foot + 28, text),
            ]
        told = escape(self.told)
        return (
            f'<svg class="fk-dots" height="{foot + 34:g}" role="img" aria-label="{told}">'
            f"<title>{told}</title>{''.join(parts)}</svg>{keys_html(self._key())}"
        )

    def _key(self) -> list[tuple[Mark, str]]:
        marks = {"yes": Mark("dot", "flow", 0.5), "no": Mark("dot", "band", 0.5),
                 "band": Mark("bar", "band", 0.0, 1.0)}  # fmt: skip
        return [(marks[name], text) for name, text in self.words.items()]


def _upright(look: str, x: float, y1: float, y2: float) -> str:
    return f'<line class="fk-{look}" x1="{x:.2f}%" x2="{x:.2f}%" y1="{y1:g}" y2="{y2:g}"/>'


def _text(x: float, y: float, text: str) -> str:
    anchor = "start" if x < 4 else "end" if x > 86 else "middle"
    return f'<text x="{x:.2f}%" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


__all__ = ["DOTS", "DotPlot", "Dots", "stacked"]
