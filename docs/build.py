"""Make the documentation: gather the pages, run Sphinx in both languages, check every link.

``python docs/build.py [--out build/docs]``. Nothing is fetched. The measures' pages are made
from the definitions that the kit's answers carry, so the two cannot differ.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import funnelkit as fk
import funnelkit.measures
from funnelkit.answers.definitions import MEASURES, definition
from funnelkit.words import say
from funnelkit.words.language import LANGUAGES, speaking

HERE = Path(__file__).parent
#: Guides that stand beside this file, in both languages, and what they are called on the site.
GUIDES = {
    "APPS": "apps", "LEDGER": "ledger", "PULLS": "pulls", "SCHEDULES": "schedules",
    "WAREHOUSE": "warehouse", "ROOM": "room", "CALIBRATION": "calibration",
}  # fmt: skip
#: The pages of measures, by what is asked: file, titles, the functions whose measures it holds.
CHAPTERS = (
    ("conversion", "Conversion and winning", "转化与赢单",
     "funnel counting_rules win_rate stage_win_rate conversion_curve conversion_window cohorts"),
    ("time", "Time and speed", "时间与速度", "time_in_stage sales_cycle time_to_reach velocity"),
    ("flow", "Flow and movement", "流动与变动",
     "snapshot in_out stage_pairs skips returns movement"),
    ("change", "Change and diagnosis", "变化与诊断", "compare trend diagnose drift"),
    ("discipline", "Dates, categories, checkpoints", "日期、类别与控制点",
     "push_rate slippage close_date_hygiene category_accuracy category_transitions checkpoints"),
    ("forecast", "Forecast", "预测", "forecast backtest"),
    ("cash", "Payments", "回款", "payments bookings"),
)  # fmt: skip
KERNEL = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n\n"
TOLD = ("formula", "definition", "denominator", "unit", "source")


def main() -> None:
    """Build the site and refuse it where a link leads nowhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/docs"))
    out = parser.parse_args().out.resolve()
    sources = out.parent / "docs-sources"
    for lang in LANGUAGES:
        gather(lang, sources / lang)
        shutil.rmtree(out / lang, ignore_errors=True)
        sphinx(lang, sources / lang, out / lang, sources / f"{lang}-doctrees")
    (out / "index.html").write_text(DOOR, "utf-8")
    (out / "llms.txt").write_text(llms(), "utf-8")
    broken = list(broken_links(out))
    for line in broken:
        print(line, file=sys.stderr)
    pages = len(list(out.rglob("*.html")))
    print(f"{pages} pages in {out}, {len(broken)} broken links")
    if broken:
        raise SystemExit(1)


DOOR = """<!doctype html><html lang="en"><meta charset="utf-8"><title>funnelkit</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="0; url=en/index.html">
<p><a href="en/index.html" hreflang="en">English</a>
<p><a href="zh/index.html" hreflang="zh">中文</a>
"""


def gather(lang: str, into: Path) -> None:
    """Write every page of one language into a folder."""
    into.mkdir(parents=True, exist_ok=True)
    wanted = dict(pages(lang))
    for old in into.rglob("*.md"):
        if old.relative_to(into).as_posix() not in wanted:
            old.unlink()
    for name, text in wanted.items():
        file = into / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text("utf-8") != text:  # what did not change is not run
            file.write_text(text, "utf-8")


