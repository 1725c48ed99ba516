"""Rooms that open a module when one of its names is first asked for (PEP 562)."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

_HOMES: dict[str, dict[str, str]] = {}


class _Room(ModuleType):
    """A package whose function keeps its name where a module in it is called the same."""

    def __setattr__(self, name: str, value: Any) -> None:
        # whoever imports ``room.funnel`` has the import system put the module at ``room.funnel``
        if isinstance(value, ModuleType) and _HOMES[self.__name__].get(name) == value.__name__:
            value = getattr(value, name)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_HOMES[self.__name__]})


def names_from(room: str, modules: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package that opens its modules on first use.

    Parameters
    ----------
    room : str
        ``__name__`` of the package.
    modules : mapping
        The modules, relative to the package, each with the public names it gives.

    Examples
    --------
    >>> import funnelkit.stats
    >>> funnelkit.stats.wilson.__module__
    'funnelkit.stats.intervals'
    """
    homes = {name: f"{room}.{module}" for module, names in modules.items() for name in names}
    _HOMES[room] = homes
    package = sys.modules[room]
    package.__class__ = _Room

    def opened(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = getattr(_imported(homes[name]), name)
        setattr(package, name, found)
        return found

    return opened


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
