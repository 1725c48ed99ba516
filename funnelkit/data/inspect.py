"""What a file is, before it is read: its system, columns, stages, dates, and a draft mapping."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from funnelkit.data.amounts import parse_amounts
from funnelkit.data.dates import parse_dates
from funnelkit.data.defects import Findings
from funnelkit.data.files import Sheet
from funnelkit.data.ledger.opening import is_ledger, read_ledger
from funnelkit.data.mapping import FileMapping, load_mapping
from funnelkit.data.reading import Reading
from funnelkit.data.recognise import header_score, plain_header
from funnelkit.data.sources import engine, sheets_of
from funnelkit.errors import FunnelkitError
from funnelkit.words import say

# Words in a header that speak for a canonical column, the stronger first.
_HINTS: Mapping[str, tuple[str, ...]] = {
    "deal_id": ("dealid", "opportunityid", "caseid", "recordid", "编号", "number", "key", "id"),
    "stage": ("dealstage", "salesstage", "stage", "phase", "阶段", "step", "activity", "status"),
    "outcome": ("outcome", "result", "结果", "wonlost", "status"),
    "entered_at": ("enteredat", "entrydate", "timestamp", "进入", "changedat", "eventtime"),
    "created_at": ("createdat", "createdate", "created", "创建", "engagedate", "opendate", "start"),
    "closed_at": ("closedat", "closedate", "closed", "关闭", "结单", "成交日期", "enddate"),
    "expected_close": ("expectedclose", "forecastdate", "预计"),
    "amount": ("amount", "closevalue", "dealvalue", "value", "revenue", "金额", "price"),
    "currency": ("currency", "币种"),
    "owner": ("owner", "salesagent", "salesrep", "seller", "负责人", "销售", "agent", "rep"),
    "account": ("account", "customer", "company", "client", "客户"),
    "region": ("region", "territory", "office", "区域", "大区"),
    "source": ("leadsource", "source", "channel", "来源"),
    "name": ("dealname", "opportunityname", "name", "名称", "title"),
    "loss_reason": ("lossreason", "lostreason", "原因"),
}  # fmt: skip
# Measures, and what they stand on.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "funnel": ("stage_history",),
    "time_in_stage": ("stage_history",),
    "conversion_curve": ("created_at", "closed_at"),
    "cohorts": ("created_at",),
    "sales_cycle": ("created_at", "closed_at"),
    "velocity": ("amount", "created_at", "closed_at"),
    "win_rate": ("outcome",),
    "forecast": ("stage_history",),
}


@dataclass(frozen=True)
class Inspection:
    """What :func:`inspect` found; prints itself in the current language.

    Attributes
    ----------
    systems : dict
        File to the system and role it was recognised as.
    columns : dict
        File to canonical column to column of the file.
    ignored : dict
        File to columns that are kept as attributes or not used.
    stages : dict
        Label to stage id or outcome.
    refused : tuple of (measure, missing)
        Measures that this data cannot give.
    mapping : str
        A draft mapping in YAML.
    findings : Findings
        What the reading noticed.
    problem : FunnelkitError or None
        Why the file could not be read as it is.
    """

    systems: dict[str, tuple[str, str]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    ignored: dict[str, list[str]] = field(default_factory=dict)
    stages: dict[str, str | None] = field(default_factory=dict)
    formats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: tuple[tuple[str, tuple[str, ...]], ...] = ()
    mapping: str = ""
    findings: Findings = field(default_factory=Findings)
    problem: FunnelkitError | None = None
    deals: int = 0

    def lines(self) -> list[tuple[str, list[str]]]:
        """Headings with their lines."""
        parts: list[tuple[str, list[str]]] = []
        files = [
            say("data.inspect_file", file=f, system=s, role=say(f"data.role_{r}"))
            for f, (s, r) in self.systems.items()
        ]
        if self.deals:
            files.append(say("data.inspect_deals", n=self.deals))
        parts.append((say("data.inspect_recognised"), files or [say("data.inspect_unknown")]))
        if self.problem is not None:
            parts.append((say("data.inspect_problem"), [str(self.problem)]))
        for file, columns in self.columns.items():
            used = [f"{c} <- {s}" for c, s in columns.items()]
            if self.ignored.get(file):
                used.append(say("data.inspect_ignored", columns=self.ignored[file]))
            parts.append((say("data.inspect_columns", file=file), used))
        if self.stages:
            shown = [f"{k} -> {v or '?'}" for k, v in self.stages.items() if v != "__ignored"]
            parts.append((say("data.inspect_stages"), shown))
        if self.formats:
            dates = [f"{c}: {', '.join(f)}" for c, f in self.formats.items() if f]
            parts.append((say("data.inspect_dates"), dates))
        if self.refused:
            rows = [say("data.inspect_needs", measure=m, missing=list(n)) for m, n in self.refused]
            parts.append((say("data.inspect_refused"), rows))
        if len(self.findings):
            parts.append((say("data.inspect_findings"), str(self.findings).splitlines()))
        parts.append((say("data.inspect_mapping"), self.mapping.rstrip().splitlines()))
        return parts

    def __str__(self) -> str:
        blocks = [head + "\n" + "\n".join(f"  {x}" for x in body) for head, body in self.lines()]
        return "\n\n".join(blocks)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(
            f"<h4>{html.escape(head)}</h4><pre>{html.escape(chr(10).join(body))}</pre>"
            for head, body in self.lines()
        )


def inspect(
    path_or_table: Any,
    history: Any = None,
    fields: Any = None,
    mapping: Any = None,
    process: Any = None,
    as_of: Any = None,
) -> Inspection:
    """Explain how a file would be read, and draft the mapping that makes it readable.

    Never refuses a file that holds a table: what is not understood is guessed from headers and
    cells, and the guess is in the draft.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"opportunity_id": ["a", "b"], "phase": ["Early", "Late"]})
    >>> print(inspect(frame).mapping)
    columns:
      deal_id: opportunity_id
      stage: phase
    stages:
      Early: early
      Late: late
    <BLANKLINE>
    """
    if is_ledger(path_or_table):
        return _of_ledger(path_or_table, as_of)
    told = load_mapping(mapping)
    problem: FunnelkitError | None = None
    try:
        return _explain(_run(path_or_table, history, fields, told, process, as_of))
    except FunnelkitError as why:
        problem = why
    con = engine()
    sheets = sheets_of(path_or_table, con, header_score, "deals")  # no table at all: refuse
    guess = _guess(sheets[0])
    draft = FileMapping(columns={**guess, **told.columns}, stages=told.stages, dates=told.dates)
    try:
        explained = _explain(_run(path_or_table, history, fields, draft, process, as_of))
    except FunnelkitError:
        rest = [c for c in sheets[0].columns if c not in guess.values()]
        return Inspection(
            columns={sheets[0].name: guess},
            ignored={sheets[0].name: rest},
            mapping=_yaml(guess, {}),
            problem=problem,
        )
    return Inspection(**{**explained.__dict__, "problem": problem, "systems": {}})


def _of_ledger(path: Any, as_of: Any) -> Inspection:
    """A ledger knows its columns, labels and stages: there is nothing to map."""
    p = read_ledger(path, as_of, None)
    return Inspection(
        systems={Path(path).name: ("funnelkit", "deals")},
        columns={Path(path).name: {c: c for c in sorted(p.given)}},
        stages={p.process.label(key): key for key in p.process.stage_ids},
        refused=tuple(
            (measure, missing)
            for measure, needs in _NEEDS.items()
            if (missing := tuple(n for n in needs if n not in p.given))
        ),
        findings=p.findings,
        deals=p.size,
    )


def _run(
    source: Any, history: Any, fields: Any, mapping: FileMapping, process: Any, as_of: Any
) -> tuple[Reading, Any]:
    reading = Reading(source, history, fields, mapping, process, as_of, "repair", None)
    return reading, reading.run()


def _explain(done: tuple[Reading, Any]) -> Inspection:
    reading, p = done
    plan = reading.plan
    taken = [t for t in (plan.deals, plan.history, plan.changes, plan.stages) if t is not None]
    formats: dict[str, tuple[str, ...]] = {}
    for parsed in reading.parsed.values():
        formats |= parsed.formats
    main = plan.deals or plan.history
    # the order of a mapping is the order of the stages
    order = {s: i for i, s in enumerate((*p.process.stage_ids, "won", "lost", "no_decision"))}
    labels = reading.meaning.stage_of
    stage_of = dict(sorted(labels.items(), key=lambda kv: order.get(kv[1] or "", len(order))))
    columns = dict(main.columns) if main else {}
    history_names = {"stage_history"} if p.stage_history is not None else set()
    have = p.given | history_names
    refused = tuple(
        (measure, missing)
        for measure, needs in _NEEDS.items()
        if (missing := tuple(n for n in needs if n not in have))
    )
    return Inspection(
        systems={t.sheet.name: (t.dialect.name, t.role) for t in taken},
        columns={t.sheet.name: dict(t.columns) for t in taken},
        ignored={
            t.sheet.name: [
                c for c in t.sheet.columns
                if c not in t.columns.values() and c not in t.entered.values()
            ]
            for t in taken
        },
        stages=stage_of,
        formats=formats,
        refused=refused,
        mapping=_yaml(columns, stage_of),
        findings=p.findings,
        deals=p.size,
    )  # fmt: skip


def _yaml(columns: Mapping[str, str], stages: Mapping[str, str | None]) -> str:
    draft: dict[str, Any] = {"columns": dict(columns)}
    if stages:
        draft["stages"] = {k: (None if v == "__ignored" else v or "?") for k, v in stages.items()}
    text: str = yaml.safe_dump(draft, allow_unicode=True, sort_keys=False)
    return text


def _guess(sheet: Sheet) -> dict[str, str]:
    """The likeliest column for each canonical one, by header and by what the cells hold."""
    head = sheet.table.limit(1000).to_pyarrow() if sheet.arrow is None else sheet.arrow[:1000]
    cells = {c: [None if v is None else str(v) for v in head[c].to_pylist()] for c in sheet.columns}
    size = max(head.num_rows, 1)
    found: dict[str, str] = {}
    for canonical, hints in _HINTS.items():
        best: tuple[float, str] | None = None
        for place, column in enumerate(sheet.columns):
            if column in found.values():
                continue
            name = plain_header(column)
            hit = next((i for i, h in enumerate(hints) if plain_header(h) in name), None)
            if hit is None:
                continue
            score = 1 - hit / 10 - place / 1000 + _fits(canonical, cells[column], size)
            if score > 0.3 and (best is None or score > best[0]):
                best = (score, column)
        if best is not None:
            found[canonical] = best[1]
    if "entered_at" in found and len(set(cells[found.get("deal_id", sheet.columns[0])])) == size:
        found.pop("entered_at")  # one row a deal is no history
    return {k: found[k] for k in _HINTS if k in found}


def _fits(canonical: str, cells: list[str | None], size: int) -> float:
    """How well the cells of a column fit a canonical column, from -1 to 1."""
    filled = [c for c in cells if c]
    if not filled:
        return -0.2
    distinct = len(set(filled))
    if canonical == "deal_id":
        return 0.3 * distinct / size
    if canonical in ("stage", "outcome"):
        return 0.5 if distinct <= 30 and (distinct < len(filled) or size < 30) else -1.0
    if canonical in ("created_at", "closed_at", "expected_close", "entered_at"):
        some = list(dict.fromkeys(filled))[:200]
        read = parse_dates(some)
        return 0.5 if len(read.problems) < len(some) / 2 else -1.0
    if canonical == "amount":
        some = list(dict.fromkeys(filled))[:200]
        return 0.5 if len(parse_amounts(some).problems) < len(some) / 2 else -1.0
    return 0.0


__all__ = ["Inspection", "inspect"]