def pages(lang: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of every page: written, gathered and made."""
    for file in sorted((HERE / lang).rglob("*.md")):
        yield file.relative_to(HERE / lang).as_posix(), ready(file.read_text("utf-8"), lang)
    for name, page in GUIDES.items():
        yield f"{page}.md", own_language((HERE / f"{name}.md").read_text("utf-8"), lang)
    with speaking(lang):
        for k, (name, *titles, _) in enumerate(CHAPTERS):
            yield f"measures/{name}.md", chapter(k, titles[lang == "zh"], lang)
        if lang == "en":
            yield "api.md", api()


def ready(text: str, lang: str) -> str:
    """Give a page that runs code the kernel's name, the language and the data."""
    if "{code-cell}" not in text:
        return text
    return KERNEL + text.replace("\n\n", f"\n\n{setup(lang)}\n", 1)


def setup(lang: str) -> str:
    """Return the cell that every page that runs code begins with."""
    shown = 'import funnelkit as fk\n\np = fk.load("industrial")\n'
    hidden = f'import funnelkit as fk\n\nfk.set_language("{lang}")\n'
    cell = "```{code-cell} python\n"
    return f"{cell}:tags: [remove-cell]\n{hidden}```\n\n{cell}{shown}```\n"


def own_language(text: str, lang: str) -> str:
    """Return one language's half of a guide; one whose sections hold both is returned whole."""
    first, _, rest = text.partition("\n")
    titles = [t.strip() for t in first.removeprefix("#").split("·")]
    title = f"# {titles[-1] if lang == 'zh' else titles[0]}\n"
    rest = re.sub(r"^```(cron|csv)$", "```text", rest, flags=re.MULTILINE)
    rest = re.sub(r"^\[English\]\(#english\).*$", "", rest, flags=re.MULTILINE)
    second = re.search(r"^#{1,2} [^·\n]*[\u4e00-\u9fff][^·\n]*$", rest, re.MULTILINE)
    if second is None:
        return title + rest
    half = rest[second.end() :] if lang == "zh" else rest[: second.start()]
    half = re.sub(r"^## English$", "", half, flags=re.MULTILINE)
    if not re.search(r"^## ", half, re.MULTILINE):
        half = re.sub(r"^##(#+ )", r"#\1", half, flags=re.MULTILINE)
    return title + re.sub(r"\n-{3,}\s*$", "\n", half)


def chapter(place: int, title: str, lang: str) -> str:
    """Return a page of measures: each with its words and a run."""
    functions = CHAPTERS[place][-1].split()
    parts = [f"# {title}\n"]
    for m in MEASURES.values():
        if m.call.rpartition(".")[2] not in functions:
            continue
        d = definition(m.id)
        words = [f"**{say(f'answers.{w}')}**\n: {getattr(d, w)}" for w in TOLD if getattr(d, w)]
        parts.append(f"(m-{m.id})=\n## {d.title} (`{m.id}`)\n")
        parts += [f"{word}\n" for word in words]
        opened = "" if m.data == "industrial" else f'p = fk.load("{m.data}")\n'
        parts.append(f"```{{code-cell}} python\n{opened}{d.call}\n```\n")
    colon = "：** " if lang == "zh" else ":** "
    return ready("\n".join(parts).replace("**\n: ", colon), lang)


def api() -> str:
    """Return the page of every public name, from the docstrings."""
    parts = ["# API\n", "Everything stands in the package itself: `import funnelkit as fk`.\n"]
    for title, module, names in (
        ("funnelkit", "funnelkit", fk.__all__),
        ("funnelkit.measures", "funnelkit.measures", funnelkit.measures.__all__),
    ):
        seen = set(fk.__all__) if module != "funnelkit" else set()
        parts.append(f"## {title}\n\n```{{eval-rst}}")
        package = sys.modules[module]
        for name in sorted(set(names) - seen, key=str.casefold):
            thing = getattr(package, name)
            if isinstance(thing, type):
                parts.append(f".. autoclass:: {module}.{name}\n")
            elif callable(thing):
                parts.append(f".. autofunction:: {module}.{name}\n")
        parts.append("```\n")
    return "\n".join(parts)


def sphinx(lang: str, sources: Path, out: Path, doctrees: Path) -> None:
    """Run Sphinx; a warning is an error."""
    from sphinx.cmd.build import build_main

    language = {"en": "en", "zh": "zh_CN"}[lang]
    other = {"en": "zh", "zh": "en"}[lang]
    code = build_main(
        ["-b", "html", "-q", "-W", "--keep-going", "-c", str(HERE), "-d", str(doctrees),
         "-D", f"language={language}", "-D", f"nb_execution_cache_path={doctrees}-cache",
         "-A", f"other_language={other}",
         str(sources), str(out)]
    )  # fmt: skip
    if code:
        raise SystemExit(code)


def llms() -> str:
    """Return what a language model needs to find its way: pages and measures, in plain text."""
    lines = ["# funnelkit", "", f"> {say('answers.server')}", ""]
    lines += [
        "Ask the data through `funnelkit mcp DATA`; check a text with `funnelkit verify`.",
        "",
    ]
    for lang, name in (("en", "Guides"), ("zh", "中文指南")):
        lines += [f"## {name}", ""]
        for file, text in pages(lang):
            title = next(t for t in text.splitlines() if t.startswith("# ")).removeprefix("# ")
            lines.append(f"- [{title}]({lang}/{file.removesuffix('.md')}.html)")
        lines.append("")
    lines += ["## Measures", ""]
    for name in MEASURES:
        d = definition(name)
        lines.append(f"- {name}: {d.title}. {d.formula}. `{d.call}`")
    return "\n".join(lines) + "\n"


class _Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {v for k in ("id", "name") if (v := given.get(k))}
        self.links += [v for k in ("href", "src") if (v := given.get(k))]


def broken_links(site: Path) -> Iterator[str]:
    """Yield every link that leads to no file or anchor of the site, and every outside address."""
    read = {f: _Page(f.read_text("utf-8")) for f in site.rglob("*.html")}
    for page, found in read.items():
        for link in found.links:
            parts = urlsplit(link)
            where = f"{page.relative_to(site)}: {link}"
            if parts.scheme in ("http", "https") or parts.netloc:
                if not link.startswith(ALLOWED):
                    yield f"{where} leads outside"
                continue
            if parts.scheme:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.is_dir():
                target /= "index.html"
            anchors = read[target].anchors if target in read else set()
            lost = parts.fragment and target in read and unquote(parts.fragment) not in anchors
            if lost or not target.is_file():
                yield where


# The theme's and the format's own home pages, in the footer.
ALLOWED = ("https://pradyunsg.me", "https://github.com/pradyunsg/furo", "http://www.w3.org/")

if __name__ == "__main__":
    main()
