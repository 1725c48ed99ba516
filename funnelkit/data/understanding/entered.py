"""One date column a stage: headers that say when a deal came to a stage, in any system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from functools import cache

from funnelkit.data.understanding.recognise import plain_header
from funnelkit.process import load_process

_X = r"(?P<x>.+?)"
_DATE = r"(?:date|day|time|timestamp|at|on)"
#: Say by themselves that a stage was entered, whatever stands in the gap.
_CLEAR = (
    rf"(?:(?:date|time|day|first|last|latest)\s+)*(?:entered|reached|arrived (?:in|at))\s+"
    rf"(?:stage\s+)?{_X}(?:\s+stage)?(?:\s+{_DATE})?",
    rf"(?:date|time)\s+(?:moved|changed|advanced|came|put|went|set)\s+(?:in)?to\s+{_X}",
    rf"(?:moved|changed|advanced|came)\s+(?:in)?to\s+{_X}(?:\s+{_DATE})?",
    rf"{_X}\s+(?:stage\s+)?(?:entered|entry|reached|start(?:ed)?|begin|began)(?:\s+{_DATE})?",
    rf"(?:became|become)\s+an?\s+{_X}(?:\s+{_DATE})?",
    rf"(?:首次|最近|最后)?(?:进入|到达|转入|推进到|推进至|变更为|流转到|流转至){_X}(?:阶段)?(?:的)?(?:时间|日期)",
    rf"{_X}(?:阶段)?(?:的)?(?:进入|到达|转入|开始)(?:时间|日期)",
    rf"(?:eintritt|eingang|wechsel)\s+(?:in|zu|nach)?\s*{_X}",
    rf"{_X}\s+(?:erreicht|eingetreten|begonnen)(?:\s+am)?",
    rf"(?:date\s+d['’]\s*)?entrée?\s+(?:en|dans|à)\s+{_X}",
    rf"(?:fecha\s+de\s+)?(?:entrada|paso|ingreso)\s+(?:en|a)\s+{_X}",
)  # fmt: skip
#: Say it only where the gap holds a stage the file or the usual process knows.
_LOOSE = (
    rf"(?:date|day)\s*(?:of|[-:])?\s+{_X}",
    rf"{_X}\s+{_DATE}",
    rf"{_X}(?:阶段)?(?:时间|日期)",
    rf"(?:datum|fecha(?:\s+de)?|date(?:\s+de|\s+du)?)\s+{_X}",
    rf"{_X}\s+(?:am|seit|datum)",
    rf"stage\s*\d*\s*[-:]?\s*{_X}",
    _X,
)
_NO_STAGE = re.compile(
    r"current|this|stage|phase|status|created?|creation|close[ds]?|closing|modified|updated?|"
    r"last.*|next.*|expected|due|follow.*|contact(?:ed)?|activity|system|crm|当前|创建|关闭|结单|成交|"
    r"修改|更新|最后.*|预计|计划|下次|跟进|签约到期|阶段"
)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], bool], ...]:
    made = [(re.compile(p, re.I), True) for p in _CLEAR]
    return tuple(made + [(re.compile(p, re.I), False) for p in _LOOSE])


def _spaced(header: str) -> str:
    text = unicodedata.normalize("NFKC", header)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    text = re.sub(r"__c$", "", text)
    return re.sub(r"[\s_\"“”'‘’()\[\]]+", " ", text).strip(" :-–—")


def stage_in(header: str, known: Collection[str]) -> tuple[str, bool] | None:
    """Return the stage a header gives the entry date of, and whether the words alone say so.

    Examples
    --------
    >>> stage_in("Date entered Demo", ()), stage_in("进入报价阶段时间", ())
    (('Demo', True), ('报价', True))
    >>> stage_in("demo_date", {"demo"}), stage_in("Close Date", {"demo"})
    (('demo', False), None)
    """
    text = _spaced(header)
    for pattern, clear in _patterns():
        match = pattern.fullmatch(text)
        if not match:
            continue
        stage = match["x"].strip(" :-–—")
        if not stage or _NO_STAGE.fullmatch(stage.casefold()):
            continue
        if clear or plain_header(stage) in known:
            return stage, clear
    return None


def unnamed(headers: Iterable[str], dated: Callable[[str], bool]) -> list[str]:
    """Return further date columns that are worded like those of stages.

    Examples
    --------
    >>> unnamed(["Termin am", "Erstellt von"], lambda c: True)
    ['Termin am']
    """
    worded = [re.compile(p, re.I) for p in _LOOSE[:-1]]
    return [
        h for h in headers
        if any((m := p.fullmatch(_spaced(h))) and not _NO_STAGE.fullmatch(m["x"].casefold())
               for p in worded) and dated(h)
    ]  # fmt: skip


def entered_columns(
    headers: Iterable[str], labels: Iterable[str], dated: Callable[[str], bool]
) -> dict[str, str]:
    """Return the columns that hold the day a deal came to a stage: stage to column.

    Parameters
    ----------
    headers : iterable of str
        Columns that serve for nothing else yet.
    labels : iterable of str
        Stage labels of the file; with those of the usual process they tell what a stage is.
    dated : callable
        Whether a column holds dates.

    Examples
    --------
    >>> heads = ["Demo date", "Proposal date", "Birth date"]
    >>> entered_columns(heads, ["Demo", "Proposal", "Won"], lambda c: True)
    {'Demo': 'Demo date', 'Proposal': 'Proposal date'}
    """
    process = load_process(None)
    own = {plain_header(label): label for label in labels}
    usual = {plain_header(a) for s in process.stage_ids for a in process.aliases(s)}
    ends = {plain_header(a) for o in ("won", "lost", "no_decision") for a in process.aliases(o)}
    known = ({*own, *usual}) - ends
    found: dict[str, str] = {}
    clear = 0
    for header in headers:
        hit = stage_in(header, known)
        # "Won date" tells when a deal was won; only "entered Won" makes it a place to come to
        end = hit is not None and plain_header(hit[0]) in ends
        if hit is None or (end and not hit[1]) or not dated(header):
            continue
        # where the stage column spells it another way, its spelling is the stage
        stage = own.get(plain_header(hit[0]), hit[0])
        if stage in found:
            continue
        found[stage] = header
        clear += hit[1] and not end
    # one loose header may be anything; two say that there is one a stage
    return found if clear or len(found) > 1 else {}


_BEFORE = {
    "from",
    "old",
    "previous",
    "prev",
    "prior",
    "before",
    "was",
    "原",
    "旧",
    "变更前",
    "上一",
    "前",
}
_AFTER = {"to", "new", "next", "after", "current", "新", "变更后", "目标", "下一", "现", "后"}
_STAGE = {
    "stage",
    "phase",
    "step",
    "status",
    "state",
    "阶段",
    "状态",
    "环节",
    "进展",
    "étape",
    "etapa",
}
_MOVE = {"changed", "change", "moved", "move", "transition", "transitioned", "went"}
#: Words that are a header of their own.
_ALONE = ({"from"}, {"to"}, {"变更前"}, {"变更后"})


def stage_pair(headers: Iterable[str]) -> tuple[str, str] | None:
    """Return the columns with the stage left and the stage entered by a move, if there are both.

    Examples
    --------
    >>> stage_pair(["Deal ID", "From Stage", "To Stage", "Changed"])
    ('From Stage', 'To Stage')
    >>> stage_pair(["商机编号", "变更前阶段", "变更后阶段"])
    ('变更前阶段', '变更后阶段')
    >>> stage_pair(["Field", "Old Value", "New Value"]) is None
    True
    """
    sides: dict[str, str] = {}
    for header in headers:
        words = _words(header)
        for side, signs in (("before", _BEFORE), ("after", _AFTER)):
            rest = words - signs
            if words & signs and rest <= _STAGE | _MOVE and (rest or words in _ALONE):
                sides.setdefault(side, header)
    return (sides["before"], sides["after"]) if len(sides) == 2 else None


def _words(header: str) -> set[str]:
    text = _spaced(header).casefold()
    han = re.fullmatch(
        r"(变更前|变更后|上一|下一|目标|原|旧|新|前|现|后)(?:个)?(?:的)?(阶段|状态|环节|进展)?",
        text,
    )
    if han:
        return {han[1], han[2]} - {None}
    return {w for w in text.split() if w not in ("name", "deal", "opportunity", "sales")}


__all__ = ["entered_columns", "stage_in", "stage_pair", "unnamed"]
