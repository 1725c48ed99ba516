"""Colours, type sizes and spacing: the one place both charts and pages take them from."""

from __future__ import annotations

from typing import Final

# Neutrals.
PAPER: Final = "#ffffff"
INK: Final = "#1f2933"
MUTED: Final = "#52606d"
RULE: Final = "#d3dae1"
WASH: Final = "#f3f5f8"

# Stages run through one hue, light to dark: the order is in the lightness, so it survives in grey.
STAGE_LIGHT: Final = "#bcd7ee"
STAGE_DARK: Final = "#12406b"
STAGE: Final = "#2f6fa7"
STROKE_LIGHT: Final = "#4f92cb"  # the lightest line that still stands 3:1 on paper

# Outcomes: hues that colour-blind readers tell apart, and four steps of lightness for grey.
OUTCOMES: Final = {
    "won": "#00684b",
    "lost": "#c8540a",
    "no_decision": "#e0ab4a",
    "open": "#d5dce3",
}

# What to look at, and nothing else.
ACCENT: Final = "#99002e"

# Text on tinted boxes of a page.
GOOD_TEXT: Final = "#00583f"
WATCH_TEXT: Final = "#7a4a00"
BAD_TEXT: Final = "#9c3b00"

DARK: Final = {
    "paper": "#15191e",
    "ink": "#e6eaee",
    "muted": "#a9b4bf",
    "rule": "#3a444f",
    "wash": "#1f262d",
    "accent": "#ff8fab",
    "link": "#8fc3f2",
    "good": "#6fd6b1",
    "watch": "#f0c674",
    "bad": "#ffa56b",
}

# What only a page has: lines of two weights, marks of charts in rows.
PAGE: Final = {
    "rule": "#dbe1e7",
    "strong": "#8895a3",
    "link": "#1d5a91",
    "nodec-edge": "#a06c08",
    "band": STAGE_LIGHT,
    "edge": STROKE_LIGHT,
    "f0": "#bcd7ee",
    "f1": "#9bbbd9",
    "f2": "#799fc3",
    "f3": "#5781a6",
    "f4": "#356189",
    "f5": "#12406b",
}
PAGE_DARK: Final = {
    "rule": "#343d47",
    "strong": "#74818e",
    "won": "#4fc39b",
    "lost": "#ffa56b",
    "no-decision": "#f0c674",
    "nodec-edge": "#f0c674",
    "stage": "#6ba9dd",
    "stage-dark": "#b9d9f5",
    "band": "#2b5579",
    "edge": "#5b9bd5",
    "f0": "#23425f",
    "f1": "#31597d",
    "f2": "#42729d",
    "f3": "#5a8fbe",
    "f4": "#86b4dc",
    "f5": "#b9d9f5",
}

# Points in a chart, and the same steps as rem on a page (12 pt of body text is 1 rem).
SIZES: Final = {"small": 8.0, "body": 9.0, "label": 10.0, "title": 13.0}
PAGE_SIZES: Final = {"small": 0.8125, "body": 0.9375, "h3": 1.0, "h2": 1.25, "h1": 1.5}

# Spacing on a page in rem; in a chart, inches.
SPACE: Final = {"xs": 0.25, "s": 0.5, "m": 1.0, "l": 1.5, "xl": 3.0}
PAD: Final = 0.12
WIDTH: Final = 8.0
ROW: Final = 0.42
DPI: Final = 160
