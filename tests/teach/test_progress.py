"""The learner's record: several notebooks at once, full disks, files from strangers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.teach.check import check, hint
from funnelkit.teach.learner.progress import FILE, Progress
from funnelkit.teach.workshop.collect import collect
from funnelkit.words import speaking

_MANY = """
import sys
from funnelkit.teach.learner.progress import Progress
kept = Progress.open(sys.argv[1])
print("ready", flush=True); sys.stdin.readline()
for k in range(150):
    kept.record("answer", exercise=f"{sys.argv[2]}.{k}", state="wrong", mistake="")
assert kept.problem is None, kept.problem
"""


def test_two_notebooks_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / FILE
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _MANY, str(path), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for name in "AB"
    ]  # fmt: skip
    try:
        for p in both:
            assert p.stdout is not None
            assert p.stdout.readline().strip() == b"ready"
        for p in both:
            assert p.stdin is not None
            p.stdin.write(b"\n")
            p.stdin.flush()
        assert [p.wait(timeout=120) for p in both] == [0, 0]
    finally:
        for p in both:
            p.kill()
            p.communicate()
    kept = Progress.open(path)
    asked = [e["exercise"] for e in kept.events]
    assert len(asked) == 300
    assert set(asked) == {f"{name}.{k}" for name in "AB" for k in range(150)}
    assert {p.name for p in tmp_path.iterdir()} == {FILE, f".{FILE}.lock"}


def test_one_folder_has_one_seed(tmp_path: Path) -> None:
    first, second = Progress.open(tmp_path / FILE), Progress.open(tmp_path / FILE)
    first.save()
    second.record("hint", exercise="L01.2", step=1)
    assert second.seed == first.seed == Progress.open(tmp_path / FILE).seed


def test_what_a_killed_notebook_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / f".{FILE}-abc.part"
    left.write_text('{"version": 1, "se')
    kept = Progress.open(tmp_path / FILE)
    kept.record("hint", exercise="L01.2", step=1)
    assert not left.exists()
    assert len(Progress.open(tmp_path / FILE).events) == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_full_disk_is_told_and_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    kept = Progress.open(tmp_path / FILE)
    kept.record("hint", exercise="L01.2", step=1)
    with monkeypatch.context() as m, speaking(lang):

        def full(fd: int) -> None:
            raise OSError(28, "No space left on device")

        m.setattr(os, "fsync", full)
        found = check("L01.2", "nothing of the kind", progress=kept)
        assert "No space left on device" in found.next_step
        assert FILE in found.next_step
        assert "No space left" in hint("L01.2", progress=kept)
        assert len(Progress.open(tmp_path / FILE).events) == 1
        assert kept.count("answer", "L01.2") == 1  # in this notebook nothing is lost
    kept.record("solution", exercise="L01.2")
    assert [e["event"] for e in Progress.open(tmp_path / FILE).events] == [
        "hint", "answer", "hint", "solution",
    ]  # fmt: skip
    assert kept.notice() == ""


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    kept = Progress.open(tmp_path / "taken" / FILE)
    found = check("L01.2", "nothing of the kind", progress=kept)
    assert found.state != "right"
    assert kept.notice()
    assert kept.count("answer", "L01.2") == 1


def whole(**changes: Any) -> dict[str, Any]:
    told = {"version": 1, "seed": 3, "learner": "", "events": []}
    return {k: v for k, v in {**told, **changes}.items() if v is not ...}


def event(**changes: Any) -> list[dict[str, Any]]:
    one = {"event": "answer", "at": "2026-11-23T10:00:00+08:00", "exercise": "L01.2",
           "state": "wrong", "mistake": ""}  # fmt: skip
    return [{k: v for k, v in {**one, **changes}.items() if v is not ...}]


WRONG: list[Any] = [
    [], 7, None, "text", whole(seed="3"), whole(seed=True), whole(seed=-1), whole(seed=2**60),
    whole(seed=1.5), whole(seed=...), whole(version="1"), whole(version=None), whole(events={}),
    whole(events=None), whole(events=[7]), whole(events=[[]]), whole(learner=7),
    whole(learner=["x"]), whole(learner="x" * 5000), whole(events=event(state=...)),
    whole(events=event(state=["right"])), whole(events=event(exercise={"a": 1})),
    whole(events=event(exercise=...)), whole(events=event(mistake=[1])),
    whole(events=event(test="mid")), whole(events=event(test=["pre"])),
    whole(events=event(at="tomorrow")), whole(events=event(at=...)), whole(events=event(at=7)),
    whole(events=event(event=None)), whole(events=event(more={"deep": [1]})),
    whole(events=event(event="review", day="soon")), whole(events=event(event="review")),
]  # fmt: skip


@pytest.mark.parametrize("kept", WRONG, ids=range(len(WRONG)))
def test_a_file_of_wrong_types_is_refused(tmp_path: Path, kept: Any) -> None:
    path = tmp_path / FILE
    path.write_text(json.dumps(kept))
    with pytest.raises(FunnelkitError) as caught:
        Progress.open(path)
    assert caught.value.key == "teach.progress_unreadable"
    with pytest.raises(FunnelkitError):  # nobody else was there
        raise collect(tmp_path).problems[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_room_with_hostile_files_is_told_by_name(tmp_path: Path, lang: str) -> None:
    def put(name: str, body: bytes) -> None:
        (tmp_path / f"funnelkit-progress-{name}.json").write_bytes(body)

    put("good", json.dumps(whole(events=event(), learner="Ann")).encode())
    put("huge", b'{"version": 1, "seed": 1, "events": "' + b"x" * (50 << 20) + b'"}')
    put("deep", b"[" * 100_000 + b"]" * 100_000)
    put("infinite", b'{"version": 1, "seed": 1e999, "events": []}')
    put("nan", b'{"version": 1, "seed": NaN, "events": []}')
    put("half", b'{"version": 1, "seed": 1, "learner": "\\ud800", "events": []}')
    put("gbk", '{"version": 1, "seed": 1, "learner": "王", "events": []}'.encode("gbk"))
    put("cut", b'{"version": 1, "se')
    (tmp_path / "funnelkit-progress-folder.json").mkdir()
    bad = {"huge", "deep", "infinite", "nan", "half", "gbk", "cut", "folder"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "funnelkit-progress-pipe.json")
        bad |= {"pipe"}
    with speaking(lang):
        found = collect(tmp_path)
        page = found.html()
    assert list(found.learners["learner"]) == ["Ann"]
    names = {f"funnelkit-progress-{b}.json" for b in bad}
    assert set(found.damaged) == names
    assert len(found.problems) == len(names)
    assert all(name in page for name in names)


def test_a_damaged_record_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / FILE
    kept = Progress.open(path)
    kept.record("hint", exercise="L01.2", step=1)
    path.write_text("{ half")
    kept.record("hint", exercise="L01.2", step=2)
    assert path.read_text() == "{ half"
    assert FILE in kept.notice()
    assert kept.count("hint", "L01.2") == 2
