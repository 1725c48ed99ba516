"""One pull: pages into the ledger's file, then all of them as frames."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from funnelkit.data.defects import Finding
from funnelkit.data.pulls.interface import Pulled, Record, Source, Step
from funnelkit.data.pulls.mirror import Mirror
from funnelkit.words import say, sentences

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.data.pipeline import Pipeline
    from funnelkit.process import Process

_HISTORY = {"stage_history": ("deal_id", "stage", "entered_at"),
            "field_history": ("deal_id", "field", "old", "new", "changed_at")}  # fmt: skip


class Told(Finding):
    """A remark of a pull; its text stands with the pulls."""

    @property
    def text(self) -> str:
        """The remark as a sentence in the current language."""
        return say(f"pulls.{self.reason}", **self.more)


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
    """

    read: int
    pages: int
    gone: int
    deals: int
    resumed: bool
    pulled: Pulled = field(repr=False)

    def __str__(self) -> str:
        said = [say("pulls.done", read=self.read, deals=self.deals, source=self.pulled.source)]
        if self.resumed:
            said.append(say("pulls.resumed"))
        if self.gone:
            said.append(say("pulls.gone", gone=self.gone))
        said.append(say(f"pulls.history_{self.pulled.history}"))
        said += [say(f"pulls.{key}", **values) for key, values in self.pulled.notes.items()]
        return sentences(said)


def pull(
    source: Source,
    ledger: Any = None,
    *,
    full: bool = False,
    on_page: Callable[[int], None] | None = None,
) -> Report:
    """Read what has changed in a CRM since the last pull, and hand all of it on.

    Parameters
    ----------
    source : Source
        :class:`~funnelkit.data.pulls.odoo.Odoo` or another CRM.
    ledger : Ledger or path, optional
        Where the pages and the mark are kept. A ledger gets the deals at the end; a path is any
        DuckDB file. Without one everything is read and nothing kept.
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
    """
    source.check()
    newest = source.newest()
    read = pages = 0
    with _file_of(ledger) as file:
        with Mirror(file, source.place) as mirror:
            run = mirror.begin(newest, full=full)
            for page in source.changed_since(run.since, run.after):
                mirror.keep(page)
                read, pages = read + len(page.deals), pages + 1
                if on_page is not None:
                    on_page(read)
            present = source.present()
            gone = 0 if present is None else mirror.forget(present)
            pulled = _frames(source, mirror)
        add = getattr(ledger, "add_frames", None)
        if add is not None:
            add(
                pulled.deals,
                stage_history=pulled.stage_history,
                field_history=pulled.field_history,
                seen_at=pulled.seen_at,
                source=pulled.source,
                sha=pulled.sha,
            )
        # only now: a crash before this line repeats the last pages, which changes nothing
        with Mirror(file, source.place) as mirror:
            mirror.finish(run.until)
    return Report(read, pages, gone, len(pulled.deals), run.resumed, pulled)


def _file_of(ledger: Any) -> Any:
    """Return a context with the file that keeps the pages."""
    if ledger is None:
        return _Scratch()
    return nullcontext(Path(getattr(ledger, "path", ledger)))


class _Scratch(TemporaryDirectory[str]):
    """A file for one pull that keeps nothing."""

    def __enter__(self) -> Any:
        return Path(super().__enter__()) / "pull.duckdb"


def _frames(source: Source, mirror: Mirror) -> Pulled:
    deals, visits, changes, history = mirror.records()
    frame = _frame(deals, tuple(deals[0]) if deals else ("deal_id", "stage", "outcome"))
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

    A process that is given is kept to; the default one serves where it knows at least half of
    the labels; otherwise the CRM's own stages make one, in their order.
    """
    from funnelkit.process import Process, load_process

    sheet = load_process(process)
    labels = list(dict.fromkeys(s.label for s in steps if s.outcome == "open"))
    known = [x for x in labels if sheet.match(x) in sheet.stage_ids]
    if process is not None or not labels or 2 * len(known) > len(labels):
        return sheet
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

    from funnelkit.data.defects import Findings
    from funnelkit.data.read import read

    sheet = process_of(pulled.steps, process) if mapping is None else process
    told = pulled.deals
    empty = [c for c in told.columns if told[c].isna().all()]
    given = read(
        told.drop(columns=empty),
        history=pulled.stage_history,
        fields=pulled.field_history if pulled.field_history is not None
        and len(pulled.field_history) else None,
        process=sheet,
        mapping=mapping,
        as_of=_here(pulled.seen_at, sheet),
        name=pulled.source.split()[0],
    )  # fmt: skip
    said = [
        Told(
            key,
            "info" if key == "note_merged" else "warning",
            file=pulled.source,
            more=dict(values),
        )
        for key, values in pulled.notes.items()
    ]
    return replace(given, findings=Findings([*given.findings, *said]))


def _here(moment: dt.datetime, sheet: Any) -> dt.datetime:
    """Return an instant on the clock of the process."""
    from funnelkit.process import load_process

    offset = load_process(sheet).calendar.offset
    return moment.astimezone(dt.UTC).replace(tzinfo=None) + offset
