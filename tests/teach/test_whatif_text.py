"""Names from a customer's own sheet stay text in a what-if."""

from __future__ import annotations

from funnelkit.page.controls import Slider
from funnelkit.page.whatif import answer_table, panel
from funnelkit.process.text import Text
from funnelkit.teach.kinds.faults import NoDate, NoFigure, NotANumber, NotAShare, NotOnePerson

NAME = "<script>alert(1)</script>"
HINT = Text(en="hint", zh="提示")


def test_a_name_is_text_in_every_cell_and_label() -> None:
    page = answer_table([(NAME, NAME)], NAME, [NAME, "n"])
    assert page.count("&lt;script&gt;") == 4
    made = panel([Slider("x", NAME, 0, 1, 0.1, 0.5)], lambda _: page)
    assert "<script" not in made.page()
    assert NAME in repr(made)


def test_what_is_at_fault_in_a_field() -> None:
    assert NotANumber(HINT)("3.5万") is None
    assert NotANumber(HINT)("some") is HINT
    assert NoFigure(HINT)("from 30 to 36 %") is None
    assert NoFigure(HINT)("better") is HINT
    assert NoDate(HINT)("2027-03") is None
    assert NoDate(HINT)("soon") is HINT
    assert NotAShare(HINT)("30") is None
    assert NotAShare(HINT)("130 %") is HINT
    assert NotAShare(HINT)("30％") is None
    assert NotAShare(HINT)("many") is HINT
    assert NotOnePerson(HINT)("Li Wei") is None
    assert NotOnePerson(HINT)("the team") is HINT
    assert NotOnePerson(HINT)("大家") is HINT
