"""``funnelkit report``: makes reports and shows how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from funnelkit.cli.base import Lang, app, listed, pairs, speak
from funnelkit.errors import FunnelkitError
from funnelkit.words import say, set_language

if TYPE_CHECKING:
    from funnelkit.report import Batch, Run


class _ReportCommand(TyperCommand):
    """``funnelkit report TEMPLATE --help`` shows what that template can be given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = [word for word in args if not word.startswith("-")]
        if "--help" in args and words and words[0] != "new":
            lang = args[args.index("--lang") + 1 :][:1] if "--lang" in args else []
            _parameters(words[0], lang[0] if lang else None)
            ctx.exit()
        return super().parse_args(ctx, _with_mode(args))


def _with_mode(args: list[str]) -> list[str]:
    """Return the words with ``--deals`` as ``--deals names``; ``--deals ids`` stays.

    Examples
    --------
    >>> _with_mode(["funnel-review", "--deals", "deals.csv"])
    ['funnel-review', '--deals', 'names', 'deals.csv']
    """
    out = []
    for word, following in zip(args, [*args[1:], ""], strict=True):
        out.append(word)
        if word == "--deals" and following not in ("no", "names", "ids"):
            out.append("names")
    return out


def _parameters(template: str, lang: str | None) -> None:
    from funnelkit.report.template import described, find_template

    speak(lang)
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
    connect: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help=say("connect.report_option"))
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help=say("cli.report_jobs"))] = 1,
    deals: Annotated[
        str | None, typer.Option(metavar="[names|ids]", help=say("behind.cli_deals"))
    ] = None,
    limit: Annotated[float, typer.Option(min=1, help=say("cli.report_limit"))] = 300,
    resume: Annotated[bool, typer.Option("--resume", help=say("cli.report_resume"))] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=say("cli.report_fresh"))] = False,
    executor: Annotated[
        str, typer.Option(metavar="NAME", help=say("factory.cli_executor"))
    ] = "processes",
    pptx_template: Annotated[
        Path | None,
        typer.Option("--pptx-template", metavar="FILE", help=say("cli.report_pptx_template")),
    ] = None,
    mail: Annotated[Path | None, typer.Option(metavar="FILE", help=say("factory.cli_mail"))] = None,
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
    speak(lang)
    if data is None:
        raise FunnelkitError("cli.report_no_name" if template == "new" else "cli.report_no_data")
    if template == "new":
        from funnelkit.report.template import new_template

        made = new_template(data, source)
        typer.echo(say("cli.report_new", file=str(made)))
        typer.echo(str(made))
        return
    given = pairs(parameter or [])
    named = {
        "deals": deals,
        "process": process,
        "mapping": mapping,
        "history": history,
        "fields": fields,
    }
    for name, value in named.items():
        if value is not None:
            given[name] = value
    if lang is not None:
        given["lang"] = lang
    from funnelkit.cli.asking import with_questions
    from funnelkit.data.connect import use
    from funnelkit.report import finish, plan

    use(connect)

    def planned(told: str | None) -> Batch:
        return plan(
            template,
            data,
            parameters=given if told is None else {**given, "mapping": told},
            each=[c for part in each or [] for c in listed(part)],
            rows=rows,
            formats=listed(formats),
            out=out,
            jobs=jobs,
            limit=limit,
            resume=resume,
            fresh=fresh,
            executor=executor,
            mail=mail,
            pptx_template=pptx_template,
        )

    batch = with_questions(planned, data, mapping, history, fields, process)
    set_language(batch.lang)
    runs = _with_progress(batch)
    index = finish(batch, runs)
    _status(runs)
    typer.echo(str(index))
    if not all(run.ok for run in runs):
        raise typer.Exit(1)


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
