"""Teaching: lessons, exercises that answer back, progress, the workshop."""

from __future__ import annotations

from funnelkit.teach.check import check, hint, solution
from funnelkit.teach.feedback import Feedback
from funnelkit.teach.lesson import Lesson, my_progress, open_lesson, ready
from funnelkit.teach.progress import Progress

__all__ = [
    "Feedback",
    "Lesson",
    "Progress",
    "check",
    "hint",
    "my_progress",
    "open_lesson",
    "ready",
    "solution",
]
