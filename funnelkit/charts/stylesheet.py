"""The style sheet of report pages, written from the tokens."""

from __future__ import annotations

from importlib import resources

from funnelkit.charts import tokens as t
from funnelkit.charts.fonts import FAMILY
from funnelkit.charts.fonts.webfont import WEB_FAMILY

# First the Chinese a page carries, then the packaged font where the kit itself prints, then the
# reader's own.
_FAMILY = (
    f'"{WEB_FAMILY}", "{FAMILY}", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", '
    '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif'
)


def _light() -> dict[str, str]:
    names = {
        "family": _FAMILY,
        "paper": t.PAPER,
        "ink": t.INK,
        "muted": t.MUTED,
        "rule": t.RULE,
        "wash": t.WASH,
        "accent": t.ACCENT,
        "link": t.STAGE,
        "good": t.GOOD_TEXT,
        "watch": t.WATCH_TEXT,
        "bad": t.BAD_TEXT,
        "stage": t.STAGE,
        "stage-light": t.STAGE_LIGHT,
        "stage-dark": t.STAGE_DARK,
    }
    outcomes = {name.replace("_", "-"): colour for name, colour in t.OUTCOMES.items()}
    return names | outcomes | t.PAGE


def _declare(values: dict[str, str]) -> str:
    return " ".join(f"--fk-{name}: {value};" for name, value in values.items())


def stylesheet() -> str:
    """Return CSS: variables, then plain elements, then the few classes of the kit."""
    sizes = {f"size-{name}": f"{size:g}rem" for name, size in t.PAGE_SIZES.items()}
    space = {f"space-{name}": f"{size:g}rem" for name, size in t.SPACE.items()}
    rules = (resources.files("funnelkit.charts") / "page_rules.css").read_text("utf-8")
    return f"""\
:root {{ color-scheme: light; {_declare(_light())} {_declare(sizes)} {_declare(space)} }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ color-scheme: dark; {_declare(t.DARK | t.PAGE_DARK)} }}
}}
{rules}"""
