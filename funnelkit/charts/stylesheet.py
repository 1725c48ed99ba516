"""The style sheet of report pages, written from the tokens."""

from __future__ import annotations

from funnelkit.charts import tokens as t
from funnelkit.charts.fonts import FAMILY

# The packaged font is within reach where the kit itself prints; readers see their system's.
_FAMILY = (
    f'"{FAMILY}", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", '
    '"Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif'
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
    return names | {name.replace("_", "-"): colour for name, colour in t.OUTCOMES.items()}


def _declare(values: dict[str, str]) -> str:
    return " ".join(f"--fk-{name}: {value};" for name, value in values.items())


def stylesheet() -> str:
    """Return CSS: variables, then plain elements, then the few classes of the kit."""
    sizes = {f"size-{name}": f"{size:g}rem" for name, size in t.PAGE_SIZES.items()}
    space = {f"space-{name}": f"{size:g}rem" for name, size in t.SPACE.items()}
    return f"""\
:root {{ color-scheme: light; {_declare(_light())} {_declare(sizes)} {_declare(space)} }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ color-scheme: dark; {_declare(dict(t.DARK))} }}
}}
{_RULES}"""


_RULES = """\
.fk-page { background: var(--fk-paper); color: var(--fk-ink); font-family: var(--fk-family);
  font-size: var(--fk-size-body); line-height: 1.55; margin: 0 auto; max-width: 62rem;
  padding: var(--fk-space-l) var(--fk-space-m); }
body.fk-body { background: var(--fk-paper); margin: 0; }
.fk-page h1 { font-size: var(--fk-size-h1); line-height: 1.25; margin: 0 0 var(--fk-space-s); }
.fk-page h2 { font-size: var(--fk-size-h2); line-height: 1.3;
  margin: var(--fk-space-l) 0 var(--fk-space-s);
  border-top: 1px solid var(--fk-rule); padding-top: var(--fk-space-m); }
.fk-page h3 { font-size: var(--fk-size-h3); margin: var(--fk-space-m) 0 var(--fk-space-xs); }
.fk-page a { color: var(--fk-link); }
.fk-page a:focus-visible, .fk-page summary:focus-visible { outline: 2px solid var(--fk-accent);
  outline-offset: 2px; }
.fk-page code, .fk-page pre { background: var(--fk-wash); border-radius: 3px; }
.fk-page pre { overflow-x: auto; padding: var(--fk-space-s); }
.fk-muted { color: var(--fk-muted); font-size: var(--fk-size-small); }
.fk-accent { color: var(--fk-accent); font-weight: 600; }
.fk-good { color: var(--fk-good); } .fk-watch { color: var(--fk-watch); }
.fk-bad { color: var(--fk-bad); }
.fk-chart { margin: var(--fk-space-m) 0; }
.fk-chart img { background: #ffffff; border-radius: 4px; display: block; height: auto;
  max-width: 100%; }
.fk-chart figcaption { font-weight: 600; margin-bottom: var(--fk-space-xs); }
.fk-chart details { color: var(--fk-muted); font-size: var(--fk-size-small);
  margin-top: var(--fk-space-xs); }
.fk-chart summary { cursor: pointer; }
.fk-table-wrap { overflow-x: auto; }
.fk-page table, .fk-chart table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.fk-page th, .fk-chart th { border-bottom: 1.5px solid var(--fk-muted); font-weight: 600;
  text-align: left; vertical-align: bottom; }
.fk-page td, .fk-chart td { border-bottom: 1px solid var(--fk-rule); }
.fk-page th, .fk-page td, .fk-chart th, .fk-chart td { padding: 0.25rem 0.75rem 0.25rem 0; }
/* A table inside a form or a what-if stands outside any page. */
.fk-table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.fk-table th, .fk-table td { padding: 0.2rem 0.75rem 0.2rem 0; text-align: left; }
.fk-num { text-align: right !important; }
.fk-cards { display: grid; gap: var(--fk-space-m); margin: var(--fk-space-m) 0;
  grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
.fk-card { background: var(--fk-wash); border-radius: 6px; padding: var(--fk-space-m); }
.fk-card b { display: block; font-size: var(--fk-size-h2); }
.fk-callout { background: var(--fk-wash); border-left: 4px solid var(--fk-accent);
  margin: var(--fk-space-m) 0; padding: var(--fk-space-s) var(--fk-space-m); }
.fk-first { border: 2px solid var(--fk-accent); border-radius: 6px;
  margin: var(--fk-space-m) 0; padding: var(--fk-space-s) var(--fk-space-m); }
.fk-first ul { margin: var(--fk-space-s) 0 0; }
@media print {
  @page { margin: 16mm 14mm; }
  .fk-page { font-size: 10pt; max-width: none; padding: 0; }
  .fk-page h2, .fk-page h3, .fk-page caption, .fk-page thead { break-after: avoid; }
  .fk-page tbody tr:first-child { break-before: avoid; }
  .fk-chart, .fk-card, .fk-callout, .fk-first, .fk-page tr { break-inside: avoid; }
  .fk-chart details:not([open]) { display: none; }
  .fk-page a { color: inherit; text-decoration: none; }
}
"""
