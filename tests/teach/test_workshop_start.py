"""A seat begins: start files on a Python without the kit, the network cut; a company's brand."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imsave

from funnelkit.errors import FunnelkitError
from funnelkit.teach.paper.brand import LEAST, contrast, darker, read_brand, wearing
from funnelkit.teach.paper.page import page
from funnelkit.teach.workshop import deck
from funnelkit.teach.workshop.slides import Slide
from funnelkit.teach.workshop.starting import PLATFORMS, known, least, version, write_start
from funnelkit.words import speaking

LANGUAGES = ("en", "zh")
#: Stands in for the kit and JupyterLab: tells what it was called with.
STUB = "import sys, os; print('opened', os.getcwd(), *sys.argv[1:])\n"


def stub(wheels: Path, name: str, files: dict[str, str]) -> None:
    """Write a wheel as PEP 427 has it."""
    info = f"{name}-1.0.dist-info"
    files |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        rows.append(f"{path},sha256={digest.decode()},{len(text.encode())}")
    wheels.mkdir(exist_ok=True)
    with zipfile.ZipFile(wheels / f"{name}-1.0-py3-none-any.whl", "w") as packed:
        for path, text in files.items():
            packed.writestr(path, text)
        packed.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")


@pytest.fixture
def seat(tmp_path: Path) -> Path:
    """A learner's folder with the tools in it, under a name that shells stumble over."""
    folder = tmp_path / "Room 1 & 2 (it's new)"
    folder.mkdir()
    stub(folder / "wheels", "funnelkit", {"funnelkit/__init__.py": "", "funnelkit/cli.py": STUB})
    with speaking("en"):
        write_start(folder, "L01.html", ("linux", "linux-arm"))
    for name in ("linux", "linux-arm"):
        (folder / "setup" / f"{name}.txt").write_text("funnelkit\n", "utf-8")
    return folder


def started(seat: Path, home: Path, *options: str, path: str | None = None) -> tuple[int, str]:
    """Start the folder as a bare machine does: no network, an empty home, no kit."""
    command = ["sh", str(seat / "start-linux.sh"), *options]
    if shutil.which("unshare") and not subprocess.call(["unshare", "-rn", "true"]):
        command = ["unshare", "-rn", *command]
    found = path or os.pathsep.join([str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin"])
    ran = subprocess.run(
        command, env={"HOME": str(home), "PATH": found, "LANG": "C.UTF-8"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
        cwd="/", timeout=300,
    )  # fmt: skip
    return ran.returncode, ran.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
def test_a_folder_starts_from_nothing_without_a_network(seat: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for setting_up in (True, False):  # what is set up once is not set up again
        code, said = started(seat, home, "--no-browser")
        assert code == 0, said
        assert f"opened {seat} lab --lang en --no-browser" in said
        assert ("Setting up, once" in said) == setting_up
    shutil.rmtree(home)
    home.mkdir()
    next((seat / "wheels").glob("*.whl")).unlink()
    code, said = started(seat, home)
    assert code == 1
    assert "a file is missing or damaged" in said
    assert "L01.html" in said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
def test_what_is_missing_is_said(seat: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in ("sh", "dirname", "uname", "cat", "unshare", "true"):
        if found := shutil.which(tool):
            (bare / tool).symlink_to(found)
    code, said = started(seat, tmp_path, path=str(bare))
    assert (code, f"Python {version()} ({least()} or newer) is not on" in said) == (1, True)
    with speaking("en"):
        write_start(seat, "L01.html", ("windows",))
    code, said = started(seat, tmp_path)
    assert code == 1
    assert "This box holds the tools for windows, and this is linux" in said
    shutil.rmtree(seat / "setup")
    code, said = started(seat, tmp_path)
    assert (code, "Unpack the whole zip" in said) == (1, True)


def test_the_windows_file_is_what_cmd_reads(seat: Path) -> None:
    raw = (seat / "start-windows.bat").read_bytes()
    text = raw.decode("ascii")  # cmd reads it in whatever code page is on
    assert raw.count(b"\n") == raw.count(b"\r\n")
    lines = text.splitlines()
    labels = {x.removeprefix(":") for x in lines if x.startswith(":")}
    assert {w for x in lines for w in re.findall(r"goto (\w+)", x)} <= labels
    assert "!" not in text.replace("!=", "")
    assert all(line.count('"') % 2 == 0 for line in lines)
    assert "@" not in text.replace("@echo off", "")
    mac, linux = ((seat / n).read_bytes() for n in ("start-macos.command", "start-linux.sh"))
    assert mac == linux
    assert b"\r" not in mac


def test_unknown_systems_are_refused() -> None:
    assert known(("windows", "linux")) == ("windows", "linux")
    with speaking("en"), pytest.raises(FunnelkitError, match=r'"windows".*"macos"'):
        known(("windos",))
    assert all(tags and place for tags, place in PLATFORMS.values())


def test_contrast_is_the_published_one() -> None:
    # WCAG 2.2, Understanding 1.4.3: #767676 is the lightest grey that passes on white
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") < LEAST
    assert contrast(darker("#ffcc00"), "#f3f5f8") >= LEAST


@pytest.fixture
def brand_file(tmp_path: Path) -> Path:
    imsave(tmp_path / "logo.png", np.full((40, 120, 3), 90, "uint8"))
    file = tmp_path / "brand.yaml"
    file.write_text(
        'name: "示例 & Co"\nlogo: logo.png\ncolours: {accent: "#8A1C4A", main: "#0b5d3b"}\n',
        "utf-8",
    )
    return file


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_and_slides_wear_the_brand(brand_file: Path, lang: str) -> None:
    import io

    from pptx import Presentation

    brand = read_brand(brand_file)
    assert brand is not None
    with speaking(lang), wearing(brand):
        text = page("x", "<h1>Title</h1>")
        held = Presentation(io.BytesIO(deck.deck([
            Slide("One", ["<p>Some <b>words</b></p><ul><li>a</li><li>b</li></ul><table><tr><th>k"
                          "</th><th>v</th></tr><tr><td>x</td><td>1</td></tr></table>"],
                  ["- a note"], 5),
        ], "x")))  # fmt: skip
    assert "--fk-accent: #8a1c4a" in text
    assert "示例 &amp; Co" in text
    assert "data:image/png;base64," in text
    (slide,) = held.slides
    said = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
    assert "One" in said
    assert "示例 & Co" in said
    assert "Some words" in said
    assert any(s.has_table and s.table.cell(1, 1).text == "1" for s in slide.shapes)
    assert any(s.name == "示例 & Co" for s in slide.shapes)
    assert "a note" in slide.notes_slide.notes_text_frame.text
    assert "fk-brand" not in page("x", "y")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: X\ncolours: {accent: '#ffcc00'}", "too light.*4.5.*#"),
        ("name: X\ncolours: {accent: red}", "no colour"),
        ("name: X\ncolours: {acent: '#000000'}", '"acent".*"accent"'),
        ("name: X\nlogos: a.png", '"logos".*"logo"'),
        ("name: X\nlogo: a.gif", "neither PNG"),
        ("name: X\nlogo: a.png", "cannot be opened"),
        ("name: X\nlogo: brand.png", "no picture"),
        ("colours: {}", "name is missing"),
        ("- a", "cannot be read"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_brand_that_will_not_do_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "brand.yaml"
    (tmp_path / "brand.png").write_bytes(b"no picture")
    file.write_text(text, "utf-8")
    for lang in LANGUAGES:
        with speaking(lang), pytest.raises(FunnelkitError) as refused:
            read_brand(file)

        with speaking("en"):
            assert re.search(said, str(refused.value)), str(refused.value)
