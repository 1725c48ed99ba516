"""What lets a seat begin without a network: start files, and all that is needed as wheels."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from email import message_from_bytes
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.teach.build import ROOT
from funnelkit.words import language, say
from funnelkit.words.texts import texts

_FILES = Path(__file__).parent / "starter"
#: What pip calls the machines a box is made for, and what Python says there of itself.
PLATFORMS: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "windows": (
        ("win_amd64",),
        {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows",
         "platform_machine": "AMD64"},
    ),
    "macos": (
        ("macosx_14_0_arm64",),
        {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin",
         "platform_machine": "arm64"},
    ),
    "macos-intel": (
        ("macosx_13_0_x86_64",),
        {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin",
         "platform_machine": "x86_64"},
    ),
    "linux": (
        (*(f"manylinux_2_{n}_x86_64" for n in range(28, 16, -1)), "manylinux2014_x86_64"),
        {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux",
         "platform_machine": "x86_64"},
    ),
    "linux-arm": (
        (*(f"manylinux_2_{n}_aarch64" for n in range(28, 16, -1)), "manylinux2014_aarch64"),
        {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux",
         "platform_machine": "aarch64"},
    ),
}  # fmt: skip
_EXTRA = "kit"
_KIT = "funnelkit"


def version() -> str:
    """Return the Python a box is made for: the one it is built with."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


@cache
def least() -> str:
    """Return the oldest release of that Python that all tools run on."""
    from packaging.specifiers import SpecifierSet

    names = {pin.partition("==")[0] for pin in _needed(PLATFORMS["linux"][1])}
    asked = [distribution(name).metadata.json.get("requires_python") for name in (_KIT, *names)]
    wanted = [SpecifierSet(str(spec)) for spec in asked if spec]
    releases = (f"{version()}.{k}" for k in range(sys.version_info[2] + 1))
    here = f"{version()}.{sys.version_info[2]}"
    return next((r for r in releases if all(spec.contains(r) for spec in wanted)), here)


def known(platforms: Sequence[str]) -> tuple[str, ...]:
    """Return the systems named.

    Raises
    ------
    FunnelkitError
        One of them is unknown.
    """
    for name in platforms:
        if name not in PLATFORMS:
            allowed = nearest(name, PLATFORMS)
            raise FunnelkitError("box.unknown_platform", found=name, allowed=allowed)
    return tuple(platforms)


def write_start(folder: Path, page: str, platforms: Sequence[str] = ()) -> None:
    """Write the start files of three systems into a learner's folder.

    Parameters
    ----------
    folder : Path
        Where the notebooks lie; ``wheels`` lies in it where the box brings the tools.
    page : str
        A page to read where nothing can be set up.
    platforms : sequence of str
        The systems the box brings the tools for.
    """
    first = f"({least().replace('.', ', ')})"
    after = f"({sys.version_info[0]}, {sys.version_info[1] + 1})"
    for name, target, end in (
        ("start-windows.bat", "start-windows.bat", "\r\n"),
        ("start.sh", "start-macos.command", "\n"),
        ("start.sh", "start-linux.sh", "\n"),
    ):
        text = (_FILES / name).read_text("utf-8")
        text = text.replace("@VERSION@", version()).replace("@FROM@", first).replace("@TO@", after)
        (folder / target).write_bytes(text.replace("\n", end).encode("ascii"))
        (folder / target).chmod(0o755)
    setup = folder / "setup"
    setup.mkdir(exist_ok=True)
    shutil.copyfile(_FILES / "begin.py", setup / "begin.py")
    told = say("box.no_python", version=version(), least=least(), page=page)
    (setup / "no-python.txt").write_bytes(told.replace("\n", "\r\n").encode())
    lines = {key: text[language()] for key, text in texts("box").items() if key in _SAID}
    held = {
        "lang": language(), "page": page, "platforms": list(platforms), "texts": lines,
        "mark": _mark(folder / "wheels"),
    }  # fmt: skip
    text = json.dumps(held, ensure_ascii=False, indent=1, sort_keys=True)
    (setup / "box.json").write_bytes(f"{text}\n".encode())


