"""Neighbours in a room do not know each other in a circle, imports for types alone included."""

from __future__ import annotations

from collections.abc import Iterator

import grimp
import pytest

#: The circles by room: an error is told in words, and a wrong name of a language is an error.
KNOWN = {"": ["errors words"]}


def test_no_circle_but_those_that_are_known() -> None:
    graph = grimp.build_graph("funnelkit", cache_dir=None)
    found = {
        room.removeprefix("funnelkit").removeprefix("."): circles
        for room in sorted(graph.modules)
        if (circles := sorted(_circles(_neighbours(graph, room))))
    }
    assert found == KNOWN


@pytest.mark.parametrize(
    ("edges", "circles"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}, ["a b c"]),
        ({"a": {"b"}, "b": {"a"}, "c": {"d", "a"}, "d": {"c"}}, ["a b", "c d"]),
    ],
)
def test_a_circle_is_seen(edges: dict[str, set[str]], circles: list[str]) -> None:
    assert sorted(_circles(edges)) == circles


def _neighbours(graph: grimp.ImportGraph, room: str) -> dict[str, set[str]]:
    """Say for every module or room in a room which of its neighbours it knows."""
    inside = sorted(graph.find_children(room))
    home = {m: child for child in inside for m in {child, *graph.find_descendants(child)}}
    known: dict[str, set[str]] = {child.rpartition(".")[2]: set() for child in inside}
    for module, child in home.items():
        for other in graph.find_modules_directly_imported_by(module):
            if other in home and home[other] != child:
                known[child.rpartition(".")[2]].add(home[other].rpartition(".")[2])
    return known


def _circles(edges: dict[str, set[str]]) -> Iterator[str]:
    """Yield groups of two and more that all reach each other."""
    reached = {name: _reached(edges, name) for name in edges}
    groups = {
        frozenset({name, *(o for o in reached[name] if name in reached[o])}) for name in edges
    }
    yield from (" ".join(sorted(group)) for group in groups if len(group) > 1)


def _reached(edges: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        for name in edges[todo.pop()] - seen:
            seen.add(name)
            todo.append(name)
    return seen
