"""The command ``funnelkit``: reads options, prints, sets the exit code; the rooms do the work.

Rooms are imported inside the commands, so that ``funnelkit --help`` does not wait for pandas.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from funnelkit.errors import FunnelkitError
from funnelkit.words import language, say, set_language

if TYPE_CHECKING:
    from funnelkit.report import Batch, Run


class _Group(TyperGroup):
    """Commands whose errors are sentences, never tracebacks."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except FunnelkitError as problem:
            message = str(problem)
            if "mapping={" in message:  # said for Python; here it is a file
                message += "\n" + say("cli.mapping_hint")
        except (typer.Exit, typer.Abort, KeyboardInterrupt, BrokenPipeError):
            raise
        except Exception as problem:
            if type(problem).__module__.startswith(("click", "typer")) or _debug():
                raise  # a wrong option has its own message
            message = say("cli.unexpected", error=f"{type(problem).__name__}: {problem}")
        typer.echo(message, err=True)
        raise typer.Exit(2)


def _debug() -> bool:
    return bool(os.environ.get("FUNNELKIT_DEBUG"))


app = typer.Typer(
    name="funnelkit",
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=say("cli.help"),
)
process_app = typer.Typer(cls=_Group, no_args_is_help=True, help=say("cli.process_help"))
app.add_typer(process_app, name="process")
workshop_app = typer.Typer(cls=_Group, no_args_is_help=True, help=say("workshop.cli_help"))
app.add_typer(workshop_app, name="workshop")

Lang = Annotated[str | None, typer.Option("--lang", help=say("cli.lang"))]


def _speak(lang: str | None) -> None:
    if lang is not None:
        set_language(lang)


@app.callback(invoke_without_command=True)
def _main(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help=say("cli.version"))] = False,
) -> None:
    if version:
        from funnelkit import __version__

        typer.echo(f"funnelkit {__version__}")
        raise typer.Exit


