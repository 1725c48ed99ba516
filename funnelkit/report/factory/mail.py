"""Reports as e-mails ready to send: unsent drafts in a folder. Nothing here opens a connection.

Who gets what stands in a table: ``report`` (as the index page names it; ``*`` for all others),
``to``, and if wanted ``cc`` and ``from``. A draft says the headline numbers, shows the one-page
picture and carries the other formats that were asked for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.report.blocks import headline_of
from funnelkit.report.contents import contents_of
from funnelkit.report.factory.rows import Later, cells_of, refuse
from funnelkit.words import say, speaking

COLUMNS = ("report", "to", "cc", "from")
REST = "*"
_FOLDER = "mail"
POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_ATTACHED = {
    "html": ("text", "html"),
    "pdf": ("application", "pdf"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_MOST_SENTENCES = 5
Letter = Mapping[str, str]


def letter_name(stem: str) -> str:
    """Name the draft of a report, as its folder of reports sees it."""
    return f"{_FOLDER}/{stem}.eml"


def read_recipients(file: str | Path) -> dict[str, Letter]:
    """Read who gets which report.

    Parameters
    ----------
    file : path
        CSV, XLSX or YAML with the columns ``report`` and ``to``, and if wanted ``cc``, ``from``;
        several addresses are separated by ``;`` or ``,``.

    Raises
    ------
    FunnelkitError
        Names file, row and what is wrong: a column, an address, a report that stands there twice.
    """
    path = Path(file)
    found: dict[str, Letter] = {}
    problems: list[Any] = []
    for number, cells in cells_of(path):
        try:
            for column in cells:
                if column not in COLUMNS:
                    allowed = nearest(column, COLUMNS)
                    raise FunnelkitError("factory.mail_column", found=column, allowed=allowed)
            for column in ("report", "to"):
                if column not in cells:
                    raise FunnelkitError("factory.mail_without", column=column)
            name = str(cells["report"])
            if name in found:
                raise FunnelkitError("factory.mail_twice", found=name)
            found[name] = {c: addresses(cells[c]) for c in COLUMNS[1:] if c in cells}
        except FunnelkitError as problem:
            problems.append(
                FunnelkitError(
                    "factory.mail_row", file=path.name, row=number, problem=Later(problem)
                )
            )
    refuse(problems)
    if not found:
        raise FunnelkitError("factory.mail_nobody", file=path.name)
    return found


def addresses(value: Any) -> str:
    """Check a list of addresses and return it as a header says it."""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    refusal = FunnelkitError("factory.mail_address", found=text)
    if _CONTROL.search(text):  # a line break would start a header of its own
        raise refusal
    wanted = re.sub(r"\s*[;；，,]\s*", ", ", text).strip(", ")
    header: Any = POLICY.header_factory("To", wanted)
    if header.defects or not header.addresses:
        raise refusal
    for one in header.addresses:
        if not _ADDRESS.fullmatch(one.addr_spec):
            raise refusal
    return wanted


def recipients_of(
    letters: Mapping[str, Letter], names: Sequence[str], file: str | Path | None = None
) -> list[Letter | None]:
    """Give each report of a batch its readers; None where nobody gets it."""
    for name in letters:
        if name != REST and name not in names:
            raise FunnelkitError(
                "factory.mail_unknown", file=Path(str(file)).name, found=name,
                allowed=nearest(name, names),
            )  # fmt: skip
    return [letters.get(name) or letters.get(REST) for name in names]


def write_letter(
    notebook: Any,
    folder: Path,
    stem: str,
    letter: Letter,
    *,
    title: str,
    lang: str,
    moment: str,
) -> str:
    """Write the draft of a report whose formats are in ``folder``; return its name there."""
    name = letter_name(stem)
    (folder / name).parent.mkdir(exist_ok=True)
    with speaking(lang):
        message = _draft(notebook, folder, stem, title, dt.datetime.fromisoformat(moment))
    for column in COLUMNS[1:]:
        if column in letter:
            message[column.title()] = letter[column]
    same_every_time(message)
    (folder / name).write_bytes(message.as_bytes())
    return name


def _draft(notebook: Any, folder: Path, stem: str, title: str, moment: dt.datetime) -> EmailMessage:
    subject = " ".join(_CONTROL.sub(" ", title).split())
    headline = headline_of(notebook)
    facts = list(headline.facts) if headline else []
    points = contents_of(notebook).points[:_MOST_SENTENCES]
    lead = say("factory.mail_lead", day=moment)
    message = EmailMessage(policy=POLICY)
    message["Subject"] = subject
    message["Date"] = format_datetime(moment)  # the data's; sending sets its own
    message["X-Unsent"] = "1"
    lines = [subject, "", *(f"{f.label}: {f.text} {f.note}".strip() for f in facts)]
    lines += ["", *(f"- {point}" for point in points), "", lead]
    message.set_content("\n".join(lines) + "\n", cte="base64")
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0">{escape(f.label)}</td>'
        f'<td style="padding:2px 16px 2px 0"><b>{escape(f.text)}</b></td>'
        f"<td>{escape(f.note)}</td></tr>"
        for f in facts
    )
    items = "".join(f"<li>{escape(point)}</li>" for point in points)
    picture = (folder / f"{stem}.png").read_bytes()
    mark = f"{hashlib.sha256(picture).hexdigest()[:20]}@funnelkit"
    alt = escape(say("factory.mail_alt", title=subject))
    page = (
        f'<!DOCTYPE html>\n<html><body style="font-family:sans-serif">'
        f'<h1 style="font-size:1.25em">{escape(subject)}</h1>\n<table>{rows}</table>\n'
        f"<ul>{items}</ul>\n<p>{escape(lead)}</p>\n"
        f'<p><img src="cid:{mark}" alt="{alt}" width="720"></p>\n</body></html>\n'
    )
    message.add_alternative(page, subtype="html", cte="base64")
    body: Any = message.get_payload()
    body[1].add_related(
        picture, "image", "png", cid=f"<{mark}>", filename=f"{stem}.png", disposition="inline"
    )
    for kind, (main, sub) in _ATTACHED.items():
        file = folder / f"{stem}.{kind}"
        if file.is_file():
            coded = {"charset": "utf-8"} if main == "text" else None
            message.add_attachment(file.read_bytes(), main, sub, filename=file.name, params=coded)
    return message


def same_every_time(message: EmailMessage) -> None:
    """Give the parts' borders names that depend on nothing but the content."""
    digest = hashlib.sha256()
    for part in message.walk():
        if not part.is_multipart():
            content: Any = part.get_payload(decode=True)
            digest.update(content or b"")
    name = digest.hexdigest()[:24]
    for number, part in enumerate(p for p in message.walk() if p.is_multipart()):
        # no line of base64 can hold this
        part.set_boundary(f"=_{name}.{number}")
