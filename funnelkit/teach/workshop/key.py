"""The answer key: what is right, for the seeds of the room, and what goes wrong and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import escape

from funnelkit.teach.check import fill, told, worked_out
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.paper.page import items, page, table
from funnelkit.teach.workshop.agenda import Agenda, title
from funnelkit.teach.workshop.printed import test_key
from funnelkit.words import say

#: Two learners whose numbers stand in the key as examples.
EXAMPLES = (1, 2)


def answer_key(agenda: Agenda, name: str, seeds: Sequence[int], tests: Mapping[str, int]) -> str:
    """Return the key of an agenda.

    Parameters
    ----------
    seeds : sequence of int
        Seeds of the room, as ``funnelkit workshop collect`` lists them; two examples when none.
    tests : mapping of str to int
        The seeds of the printed tests.
    """
    shown = tuple(seeds) or EXAMPLES
    head = say("workshop.key_title", name=name)
    parts = [f"<h1>{escape(head)}</h1><p>{escape(say('workshop.key_intro'))}</p>"]
    for block in (r.block for r in agenda.rows if r.block.kind == "lesson"):
        parts.append(f"<h2>{escape(title(block, agenda))}</h2>")
        parts += [_exercise(e, shown) for e in (*block.exercises, *block.homework)]
    rows = test_key(tests)
    if rows:
        heads = [say("workshop.col_order"), "ID", *(say(f"workshop.block_test_{t}") for t in tests)]
        parts.append(f"<h2>{escape(say('workshop.key_tests'))}</h2>{table(heads, rows)}")
    return page(head, "".join(parts), css=".fk-page pre { white-space: pre-wrap; }")


def _exercise(e: Exercise, seeds: Sequence[int]) -> str:
    first, worked = worked_out(e, seeds[0])
    answers = {seeds[0]: first} | {seed: told(e.case(seed)) for seed in seeds[1:]}
    if len(set(answers.values())) == 1 and not e.draw:
        right = f"<p><strong>{escape(next(iter(answers.values())))}</strong></p>"
    else:
        heads = [say("workshop.col_seed"), say("workshop.col_right")]
        right = table(heads, [(str(seed), a) for seed, a in answers.items()])
    mistakes = items(typical(e))
    return (
        f"<h3>{escape(e.id)}</h3><p>{escape(fill(e.prompt, e.case(seeds[0])))}</p>{right}"
        f"<p>{escape(str(e.after))}</p>"
        f"<details><summary>{escape(say('workshop.key_how'))}</summary>"
        f"<pre>{escape(worked)}</pre></details>"
        f"<p>{escape(say('teach.typical_mistakes'))}</p>{mistakes}"
    )


def typical(e: Exercise) -> list[str]:
    """Return what the typical wrong answers are told."""
    named = [str(m.hint) for m in e.mistakes]
    options = [o for o in getattr(e.kind, "options", ()) if not o.right]
    options += getattr(e.kind, "items", ())
    told_options = [f"{o.text}: {o.why}" for o in options if str(o.why)]
    return list(dict.fromkeys([*named, *told_options]))
