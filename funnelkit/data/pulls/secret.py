"""Keys: where they come from, and how they stay out of everything that is written."""

from __future__ import annotations

import os
from typing import Any

from funnelkit.errors import FunnelkitError

HIDDEN = "***"


class Secret:
    """A key that shows itself to nobody who does not ask by name.

    Examples
    --------
    >>> key = Secret("a1b2c3d4")
    >>> key, str(key), f"{key}"
    (Secret(***), '***', '***')
    >>> key.hide("refused: a1b2c3d4")
    'refused: ***'
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the key itself, for the one call that needs it."""
        return self.__value

    def hide(self, text: object) -> str:
        """Return ``text`` without the key."""
        shown = str(text)
        return shown.replace(self.__value, HIDDEN) if self.__value else shown

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> Any:
        # neither a pickle nor a copy that goes through one may carry a key
        raise TypeError("a key cannot be stored")


def variable(system: str) -> str:
    """Return the name of the environment variable for ``system``.

    Examples
    --------
    >>> variable("odoo")
    'FUNNELKIT_ODOO_KEY'
    """
    return f"FUNNELKIT_{system.upper()}_KEY"


def key_for(system: str, place: str) -> Secret:
    """Take the key of ``system`` from the environment, else from the keyring.

    Raises
    ------
    FunnelkitError
        There is none; says both ways to give one.
    """
    value = os.environ.get(variable(system), "").strip() or _from_keyring(system, place)
    if not value:
        raise FunnelkitError(
            "pulls.no_key", system=system, variable=variable(system),
            service=f"funnelkit-{system}", place=place,
        )  # fmt: skip
    return Secret(value)


def _from_keyring(system: str, place: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return (keyring.get_password(f"funnelkit-{system}", place) or "").strip()
    except (KeyringError, RuntimeError, OSError):
        return ""  # a machine without a keyring: the environment is the way
