"""A what-if: sliders on one side, a drawn answer on the other; a plain table where no kernel runs.

``render`` is a pure function from the state to HTML, so it is tested without a browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from funnelkit.words import percent, say


@dataclass(frozen=True)
class Slider:
    """One lever: its name in the state, label, range, step and start; a share unless said."""

    name: str
    label: str
    low: float
    high: float
    step: float
    start: float
    share: bool = True


@dataclass(frozen=True)
class Panel:
    """Levers and the answer they give."""

    sliders: tuple[Slider, ...]
    render: Callable[[Mapping[str, float]], str]

    @property
    def start(self) -> dict[str, float]:
        """The state a panel opens with."""
        return {s.name: s.start for s in self.sliders}

    def page(self) -> str:
        """Return the panel as it is printed: the start values and their answer."""
        rows = "".join(f"<li>{escape(s.label)}: {_written(s)}</li>" for s in self.sliders)
        return f"<div class='fk-exercise'><ul>{rows}</ul>{self.render(self.start)}</div>"

    def __repr__(self) -> str:
        lines = [f"{s.label}: {_written(s)}" for s in self.sliders]
        rows = re.sub(r"</tr>|</p>|</caption>", "\n", self.render(self.start))
        text = unescape(re.sub(r"<[^>]+>", " ", rows))
        return "\n".join([*lines, *(" ".join(t.split()) for t in text.split("\n") if t.strip())])

    def widget(self) -> Any:
        """Return the panel as ipywidgets: sliders, a reset, the answer."""
        import ipywidgets as w

        wide = w.Layout(width="min(34rem, 95%)")
        controls = [
            w.FloatSlider(
                value=s.start, min=s.low, max=s.high, step=s.step, description=s.label,
                readout_format=".0%" if s.share else ",.0f", continuous_update=False,
                style={"description_width": "initial"}, layout=wide,
            )
            for s in self.sliders
        ]  # fmt: skip
        answer = w.HTML(value=self.render(self.start))

        def follow(_: Any) -> None:
            state = {s.name: c.value for s, c in zip(self.sliders, controls, strict=True)}
            answer.value = self.render(state)

        for control in controls:
            control.observe(follow, "value")
        reset = w.Button(description=say("teach.reset"), tooltip=say("teach.tooltip_reset"))

        def back(_: Any) -> None:
            for slider, control in zip(self.sliders, controls, strict=True):
                control.value = slider.start

        reset.on_click(back)
        return w.VBox([*controls, reset, answer])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self.page()}
        try:
            live = self.widget()._repr_mimebundle_()
        except ImportError:
            return bundle
        return {**live, **bundle}


def panel(sliders: Sequence[Slider], render: Callable[[Mapping[str, float]], str]) -> Panel:
    """Make a what-if of sliders and a pure function from their state to HTML."""
    return Panel(tuple(sliders), render)


def answer_table(
    rows: Iterable[Sequence[object]], caption: object = "", head: Sequence[object] = ()
) -> str:
    """Write the answer of a what-if: the first cell names the row; every text stays text."""
    top = "".join(f"<th scope='col'>{escape(str(h))}</th>" for h in head)
    body = "".join(
        f"<tr><th scope='row'>{escape(str(first))}</th>"
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    named = f"<caption>{escape(str(caption))}</caption>" if str(caption) else ""
    top = f"<tr>{top}</tr>" if top else ""
    return f"<table class='fk-table'>{named}{top}{body}</table>"


def _written(slider: Slider) -> str:
    return percent(slider.start) if slider.share else f"{slider.start:,.0f}"
