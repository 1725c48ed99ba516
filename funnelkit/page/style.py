"""The look of pages: the theme's colours and type, and what only a page needs."""

from __future__ import annotations

import re
from importlib import resources

#: What a page writes in no bold type: the names of deals would make the font large.
_PLAIN = re.compile(
    r'<details class="fk-lists".*?</details>|<script type="application/json".*?</script>', re.S
)


def page_css() -> str:
    """Return the style sheet of reports, their index and the apps."""
    from funnelkit.charts import theme

    own = resources.files("funnelkit.page") / "page.css"
    return theme.css() + "\n" + own.read_text("utf-8")


def with_fonts(page: str) -> str:
    """Return a page with the Chinese it shows as a font inside it."""
    from funnelkit.charts.fonts.webfont import font_css

    bold = _PLAIN.sub("", page)
    return page.replace("<style>\n", f"<style>\n{font_css(page, bold)}", 1)
