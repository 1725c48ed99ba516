"""One pull: pages into the ledger's file, then all of them as frames."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelkit.data.defects import Finding
from funnelkit.data.ledger.book import Ledger
from funnelkit.data.ledger.intake import with_rates
from funnelkit.data.ledger.results import Added
from funnelkit.data.ledger.store import Store
from funnelkit.data.pulls.interface import Pulled, Record, Source, Step
from funnelkit.data.pulls.mirror import Mirror
from funnelkit.data.reasons import sentence
from funnelkit.words import say, sentences

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.data.pipeline import Pipeline
    from funnelkit.process import Process

_HISTORY = {"stage_history": ("deal_id", "stage", "entered_at"),
            "field_history": ("deal_id", "field", "old", "new", "changed_at")}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What a pull did.

    Attributes
    ----------
    read : int
        Deals read from the CRM this time.
    gone : int
        Deals that are no longer there.
    deals : int
        Deals known now.
    resumed : bool
        Whether it went on where an earlier one was broken off.
    pulled : Pulled
        All deals, ready for a ledger or a pipeline.
    added : Added or None
        What the ledger says of them.
    """

    read: int
    pages: int
    gone: int
    deals: int
    resumed: bool
    pulled: Pulled = field(repr=False)
    added: Added | None = field(default=None, repr=False)

    def __str__(self) -> str:
        said = [say("pulls.done", read=self.read, deals=self.deals, source=self.pulled.source)]
        if self.resumed:
            said.append(say("pulls.resumed"))
        if self.gone:
            said.append(say("pulls.gone", gone=self.gone))
        said.append(say(f"pulls.history_{self.pulled.history}"))
        said += [sentence(f"pulls.{key}", **values) for key, values in self.pulled.notes.items()]
        text = sentences(said)
        return text if self.added is None else f"{text}\n{self.added}"


def pull(
    source: Source,
    ledger: Ledger | str | Path | None = None,
    *,
    process: Any = None,
    mapping: Any = None,
    answers: Any = None,
    full: bool = False,
    on_page: Callable[[int], None] | None = None,
) -> Report:
    """Read what has changed in a CRM since the last pull, and add it to the ledger.

    Parameters
    ----------
    source : Source
        :class:`~funnelkit.data.pulls.odoo.Odoo` or another CRM.
    ledger : Ledger or path, optional
        The ledger, made if there is none; pages and the mark are kept in its file. Without one
        everything is read and nothing kept.
    process : str, path, dict or Process, optional
        The stages of a ledger that has none yet; the CRM's own if the default ones do not fit.
    mapping : mapping or path, optional
        Rates of several currencies: ``{"exchange": {"EUR": 1, "USD": 0.92}}``, or a YAML file.
    answers : mapping or list of str, optional
        Answers to what the ledger asked, as in ``Ledger.add``.
    full : bool
        Read everything again, whatever was read before.
    on_page : callable, optional
        Called with the number of deals read so far after each page.

    Returns
    -------
    Report

    Raises
    ------
    PullFailed
        The CRM does not answer or refuses. What was read until then is kept, and the next pull
        goes on behind it; the ledger's entries are as they were.
    Unanswered
        A stage may be renamed or a deal merged: nothing is added until it is answered.
    """
    source.check()
    newest = source.newest()
    read = pages = 0
    store, mine = _store_of(ledger)
    try:
        mirror = Mirror(store, source.place)
        run = mirror.begin(newest, full=full)
        for page in source.changed_since(run.since, run.after):
            mirror.keep(page)
            read, pages = read + len(page.deals), pages + 1
            if on_page is not None:
                on_page(read)
        present = source.present()
        gone = 0 if present is None else mirror.forget(present)
        pulled = _frames(source, mirror)
        added = None
        if ledger is not None and len(pulled.deals):
            added = _added(ledger, pulled, process, mapping, answers)
        # only now: a crash before this line repeats the last pages, which changes nothing
        mirror.finish(run.until)
    finally:
        if mine:
            store.shut()
    return Report(read, pages, gone, len(pulled.deals), run.resumed, pulled, added)


def _store_of(ledger: Any) -> tuple[Store, bool]:
    """Return the file that keeps the pages, and whether it is ours to shut."""
    if isinstance(ledger, Ledger):
        return ledger._store, False
    return Store(ledger), True


def _added(
    ledger: Ledger | str | Path, pulled: Pulled, process: Any, mapping: Any, answers: Any
) -> Added:
    """Add the frames to the ledger, in the stages it is kept in."""
    if not isinstance(ledger, Ledger):
        with Ledger(ledger) as opened:
            return _added(opened, pulled, process, mapping, answers)
    if ledger.process is None or process is not None:
        ledger.agree(process_of(pulled.steps, process))
    assert ledger.process is not None
    return ledger.add_frames(
        pulled.deals,
        stage_history=pulled.stage_history,
        field_history=_filled(pulled.field_history),
        seen_at=_here(pulled.seen_at, ledger.process),
        source=pulled.source,
        sha=pulled.sha,
        mapping=mapping,
        answers=answers,
    )


