"""A plan becomes a folder of files, whole or not at all: the work of ``funnelkit simulate``."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import yaml

from funnelkit.errors import FunnelkitError
from funnelkit.simulation.export import Defect, export
from funnelkit.simulation.pipeline import simulate
from funnelkit.simulation.reading import read_plan

SEALED, DIRT, SHEET = "sealed.bin", "planted-dirt.json", "process.yaml"


def write(
    plan: str | None,
    out: Path,
    *,
    layout: str = "kit",
    dirt: float = 0.0,
    seed: int = 0,
    lang: str | None = None,
    process: str | None = None,
) -> list[Defect]:
    """Simulate and write: the files, the process sheet, the sealed truth, the planted dirt.

    Raises
    ------
    FunnelkitError
        The plan is wrong, or the folder holds something already; nothing is written then.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FunnelkitError("export.out_taken", found=str(out))
    told = read_plan(plan)
    speech = lang or told.language
    if plan is None and lang is not None:
        told = read_plan({"language": lang})
    p = simulate(process=process, plan=told, seed=seed)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".funnelkit-", dir=out.parent))
    except OSError as why:
        raise FunnelkitError("export.no_write", found=str(out), why=str(why.strerror)) from None
    try:
        whole = beside / "whole"
        defects = export(p, whole, layout, dirt=dirt, seed=seed, lang=speech)
        sheet = p.process.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(sheet, allow_unicode=True, sort_keys=False, width=100)
        (whole / SHEET).write_bytes(text.encode())
        p.truth.save(whole / SEALED)
        if defects:
            rows = [asdict(d) for d in defects]
            told_dirt = json.dumps(rows, ensure_ascii=False, indent=1)
            (whole / DIRT).write_bytes((told_dirt + "\n").encode())
        if out.exists():
            out.rmdir()
        whole.replace(out)
    except OSError as why:
        raise FunnelkitError("export.no_write", found=str(out), why=str(why.strerror)) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return defects
