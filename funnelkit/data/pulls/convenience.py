"""A live CRM as a pipeline in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnelkit.data.pulls.odoo import Odoo
from funnelkit.data.pulls.run import pipeline_of, pull

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline


def read_odoo(url: str, db: str, *, process: Any = None, mapping: Any = None) -> Pipeline:
    """Read all opportunities of an Odoo database into a pipeline and keep nothing.

    The key is taken from ``FUNNELKIT_ODOO_KEY`` or the keyring. Which way the history was read
    is in ``.findings``.

    Parameters
    ----------
    url, db : str
        The server (https, or this machine) and its database.
    process, mapping : optional
        As in :func:`funnelkit.read`.
    """
    return pipeline_of(pull(Odoo(url, db)).pulled, process, mapping)
