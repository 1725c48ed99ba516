"""Slides of the workshop: one file, keyboard, a slide a heading, charts of the executed lessons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from funnelkit.teach.check import fill
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.kinds.numbers import Number, Series
from funnelkit.teach.kinds.written import Find, Rule
from funnelkit.teach.paper.page import items, markdown, outputs, page, table
from funnelkit.teach.workshop.agenda import Agenda, Block, Row, title
from funnelkit.teach.workshop.key import typical
from funnelkit.words import say

_DRAWN = (Number, Series, Find, Rule)
_SPOKEN = {"trainer"}
_LEFT_OUT = {"parameters", "setup", "report", "exit", "whatif", "limits"}
_CLOSING = {"debrief", "keypoints"}
#: Slides of a day at most, the programme among them; rows of a table; signs of a question and of
#: a table.
MOST, _ROWS, _SIGNS, _TEXT = 60, 7, 320, 700


@dataclass
class Slide:
    """One slide: what the room sees and what the trainer says."""

    title: str
    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    minutes: int = 0
    kind: str = "text"
    #: How many exercises of its lesson come before it.
    place: int = 0


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
    for day in agenda.days:
        made += _day(day, agenda, notebooks)
    return made


def _day(day: Sequence[Row], agenda: Agenda, notebooks: Mapping[str, Any]) -> Iterator[Slide]:
    """Yield the slides of a day: what all blocks need, and the rest shared among the lessons."""
    lessons = sum(row.block.kind == "lesson" for row in day)
    most = (MOST - 1 - (len(day) - lessons)) // max(1, lessons)
    for row in day:
        block = row.block
        if block.kind == "lesson":
            yield from _lesson(block, agenda, notebooks.get(block.name), most)
            continue
        key = f"{block.kind}_{block.name}" if block.name else block.kind
        pause = block.kind in ("break", "lunch")
        body = [f"<p class='big'>{row.clock}</p>"] if pause else []
        body += [f"<p>{escape(line)}</p>" for line in say(f"workshop.slide_{key}").split("\n")]
        notes = [] if pause else say(f"workshop.run_{key}").split("\n")
        minutes = 0 if pause else block.work
        yield Slide(title(block, agenda), body, notes, minutes, "head")


def _lesson(block: Block, agenda: Agenda, notebook: Any, most: int) -> list[Slide]:
    """Return at most so many slides of a lesson; what is told, not shown, goes to the notes."""
    front = agenda.front(block.name)
    aims = items(str(o.text) for o in front.objectives)
    head = Slide(title(block, agenda), [aims], [str(front.summary)], kind="head")
    asked = {e.id: e for e in block.exercises}
    if notebook is None:
        return [head, *_work(list(asked.values()), front.id, most - 1)]
    made, tasks, keys = _sections(notebook, asked, head)
    work = _work(tasks, front.id, max(1, most - 2 - len(keys)) // 2)
    room = max(0, most - 1 - len(work) - len(keys))
    for late in made[room:]:  # no place on a slide: the trainer tells it
        head.notes += [f"**{late.title}**", *late.notes]
    return [head, *_in_turn(made[:room], work), *keys]


def _sections(
    notebook: Any, asked: Mapping[str, Exercise], head: Slide
) -> tuple[list[Slide], list[Exercise], list[Slide]]:
    """Return pictures with what is said to them, the exercises, and what closes the lesson."""
    made: list[Slide] = []
    tasks: list[Exercise] = []
    keys: list[Slide] = []
    name, said, last = head.title, [], head
    for cell in notebook.cells[1:-1]:
        tags = set(cell.metadata.get("tags", []))
        if tags & _LEFT_OUT:
            continue
        if "exercise" in tags:
            found = re.search(r'L\.ask\("([^"]+)"\)', cell.source)
            if cell.cell_type == "code" and found and found[1] in asked:
                tasks.append(asked[found[1]])
        elif cell.cell_type == "markdown":
            text = _plain(cell.source)
            found = re.match(r"#+ (.+)\n*", text)
            if found:
                name, text = found[1], text[found.end() :]
                if tags & _CLOSING:
                    keys.append(Slide(name, [markdown(text)]))
                    last = keys[-1]
                    continue
            if text.strip():
                said.append(text)
                if tags & _SPOKEN or "misconception" in tags:
                    last.notes += said
                    said = []
        else:
            for shown in filter(_figure, map(_folded, outputs(cell))):
                last = Slide(name, [_cut(shown)], said, place=len(tasks))
                made.append(last)
                said = []
    last.notes += said
    return made, tasks, keys


def _figure(html: str) -> bool:
    """Say whether a slide can show it: a picture, or a table that is not a page of text."""
    if "<img" in html:
        return True
    return "<table" in html and len(re.sub(r"<[^>]+>", "", _cut(html))) <= _TEXT


def _in_turn(made: list[Slide], work: list[Slide]) -> Iterator[Slide]:
    """Yield pictures and exercises in the order of the lesson."""
    yield from sorted([*made, *work], key=lambda s: s.place)


def _work(tasks: list[Exercise], lesson: str, most: int) -> list[Slide]:
    """Return the exercises, side by side on so many slides, each with the clock of its own."""
    size = max(1, -(-len(tasks) // max(1, most)))
    groups = [tasks[k : k + size] for k in range(0, len(tasks), size)]
    return [_exercises(g, lesson, size * k) for k, g in enumerate(groups)]


def _cut(html: str) -> str:
    """Keep the first rows of a long table: the rest is in the lesson."""
    rows = html.split("<tr")
    if "<img" in html or len(rows) <= _ROWS + 1:
        return html
    rest = len(rows) - 1 - _ROWS
    end = html[html.rindex("</table>") :] if "</table>" in html else ""
    more = f"<p>{escape(say('workshop.slide_more', n=rest))}</p>"
    return "<tr".join(rows[: _ROWS + 1]) + end + more


def _folded(html: str) -> str:
    """Take the tables behind a chart off the slide: they are in the lesson."""
    return re.sub(r"<details.*?</details>", "", html, flags=re.S)


def _plain(text: str) -> str:
    return re.sub(r"^> ?", "", text, flags=re.M).strip()


def _exercises(group: list[Exercise], lesson: str, place: int) -> Slide:
    minutes = sum(e.minutes for e in group)
    ids = [e.id for e in group]
    drawn = any(isinstance(e.kind, _DRAWN) for e in group)
    lines = [say("workshop.slide_exercise" if drawn else "workshop.slide_exercise_same",
                 lesson=lesson, ids=ids)]  # fmt: skip
    if len(group) == 1 and not group[0].draw:  # the same question for everybody
        lines.append(_first(fill(group[0].prompt, group[0].case(1))))
    notes = [line for e in group for line in (f"**{e.id}**", str(e.after), *typical(e))]
    head = say("workshop.slide_work", n=len(ids), minutes=minutes)
    return Slide(head, [_paragraphs(lines)], notes, minutes, "exercise", place + 1)


def _first(text: str) -> str:
    """Return a question, or its first lines where it is long: all of it is in the lesson."""
    kept = text if len(text) <= _SIGNS else text[:_SIGNS].rsplit(" ", 1)[0] + " …"
    return "\n".join(kept.split("\n")[:_ROWS])


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
.slide { box-sizing: border-box; height: 100vh; padding: 4vh 6vw 8vh; position: relative;
  display: flex; flex-direction: column; font-size: max(22px, 3.2vh); line-height: 1.45; }
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
.slide :is(small, figcaption, caption, sub, sup, .fk-muted) { font-size: max(18px, 0.8em); }
.slide figcaption { font-weight: 600; margin-bottom: 1vh; }
.slide table { border-collapse: collapse; font-size: max(18px, 0.8em); }
.slide th, .slide td { border-bottom: 1px solid var(--fk-rule); padding: 0.35em 1.2em 0.35em 0;
  text-align: left; }
.slide th[scope=row], .slide td:first-child { white-space: nowrap; }
.slide blockquote { border-left: 6px solid var(--fk-accent); background: var(--fk-wash);
  margin: 1vh 0; padding: 1vh 2vw; }
.slide footer { position: absolute; right: 3vw; bottom: 2vh; font-size: max(18px, 1.8vh);
  color: var(--fk-muted); }
.slide .clock { position: absolute; left: 6vw; bottom: 2.5vh; font: inherit; color: var(--fk-ink);
  background: var(--fk-wash); border: 1px solid var(--fk-muted); border-radius: 6px;
  padding: 0.2em 0.8em; font-variant-numeric: tabular-nums; }
.slide.exercise { background: var(--fk-wash); }
aside { position: absolute; inset: auto 0 0 0; max-height: 45vh; overflow: auto;
  background: var(--fk-paper); border-top: 3px solid var(--fk-accent); font-size: max(18px, 2.2vh);
  padding: 2vh 6vw; }
.help { position: fixed; left: 6vw; bottom: -2vh; font-size: max(18px, 1.5vh);
  color: var(--fk-muted); }
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
  for (let h = 64; h > 30 && over(); h -= 3) c.style.setProperty('--picture', h);
  const base = parseFloat(getComputedStyle(s).fontSize);
  while (size * base > 19 && over()) {
    size -= 0.05; c.style.fontSize = Math.max(18, size * base) + 'px';
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
