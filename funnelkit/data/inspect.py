"""What a file is taken for: read, asked about or refused, and why, one line a decision."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from funnelkit.data import engines
from funnelkit.data.ask.written import draft_text
from funnelkit.data.contract import DEALS, OUTCOMES
from funnelkit.data.defects import Finding, Findings
from funnelkit.data.ledger.opening import is_ledger, read_ledger
from funnelkit.data.ledger.stack import finish
from funnelkit.data.opening.sources import sheets_of
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.quality import quality
from funnelkit.data.reading.reading import Reading
from funnelkit.data.understanding.labels import IGNORED
from funnelkit.data.understanding.mapping import load_mapping, plain_mapping
from funnelkit.data.understanding.plan import Taken
from funnelkit.data.understanding.questions import Question, Unsure
from funnelkit.data.understanding.recognise import header_score, plain_header
from funnelkit.errors import FunnelkitError
from funnelkit.process.view import wrapped
from funnelkit.words import say

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
#: Findings that only say which column was taken for what: they stand beside the column.
_BESIDE_COLUMN = ("column_taken", "own_stages")
_WIDTH = 80
#: What names a deal beside its id; and how many ids stand on a screen.
_NAMES, _SHOWN = ("name", "account", "owner"), 5

State = Literal["reads", "asks", "refused"]
#: What the command's exit code says.
CODES: Mapping[State, int] = {"reads": 0, "asks": 1, "refused": 2}


@dataclass(frozen=True)
class Inspection:
    """What :func:`inspect` found; prints itself in the current language.

    Attributes
    ----------
    state : {"reads", "asks", "refused"}
        Whether the file is read as it is.
    systems : dict
        File to the system and role it was recognised as.
    columns : dict
        File to canonical column to column of the file.
    why : dict
        Canonical column to what the choice rests on, where more than its name was looked at.
    ignored : dict
        File to columns that are kept as attributes or not used.
    stages : dict
        Label to stage id or outcome, in process order.
    refused : tuple of (measure, missing)
        Measures that this data cannot give.
    mapping : str
        A mapping in YAML that says what was understood; ``?`` where somebody has to answer.
    findings : Findings
        What the reading noticed.
    questions : tuple of Question
        What has to be answered before the file is read.
    problem : FunnelkitError or None
        Why the file is not read as it is.
    """

    state: State
    systems: dict[str, tuple[str, str]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    why: dict[str, Any] = field(default_factory=dict)
    ignored: dict[str, list[str]] = field(default_factory=dict)
    stages: dict[str, str | None] = field(default_factory=dict)
    formats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: tuple[tuple[str, tuple[str, ...]], ...] = ()
    mapping: str = ""
    findings: Findings = field(default_factory=Findings)
    questions: tuple[Question, ...] = ()
    problem: FunnelkitError | None = None
    size: int = 0
    file: str = ""
    pipeline: Pipeline | None = field(default=None, repr=False)

    @property
    def code(self) -> int:
        """0 when the file is read, 1 when it asks, 2 when it is refused."""
        return CODES[self.state]

    def deals(self, check: str | None = None, *, names: bool = False) -> pd.DataFrame:
        """Return the deals behind the checks of the data; see :meth:`Quality.deals`.

        Parameters
        ----------
        check : str, optional
            One of the checks; without it all of them.
        names : bool
            With what the deal is called, its account and its owner; else its id alone.
        """
        if self.pipeline is None:
            return pd.DataFrame(columns=["check", "deal_id"])
        found = quality(self.pipeline).deals(check)
        kept = ["check", "deal_id", "row", "reason", *(_NAMES if names else ())]
        return found[[c for c in kept if c in found]]

    def lines(self) -> list[tuple[str, list[str]]]:
        """Headings with their lines."""
        parts = [self._state()]
        for file, columns in self.columns.items():
            parts.append((self._heading(file), list(self._columns(file, columns))))
        if self.stages:
            parts.append((say("data.inspect_stages"), list(self._stages())))
        dates = [f"{c}: {', '.join(f)}" for c, f in self.formats.items() if f]
        if dates:
            parts.append((say("data.inspect_dates"), dates))
        told = [f for f in self.findings if f.reason not in _BESIDE_COLUMN]
        if told:
            parts.append((say("data.inspect_findings"), [_told(f) for f in told]))
        if behind := list(self._behind()):
            parts.append((say("data.inspect_deals"), behind))
        if self.refused:
            parts.append((say("data.inspect_refused"), list(self._cannot())))
        if self.mapping:
            parts.append((say("data.inspect_mapping"), self.mapping.rstrip().splitlines()))
        return parts

    def _behind(self) -> Iterable[str]:
        """Say how many deals each check found, and the first of them by id."""
        for check, rows in self.deals().groupby("check", sort=False):
            ids = [str(v) for v in rows["deal_id"].dropna()]
            said = {"check": say(f"data.check_{check}"), "n": len(rows), "ids": ids[:_SHOWN]}
            key = (
                "data.inspect_behind_more"
                if len(rows) > len(ids[:_SHOWN])
                else "data.inspect_behind"
            )
            yield say(key, **said)

    def _state(self) -> tuple[str, list[str]]:
        if self.state == "refused":
            return say("data.inspect_is_refused", file=self.file), [str(self.problem)]
        if self.state == "asks":
            n = len(self.questions)
            return say("data.inspect_asks", file=self.file, n=n), str(self.problem).splitlines()[1:]
        lines = []
        if self.pipeline is not None:
            rows = self.pipeline.deals.group_by("outcome").agg(n=lambda t: t.count())
            counts = {r["outcome"]: r["n"] for r in rows.to_pyarrow().to_pylist()}
            parts = [
                say("data.inspect_of", outcome=say(f"process.{o}"), n=counts[o])
                for o in (*OUTCOMES, "open") if counts.get(o)
            ]  # fmt: skip
            lines.append(say("data.inspect_outcomes", parts=parts, as_of=self.pipeline.as_of))
        return say("data.inspect_reads", file=self.file, n=self.size), lines

    def _heading(self, file: str) -> str:
        system, role = self.systems.get(file, ("", ""))
        if not role:
            return say("data.inspect_columns", file=file)
        key = "data.inspect_columns_own" if system == "funnelkit" else "data.inspect_columns_of"
        return say(key, file=file, system=system, role=say(f"data.role_{role}"))

    def _columns(self, file: str, columns: Mapping[str, str]) -> Iterable[str]:
        wide = max((len(c) for c in columns), default=0)
        for canonical, source in columns.items():
            why = str(self.why.get(f"{file}:{canonical}", ""))
            line = f"{canonical:<{wide}}  <- {source}"
            yield say("data.inspect_why", line=line, why=why) if why else line
        if self.ignored.get(file):
            yield say("data.inspect_ignored", columns=self.ignored[file])

    def _stages(self) -> Iterable[str]:
        how = next((f.more.get("how") for f in self.findings if f.reason == "own_stages"), None)
        if how is not None:
            yield say("data.inspect_order", how=str(how))
        by_id: dict[str | None, list[str]] = {}
        for label, target in self.stages.items():
            by_id.setdefault(target, []).append(label)
        number = 0
        for target, labels in by_id.items():
            if target == IGNORED:
                yield say("data.inspect_left_out", labels=labels)
            elif target is None or target in (*OUTCOMES, "open"):
                name = "?" if target is None else say(f"process.{target}")
                yield f"{name} <- {_listed(labels)}"
            else:
                number += 1
                yield f"{number}. {target} <- {_listed(labels)}"

    def _cannot(self) -> Iterable[str]:
        by_missing: dict[tuple[str, ...], list[str]] = {}
        for measure, missing in self.refused:
            by_missing.setdefault(missing, []).append(measure)
        for missing, measures in by_missing.items():
            key = "data.inspect_get_history" if "stage_history" in missing else "data.inspect_get"
            yield say(key, measures=measures, missing=list(missing))

    def __str__(self) -> str:
        blocks = []
        last = say("data.inspect_mapping")
        for head, body in self.lines():
            lines = [*wrapped(head, "", "", _WIDTH)]
            for text in body:
                for part in text.splitlines():
                    indent = "  " + " " * (len(part) - len(part.lstrip()))
                    # a mapping is copied: its lines stay whole
                    if head == last:
                        lines.append(f"  {part}")
                    else:
                        lines += wrapped(part.lstrip(), indent + "  ", indent, _WIDTH)
            blocks.append("\n".join(lines))
        return "\n\n".join(blocks)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(
            f"<h4>{html.escape(head)}</h4><pre>{html.escape(chr(10).join(body))}</pre>"
            for head, body in self.lines()
        )


def _told(finding: Finding) -> str:
    return say("data.inspect_finding", severity=say(f"data.severity_{finding.severity}"),
               text=finding.text)  # fmt: skip


def _listed(labels: list[str]) -> str:
    return say("data.inspect_labels", labels=labels)


def inspect(
    path_or_table: Any,
    history: Any = None,
    fields: Any = None,
    mapping: Any = None,
    process: Any = None,
    as_of: Any = None,
) -> Inspection:
    """Explain how a file is read, or what it asks, or why it is refused.

    The file is read in the same way as by :func:`funnelkit.read`: what is said here is what
    happens there.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"deal_id": ["a", "b"], "stage": ["need", "proposal"]})
    >>> found = inspect(frame)
    >>> found.state, found.code, found.size
    ('reads', 0, 2)
    """
    if is_ledger(path_or_table):
        return _of_ledger(path_or_table, as_of)
    name = Path(path_or_table).name if isinstance(path_or_table, str | Path) else ""
    reading: Reading | None = None
    try:
        reading = Reading(path_or_table, history, fields, mapping, process, as_of, "repair", None)
        pipeline = finish(reading)
    except Unsure as open_:
        return _explained(reading, "asks", open_, name or open_.file, path_or_table, mapping)
    except FunnelkitError as why:
        return _explained(reading, "refused", why, name, path_or_table, mapping)
    return _explained(reading, "reads", None, name, path_or_table, mapping, pipeline)


def _of_ledger(path: Any, as_of: Any) -> Inspection:
    """A ledger knows its columns, labels and stages: there is nothing to map."""
    p = read_ledger(path, as_of, None)
    name = Path(path).name
    return Inspection(
        "reads",
        systems={name: ("funnelkit", "deals")},
        columns={name: {c: c for c in sorted(p.given)}},
        stages={p.process.label(key): key for key in p.process.stage_ids},
        refused=_refused(p),
        findings=p.findings,
        size=p.size,
        file=name,
        pipeline=p,
    )


def _refused(p: Pipeline) -> tuple[tuple[str, tuple[str, ...]], ...]:
    have = p.given | ({"stage_history"} if p.stage_history is not None else set())
    return tuple(
        (measure, missing)
        for measure, needs in _NEEDS.items()
        if (missing := tuple(n for n in needs if n not in have))
    )


def _explained(
    reading: Reading | None,
    state: State,
    problem: FunnelkitError | None,
    name: str,
    source: Any,
    mapping: Any,
    p: Pipeline | None = None,
) -> Inspection:
    questions = problem.questions if isinstance(problem, Unsure) else ()
    told = load_mapping(mapping) if reading is None else reading.mapping
    if reading is None:
        sheet = sheets_of(source, engines.connect(), header_score, "deals")[
            0
        ]  # no table at all: refuse
        known = {plain_header(c): c for c in sheet.columns}
        columns = {c: known[plain_header(c)] for c in DEALS if plain_header(c) in known}
        draft: dict[str, Any] = plain_mapping(told)
        if not isinstance(problem, Unsure):
            missing = dict.fromkeys((problem.values if problem else {}).get("missing", ()), "?")
            draft["columns"] = {**columns, **missing, **draft.get("columns", {})}
        return Inspection(
            state, columns={sheet.name: columns} if columns else {},
            ignored={sheet.name: [c for c in sheet.columns if c not in columns.values()]},
            mapping=draft_text(draft, questions), questions=questions, problem=problem,
            file=name or sheet.name,
        )  # fmt: skip
    plan = reading.plan
    taken = [t for t in (plan.deals, plan.history, plan.changes, plan.stages) if t is not None]
    formats: dict[str, tuple[str, ...]] = {}
    for parsed in reading.parsed.values():
        formats |= parsed.formats
    meaning = getattr(reading, "meaning", None)
    stage_of: dict[str, str | None] = {}
    if meaning is not None:
        # the order of a mapping is the order of the stages
        ends = (*meaning.process.stage_ids, *OUTCOMES)
        order = {s: i for i, s in enumerate(ends)}
        stage_of = dict(
            sorted(meaning.stage_of.items(), key=lambda kv: order.get(kv[1] or "", len(order)))
        )
    findings = p.findings if p is not None else Findings(reading.findings)
    why = {
        f"{f.file}:{f.more['role']}": f.more["why"]
        for f in findings
        if f.reason == "column_taken" and "role" in f.more
    }
    return Inspection(
        state,
        systems={t.sheet.name: (t.dialect.name, t.role) for t in taken},
        columns={t.sheet.name: dict(t.columns) for t in taken},
        why=why,
        ignored={
            t.sheet.name: [
                c for c in t.sheet.columns
                if c not in t.columns.values() and c not in t.entered.values()
            ]
            for t in taken
        },
        stages=stage_of,
        formats=formats,
        refused=_refused(p) if p is not None else (),
        mapping=draft_text(_drafted(plan.deals, plan.history, stage_of, told), questions),
        findings=findings,
        questions=questions,
        problem=problem,
        size=p.size if p is not None else 0,
        file=name or taken[0].sheet.name,
        pipeline=p,
    )  # fmt: skip


def _drafted(
    deals: Taken | None, history: Taken | None, stage_of: Mapping[str, str | None], told: Any
) -> dict[str, Any]:
    """The mapping that says what was understood; that of a second file under ``history``."""
    main = deals or history
    draft: dict[str, Any] = {"columns": dict(main.columns) if main else {}}
    if deals is not None and history is not None:
        own = {c: s for c, s in history.columns.items() if draft["columns"].get(c) != s}
        if any(plain_header(c) != plain_header(s) for c, s in own.items()):
            draft["history"] = own
    if main is not None and main.entered:
        draft["entered"] = dict(main.entered)
    if stage_of:
        draft["stages"] = {k: None if v == IGNORED else v or "?" for k, v in stage_of.items()}
    rest = {k: v for k, v in plain_mapping(told).items() if k not in ("columns", "stages")}
    return {**draft, **rest}


__all__ = ["CODES", "Inspection", "inspect"]
