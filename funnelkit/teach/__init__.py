"""Teaching: lessons, exercises that answer back, progress, the workshop."""

from __future__ import annotations

from funnelkit.teach.check import check, hint, solution
from funnelkit.teach.feedback import Feedback
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.lesson import Lesson, my_progress, open_lesson, ready
from funnelkit.teach.quiz import gain, hand_in, quiz
from funnelkit.teach.review import due

__all__ = [
    "Feedback",
    "Lesson",
    "Progress",
    "check",
    "due",
    "gain",
    "hand_in",
    "hint",
    "my_progress",
    "open_lesson",
    "quiz",
    "ready",
    "solution",
]
