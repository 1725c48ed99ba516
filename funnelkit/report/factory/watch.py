"""The alert: silent until something new needs somebody, then one page and one draft of a mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from funnelkit.data.ledger import Ledger
from funnelkit.data.ledger.asked import Looks
from funnelkit.measures.diagnose import Diagnosis, diagnose, looks_a_year
from funnelkit.page.parts import Part, Points, Sentence
from funnelkit.page.style import page_css
from funnelkit.report.factory.mail import POLICY, addresses, same_every_time
from funnelkit.report.pages.shown import listed
from funnelkit.words import say, tag

#: The columns shown of what is to act on.
_SHOWN = (
    "column", "group", "stage", "kind", "since", "observed", "expected", "n", "amount_at_stake",
)  # fmt: skip


@dataclass(frozen=True)
class Watch:
    """What a look at a ledger found.

    Attributes
    ----------
    day : date
        The day the data are of.
    looks : int
        How many looks a year the chance of a false alarm was spread over.
    new : tuple of str
        What is to act on and was not told before; empty when there is nothing to tell.
    page, letter : Path or None
        Written only when there is something new.
    """

    day: dt.date
    looks: int
    new: tuple[str, ...]
    page: Path | None = None
    letter: Path | None = None

    def __str__(self) -> str:
        if not self.new:
            return ""
        return "\n".join([*self.new, str(self.page), str(self.letter)])


def watch(
    ledger: Ledger,
    out: str | Path,
    *,
    every: str | int = "weekly",
    to: str | None = None,
    alpha: float = 0.05,
) -> Watch:
    """Look at what a ledger knows; write a page and a mail when something new is to act on.

    Parameters
    ----------
    every : {"weekly", "monthly", "daily", ...} or int
        The plan: looks a year. When more were made in the year than planned, they count.
    to : str, optional
        Addresses for the draft. Nothing is sent.
    alpha : float
        Chance of any false alarm at any look of a year in which nothing is amiss.

    Raises
    ------
    FunnelkitError
        An unknown plan, no address, a ledger without exports.
    """
    readers = None if to is None else addresses(to)
    planned = looks_a_year(every)
    p = ledger.pipeline()
    looks, day = Looks(ledger), p.as_of.date()
    times = max(planned, looks.before(day) + 1)
    found = diagnose(p, looks=times, alpha=alpha)
    known = looks.told(day)
    rows = {_name(row): row for row in found.act.to_dict("records")}
    new = {name: row for name, row in rows.items() if name not in known}
    if not new:
        looks.keep(day, times, ())
        return Watch(day, times, ())
    told = tuple(found._sentence(row) for row in new.values())
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    title = say("diagnose.watch_title", name=p.name or "-", day=day)
    page = folder / f"watch-{day.isoformat()}.html"
    shown = found.table.loc[[_name(r) in new for r in found.table.to_dict("records")]]
    page.write_text(_page(found, shown, title, told), "utf-8", newline="\n")
    letter = folder / f"watch-{day.isoformat()}.eml"
    letter.write_bytes(_letter(title, told, found, page, readers, p.as_of))
    looks.keep(day, times, new)
    return Watch(day, times, told, page, letter)


def _name(row: dict[Any, Any]) -> str:
    return "|".join(str(row[c] or "") for c in ("kind", "stage", "column", "group"))


def _page(found: Diagnosis, rows: pd.DataFrame, title: str, told: tuple[str, ...]) -> str:
    caption = say("diagnose.watch_caption")
    table = listed(found, rows, _SHOWN, caption, ["verdict-bad"] * len(rows))
    parts: list[Part] = [
        Points(told), table, found.plot(), Sentence(found.denominator),
        Sentence(found.definition, "fk-muted"), Sentence(found.footnote, "fk-muted"),
    ]  # fmt: skip
    body = "".join(part._repr_html_() for part in parts)
    return (
        f'<!DOCTYPE html>\n<html lang="{tag()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{page_css()}</style></head>"
        f"<body><main><header><h1>{escape(title)}</h1></header>{body}</main></body></html>\n"
    )


def _letter(
    title: str, told: tuple[str, ...], found: Diagnosis, page: Path, to: str | None,
    moment: dt.datetime,
) -> bytes:  # fmt: skip
    message = EmailMessage(policy=POLICY)
    message["Subject"] = title
    message["Date"] = format_datetime(moment)  # the data's; sending sets its own
    message["X-Unsent"] = "1"
    if to is not None:
        message["To"] = to
    lines = [title, "", *(f"- {sentence}" for sentence in told), "", found.denominator]
    message.set_content("\n".join(lines) + "\n", cte="base64")
    message.add_attachment(
        page.read_bytes(), "text", "html", filename=page.name, params={"charset": "utf-8"}
    )
    same_every_time(message)
    return message.as_bytes()
