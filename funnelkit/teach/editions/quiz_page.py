"""The page of the two tests: before the course, after it, what has changed."""

from __future__ import annotations

from typing import Any

from funnelkit.teach.editions.notebooks import _code, _markdown, notebook
from funnelkit.words import say, speaking


def quiz_notebook(language: str) -> Any:
    """Return the page, not executed."""
    with speaking(language):
        cells = [
            _markdown(f"# {say('quiz.page_title')}\n\n{say('quiz.page_intro')}"),
            _code(
                "from funnelkit.teach.quiz import gain, quiz\n"
                "from funnelkit.words import set_language\n\n"
                f'set_language("{language}")\n'
                'quiz("before")',
                ("setup",),
            ),
            _markdown(f"## {say('quiz.title_after')}"),
            _code('quiz("after")', ("setup",)),
            _markdown(f"## {say('quiz.page_gain')}"),
            _code("gain()", ("setup",)),
            _markdown(f"[{say('teach.overview')}](00_start_here.ipynb)"),
        ]
    return notebook(cells, f"quiz-{language}")
