"""The command ``funnelkit simulate``: a plan becomes a folder of files, whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import yaml

from funnelkit.errors import FunnelkitError
from funnelkit.simulate.export import Defect, export
from funnelkit.simulate.pipeline import simulate
from funnelkit.simulate.plan import Plan
from funnelkit.simulate.reading import read_plan
from funnelkit.words import language, say, set_language


def simulate_command(
    plan: Annotated[
        str | None, typer.Argument(metavar="PLAN.yml", help=say("export.cli_plan"))
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help=say("export.cli_out"))] = None,
    layout: Annotated[str, typer.Option("--layout", help=say("export.cli_layout"))] = "kit",
    dirt: Annotated[float, typer.Option("--dirt", help=say("export.cli_dirt"))] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help=say("export.cli_seed"))] = 0,
    lang: Annotated[str | None, typer.Option("--lang", help=say("cli.lang"))] = None,
    example: Annotated[bool, typer.Option("--example", help=say("export.cli_example"))] = False,
) -> None:
    """Simulate a plan and write it as a CRM exports it; name the folder last."""
    if lang is not None:
        set_language(lang)
    if example:
        typer.echo(Plan.example(language()), nl=False)
        return
    if out is None:
        raise FunnelkitError("export.no_out")
    defects = write(plan, out, layout=layout, dirt=dirt, seed=seed, lang=lang)
    if defects:
        typer.echo(say("export.cli_planted", n=len(defects), file=str(out / DIRT)))
    typer.echo(say("export.cli_written", folder=str(out)))


SEALED, DIRT, SHEET = "sealed.bin", "planted-dirt.json", "process.yaml"


def write(
    plan: str | None,
    out: Path,
    *,
    layout: str = "kit",
    dirt: float = 0.0,
    seed: int = 0,
    lang: str | None = None,
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
    p = simulate(plan=told, seed=seed)
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
