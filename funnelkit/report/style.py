"""The look of pages: the theme's colours and type, and what only a page needs."""

from __future__ import annotations

from importlib import resources


def page_css() -> str:
    """Return the style sheet of reports and of their index."""
    from funnelkit.charts import theme

    own = resources.files("funnelkit.report") / "page" / "page.css"
    return theme.css() + "\n" + own.read_text("utf-8")
