"""The certificate: name, day, results, and what was not tested; as a page or as PDF."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path

from funnelkit.errors import FunnelkitError
from funnelkit.files.whole import write_whole
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.paper.page import items, page, table
from funnelkit.teach.paths.exits import passed
from funnelkit.teach.paths.roles import role
from funnelkit.words import date, say

_CSS = """\
.fk-certificate { border: 2px solid var(--fk-rule); padding: 2.5rem; }
.fk-certificate h1 { margin-bottom: 0.2rem; } .fk-named { font-size: 1.5em; margin: 1.2rem 0; }
.fk-certificate .fk-sign { margin-top: 3rem; border-top: 1px solid var(--fk-rule); width: 45%; }
"""


def body(id: str, name: str, progress: Progress) -> str:
    """Return the certificate of a path as HTML.

    Raises
    ------
    FunnelkitError
        The exit is not passed, or nobody is named.
    """
    found, result = role(id), passed(id, progress)
    if result is None:
        raise FunnelkitError("paths.no_certificate", path=str(found.name), mark=found.exit.mark)
    told = " ".join(name.split())
    if not told:
        raise FunnelkitError("paths.no_name")
    lessons = sorted({e.partition(".")[0] for e in found.exercises})
    rows = [
        (say("paths.row_exit"),
         say("paths.row_of", right=result.right, asked=result.asked, mark=result.mark)),
        (say("paths.row_exercises"),
         say("paths.row_of_all", right=found.right(progress), asked=len(found.exercises))),
        (say("paths.row_lessons"), ", ".join(lessons)),
        (say("paths.row_minutes"), say("cases.minutes", minutes=found.minutes)),
    ]  # fmt: skip
    not_tested = items(str(t) for t in found.untested)
    return (
        f"<section class='fk-certificate'><h1>{escape(say('paths.certificate'))}</h1>"
        f"<p>{escape(say('paths.certificate_of', path=str(found.name)))}</p>"
        f"<p class='fk-named'><strong>{escape(told)}</strong></p>"
        f"<p>{escape(say('paths.certified', day=date(result.day)))}</p>"
        f"{table([say('paths.what'), say('paths.came')], rows, loose=True)}"
        f"<h2>{escape(say('paths.judged_by_person'))}</h2><p>{escape(str(found.own))}</p>"
        f"<p class='fk-sign'>{escape(say('paths.signature'))}</p>"
        f"<h2>{escape(say('paths.not_tested'))}</h2>{not_tested}"
        f"<p class='fk-muted'>{escape(say('paths.fine_print'))}</p></section>"
    )


def certificate(id: str, name: str, progress: Progress) -> str:
    """Return the certificate as a page of its own, fit for print."""
    return page(say("paths.certificate"), body(id, name, progress), css=_CSS)


def write(id: str, name: str, progress: Progress, out: Path) -> Path:
    """Write the certificate: as PDF, or as a page where the file's name ends in html.

    Raises
    ------
    FunnelkitError
        The exit is not passed, nobody is named, or there is no browser to print with.
    """
    text = certificate(id, name, progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix.lower() in (".html", ".htm"):
        write_whole(out, text)
        return out
    from funnelkit.page.pdf import to_pdf

    with tempfile.TemporaryDirectory(prefix="funnelkit-") as aside:
        whole = Path(aside) / "certificate.html"
        whole.write_bytes(text.encode())
        to_pdf(whole, out)
    return out
