"""Several exports stacked in one table, read as a ledger takes them in."""

from __future__ import annotations

from dataclasses import replace

from funnelkit.data.defects import Finding, Findings
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.reading.reading import Reading


def finish(reading: Reading) -> Pipeline:
    """Run a reading to its end; the exports of a stack go through a ledger, one after the other.

    The process and the meaning of the labels are settled over all exports at once; the last
    export tells the rest.
    """
    if not reading.exports:
        return reading.run()
    from funnelkit.data.ledger.book import Ledger  # only a stack needs it

    exports = reading.exports
    ledger = Ledger()
    ledger.add_stack(reading)
    made = ledger.pipeline()
    reading.run()  # the last export, for what was decided on the way
    stack = Finding("stack_read", file=reading.main[0].name, count=len(exports),
                    more={"since": exports[0][0], "until": exports[-1][0]})  # fmt: skip
    told = [f for f in made.findings if f.reason != "ledger.read"]
    told = [replace(f, file=stack.file) for f in told]
    return replace(made, name=reading.name, findings=Findings([*told, stack]))
