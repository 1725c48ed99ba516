"""What is kept with a pipeline: worked out once, by arguments; a refusal is not kept."""

from __future__ import annotations

import pytest

import funnelkit as fk
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline


def test_once_for_the_same_arguments_and_pipeline() -> None:
    asked: list[tuple[str, int]] = []

    @kept
    def twice(p: Pipeline, n: int, more: int = 0) -> int:
        asked.append((p.name, n))
        return 2 * n + more

    p, part = fk.load("tiny"), fk.load("tiny").where(region="North")
    assert [twice(p, 1), twice(p, 1), twice(p, 2), twice(part, 1), twice(p, 1, more=5)] == (
        [2, 2, 4, 2, 7]
    )
    assert len(asked) == 4


def test_a_refusal_is_asked_again() -> None:
    asked = []

    @kept
    def refuse(p: Pipeline) -> None:
        asked.append(p)
        raise ValueError("asked")

    p = fk.load("tiny")
    for _ in range(2):
        with pytest.raises(ValueError, match="asked"):
            refuse(p)
    assert len(asked) == 2


def test_what_cannot_be_compared_is_worked_out_each_time() -> None:
    asked = []

    @kept
    def length(p: Pipeline, names: list[str]) -> int:
        asked.append(names)
        return len(names)

    p = fk.load("tiny")
    assert (length(p, ["a"]), length(p, ["a"])) == (1, 1)
    assert len(asked) == 2
