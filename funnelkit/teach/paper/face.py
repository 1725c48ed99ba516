"""The packaged font inside a page: what is printed shows Chinese on a machine without its fonts."""

from __future__ import annotations

import base64
from functools import lru_cache

from funnelkit.charts.fonts import FAMILY, cut


def packaged_face(html: str) -> str:
    """Return the packaged font, cut to the signs of a page, as a rule of its style sheet.

    The same signs give the same bytes.
    """
    return _face("".join(sorted(set(html))))


@lru_cache(maxsize=64)
def _face(signs: str) -> str:
    data = base64.b64encode(cut(signs)).decode("ascii")
    return (
        f'@font-face {{ font-family: "{FAMILY}"; '
        f'src: url("data:font/woff;base64,{data}") format("woff"); }}\n'
    )
