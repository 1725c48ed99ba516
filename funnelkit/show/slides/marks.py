"""Text of a slide, and the marks python-pptx has no words for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from funnelkit.show.slides.fit import GAP, LINE
from funnelkit.words import language

_INK = "1F2933"
PER = 12700  # length units of a file in a point


def frame_in(slide: Any, box: tuple[float, ...]) -> Any:
    """Add a frame for text: left, top, width and height in points, without margins."""
    from pptx.util import Pt

    frame = slide.shapes.add_textbox(*(Pt(v) for v in box)).text_frame
    frame.word_wrap = True
    no_margin(frame)
    return frame


def add_text(
    slide: Any, texts: Sequence[str], box: tuple[float, ...], size: float, own: bool
) -> None:
    """Add paragraphs."""
    from pptx.util import Pt

    frame = frame_in(slide, box)
    for k, text in enumerate(texts):
        line = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        line.space_before = Pt(GAP if k else 0)
        write(line, text, size, own)


def write(line: Any, text: str, size: float, own: bool, *, bold: bool = False) -> None:
    """Write a text into a paragraph, in a size and at a spacing of its own."""
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    line.line_spacing = Pt(LINE * size)  # whatever a font thinks
    for k, part in enumerate(text.split("\n")):
        if k:
            line.add_line_break()
        run = line.add_run()
        run.text = clean(part)
        run.font.size = Pt(size)
        run.font.bold = bold or None
        if own:
            run.font.color.rgb = RGBColor.from_string(_INK)
        run._r.get_or_add_rPr().set("lang", "zh-CN" if language() == "zh" else "en-GB")


def clean(text: str) -> str:
    """Leave out what no XML holds."""
    return "".join(c for c in text if c >= " " or c == "\t")


def no_margin(frame: Any) -> None:
    """Let text begin where its frame does."""
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def hang(line: Any) -> None:
    """Make a paragraph an item of a list, hung on its dot."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    props = line._p.get_or_add_pPr()
    props.set("marL", str(16 * PER))
    props.set("indent", str(-16 * PER))
    props.append(parse_xml(f'<a:buFont {nsdecls("a")} typeface="Arial"/>'))
    props.append(parse_xml(f'<a:buChar {nsdecls("a")} char="•"/>'))


def count_field(line: Any, size: float) -> None:
    """Write the number of the slide, as a field."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    line._p.append(parse_xml(
        f'<a:fld {nsdecls("a")} id="{{00000000-1234-1234-1234-123412341234}}" type="slidenum">'
        f'<a:rPr lang="en-GB" sz="{int(100 * size)}"/><a:t>‹#›</a:t></a:fld>'
    ))  # fmt: skip


def describe(shape: Any, text: str) -> None:
    """Say in words what a picture, a chart or a table shows."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", clean(text))


def plain_table(frame: Any) -> None:
    """Take the colour out of a table: a line under the head, nothing between the rows."""
    props = frame._element.xpath(".//a:tblPr")[0]
    props.set("bandRow", "0")
    style = props.find("{http://schemas.openxmlformats.org/drawingml/2006/main}tableStyleId")
    style.text = "{9D7B030F-B1BA-407E-8F0F-B7A8E2F0F0A0}"  # light, lines only


def shade(cell: Any, depth: float) -> None:
    """Fill a cell of a table, from white (0) to blue (1); what stands in it stays dark."""
    from pptx.dml.color import RGBColor

    mixed = (round(255 + share * depth) for share in (0x9B - 255, 0xBB - 255, 0xD9 - 255))
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor(*mixed)
    for run in cell.text_frame.paragraphs[0].runs:
        run.font.color.rgb = RGBColor.from_string(_INK)
