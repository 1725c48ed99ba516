"""File names for values that people typed: safe everywhere, unique, still readable."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

_LONGEST = 50
# Names the batch writes itself, and names Windows keeps for devices.
_TAKEN = {"index", "manifest", "con", "prn", "aux", "nul"} | {
    f"{device}{n}" for device in ("com", "lpt") for n in range(1, 10)
}


def _readable(value: str) -> str:
    text = unicodedata.normalize("NFKC", value)
    kept = "".join(c if c.isalnum() else "-" for c in text)
    return "-".join(filter(None, kept.split("-")))


def file_names(values: Iterable[str]) -> list[str]:
    """Return one file name (without ending) for each value.

    Letters and digits of any script are kept.  A value that loses anything, or whose name is taken
    (also when only upper and lower case differ), gets a few signs of its checksum behind it.

    Examples
    --------
    >>> file_names(["East", "华东", "New York", "a/b"])
    ['East', '华东', 'New-York', 'a-b-c14cd']
    """
    seen = set(_TAKEN)
    names = []
    for value in values:
        name = _readable(value)
        if (
            not name
            or len(name) > _LONGEST
            or name != value.replace(" ", "-")
            or name.casefold() in seen
        ):
            digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
            size = 5
            stem = name[:_LONGEST].strip("-")
            while True:
                name = "-".join(filter(None, [stem, digest[:size]]))
                if name.casefold() not in seen:
                    break
                size += 1
        seen.add(name.casefold())
        names.append(name)
    return names
