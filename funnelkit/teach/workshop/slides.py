"""Slides of the workshop: one file, keyboard, a slide a heading, charts of the executed lessons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from funnelkit.teach.check import fill
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.workshop.agenda import Agenda, Block, title
from funnelkit.teach.workshop.key import typical
from funnelkit.teach.workshop.page import items, markdown, outputs, page, table
from funnelkit.teach.written import Find, Rule
from funnelkit.words import say

_DRAWN = (Number, Series, Find, Rule)
_SPOKEN = {"trainer"}
_LEFT_OUT = {"parameters", "setup", "report", "exit"}


@dataclass
class Slide:
    """One slide: what the room sees and what the trainer says."""

    title: str
    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    minutes: int = 0
    kind: str = "text"


def slides(agenda: Agenda, notebooks: Mapping[str, Any], name: str) -> list[Slide]:
    """Return the slides of an agenda; ``notebooks`` are the executed trainer editions."""
    made = [Slide(name, [f"<p>{escape(say(f'workshop.about_{agenda.name}'))}</p>"], kind="head")]
    for number, day in enumerate(agenda.days, start=1):
        head = (
            say("workshop.day", day=number) if len(agenda.days) > 1 else say("workshop.programme")
        )
        shown = [r for r in day if r.block.kind != "break"]
        lines = items(f"{r.begins:%H:%M} {title(r.block, agenda)}" for r in shown)
        made.append(Slide(head, [f'<div class="two">{lines}</div>']))
    for row in agenda.rows:
        block = row.block
        if block.kind == "lesson":
            made += _lesson(block, agenda, notebooks.get(block.name))
            continue
        key = f"{block.kind}_{block.name}" if block.name else block.kind
        pause = block.kind in ("break", "lunch")
        body = [f"<p class='big'>{row.clock}</p>"] if pause else []
        body += [f"<p>{escape(line)}</p>" for line in say(f"workshop.slide_{key}").split("\n")]
        notes = [] if pause else say(f"workshop.run_{key}").split("\n")
        minutes = 0 if pause else block.work
        made.append(Slide(title(block, agenda), body, notes, minutes, "head"))
    return made


def _lesson(block: Block, agenda: Agenda, notebook: Any) -> Iterator[Slide]:
    front = agenda.front(block.name)
    aims = items(str(o.text) for o in front.objectives)
    yield Slide(title(block, agenda), [f"<p>{escape(str(front.summary))}</p>", aims], kind="head")
    asked = {e.id: e for e in block.exercises}
    if notebook is None:
        yield from (_exercise(e, front.id) for e in asked.values())
        return
    slide: Slide | None = None
    for cell in notebook.cells[1:-1]:
        tags = set(cell.metadata.get("tags", []))
        if tags & _LEFT_OUT:
            continue
        if tags & _SPOKEN:
            if slide is not None:
                slide.notes.append(_plain(cell.source))
            continue
        if "exercise" in tags:
            found = re.search(r'L\.ask\("([^"]+)"\)', cell.source)
            if cell.cell_type == "code" and found and found[1] in asked:
                if slide is not None:
                    yield slide
                slide = _exercise(asked[found[1]], front.id)
            continue
        if cell.cell_type == "markdown":
            head = re.match(r"#+ (.+)\n*", cell.source)
            if head:
                if slide is not None:
                    yield slide
                slide = Slide(head[1], [markdown(cell.source[head.end() :])])
            elif slide is not None:
                if "misconception" in tags:  # read apart from the picture it is about
                    yield slide
                    slide = Slide(slide.title)
                slide.body.append(markdown(cell.source))
            continue
        for shown in outputs(cell):
            if slide is None:
                continue
            figure = "<img" in shown or "<table" in shown
            if figure and len("".join(slide.body)) > 60:  # a picture gets a slide of its own
                yield slide
                slide = Slide(slide.title)
            slide.body.append(_folded(shown))
    if slide is not None:
        yield slide


def _folded(html: str) -> str:
    """Take the tables behind a chart off the slide: they are in the lesson."""
    return re.sub(r"<details.*?</details>", "", html, flags=re.S)


def _plain(text: str) -> str:
    return re.sub(r"^> ?", "", text, flags=re.M).strip()


def _exercise(e: Exercise, lesson: str) -> Slide:
    key = "slide_exercise" if isinstance(e.kind, _DRAWN) else "slide_exercise_same"
    lines = [say(f"workshop.{key}", lesson=lesson, id=e.id)]
    if not e.draw:  # without numbers of its own the question is the same for everybody
        lines.append(fill(e.prompt, e.case(1)))
    notes = [str(e.after), *typical(e)]
    head = say("teach.exercise_heading", id=e.id, minutes=e.minutes)
    return Slide(head, [_paragraphs(lines)], notes, e.minutes, "exercise")


def _paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{escape(part)}</p>" for line in lines for part in line.split("\n"))


def slides_page(made: list[Slide], name: str) -> str:
    """Return the slides as one page: arrows, Home, End, N for notes, T for the clock."""
    parts = []
    for number, slide in enumerate(made):
        clock = f'<button class="clock" data-minutes="{slide.minutes}"></button>'
        notes = "".join(f"<div>{markdown(n)}</div>" for n in slide.notes)
        body = "".join(_shown(b) for b in slide.body)
        parts.append(
            f'<section class="slide {slide.kind}" id="s{number + 1}" '
            f'aria-label="{number + 1} / {len(made)}"{"" if number == 0 else " hidden"}>'
            f"<h1>{escape(slide.title)}</h1><div class='content'>{body}</div>"
            + (clock if slide.minutes else "")
            + (f"<aside hidden>{notes}</aside>" if notes else "")
            + f"<footer>{number + 1} / {len(made)}</footer></section>"
        )
    help_ = f'<p class="help">{escape(say("workshop.slide_keys"))}</p>'
    return page(name, "\n".join(parts) + help_, css=_CSS, script=_SCRIPT, bare=True)


def _shown(html: str) -> str:
    """Headings inside a slide begin below its own."""
    return re.sub(r"<(/?)h1\b", r"<\1h2", html)


def notes_page(made: list[Slide], name: str) -> str:
    """Return the speaker's notes, slide by slide, for paper."""
    rows = [
        (n, slide.title, Markup("<div>{}</div>").format(Markup().join(map(markdown, slide.notes))))
        for n, slide in enumerate(made, start=1)
    ]
    heads = [say("workshop.col_slide"), say("workshop.col_what"), say("workshop.col_say")]
    head = say("workshop.notes_title", name=name)
    return page(head, f"<h1>{escape(head)}</h1>{table(heads, rows)}")