class _ReportCommand(TyperCommand):
    """``funnelkit report TEMPLATE --help`` shows what that template can be given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = [word for word in args if not word.startswith("-")]
        if "--help" in args and words and words[0] != "new":
            lang = args[args.index("--lang") + 1 :][:1] if "--lang" in args else []
            _parameters(words[0], lang[0] if lang else None)
            ctx.exit()
        return super().parse_args(ctx, args)


def _parameters(template: str, lang: str | None) -> None:
    from funnelkit.report.template import described, find_template

    _speak(lang)
    typer.echo(described(find_template(template)))
    typer.echo(say("cli.report_options"))


@app.command(cls=_ReportCommand, help=say("cli.report_help"))
def report(
    template: Annotated[str, typer.Argument(help=say("cli.report_template"))],
    data: Annotated[str | None, typer.Argument(help=say("cli.report_data"))] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help=say("cli.report_parameter")),
    ] = None,
    each: Annotated[
        list[str] | None, typer.Option("--each", metavar="COLUMN", help=say("cli.report_each"))
    ] = None,
    rows: Annotated[Path | None, typer.Option(metavar="FILE", help=say("cli.report_rows"))] = None,
    lang: Lang = None,
    formats: Annotated[str, typer.Option(help=say("cli.report_formats"))] = "html,ipynb",
    out: Annotated[Path | None, typer.Option(help=say("cli.report_out"))] = None,
    process: Annotated[str | None, typer.Option(help=say("cli.report_process"))] = None,
    mapping: Annotated[str | None, typer.Option(help=say("cli.report_mapping"))] = None,
    history: Annotated[str | None, typer.Option(help=say("cli.report_history"))] = None,
    fields: Annotated[str | None, typer.Option(help=say("cli.report_fields"))] = None,
    jobs: Annotated[int, typer.Option(min=1, help=say("cli.report_jobs"))] = 1,
    limit: Annotated[float, typer.Option(min=1, help=say("cli.report_limit"))] = 300,
    resume: Annotated[bool, typer.Option("--resume", help=say("cli.report_resume"))] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=say("cli.report_fresh"))] = False,
    parameters: Annotated[
        bool, typer.Option("--parameters", help=say("cli.report_parameters"))
    ] = False,
    source: Annotated[
        str, typer.Option("--from", metavar="TEMPLATE", help=say("cli.report_from"))
    ] = "funnel-review",
) -> None:
    """Make reports, show how far it is, and name the index page last."""
    if parameters:
        _parameters(template, lang)
        return
    _speak(lang)
    if data is None:
        raise FunnelkitError("cli.report_no_name" if template == "new" else "cli.report_no_data")
    if template == "new":
        from funnelkit.report.template import new_template

        made = new_template(data, source)
        typer.echo(say("cli.report_new", file=str(made)))
        typer.echo(str(made))
        return
    given = _pairs(parameter or [])
    named = {"process": process, "mapping": mapping, "history": history, "fields": fields}
    for name, value in named.items():
        if value is not None:
            given[name] = value
    if lang is not None:
        given["lang"] = lang
    from funnelkit.report import finish, plan

    batch = plan(
        template,
        data,
        parameters=given,
        each=[c for part in each or [] for c in _listed(part)],
        rows=rows,
        formats=_listed(formats),
        out=out,
        jobs=jobs,
        limit=limit,
        resume=resume,
        fresh=fresh,
    )
    set_language(batch.lang)
    runs = _with_progress(batch)
    index = finish(batch, runs)
    _status(runs)
    typer.echo(str(index))
    if not all(run.ok for run in runs):
        raise typer.Exit(1)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


def _pairs(given: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise FunnelkitError("cli.bad_pair", found=pair)
        found[name.strip()] = value
    return found


def _with_progress(batch: Batch) -> list[Run]:
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from funnelkit.report import run_batch

    console = Console(stderr=True)
    made: list[Run] = []
    all_ = len(batch.jobs)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    start = time.monotonic()
    new = 0
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=all_)
        for one in run_batch(batch):
            made.append(one)
            new += not one.kept
            # reports of a resumed batch that were there already say nothing of the pace
            left = (all_ - len(made)) * (time.monotonic() - start) / new if new else 0
            name = (one.job.value or one.job.stem)[:40]
            rest = say("cli.time_left", time=_clock(left)) if left and len(made) < all_ else ""
            bar.update(task, advance=1, description=f"{name}  {rest}".rstrip())
            if not console.is_terminal:
                line = f"{len(made)}/{all_} {name} {_state(one)} {one.seconds:.1f} s  {rest}"
                typer.echo(line.rstrip(), err=True)
    return made


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _state(run: Run) -> str:
    return say("cli.kept" if run.kept else "cli.ok" if run.ok else "cli.failed")


def _status(runs: list[Run]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for key in ("report", "status", "seconds", "file"):
        table.add_column(say(f"cli.col_{key}"), justify="right" if key == "seconds" else "left")
    for run in runs:
        state = Text(_state(run), "green" if run.ok else "red")
        last = run.files[0] if run.files else run.error
        table.add_row(
            Text((run.job.value or run.job.stem)[:40]), state, f"{run.seconds:.1f}", Text(last)
        )
    Console().print(table)


@app.command(help=say("export.cli_help"))
def simulate(
    plan: Annotated[
        str | None, typer.Argument(metavar="PLAN.yml", help=say("export.cli_plan"))
    ] = None,
    out: Annotated[Path | None, typer.Option(help=say("export.cli_out"))] = None,
    layout: Annotated[str, typer.Option(help=say("export.cli_layout"))] = "kit",
    dirt: Annotated[float, typer.Option(help=say("export.cli_dirt"))] = 0.0,
    seed: Annotated[int, typer.Option(help=say("export.cli_seed"))] = 0,
    lang: Lang = None,
    example: Annotated[bool, typer.Option("--example", help=say("export.cli_example"))] = False,
) -> None:
    """Simulate a plan and write it as a CRM exports it; name the folder last."""
    _speak(lang)
    from funnelkit.simulation import Plan
    from funnelkit.simulation.command import DIRT, write

    if example:
        typer.echo(Plan.example(language()), nl=False)
        return
    if out is None:
        raise FunnelkitError("export.no_out")
    defects = write(plan, out, layout=layout, dirt=dirt, seed=seed, lang=lang)
    if defects:
        typer.echo(say("export.cli_planted", n=len(defects), file=str(out / DIRT)))
    typer.echo(say("export.cli_written", folder=str(out)))


@app.command(help=say("quiz.review_help"))
def review(
    most: Annotated[int, typer.Option(help=say("quiz.review_most"))] = 20,
    lang: Lang = None,
) -> None:
    """Ask again what was right 3, 10 and 30 days ago."""
    _speak(lang)
    import datetime as dt

    from funnelkit.teach.progress import here
    from funnelkit.teach.terminal import review_all

    def ask(label: str) -> str:
        try:  # an empty line is an answer of its own: later
            return str(typer.prompt(label, default="", show_default=False))
        except typer.Abort:  # the end of the input, or Ctrl+C
            raise EOFError from None

    review_all(here(), dt.date.today(), ask, typer.echo, most)


@app.command(help=say("cli.inspect_help"))
def inspect(
    file: Annotated[str, typer.Argument(help=say("cli.inspect_file"))],
    lang: Lang = None,
    mapping: Annotated[str | None, typer.Option(help=say("cli.report_mapping"))] = None,
    process: Annotated[str | None, typer.Option(help=say("cli.report_process"))] = None,
    history: Annotated[str | None, typer.Option(help=say("cli.report_history"))] = None,
    fields: Annotated[str | None, typer.Option(help=say("cli.report_fields"))] = None,
    draft: Annotated[Path | None, typer.Option(help=say("cli.inspect_draft"))] = None,
) -> None:
    """Say what was recognised in a file and what is missing."""
    _speak(lang)
    from funnelkit.data.inspect import inspect as look

    if draft is not None and draft.exists():
        raise FunnelkitError("cli.draft_exists", file=str(draft))
    found = look(file, history=history, fields=fields, mapping=mapping, process=process)
    typer.echo(str(found))
    if draft is not None:
        draft.write_text(found.mapping, "utf-8", newline="\n")
        typer.echo(say("cli.draft_written", file=str(draft)))


@process_app.command("show", help=say("cli.process_show_help"))
def process_show(
    name: Annotated[str | None, typer.Argument(help=say("cli.process_name"))] = None,
    lang: Lang = None,
) -> None:
    """Print a process as a stage sheet."""
    _speak(lang)
    from funnelkit.process import show

    typer.echo(show(name))


@process_app.command("check", help=say("cli.process_check_help"))
def process_check(
    file: Annotated[str, typer.Argument(help=say("cli.process_file"))], lang: Lang = None
) -> None:
    """Print every problem of a sheet."""
    _speak(lang)
    from funnelkit.process import check

    problems = check(file)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(2)
    typer.echo(say("cli.process_sound", file=file))


@process_app.command("new", help=say("cli.process_new_help"))
def process_new(
    file: Annotated[Path | None, typer.Argument(help=say("cli.process_new_file"))] = None,
    stages: Annotated[str | None, typer.Option(help=say("cli.process_new_stages"))] = None,
    template: Annotated[str | None, typer.Option(help=say("cli.process_new_template"))] = None,
    lang: Lang = None,
) -> None:
    """Write a commented sheet to a file, or to the terminal when none is named."""
    _speak(lang)
    from funnelkit.process import new

    names = [s.strip() for s in stages.replace("，", ",").split(",")] if stages else None
    if file is not None:
        typer.echo(str(new(file, names, template)))
        return
    with tempfile.TemporaryDirectory() as folder:
        typer.echo(new(Path(folder) / "new.yaml", names, template).read_text("utf-8"), nl=False)


@app.command(help=say("cli.datasets_help"))
def datasets(lang: Lang = None) -> None:
    """List the bundled data sets."""
    _speak(lang)
    from rich.console import Console
    from rich.table import Table

    from funnelkit.data.library import datasets as bundled

    found = bundled()
    table = Table(box=None, pad_edge=False)
    for key in ("name", "deals", "about"):
        table.add_column(say(f"cli.col_{key}"), justify="right" if key == "deals" else "left")
    for row in found.to_dict("records"):
        table.add_row(str(row["name"]), f"{row['deals']:,}", str(row["about"]))
    Console().print(table)


@app.command(help=say("cli.doctor_help"))
def doctor(lang: Lang = None) -> None:
    """Check the machine, one OK or FAIL a line."""
    _speak(lang)
    from funnelkit.report.doctor import checks

    failed = 0
    for name, found, ok in checks():
        failed += not ok
        typer.echo(f"{'OK  ' if ok else 'FAIL'}  {name}: {found}")
    typer.echo(say("cli.doctor_failed", n=failed) if failed else say("cli.doctor_fine"))
    if failed:
        raise typer.Exit(1)


@workshop_app.command("build", help=say("workshop.cli_build"))
def workshop_build(
    out: Annotated[Path, typer.Option(help=say("workshop.cli_out"))],
    agenda: Annotated[str, typer.Option(help=say("workshop.cli_agenda"))] = "one-day",
    lang: Lang = None,
    process: Annotated[str | None, typer.Option(help=say("workshop.cli_process"))] = None,
    plan: Annotated[str | None, typer.Option(help=say("workshop.cli_plan"))] = None,
    start: Annotated[str, typer.Option(help=say("workshop.cli_start"))] = "09:00",
    name: Annotated[str | None, typer.Option(help=say("workshop.cli_name"))] = None,
    seeds: Annotated[str, typer.Option(help=say("workshop.cli_seeds"))] = "",
    run: Annotated[bool, typer.Option(help=say("workshop.cli_run"))] = True,
) -> None:
    """Build a workshop; name the zip last."""
    _speak(lang)
    from funnelkit.teach.workshop.box import build_box

    room = tuple(int(s) for s in seeds.replace("，", ",").split(",") if s.strip().isdigit())
    made = build_box(
        out,
        agenda=agenda,
        process=process,
        plan=plan,
        start=start,
        name=name,
        seeds=room,
        run=run,
        tell=lambda line: typer.echo(line, err=True),
    )
    typer.echo(repr(made))
    typer.echo(say("workshop.made", folder=str(made.folder)))
    typer.echo(str(made.zip))


@workshop_app.command("collect", help=say("workshop.cli_collect"))
def workshop_collect(
    folder: Annotated[Path, typer.Argument(help=say("workshop.cli_folder"))],
    out: Annotated[Path | None, typer.Option(help=say("workshop.cli_room_out"))] = None,
    lang: Lang = None,
) -> None:
    """Print what the room did; name the page last when one is written."""
    _speak(lang)
    from funnelkit.teach.workshop.collect import collect

    room = collect(folder)
    typer.echo(str(room))
    if out is not None:
        for path in room.save(out):
            typer.echo(str(path))


@app.command(help=say("workshop.cli_newhire"))
def newhire(
    start: Annotated[str, typer.Option(help=say("workshop.cli_first_day"))],
    out: Annotated[Path, typer.Option(help=say("workshop.cli_out"))],
    lang: Lang = None,
    process: Annotated[str | None, typer.Option(help=say("workshop.cli_process"))] = None,
    name: Annotated[str, typer.Option(help=say("workshop.cli_hire_name"))] = "",
    progress: Annotated[Path | None, typer.Option(help=say("workshop.cli_progress"))] = None,
    data: Annotated[str | None, typer.Option(help=say("workshop.cli_data"))] = None,
    owner: Annotated[str | None, typer.Option(help=say("workshop.cli_owner"))] = None,
) -> None:
    """Write the first ninety days of a new colleague; name the page last."""
    _speak(lang)
    from funnelkit.teach.newhire import write

    made = write(
        out, start=start, process=process, name=name, progress=progress, data=data, owner=owner
    )
    typer.echo(str(made))


@app.command(help=say("cli.lab_help"))
def lab(lang: Lang = None) -> None:
    """Open JupyterLab on the notebooks."""
    _speak(lang)
    import subprocess
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        raise FunnelkitError("cli.no_lab")
    beside = Path(__file__).resolve().parents[1] / "notebooks"
    folder = beside / language() if (beside / language()).is_dir() else Path.cwd()
    env = os.environ | {"FUNNELKIT_LANG": language()}
    command = [sys.executable, "-m", "jupyterlab", str(folder)]
    with tempfile.TemporaryDirectory(prefix="funnelkit-lab-") as settings:
        if language() == "zh":
            # JupyterLab's own menus; what users have set themselves goes before it
            locale = {"@jupyterlab/translation-extension:plugin": {"locale": "zh_CN"}}
            Path(settings, "overrides.json").write_text(json.dumps(locale), "utf-8")
            command.append(f"--LabApp.app_settings_dir={settings}")
        raise typer.Exit(subprocess.call(command, env=env))


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot write a name shows a substitute instead of stopping the work.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    app()


if __name__ == "__main__":
    main()
