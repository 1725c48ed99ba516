"""Parts of a page: sentences and headings, as HTML and as plain text; tables are in `show`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from funnelkit.show.fold import fold
from funnelkit.show.table import BLOCKS
from funnelkit.words import say

#: Sentences of a section that a narrow screen shows at once.
_SENTENCES = 3


class Part(Protocol):
    """Something that shows itself in a notebook."""

    def _repr_html_(self) -> str: ...


class Carried:
    """Something whose output carries its blocks, as plain values, beside its HTML."""

    def _repr_html_(self) -> str:
        raise NotImplementedError

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield what this is to a workbook, a mail and a table of contents."""
        raise NotImplementedError

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            BLOCKS: list(self.blocks()), "text/html": self._repr_html_(), "text/plain": repr(self),
        }  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A paragraph; ``kind`` is the class it wears on the page."""

    text: str
    kind: str = ""

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        kind = f' class="{self.kind}"' if self.kind else ""
        return f"<p{kind}>{escape(self.text)}</p>"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<h3>{escape(self.text)}</h3>"


@dataclass(frozen=True)
class Points(Carried):
    """A list of sentences."""

    items: tuple[str, ...]
    kind: str = ""

    def __repr__(self) -> str:
        return "\n".join(f"- {item}" for item in self.items)

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield the sentences where they lead the page."""
        if self.kind == "lead":
            yield {"kind": "points", "items": list(self.items)}

    def _repr_html_(self) -> str:
        kind = f' class="{self.kind}"' if self.kind else ""
        return f"<ul{kind}>" + "".join(f"<li>{escape(i)}</li>" for i in self.items) + "</ul>"


@dataclass(frozen=True)
class Folded(Carried):
    """A part that a reader unfolds; print shows it."""

    text: str
    part: Any

    def __repr__(self) -> str:
        return f"{self.text}\n{self.part!r}"

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield the blocks of the part."""
        if hasattr(self.part, "blocks"):
            yield from self.part.blocks()

    def _repr_html_(self) -> str:
        return (
            f'<details class="fk-folded"><summary>{escape(self.text)}</summary>'
            f"{self.part._repr_html_()}</details>"
        )


@dataclass(frozen=True)
class Code:
    """A command to copy."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<pre class="command">{escape(self.text)}</pre>'


@dataclass(frozen=True)
class Section(Carried):
    """A heading and what stands below it; one that is ``lacking`` is left out of a page."""

    name: str
    title: str
    parts: tuple[Any, ...]
    lacking: bool = False
    #: How its numbers are counted, for those who speak to slides.
    notes: tuple[str, ...] = ()
    #: A narrow screen shows its first sentence alone.
    brief: bool = False

    def __repr__(self) -> str:
        return "\n".join([self.title, *(repr(part) for part in self.parts)])

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield the heading, its sentences with what was found first, and its other parts."""
        if self.lacking:
            return
        yield {"kind": "section", "name": self.name, "title": self.title}
        said = [part for part in self.parts if isinstance(part, Sentence)]
        said.sort(key=lambda part: part.kind != "fk-deck")
        yield {"kind": "said", "items": [s.text for s in said if s.kind in ("", "fk-deck")]}
        yield {"kind": "notes", "items": list(self.notes)}
        for part in self.parts:
            if hasattr(part, "blocks"):
                yield from part.blocks()

    def _repr_html_(self) -> str:
        first, rest = self._halves()
        body = "".join(part._repr_html_() for part in first)
        if rest:
            body += fold(_told(rest), "fk-tail") + "".join(part._repr_html_() for part in rest)
        kind = ' class="fk-lacking"' if self.lacking else ""
        return f'<section{kind}><h2 id="{self.name}">{escape(self.title)}</h2>{body}</section>'

    def _halves(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return what a narrow screen shows at once, up to the first picture, and the rest."""
        end, told = len(self.parts), 0
        for k, part in enumerate(self.parts):
            told += isinstance(part, Sentence)
            if _is_picture(part) or told == (1 if self.brief else _SENTENCES):
                end = k + 1
                break
        first, rest = self.parts[:end], self.parts[end:]
        if all(isinstance(part, Folded) for part in rest):
            return self.parts, ()
        return first, rest


def _is_picture(part: Any) -> bool:
    return hasattr(part, "blocks") and not isinstance(part, Points | Folded)


def _told(parts: tuple[Any, ...]) -> str:
    """Say what is folded: its headings, or else what its tables show."""
    names = [part.text for part in parts if isinstance(part, Heading)]
    names = names or [b["caption"] for p in parts if _is_picture(p) for b in p.blocks()]
    names = list(dict.fromkeys(filter(None, names)))
    return say("page.fold_named", names=names) if names else say("page.fold_rest")
