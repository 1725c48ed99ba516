"""The first screen of every report: one sentence, where we stand, what changed, what to do.

Each block is made from a measure; one that the data do not carry is left out, and what is left
out is said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from funnelkit.page.parts import Carried
from funnelkit.report.blocks import MIME, Headline
from funnelkit.words import say


@dataclass(frozen=True)
class Todo:
    """Something that somebody must do.

    Attributes
    ----------
    what, rest : str
        In bold, and what follows it in the same line.
    amount, kind : str
        The money, and below it what that money is (or the id of the deal).
    why : str
        Owner, stage and reasons, or how many deals and since when.
    step : str
        What to do next; "" where the finding says it.
    link : str
        The part of the page that tells more.
    """

    what: str
    amount: str
    why: str
    kind: str = ""
    rest: str = ""
    step: str = ""
    link: str = ""

    def __repr__(self) -> str:
        head = f"{self.what}{self.rest}"
        money = " ".join(filter(None, [self.amount, self.kind]))
        return "\n  ".join(filter(None, [f"{head}  {money}", self.why, self.step]))

    def said(self) -> str:
        """Return it as one line of a mail or a picture."""
        money = f" ({self.amount})" if self.amount else ""
        return f"{self.what}{self.rest}{money}" + (f" → {self.step}" if self.step else "")

    def _repr_html_(self) -> str:
        amount = ""
        if self.amount or self.kind:
            amount = (
                f'<p class="fk-amt"><b>{escape(self.amount)}</b>'
                f'<span class="fk-muted">{escape(self.kind)}</span></p>'
            )
        what = escape(self.what)
        if self.link:
            what = f'<a href="#{self.link}">{what}</a>'
        step = f"<p>→ {escape(self.step)}</p>" if self.step else ""
        return (
            f"<li><p><b>{what}</b>{escape(self.rest)}</p>{amount}"
            f'<p class="fk-muted">{escape(self.why)}</p>{step}</li>'
        )


@dataclass(frozen=True)
class Block:
    """One part of the screen: a heading, what its amounts are counted in, what stands below.

    Attributes
    ----------
    parts : sequence
        Charts in rows, sentences, lists; each shows itself.
    points : sequence of str
        What a mail and a picture say of it.
    wide : bool
        It stands in the wider column.
    tells : sequence of str
        The headline numbers that it shows, by their keys: they are not shown twice.
    """

    title: str
    parts: Sequence[Any]
    unit: str = ""
    points: Sequence[str] = ()
    wide: bool = False
    tells: Sequence[str] = ()

    def told(self) -> dict[str, Any]:
        """Return what a slide says of it, as plain values."""
        carried = (part.blocks() for part in self.parts if hasattr(part, "blocks"))
        tables = sum(block["kind"] == "table" for blocks in carried for block in blocks)
        acts = any(isinstance(part, Todos) for part in self.parts)
        return {"title": self.title, "items": list(self.points), "acts": acts,
                "tables": tables, "tells": list(self.tells)}  # fmt: skip

    def __repr__(self) -> str:
        return "\n".join([self.title, *map(repr, self.parts)])

    def _repr_html_(self) -> str:
        unit = f"<span>{escape(self.unit)}</span>" if self.unit else ""
        body = "".join(part._repr_html_() for part in self.parts)
        kind = "fk-wide" if self.wide else "fk-narrow"
        return f'<div class="{kind}"><h3>{escape(self.title)}{unit}</h3>{body}</div>'


@dataclass(frozen=True)
class Todos:
    """A list of what to do, with a line below it that leads to all of them."""

    items: Sequence[Todo]
    more: str = ""
    link: str = ""

    def __repr__(self) -> str:
        return "\n".join([*map(repr, self.items), self.more])

    def _repr_html_(self) -> str:
        items = "".join(item._repr_html_() for item in self.items)
        more = escape(self.more)
        if self.link:
            more = f'<a href="#{self.link}">{more}</a>'
        tail = f'<p class="fk-more">{more}</p>' if more else ""
        return (f'<ul class="fk-acts">{items}</ul>' if items else "") + tail


@dataclass(frozen=True)
class Glance(Carried):
    """The first screen.

    Attributes
    ----------
    lead : str
        One sentence.
    headline : Headline
        The few numbers that index, picture and mail repeat; a page shows them too.
    blocks_ : sequence of Block
        The rest of the screen, in the order to read.
    """

    lead: str
    headline: Headline
    screen: Sequence[Block] = ()
    notes: Sequence[Any] = field(default=())
    #: How its numbers are counted.
    defined: Sequence[str] = field(default=())

    def __repr__(self) -> str:
        return "\n".join([self.lead, repr(self.headline), *map(repr, self.screen)])

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield what leads a mail or a picture, then the tables of the screen."""
        yield {"kind": "section", "name": "glance", "title": say("glance.title")}
        points = [self.lead, *(text for block in self.screen for text in block.points)]
        yield {"kind": "points", "items": points}
        yield {"kind": "screen", "items": [block.told() for block in self.screen]}
        yield {"kind": "notes", "items": list(self.defined)}
        for block in self.screen:
            for part in block.parts:
                if hasattr(part, "blocks"):
                    yield from part.blocks()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: self.headline.to_json(), **super()._repr_mimebundle_()}

    def _repr_html_(self) -> str:
        told = {key for block in self.screen for key in block.tells}
        shown = tuple(f for f in self.headline.facts if f.key not in told)
        facts = replace(self.headline, facts=shown)._repr_html_() if shown else ""
        screen = [block._repr_html_() for block in self.screen]
        if told and facts:  # the numbers stand below where we stand
            screen[0] = screen[0].removesuffix("</div>") + facts + "</div>"
            facts = ""
        notes = "".join(note._repr_html_() for note in self.notes)
        body = f'<div class="fk-glance">{"".join(screen)}</div>' if screen else ""
        return (
            f'<section class="fk-now" aria-label="{escape(say("glance.title"))}">'
            f'<h2 class="fk-lead" id="glance">{escape(self.lead)}</h2>'
            f"{facts}{body}{notes}</section>"
        )
