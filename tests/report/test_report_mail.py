"""E-mails ready to send: whole, the same every time, and nothing slips into a header."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.report.factory.mail import read_recipients
from funnelkit.report.factory.run import plan, report
from funnelkit.words import speaking

PARAMETERS = """\
data: str = ""  # Data
lang: str = "en"  # Language [en, zh]
where: dict = {}  # Part
"""
CELL = """\
from funnelkit.page.parts import Points
from funnelkit.report.blocks import Fact, Headline
name = where["region"]
Headline(f"Review {name}", (Fact("deals", "Deals", 7.0, "7", "2 still open"),), lang)
"""
MORE = 'Points(("Of 5 closed deals, 3 were won.", "<b>plain</b>"), "lead")'


def batch(folder: Path, regions: list[str], mail: str) -> dict[str, Any]:
    """Write a template, deals and a list of readers; return what `report` is called with."""
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="a")
    cells = [first, *(nbformat.v4.new_code_cell(c, id=f"c{k}") for k, c in enumerate((CELL, MORE)))]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "fake.ipynb")
    frame = pd.DataFrame({"deal_id": regions, "region": regions, "outcome": "won"})
    frame["created_at"], frame["closed_at"] = "2026-01-05", "2026-02-05"
    frame.to_csv(folder / "deals.csv", index=False)
    (folder / "mail.csv").write_text(mail, "utf-8")
    return {
        "template": folder / "fake.ipynb", "data": folder / "deals.csv", "each": "region",
        "mail": folder / "mail.csv", "parameters": {"lang": "en"}, "formats": ["html", "xlsx"],
    }  # fmt: skip


def read(path: Path) -> EmailMessage:
    found = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert isinstance(found, EmailMessage)
    assert [p.defects for p in found.walk() if p.defects] == []
    return found


REGIONS = ["East", "华东", "x\r\nBcc: all@example.com", "West"]
MAIL = """\
report,to,cc,from
East,"li@example.com; 王芳 <wang@example.com>",boss@example.com,ops@example.com
华东,li@example.com,,
*,rest@example.com,,
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("mail")
    asked = batch(folder, REGIONS, MAIL)
    runs = report(**asked, out=folder / "out")
    assert [run.error for run in runs if not run.ok] == []
    return folder, asked


def test_a_draft_has_all_it_needs(made: tuple[Path, dict[str, Any]]) -> None:
    out = made[0] / "out"
    mail = read(out / "mail" / "East.eml")
    assert mail["X-Unsent"] == "1"
    assert mail["Subject"] == "Review East"
    assert [a.addr_spec for a in mail["To"].addresses] == ["li@example.com", "wang@example.com"]
    assert mail["To"].addresses[1].display_name == "王芳"
    assert (mail["Cc"], mail["From"]) == ("boss@example.com", "ops@example.com")
    assert mail["Date"].datetime.strftime("%Y-%m-%d") == "2026-02-05"  # the last day in the data
    plain = mail.get_body(("plain",))
    page = mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    text = plain.get_content()
    assert "Deals: 7 2 still open" in text
    assert "- Of 5 closed deals, 3 were won." in text
    shown = page.get_content()
    assert "&lt;b&gt;plain" in shown
    pictures = [p for p in mail.walk() if p.get_content_type() == "image/png"]
    assert len(pictures) == 1
    assert f'src="cid:{pictures[0]["Content-ID"][1:-1]}"' in shown
    assert pictures[0].get_content() == (out / "East.png").read_bytes()
    attached = {p.get_filename(): p.get_content() for p in mail.iter_attachments()}
    assert attached.keys() == {"East.html", "East.xlsx"}
    page_file = (out / "East.html").read_text("utf-8")
    assert attached["East.html"].splitlines() == page_file.splitlines()
    assert attached["East.xlsx"] == (out / "East.xlsx").read_bytes()
    assert all(len(line) <= 998 for line in (out / "mail" / "East.eml").read_bytes().split(b"\r\n"))