def _filled(frame: pd.DataFrame | None) -> pd.DataFrame | None:
    return frame if frame is not None and len(frame) else None


def _frames(source: Source, mirror: Mirror) -> Pulled:
    deals, visits, changes, history = mirror.records()
    columns = dict.fromkeys(name for deal in deals for name in deal)
    frame = _frame(deals, tuple(columns) or ("deal_id", "stage", "outcome"))
    stays = _frame(_numbered(visits), (*_HISTORY["stage_history"], "seq"))
    moves = _frame(_numbered(changes), (*_HISTORY["field_history"], "seq"))
    seen = max([_last(d) for d in deals] + [v["entered_at"] for v in visits]
               + [dt.datetime.now(dt.UTC)])  # fmt: skip
    return Pulled(
        deals=frame,
        stage_history=None if history == "none" else stays,
        field_history=moves if history == "changes" else None,
        steps=tuple(source.steps()),
        history=history,
        seen_at=seen,
        source=f"{source.name} {source.place}",
        sha=_sha(deals, visits, changes),
        notes=source.notes(),
    )


def _last(deal: Mapping[str, Any]) -> dt.datetime:
    return max(t for t in (deal.get("created_at"), deal.get("closed_at"),
                           dt.datetime.min.replace(tzinfo=dt.UTC)) if t is not None)  # fmt: skip


def _numbered(rows: list[Record]) -> list[Record]:
    """Number the rows of each deal in their order."""
    count: dict[str, int] = {}
    for row in rows:
        key = row["deal_id"]
        row["seq"] = count[key] = count.get(key, -1) + 1
    return rows


def _frame(rows: list[Record], columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(columns))
    for name in ("created_at", "closed_at", "entered_at", "changed_at"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    if "expected_close" in frame:
        frame["expected_close"] = pd.to_datetime(frame["expected_close"]).astype("datetime64[us]")
    if "amount" in frame:
        frame["amount"] = frame["amount"].astype("float64")
    for name in [c for c in frame.columns if frame[c].dtype == "object"]:
        frame[name] = frame[name].astype("str")  # texts, also where all are missing
    return frame


def _sha(*parts: list[Record]) -> str:
    """Return a fingerprint of the content: the same deals give the same one."""
    digest = hashlib.sha256()
    for part in parts:
        for row in part:
            digest.update(repr(sorted(row.items(), key=lambda kv: kv[0])).encode())
    return digest.hexdigest()


def process_of(steps: tuple[Step, ...], process: Any = None) -> Process:
    """Return the process the CRM's stages belong to.

    A process that is given is kept to; the default one serves where it knows every label;
    otherwise the CRM's own stages make one, in their order. The sample rates of a sheet that
    nobody chose are left out: several currencies are asked about.
    """
    from funnelkit.process import Process, load_process

    sheet = load_process(process)
    labels = list(dict.fromkeys(s.label for s in steps if s.outcome == "open"))
    if process is not None:
        return sheet
    if all(sheet.match(x) in sheet.stage_ids for x in labels):
        return with_rates(sheet, {})
    return Process.from_stages(labels, currency=sheet.currency, calendar=sheet.calendar)


def pipeline_of(pulled: Pulled, process: Any = None, mapping: Any = None) -> Pipeline:
    """Return pulled deals as a pipeline, cleaned and checked like a file.

    Parameters
    ----------
    pulled : Pulled
        ``report.pulled``.
    process, mapping : optional
        As in :func:`funnelkit.read`.
    """
    from dataclasses import replace

    from funnelkit.data.read import read

    sheet = process_of(pulled.steps, process) if mapping is None else process
    told = pulled.deals
    empty = [c for c in told.columns if told[c].isna().all()]
    given = read(
        told.drop(columns=empty),
        history=pulled.stage_history,
        fields=_filled(pulled.field_history),
        process=sheet,
        mapping=mapping,
        as_of=_here(pulled.seen_at, sheet),
        name=pulled.source.split()[0],
    )  # fmt: skip
    said = [
        Finding(f"pulls.{key}", file=pulled.source, more=dict(values))
        for key, values in pulled.notes.items()
    ]
    return replace(given, findings=given.findings + said)


def _here(moment: dt.datetime, sheet: Any) -> dt.datetime:
    """Return an instant on the clock of the process."""
    from funnelkit.process import load_process

    offset = load_process(sheet).calendar.offset
    return moment.astimezone(dt.UTC).replace(tzinfo=None) + offset
