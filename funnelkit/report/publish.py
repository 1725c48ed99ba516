"""Put finished files where readers look, and remember which of them are whole.

``manifest.json`` is rewritten after every report.  An entry names each file with its checksum and
the fingerprint of what it was made from, so after any interruption a file counts only when it is
whole and still what a new run would make.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from funnelkit import __version__
from funnelkit.errors import FunnelkitError
from funnelkit.report.mail import letter_name
from funnelkit.report.make import FORMATS

MANIFEST = "manifest.json"
_WORK = ".running-"
_DAY = 86_400


def fingerprint(
    template: bytes,
    values: Mapping[str, Any],
    checksum: str,
    formats: Iterable[str],
    letter: Mapping[str, str] | None = None,
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
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def file_sum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_work(out: Path) -> Path:
    """Make the folder a batch works in, inside ``out``; clear those that a killed batch left."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        clear_leftovers(out)
        return Path(tempfile.mkdtemp(prefix=f"{_WORK}{os.getpid()}-", dir=out)).resolve()
    except OSError as problem:
        raise FunnelkitError(
            "report.no_write", folder=str(out), why=problem.strerror or str(problem)
        ) from None


def clear_leftovers(out: Path) -> None:
    """Remove what batches left behind that were killed."""
    for path in [*out.glob(f"{_WORK}*"), *out.glob(".*.part")]:
        number = path.name.removeprefix(_WORK).partition("-")[0]
        if path.is_dir() and number.isdigit() and _alive(int(number)):
            continue
        with suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif time.time() - path.stat().st_mtime > 60:
                path.unlink()


def _alive(process: int) -> bool:
    if os.name == "nt":
        return True  # asking by signal would end it there; such folders wait for somebody's hand
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and "reports" in found else {}


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
