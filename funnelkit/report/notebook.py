"""nbformat, imported without what its checks of notebooks never use.

It asks jsonschema, which, where that is installed, builds a grammar of web addresses on import
and takes a second for it; a notebook's schema has none to check.
"""

from __future__ import annotations

import sys

_GRAMMAR = "rfc3987_syntax"

if _GRAMMAR in sys.modules:
    import nbformat
else:
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # what Python takes for "not there"
    try:
        import nbformat
    finally:
        del sys.modules[_GRAMMAR]

__all__ = ["nbformat"]