_CSS = """
html, body { height: 100%; overflow: hidden; }
body.fk-body { font-family: var(--fk-family); color: var(--fk-ink); }
.slide { box-sizing: border-box; height: 100vh; padding: 5vh 6vw; position: relative;
  display: flex; flex-direction: column; font-size: 3.2vh; line-height: 1.5; }
.slide[hidden] { display: none; }
.slide h1 { font-size: 5.4vh; line-height: 1.25; margin: 0 0 2.5vh; padding-bottom: 1.2vh;
  border-bottom: 3px solid var(--fk-accent); }
.slide h2, .slide h3 { font-size: 3.8vh; margin: 1vh 0; }
.slide.head { justify-content: center; }
.slide.head .content { flex: 0 1 auto; }
.slide .content { flex: 1 1 auto; min-height: 0; overflow: hidden; }
.slide .big { font-size: 7vh; font-variant-numeric: tabular-nums; }
.slide .two ul { columns: 2; column-gap: 4vw; list-style: none; padding: 0; }
.slide .two li { padding: 0.25em 0; break-inside: avoid; }
.slide figure, .slide .fk-chart { margin: 0; }
.slide img { display: block; margin: 0 auto; max-width: 100%;
  width: auto; height: calc(var(--picture, 64) * 1vh); object-fit: contain; background: #fff; }
.slide figcaption { font-weight: 600; margin-bottom: 1vh; }
.slide table { border-collapse: collapse; font-size: 0.8em; }
.slide th, .slide td { border-bottom: 1px solid var(--fk-rule); padding: 0.35em 1.2em 0.35em 0;
  text-align: left; }
.slide th[scope=row], .slide td:first-child { white-space: nowrap; }
.slide blockquote { border-left: 6px solid var(--fk-accent); background: var(--fk-wash);
  margin: 1vh 0; padding: 1vh 2vw; }
.slide footer { position: absolute; right: 3vw; bottom: 2vh; font-size: 1.8vh;
  color: var(--fk-muted); }
.slide .clock { position: absolute; left: 6vw; bottom: 2.5vh; font: inherit; color: var(--fk-ink);
  background: var(--fk-wash); border: 1px solid var(--fk-muted); border-radius: 6px;
  padding: 0.2em 0.8em; font-variant-numeric: tabular-nums; }
.slide.exercise { background: var(--fk-wash); }
aside { position: absolute; inset: auto 0 0 0; max-height: 45vh; overflow: auto;
  background: var(--fk-paper); border-top: 3px solid var(--fk-accent); font-size: 2.2vh;
  padding: 2vh 6vw; }
.help { position: fixed; left: 6vw; bottom: -2vh; font-size: 1.5vh; color: var(--fk-muted); }
.slide:not(#s1) ~ .help { visibility: hidden; }
#s1:not([hidden]) ~ .help { visibility: visible; bottom: 1vh; }
@media print { html, body { height: auto; overflow: visible; }
  .slide, .slide[hidden] { display: flex; break-after: page; } .help { display: none; } }
"""
_SCRIPT = """
const all = [...document.querySelectorAll('.slide')];
let at = Math.max(0, all.findIndex(s => '#' + s.id === location.hash)), left = 0, ticking = null;
function fit(s) {
  const c = s.querySelector('.content'); let size = 1;
  c.style.fontSize = ''; c.style.setProperty('--picture', 64);
  const over = () => c.scrollHeight > c.clientHeight + 1 || c.scrollWidth > c.clientWidth + 1;
  for (let h = 64; h > 40 && over(); h -= 3) c.style.setProperty('--picture', h);
  while (size > 0.5 && over()) {
    size -= 0.05; c.style.fontSize = size + 'em';
  }
}
function clock(s, seconds) {
  const b = s.querySelector('.clock'); if (!b) return;
  b.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
}
function show(n) {
  at = Math.min(all.length - 1, Math.max(0, n));
  clearInterval(ticking); ticking = null;
  all.forEach((s, i) => { s.hidden = i !== at; });
  const s = all[at], b = s.querySelector('.clock');
  if (b) { left = 60 * b.dataset.minutes; clock(s, left); }
  history.replaceState(null, '', '#' + s.id);
  fit(s);
}
function tick() {
  if (ticking) { clearInterval(ticking); ticking = null; return; }
  ticking = setInterval(() => { left = Math.max(0, left - 1); clock(all[at], left); }, 1000);
}
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const to = {ArrowRight: at + 1, PageDown: at + 1, ' ': at + 1, ArrowLeft: at - 1,
    PageUp: at - 1, Home: 0, End: all.length - 1}[e.key];
  if (to !== undefined) { e.preventDefault(); show(to); }
  const notes = all[at].querySelector('aside');
  if (e.key.toLowerCase() === 'n' && notes) notes.hidden = !notes.hidden;
  if (e.key.toLowerCase() === 't' && all[at].querySelector('.clock')) tick();
});
document.querySelectorAll('.clock').forEach(b => b.addEventListener('click', tick));
addEventListener('resize', () => fit(all[at]));
show(at);
"""
