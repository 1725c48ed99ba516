"""Rooms that open a module when one of its names is first asked for (PEP 562)."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_HOMES: dict[str, dict[str, str]] = {}
_EACH: dict[str, Callable[[Any], Any]] = {}


class _Room(ModuleType):
    """A package whose function keeps its name where a module in it is called the same."""

    def __setattr__(self, name: str, value: Any) -> None:
        # whoever imports ``room.funnel`` has the import system put the module at ``room.funnel``
        if isinstance(value, ModuleType) and _HOMES[self.__name__].get(name) == value.__name__:
            value = _EACH[self.__name__](getattr(value, name))
        super().__setattr__(name, value)


def names_from(
    room: str,
    modules: Mapping[str, tuple[str, ...]] | None = None,
    each: Callable[[Any], Any] = lambda found: found,
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__, __dir__, __all__`` of a package that opens modules on first use.

    Parameters
    ----------
    room : str
        ``__name__`` of the package.
    modules : mapping, optional
        The modules, relative to the package, each with the public names it gives. Without it
        they are what the stub beside the package (``__init__.pyi``) imports.
    each : callable
        What is done to a thing before it is handed out.

    Examples
    --------
    >>> import funnelkit.stats
    >>> funnelkit.stats.wilson.__module__
    'funnelkit.stats.intervals'
    """
    package = sys.modules[room]
    if modules is None:
        homes = _stub(Path(str(package.__file__)).with_suffix(".pyi"))
    else:
        homes = {name: f"{room}.{module}" for module, names in modules.items() for name in names}
    _HOMES[room], _EACH[room] = homes, each
    package.__class__ = _Room

    def opened(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}{_near(name, homes)}")
        found = each(getattr(_imported(homes[name]), name))
        setattr(package, name, found)
        return found

    return opened, lambda: sorted(homes), sorted(homes)


def _near(name: str, homes: Mapping[str, str]) -> str:
    """Say which public names are nearest, as far as any is near."""
    from difflib import get_close_matches

    found = get_close_matches(name, homes, n=3)
    return f"; nearest: {', '.join(found)}" if found else ""


def _stub(path: Path) -> dict[str, str]:
    """Read ``from MODULE import NAME as NAME``, line by line."""
    lines = path.read_text("utf-8").splitlines()
    words = [line.split() for line in lines if line.startswith("from ")]
    return {line[3]: line[1] for line in words}


def _imported(module: str) -> ModuleType:
    """Import without a look for rubbish on the way: what a module makes stays, all of it."""
    on = gc.isenabled()
    gc.disable()
    try:
        return import_module(module)
    finally:
        if on:
            gc.enable()


__all__ = ["names_from"]
