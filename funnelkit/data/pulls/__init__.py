"""Live pulls: the opportunities of a CRM through its own interface.

``pull(source, ledger)`` reads what has changed since the last time; ``Odoo``, ``Salesforce`` and
``HubSpot`` are sources. The client libraries are extras and imported when a source is made.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "HubSpot": "hubspot",
    "Odoo": "odoo",
    "Page": "interface",
    "Patience": "patience",
    "PullFailed": "patience",
    "Pulled": "interface",
    "Report": "run",
    "Salesforce": "salesforce",
    "Source": "interface",
    "Step": "interface",
    "pipeline_of": "run",
    "pull": "run",
    "read_odoo": "convenience",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    # who pulls from one CRM needs neither the others' libraries nor pandas before it is time
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found
    return found