def test_a_name_cannot_write_a_header(made: tuple[Path, dict[str, Any]]) -> None:
    folder = made[0] / "out" / "mail"
    assert len(list(folder.iterdir())) == len(REGIONS)
    for path in folder.iterdir():
        mail = read(path)
        assert mail["Bcc"] is None
        assert set(mail.keys()) <= {
            "Subject", "Date", "X-Unsent", "MIME-Version", "Content-Type", "To", "Cc", "From",
        }  # fmt: skip
    injected = next(p for p in folder.iterdir() if p.name.startswith("x-"))
    assert read(injected)["Subject"] == "Review x Bcc: all@example.com"
    assert read(folder / "华东.eml").get_body(("html",)) is not None


def test_made_twice_it_is_the_same_and_resumed_it_is_kept(
    made: tuple[Path, dict[str, Any]],
) -> None:
    folder, asked = made
    report(**asked, out=folder / "again", jobs=2)
    for path in (folder / "out" / "mail").iterdir():
        assert path.read_bytes() == (folder / "again" / "mail" / path.name).read_bytes()
    manifest = json.loads((folder / "out" / "manifest.json").read_text("utf-8"))
    assert "mail/East.eml" in manifest["reports"][0]["files"]
    assert all(run.kept for run in report(**asked, out=folder / "again", resume=True))
    text = MAIL.replace("boss@", "chief@")
    (folder / "mail.csv").write_text(text, "utf-8")
    runs = report(**asked, out=folder / "again", resume=True)
    assert [run.job.value for run in runs if not run.kept] == ["East"]
    assert read(folder / "again" / "mail" / "East.eml")["Cc"] == "chief@example.com"


def test_who_gets_nothing_has_no_draft(tmp_path: Path) -> None:
    asked = batch(tmp_path, ["East", "West"], "report,to\nEast,li@example.com\n")
    report(**asked, out=tmp_path / "out")
    assert [p.name for p in (tmp_path / "out" / "mail").iterdir()] == ["East.eml"]
    assert "mail/East.eml" in (tmp_path / "out" / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("report,to\nEast,li\n", "factory.mail_address", 'row 2: "li" is no list'),
        (
            'report,to\nEast,"a@example.com\nBcc: b@example.com"\n',
            "factory.mail_address",
            "no list",
        ),
        ("report,to\nEast,a@example.com b@example.com\n", "factory.mail_address", "no list"),
        ("report,to\nEast,lí@example.com\n", "factory.mail_address", "no list"),
        ("report,to,copy\nEast,a@example.com,b\n", "factory.mail_column", 'Allowed: "'),
        ("report,to\nEast,\n", "factory.mail_without", 'No "to"'),
        ("report,to\nEast,a@x.com\nEast,b@x.com\n", "factory.mail_twice", "row 3"),
        ("report,to\n", "factory.mail_nobody", "names no reader"),
    ],
)
def test_what_is_wrong_with_a_list_is_said(tmp_path: Path, text: str, key: str, said: str) -> None:
    file = tmp_path / "mail.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(FunnelkitError) as caught:
        read_recipients(file)
    inner = caught.value.values.get("problem")
    keys = [caught.value.key, *(p.key for p in getattr(inner, "problems", ()))]
    assert key in keys
    with speaking("en"):
        assert said in str(caught.value)


def test_a_report_that_is_not_made_is_refused_before_anything_starts(tmp_path: Path) -> None:
    asked = batch(tmp_path, ["East", "West"], "report,to\nEats,li@example.com\n")
    with pytest.raises(FunnelkitError) as caught:
        plan(**asked, out=tmp_path / "out")
    with speaking("en"):
        assert 'no report "Eats". Reports: "East", "West"' in str(caught.value)
    assert not (tmp_path / "out").exists()
    with pytest.raises(FunnelkitError) as caught:
        plan(**{**asked, "mail": tmp_path / "nowhere.csv"}, out=tmp_path / "out")
    assert caught.value.key == "report.rows_missing"
