"""The look: colours told apart by everybody, readable text, every Chinese glyph there."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from funnelkit.charts import fonts, theme
from funnelkit.charts import tokens as t

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
DEFICIENCIES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "none": np.eye(3).tolist(),
}


def linear(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb_linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b*, D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ rgb_linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first: str, second: str, kind: str) -> float:
    seen = [lab(np.clip(np.array(DEFICIENCIES[kind]) @ linear(c), 0, 1)) for c in (first, second)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def test_the_distance_itself_on_black_and_white() -> None:
    assert distance("#000000", "#ffffff", "none") == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_outcomes_are_told_apart_by_colour_blind_readers(kind: str) -> None:
    for a, b in itertools.combinations(t.OUTCOMES, 2):
        assert distance(t.OUTCOMES[a], t.OUTCOMES[b], kind) > 20, (a, b, kind)


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_the_accent_stands_out_from_stages(kind: str) -> None:
    for colour in [t.STAGE, *theme.strokes(6)[:-1]]:
        assert distance(t.ACCENT, colour, kind) > 20, (colour, kind)


def test_outcomes_keep_four_steps_of_grey() -> None:
    grey = [lab(linear(t.OUTCOMES[k]))[0] for k in ("won", "lost", "no_decision", "open")]
    assert all(b - a > 8 for a, b in itertools.pairwise(grey)), grey


@pytest.mark.parametrize("count", [2, 6, 8, 12])
def test_stages_only_grow_darker(count: int) -> None:
    shades = [theme.luminance(c) for c in theme.stages(count)]
    assert len(shades) == count
    assert all(a > b for a, b in itertools.pairwise(shades))


@pytest.mark.parametrize(
    "text", [t.INK, t.MUTED, t.ACCENT, t.STAGE, t.GOOD_TEXT, t.WATCH_TEXT, t.BAD_TEXT]
)
def test_text_reads_on_light_pages(text: str) -> None:
    assert theme.contrast(text, t.PAPER) >= 4.5
    assert theme.contrast(text, t.WASH) >= 4.5


@pytest.mark.parametrize("name", ["ink", "muted", "accent", "link", "good", "watch", "bad"])
def test_text_reads_on_dark_pages(name: str) -> None:
    assert theme.contrast(t.DARK[name], t.DARK["paper"]) >= 4.5
    assert theme.contrast(t.DARK[name], t.DARK["wash"]) >= 4.5


def test_numbers_read_on_every_shade_of_a_cell() -> None:
    for share in np.linspace(0.08, 0.88, 33):
        shade = theme.mix(t.PAPER, t.STAGE_DARK, float(share))
        assert theme.contrast(theme.text_on(shade), shade) >= 4.5


def test_thin_lines_stand_out_from_the_paper() -> None:
    assert all(theme.contrast(c, t.PAPER) >= 3 for c in theme.strokes(8))


def test_the_fonts_are_small_renamed_and_licensed() -> None:
    file = fonts.path()
    # the face of charts and print, and the bold of pages (GB 2312 alone)
    assert file.stat().st_size < 6_000_000
    bold = file.with_name("FunnelkitSansSC-Bold.otf")
    assert bold.stat().st_size < 1_600_000
    for one in (file, bold):
        with TTFont(one) as font:
            assert font["name"].getDebugName(1) == fonts.FAMILY
            assert not any("Noto" in str(record) for record in font["name"].names)
    # with fewer signs than the face beside it, fontconfig takes that one for bold English
    plain, heavy = (set(TTFont(one).getBestCmap()) for one in (file, bold))
    assert {c for c in plain if c < 0x3400 or 0xA000 <= c < 0x20000} <= heavy
    licence = (file.parent / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    assert "Adobe" in licence


def test_pages_and_charts_share_their_tokens() -> None:
    css = theme.css()
    for colour in (t.INK, t.PAPER, t.ACCENT, t.STAGE, *t.OUTCOMES.values()):
        assert colour in css
    assert "prefers-color-scheme: dark" in css
    assert "@media print" in css
    assert css.count("{") == css.count("}")
    assert not re.search(r"https?:|url\(|@import", css)
    used, declared = (
        set(re.findall(r"var\((--[\w-]+)\)", css)),
        set(re.findall(r"(--[\w-]+):", css)),
    )
    assert used <= declared
