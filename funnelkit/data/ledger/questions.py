"""What the ledger asks rather than guesses: renamed stages, renumbered and merged deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from funnelkit.data.contract import OUTCOMES
from funnelkit.data.ledger.schema import READ
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process import Process
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.data.ledger.intake import Intake
    from funnelkit.data.ledger.store import Store

# A stage that empties into another one all at once, with this many deals, may be renamed.
FEWEST_MOVED, SHARE_MOVED = 10, 0.9
SHOWN = 10


@dataclass(frozen=True)
class Question:
    """Something an export leaves open.

    Attributes
    ----------
    about : str
        What an answer names: ``stage:LABEL`` or ``deal:ID``.
    reason : {"unknown_stage", "emptied_stage", "new_id", "merged"}
        What was noticed.
    answers : tuple of str
        Ready answers, the likeliest first.
    """

    about: str
    reason: str
    answers: tuple[str, ...]
    more: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        text = say(f"ledger.ask_{self.reason}", **self.more)
        ways = "\n".join(f'  --answer "{self.about}={a}"' for a in self.answers)
        return f"{text}\n{ways}"


class Unanswered(FunnelkitError):
    """An export that was not added, because it leaves something open; see ``.questions``."""

    def __init__(self, questions: Sequence[Question], source: str) -> None:
        super().__init__("ledger.unanswered", n=len(questions), file=source)
        self.questions = tuple(questions)

    def __str__(self) -> str:
        shown = [str(q) for q in self.questions[:SHOWN]]
        rest = len(self.questions) - SHOWN
        if rest > 0:
            shown.append(say("ledger.more_questions", n=rest))
        return "\n".join([say(self.key, **self.values), *shown, say("ledger.how_to_answer")])


def read_answers(
    given: Mapping[str, str] | Sequence[str] | None, process: Process | None
) -> dict[tuple[str, str], str]:
    """Check answers and return them by kind and what they are about.

    Examples
    --------
    >>> read_answers(["deal:006B=006A", "stage: Demo = won"], None)
    {('deal', '006B'): '006A', ('stage', 'Demo'): 'won'}
    """
    pairs = list(given.items()) if isinstance(given, Mapping) else []
    for text in [] if given is None or isinstance(given, Mapping) else given:
        about, sign, meaning = text.rpartition("=")
        if not sign:
            raise FunnelkitError("ledger.bad_answer", found=text)
        pairs.append((about, meaning))
    found: dict[tuple[str, str], str] = {}
    for about, meaning in pairs:
        kind, sign, name = about.partition(":")
        kind, name, meaning = kind.strip().lower(), name.strip(), str(meaning).strip()
        if not sign or kind not in ("stage", "deal") or not name or not meaning:
            raise FunnelkitError("ledger.bad_answer", found=f"{about}={meaning}")
        if kind == "stage" and process is not None:
            _check_stage(meaning, process)
        found[kind, name] = meaning
    return found


def _check_stage(meaning: str, process: Process) -> None:
    target = meaning.removeprefix("after:")
    allowed = [*process.stage_ids, *OUTCOMES, "ignore", "first"]
    if meaning.startswith("after:"):
        allowed = [f"after:{s}" for s in process.open_ids]
        if target in process.open_ids:
            return
    elif meaning in allowed:
        return
    raise FunnelkitError("ledger.bad_stage", found=meaning, allowed=nearest(meaning, allowed))


def about_labels(
    store: Store, intake: Intake, process: Process, before: int | None
) -> list[Question]:
    """Ask about stage labels nobody knows, with the stage their deals were last seen in."""
    asked = []
    for label, (count, options) in intake.unknown.items():
        ids = intake.unknown_deals.get(label, [])
        came = store.run(
            """SELECT k.stage, count(*) AS n FROM ledger_seen s
            JOIN ledger_states k USING (state) JOIN ledger_deals d ON d.deal = s.deal
            WHERE s.import = ? AND d.deal_id IN (SELECT unnest(?::VARCHAR[]))
                AND k.stage IS NOT NULL
            GROUP BY k.stage ORDER BY n DESC, k.stage LIMIT 1""",
            [before, ids],
        ).fetchone()
        from_ = came[0] if came else None
        options = [o for o in options if o not in OUTCOMES]
        likely = [from_, *options] if from_ else options
        likely = list(dict.fromkeys(likely))[:3]
        after = from_ if from_ in process.open_ids else process.open_ids[-1]
        more = {
            "label": label,
            "n": count,
            "seen": say("ledger.ask_came_from", n=int(came[1]), stage=process.label(came[0]))
            if came and came[0] in process.stage_ids
            else "",
        }
        ways = (*likely, f"after:{after}", "ignore")
        asked.append(Question(f"stage:{label}", "unknown_stage", ways, more))
    return asked


def about_stages(
    store: Store,
    process: Process,
    before: int,
    answered: set[str],
    label_of: Mapping[str, str],
) -> list[Question]:
    """Ask about a stage that emptied into one that was empty: was it renamed, or did deals move."""
    rows = store.run(
        f"""WITH was AS (
            SELECT d.deal_id, k.stage FROM ledger_seen s JOIN ledger_states k USING (state)
            JOIN ledger_deals d ON d.deal = s.deal
            WHERE s.import = ? AND s.how = {READ} AND k.outcome = 'open' AND k.stage IS NOT NULL
        ), now AS (SELECT deal_id, stage FROM fk_in WHERE outcome = 'open' AND stage IS NOT NULL),
        moved AS (
            SELECT was.stage AS a, now.stage AS b, count(*) AS n
            FROM was JOIN now USING (deal_id) GROUP BY ALL
        ), all_of AS (SELECT a, sum(n) AS n FROM moved GROUP BY a)
        SELECT m.a, m.b, m.n::INTEGER, o.n::INTEGER FROM moved m JOIN all_of o USING (a)
        WHERE m.a <> m.b AND m.n >= {FEWEST_MOVED} AND m.n >= {SHARE_MOVED} * o.n
            AND m.a NOT IN (SELECT stage FROM now) AND m.b NOT IN (SELECT stage FROM was)
        ORDER BY m.n DESC""",
        [before],
    ).fetchall()
    asked = []
    for old, new, moved, of in rows:
        label = label_of.get(new, new)
        if label in answered:
            continue
        more = {
            "old": process.label(old), "new": process.label(new), "moved": moved, "of": of,
            "renamed": f"stage:{label}={old}", "same": f"stage:{label}={new}",
        }  # fmt: skip
        asked.append(Question(f"stage:{label}", "emptied_stage", (old, new), more))
    return asked


def about_deals(store: Store, before: int, answered: set[str]) -> list[Question]:
    """Ask about ids that vanished while their double is there, under a new id or a known one."""
    rows = store.run(
        f"""WITH was AS (
            SELECT d.deal_id, k.* FROM ledger_seen s JOIN ledger_states k USING (state)
            JOIN ledger_deals d ON d.deal = s.deal WHERE s.import = ? AND s.how = {READ}
        ), gone AS (
            SELECT * FROM was WHERE deal_id NOT IN (SELECT deal_id FROM fk_in)
                AND name IS NOT NULL AND account IS NOT NULL
        ), here AS (
            SELECT i.*, d.deal IS NULL AS fresh
            FROM fk_in i LEFT JOIN ledger_deals d USING (deal_id)
        ), twins AS (
            SELECT g.deal_id AS old, i.deal_id AS new,
                i.fresh, g.name, g.account,
                row_number() OVER (PARTITION BY g.deal_id ORDER BY i.fresh DESC,
                    i.created_at = g.created_at DESC, i.deal_id) AS nth
            FROM gone g JOIN here i ON i.name = g.name AND i.account = g.account
            WHERE CASE WHEN i.fresh
                THEN i.amount IS NOT DISTINCT FROM g.amount
                    AND i.created_at IS NOT DISTINCT FROM g.created_at
                ELSE i.amount = g.amount OR i.created_at = g.created_at END
        )
        SELECT old, new, fresh, name, account FROM twins WHERE nth = 1 ORDER BY old""",
        [before],
    ).fetchall()
    asked = []
    for old, new, fresh, name, account in rows:
        about = new if fresh else old
        if {about, old, "*"} & answered:
            continue
        more = {"old": old, "new": new, "name": name, "account": account}
        if fresh:
            asked.append(Question(f"deal:{new}", "new_id", (old, "new"), more))
        else:
            asked.append(Question(f"deal:{old}", "merged", (new, "gone"), more))
    return asked
