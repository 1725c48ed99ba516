"""Make one report inside a folder of its own: run the notebook, write every format beside it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from funnelkit.report.blocks import headline_of

#: Every format, in the order they are named on a page; the first that was asked for is the main.
FORMATS = ("html", "ipynb", "xlsx", "pptx", "pdf", "png")


def make_warm(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run a job's notebook in this process; return what became of it as plain values.

    Parameters
    ----------
    job : mapping
        ``template`` (path), ``values``, ``folder``, ``stem``, ``formats``, ``lang``, ``handed``,
        ``moment`` (of the data), ``letter`` (who gets it, or None), ``slides`` (a company's own
        file of slides, or None), ``around`` (see `to_html`).
    """
    from funnelkit.report.factory.shell import CellFailed, injected, run_cells
    from funnelkit.report.handed import VARIABLE
    from funnelkit.report.notebook import nbformat

    start = time.perf_counter()
    folder, stem = Path(job["folder"]), str(job["stem"])
    if job.get("handed"):
        os.environ[VARIABLE] = str(job["handed"])
    os.chdir(folder)
    notebook = injected(nbformat.read(job["template"], as_version=4), job["values"])
    try:
        done, spent = run_cells(notebook)
    except CellFailed as problem:
        nbformat.write(problem.notebook, folder / f"{stem}.ipynb")
        return {"error": str(problem)}
    nbformat.write(done, folder / f"{stem}.ipynb")
    found = write_formats(
        done, folder, stem, job["formats"], job["lang"], job.get("moment", ""), job.get("letter"),
        job.get("slides"), job.get("around", ()),
    )  # fmt: skip
    return {**found, "cells": spent, "whole": time.perf_counter() - start}


def write_formats(
    notebook: Any,
    folder: Path,
    stem: str,
    formats: Sequence[str],
    lang: str,
    moment: str = "",
    letter: Mapping[str, str] | None = None,
    slides: str | None = None,
    around: Sequence[Sequence[str]] = (),
) -> dict[str, Any]:
    """Write the formats of an executed notebook (stored in ``folder`` already).

    Returns
    -------
    dict
        ``files`` in the order of `FORMATS`, and the ``headline`` as plain values.
    """
    headline = headline_of(notebook)
    title = headline.title if headline else stem
    page = folder / f"{stem}.html"
    if "html" in formats or "pdf" in formats:
        from funnelkit.report.html import to_html

        page.write_text(
            to_html(notebook, title=title, lang=lang, around=around), "utf-8", newline="\n"
        )
    if "xlsx" in formats:
        from funnelkit.report.xlsx import to_xlsx

        to_xlsx(notebook, folder / f"{stem}.xlsx", title=title, lang=lang, moment=moment)
    if "pptx" in formats:
        from funnelkit.report.pptx import to_pptx

        to_pptx(notebook, folder / f"{stem}.pptx", title=title, lang=lang, moment=moment,
                template=slides)  # fmt: skip
    if "pdf" in formats:
        from funnelkit.page.pdf import to_pdf

        to_pdf(page, folder / f"{stem}.pdf")
    if "png" in formats:
        from funnelkit.report.picture import to_png

        (folder / f"{stem}.png").write_bytes(to_png(notebook, title=title, lang=lang))
    files = [f"{stem}.{kind}" for kind in FORMATS if kind in formats]
    if letter is not None:
        from funnelkit.report.factory.mail import write_letter

        files.append(
            write_letter(notebook, folder, stem, letter, title=title, lang=lang, moment=moment)
        )
    return {"files": files, "headline": headline.to_json() if headline else None}