_SAID = ("no_platform", "setting_up", "no_venv", "no_wheels", "read_only", "read_all_the_same",
         "opening")  # fmt: skip


def _mark(wheels: Path) -> str:
    """Return what tells one set of tools from another."""
    names = sorted(f.name for f in wheels.glob("*.whl")) if wheels.is_dir() else []
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]


def gather(
    folder: Path, platforms: Sequence[str], tell: Callable[[str], None] = lambda line: None
) -> None:
    """Put the kit and all it needs into ``wheels``, for each system in the versions used here.

    Raises
    ------
    FunnelkitError
        The package registry cannot be reached, or has no wheel for a system.
    """
    wheels, setup = folder / "wheels", folder / "setup"
    wheels.mkdir(parents=True)
    setup.mkdir(exist_ok=True)
    _own_wheel(wheels)
    asked = _asked_by(next(wheels.glob(f"{_KIT}-*.whl")))
    for platform in platforms:
        tell(say("box.tell_wheels", platform=platform))
        tags, place = PLATFORMS[platform]
        pins = sorted(set(_needed(place, asked)))
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
            file.write("\n".join(pins))
        named = [f"--platform={tag}" for tag in tags]
        _pip(
            platform, "download", "--quiet", "--no-deps", "--only-binary=:all:", *named,
            f"--python-version={least()}", "--implementation=cp", "-d", str(wheels), "-r",
            file.name,
        )  # fmt: skip
        Path(file.name).unlink()
        (setup / f"{platform}.txt").write_text(f"{_KIT}\n" + "\n".join(pins) + "\n", "utf-8")


def _pip(platform: str, *options: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *options]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        lines = [line for line in ran.stderr.splitlines() if line.strip()]
        why = next((x for x in reversed(lines) if x.startswith("ERROR")), "".join(lines[-1:]))
        raise FunnelkitError("box.no_download", platform=platform, why=why)


def _asked_by(wheel: Path) -> list[str]:
    """Return what a wheel says it needs; what is installed may be an older one."""
    with zipfile.ZipFile(wheel) as packed:
        name = next(n for n in packed.namelist() if n.endswith(".dist-info/METADATA"))
        return message_from_bytes(packed.read(name)).get_all("Requires-Dist") or []


def _needed(place: Mapping[str, str], own: Sequence[str] = ()) -> Iterator[str]:
    """Yield what the kit needs on a system, each in the version that is installed here.

    ``own`` is what the kit itself asks for; what the installed one asks for without.
    """
    from packaging.markers import default_environment
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    here: dict[str, Any] = {**default_environment(), **place}  # one Python, another machine
    todo: list[tuple[str, tuple[str, ...]]] = [(_KIT, (_EXTRA,))]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            held = distribution(name)
        except PackageNotFoundError:  # of that system alone: the newest that fits
            yield name
            continue
        if name != _KIT:
            yield f"{name}=={held.version}"
        for line in (name == _KIT and own) or held.requires or ():
            wanted = Requirement(line)
            marker = wanted.marker
            if marker is None or any(marker.evaluate({**here, "extra": e}) for e in ("", *extras)):
                todo.append((canonicalize_name(wanted.name), tuple(sorted(wanted.extras))))


def _own_wheel(wheels: Path) -> None:
    """Build the kit's wheel of the checkout, or pack the installed one again."""
    if (ROOT / "pyproject.toml").is_file():
        _pip(_KIT, "wheel", "--quiet", "--no-deps", "-w", str(wheels), str(ROOT))
        return
    held = distribution(_KIT)
    files = [f for f in held.files or () if ".." not in f.parts and f.suffix != ".pyc"]
    name = f"{_KIT}-{held.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheels / name, "w", zipfile.ZIP_DEFLATED) as packed:
        rows: list[tuple[str, str, str]] = []
        for file in files:
            path = file.as_posix()
            if re.search(r"\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$", path):
                continue
            data = Path(str(held.locate_file(file))).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append((path, f"sha256={digest}", str(len(data))))
            packed.writestr(path, data)
        record = f"{_KIT}-{held.version}.dist-info/RECORD"
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*rows, (record, "", "")])
        packed.writestr(record, text.getvalue())
