"""The questions a file leaves open, asked one by one on a terminal or as a form in a notebook."""

from pathlib import Path
from typing import Any

from funnelkit.data.ask.dialogue import Dialogue
from funnelkit.data.ask.written import mapping_beside, place_of
from funnelkit.data.understanding.questions import Unsure


def asked(read: Any, source: Any, mapping: Any) -> Any:
    """Read, asking what is open where somebody sits: on a terminal, or as a form in a notebook.

    Returns
    -------
    Pipeline, or Form
        The form has the pipeline once it is answered, as ``.pipeline``.

    Raises
    ------
    Unsure
        Something is open and nobody can be asked.
    """
    from funnelkit.data.ask.form import Form, in_notebook
    from funnelkit.data.ask.terminal import ask, somebody_there

    talk = Dialogue(read, mapping_beside(source) if mapping is None else mapping)
    if not talk.pending:
        return talk.result
    if in_notebook():
        return Form(talk, source)
    if somebody_there():
        return ask(talk, source)
    raise Unsure(talk.pending, Path(source).name if isinstance(source, str | Path) else "")


__all__ = ["Dialogue", "asked", "mapping_beside", "place_of"]
