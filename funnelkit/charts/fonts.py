"""One packaged font for every chart; installed Chinese fonts only lend missing glyphs."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

FAMILY = "Funnelkit Sans SC"

# Tried in this order for characters outside GB 2312, such as rare surnames.
_LENDERS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "DejaVu Sans",
)


def path() -> Path:
    """Return the file of the packaged font."""
    return Path(str(resources.files("funnelkit.charts") / "fonts" / "FunnelkitSansSC-Regular.otf"))


@cache
def family() -> list[str]:
    """Make the packaged font known to matplotlib and return the families to draw with."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(str(path()))
    # A family that is not installed would draw a warning for every text.
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return [FAMILY, *(name for name in _LENDERS if name in installed)]
