"""Write slides into a file, one after the other; what does not fit goes on to the next."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError
from funnelkit.show.slides.chart import add_chart
from funnelkit.show.slides.company import (
    FEET,
    SLIDE_NUMBER,
    TITLES,
    dress,
    kind_of,
    layout_of,
    opened,
)  # fmt: skip
from funnelkit.show.slides.fit import BOLD, GAP, LINE, height
from funnelkit.show.slides.marks import (
    PER,
    add_text,
    count_field,
    describe,
    frame_in,
    hang,
    no_margin,
    plain_table,
    shade,
    write,
)  # fmt: skip
from funnelkit.show.slides.parts import Bars, Bullets, Heat, Part, Picture, Slide
from funnelkit.show.slides.room import (
    CHART,
    LEAST,
    PAD,
    SIZES,
    TITLE,
    high_of,
    over,
    row_height,
    shown_in,
    taken,
    whole,
)  # fmt: skip
from funnelkit.show.table import Table
from funnelkit.words import say

#: The part of a slide's width that a chart takes beside a table.
_BESIDE = 0.42


class Deck:
    """A file of slides, its layout, and where on a slide there is room."""

    def __init__(self, template: Path | None) -> None:
        from pptx.util import Pt

        self.own = template is None
        self.file: Any = opened(template)
        if self.own:
            self.file.slide_width, self.file.slide_height = Pt(960), Pt(540)
            dress(self.file)
        self.layout = layout_of(self.file, template)
        place = next(s for s in self.layout.placeholders if kind_of(s) in TITLES)
        if self.own:
            self.title_box = (36.0, 24.0, 888.0, 66.0)
        else:
            self.title_box = tuple(
                v / PER for v in (place.left, place.top, place.width, place.height)
            )
        x, y, wide, high = self.title_box
        feet = [s.top / PER for s in self.layout.placeholders if kind_of(s) in FEET and s.top]
        # a layout made for higher slides may have its feet below this one
        floor = min([*(f for f in feet if f > y + high), self.file.slide_height / PER - 22])
        if self.own:
            floor = 508.0
        self.body = (x, y + high + 8, wide, floor - y - high - 12)
        if self.body[3] < 1.5 * CHART:
            raise FunnelkitError("show.template_small", file=template and template.name)

    def add(self, page: Slide) -> Slide | None:
        """Add a slide; return what did not fit, as the slide that follows."""
        x, top, wide, deep = self.body
        columns = [(page.parts, x, wide)]
        if page.aside:
            # a table beside a chart has more to say than half a slide holds
            drawn = all(isinstance(p, Bars) for p in page.parts)
            left_ = (_BESIDE if drawn else 0.5) * (wide - 24)
            columns = [(page.parts, x, left_), (page.aside, x + left_ + 24, wide - 24 - left_)]

        def lead_at(size: int) -> float:
            return sum(height(text, wide, size) + GAP for text in page.lead)

        size = next(
            (
                s for s in SIZES
                if all(_fits(parts, w, deep - lead_at(s), s) for parts, _, w in columns)
            ),
            LEAST,
        )  # fmt: skip
        lead = lead_at(size)
        y, high = top + lead, deep - lead
        slide = self.file.slides.add_slide(self.layout)
        self._title(slide, page.title)
        if page.lead:
            add_text(slide, page.lead, (x, top, wide, lead - GAP), size, self.own)
        left = []
        for parts, at, room in columns:
            fits, over_ = taken(parts, room, high, size)
            left.append(over_)
            down = y
            for part, tall in fits:
                self._part(slide, part, (at, down, room, tall), size)
                down += tall + GAP
        self._number(slide)
        if page.notes:
            slide.notes_slide.notes_text_frame.text = "\n".join(page.notes)
        if not any(left):
            return None
        again = [some for some in left if some]
        title = page.title.removesuffix(say("show.continued")) + say("show.continued")
        return Slide(title, again[0], again[1] if len(again) > 1 else (), page.notes)

    def _title(self, slide: Any, text: str) -> None:
        from pptx.util import Pt

        shape = slide.shapes.title
        _, _, wide, high = self.title_box
        if self.own:
            shape.left, shape.top, shape.width, shape.height = (Pt(v) for v in self.title_box)
        size = next(
            (
                s for s in range(TITLE, LEAST, -1)
                if height(text, (wide - 16) / BOLD, s) <= high - 8
            ),
            LEAST,
        )  # fmt: skip
        frame = shape.text_frame
        frame.word_wrap = True
        write(frame.paragraphs[0], text, size, self.own, bold=self.own)
        if self.own:
            from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

            frame.vertical_anchor = MSO_ANCHOR.BOTTOM
            frame.paragraphs[0].alignment = PP_ALIGN.LEFT
            no_margin(frame)

    def _part(self, slide: Any, part: Part, box: tuple[float, ...], size: int) -> None:
        if isinstance(part, str):
            add_text(slide, [part], box, size, self.own)
        elif isinstance(part, Bullets):
            self._bullets(slide, part, box, size)
        elif isinstance(part, Heat):
            self._table(slide, part.table, box, part.shades)
        elif isinstance(part, Table):
            self._table(slide, part, box)
        elif isinstance(part, Bars):
            add_chart(slide, part, box, self.own)
        else:
            self._picture(slide, part, box)

    def _bullets(self, slide: Any, part: Bullets, box: tuple[float, ...], size: int) -> None:
        from pptx.util import Pt

        frame = frame_in(slide, box)
        line = frame.paragraphs[0]
        if part.head:
            write(line, part.head, size, self.own, bold=True)
        for k, text in enumerate(part.items):
            line = line if k == 0 and not part.head else frame.add_paragraph()
            line.space_before = Pt(4)
            write(line, text, size, self.own)
            hang(line)

    def _table(
        self, slide: Any, table: Table, box: tuple[float, ...],
        shades: Sequence[Sequence[float | None]] = (),
    ) -> None:  # fmt: skip
        from pptx.util import Pt

        x, y, room, tall = box
        heads, rows, widths = shown_in(table, room)
        if table.caption:
            high = over(table, room)
            add_text(slide, [table.caption], (x, y, room, high - 4), LEAST, self.own)
            y, tall = y + high, tall - high
        fits = 0
        used = high_of(heads, (), widths)
        for row in rows[: table.most]:
            if used + row_height(row, widths) > tall + 0.5:
                break
            used += row_height(row, widths)
            fits += 1
        if fits < len(rows) and fits > 1 and used + LINE * LEAST + 4 > tall:
            fits -= 1  # a line says how many there are besides
        shown, rest = [heads, *rows[:fits]], len(rows) - fits
        used = high_of(heads, rows[:fits], widths)
        frame = slide.shapes.add_table(
            len(shown), len(heads), Pt(x), Pt(y), Pt(sum(widths)), Pt(used)
        )
        describe(frame, table.caption)
        grid = frame.table
        places = {c.heading: k for k, c in enumerate(table.columns)}
        known = [places[head.replace("\n", "")] for head in heads]
        for k, wide in enumerate(widths):
            grid.columns[k].width = Pt(wide)
        for r, row in enumerate(shown):
            grid.rows[r].height = Pt(row_height(row, widths, 1.0 if r else BOLD))
            for k, text in enumerate(row):
                right = k > 0 and table.columns[known[k]].unit.numeric
                self._cell(grid.cell(r, k), text, right=right, head=r == 0)
                depth = shades[r - 1][known[k]] if r and shades else None
                if depth is not None:
                    shade(grid.cell(r, k), depth)
        if self.own:
            plain_table(frame)
        if rest:
            line = (x, y + used + 4, room, LINE * LEAST)
            add_text(slide, [say(table.rest, n=rest)], line, LEAST, self.own)

    def _cell(self, cell: Any, text: str, *, right: bool, head: bool) -> None:
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        cell.margin_left = cell.margin_right = Pt(PAD - 1)
        cell.margin_top = cell.margin_bottom = Pt(3)
        cell.vertical_anchor = MSO_ANCHOR.BOTTOM if head else MSO_ANCHOR.TOP
        line = cell.text_frame.paragraphs[0]
        write(line, text, LEAST, self.own, bold=head)
        if right:
            line.alignment = PP_ALIGN.RIGHT

    def _picture(self, slide: Any, part: Picture, box: tuple[float, ...]) -> None:
        from pptx.util import Pt

        x, y, wide, tall = box
        shape = slide.shapes.add_picture(io.BytesIO(part.png), Pt(x), Pt(y))
        scale = min(Pt(wide) / shape.width, Pt(tall) / shape.height)
        shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
        describe(shape, part.told)

    def _number(self, slide: Any) -> None:
        """Number the slide: where the company's layout has the place, or at the foot."""
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        if self.own:
            frame = frame_in(slide, (824.0, 512.0, 100.0, 20.0))
            frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
        else:
            place = next((s for s in self.layout.placeholders if kind_of(s) == SLIDE_NUMBER), None)
            if place is None or place.top + place.height > self.file.slide_height:
                return
            slide.shapes.clone_placeholder(place)
            frame = list(slide.placeholders)[-1].text_frame
        count_field(frame.paragraphs[0], Pt(LEAST).pt)


def _fits(parts: Sequence[Part], room: float, high: float, size: int) -> bool:
    """Whether all of it stands in this room, no table of more than a few rows cut to less."""
    fits, left = taken(parts, room, high, size)
    tables = ((p.table if isinstance(p, Heat) else p, tall) for p, tall in fits)
    return not left and all(
        tall >= min(whole(p, room, size), 0.6 * high) for p, tall in tables if isinstance(p, Table)
    )
