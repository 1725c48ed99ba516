"""Put finished files where readers look, and remember which of them are whole.

``manifest.json`` is rewritten after every report.  An entry names each file with its checksum and
the fingerprint of what it was made from, so after any interruption a file counts only when it is
whole and still what a new run would make.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from funnelkit import __version__
from funnelkit.errors import FunnelkitError
from funnelkit.files.lock import lock_of, locked
from funnelkit.report.factory.mail import letter_name
from funnelkit.report.factory.make import FORMATS

MANIFEST = "manifest.json"
_WORK = "running-"


def fingerprint(
    template: bytes,
    values: Mapping[str, Any],
    checksum: str,
    formats: Iterable[str],
    letter: Mapping[str, str] | None = None,
    look: Path | None = None,
) -> str:
    """Name what a report is made from: template, parameters, data, formats, readers, version.

    Files count by their content, so a moved export makes no new report.
    """
    from funnelkit.report.source import FILES, file_sums

    beside = file_sums({k: v for k, v in values.items() if k not in FILES})
    named = {*FILES, *beside}
    plain = {k: Path(str(v)).name if k in named else v for k, v in values.items()}
    told = [
        hashlib.sha256(template).hexdigest(), plain, checksum, sorted(set(formats)), __version__,
        beside,
    ]  # fmt: skip
    if letter is not None:
        told.append(dict(letter))
    if look is not None:  # the slides of a company
        told.append(file_sum(look))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def file_sum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def working(out: Path) -> Iterator[Path]:
    """Give a batch a folder of its own inside ``out``; clear those that killed batches left.

    A lock beside the folder tells a batch at work from one that was killed.
    """
    name = f"{_WORK}{secrets.token_hex(6)}"
    with ExitStack() as stack:
        try:
            out.mkdir(parents=True, exist_ok=True)
            clear_leftovers(out)
            stack.callback(_unlock, out / name)  # last, whatever goes wrong before
            stack.enter_context(locked(out / name))
            folder = out.resolve() / f".{name}"
            folder.mkdir()
        except OSError as problem:
            raise FunnelkitError(
                "report.no_write", folder=str(out), why=problem.strerror or str(problem)
            ) from None
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _unlock(path: Path) -> None:
    with suppress(OSError):
        lock_of(path).unlink(missing_ok=True)


def clear_leftovers(out: Path) -> None:
    """Remove what batches left behind that were killed."""
    for path in out.glob(f".{_WORK}*"):
        name = path.name[1:].removesuffix(".lock")
        # somebody else works there, or may not be asked: it is theirs
        with suppress(OSError, FunnelkitError), locked(out / name, 0) as sure:
            if sure:
                shutil.rmtree(out / f".{name}", ignore_errors=True)
                lock_of(out / name).unlink(missing_ok=True)
    for path in out.glob(".*.part"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > 60:
                path.unlink()


def withdraw(out: Path, stem: str) -> None:
    """Remove an older report, so that it cannot pass for the one being made."""
    for ending in (*FORMATS, "failed.ipynb"):
        (out / f"{stem}.{ending}").unlink(missing_ok=True)
    (out / letter_name(stem)).unlink(missing_ok=True)


def publish(out: Path, folder: Path, files: Iterable[str]) -> dict[str, str]:
    """Move finished files into ``out``, each in one step; return their checksums."""
    sums = {}
    for name in files:
        source = folder / name
        sums[name] = file_sum(source)
        (out / name).parent.mkdir(exist_ok=True)  # e-mails have a folder of their own
        source.replace(out / name)
    return sums


def read_manifest(out: Path) -> dict[str, Any]:
    """Return the manifest of the last run in a folder; empty when there is none."""
    try:
        found = json.loads((out / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    reports = found.get("reports") if isinstance(found, dict) else None
    told = isinstance(reports, list) and all(isinstance(entry, dict) for entry in reports)
    return found if told else {}


def whole_reports(out: Path, manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the entries of a manifest, by fingerprint, whose files are all there and unharmed."""
    found = {}
    for entry in manifest.get("reports", ()):
        sums = entry.get("sha256") or {}
        if entry.get("status") == "ok" and sums and "fingerprint" in entry:
            with suppress(OSError):
                if all(file_sum(out / name) == known for name, known in sums.items()):
                    found[str(entry["fingerprint"])] = dict(entry)
    return found
