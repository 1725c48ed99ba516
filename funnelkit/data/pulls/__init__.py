"""Live pulls: the opportunities of a CRM through its own interface.

``pull(source, ledger)`` reads what has changed since the last time; ``Odoo``, ``Salesforce`` and
``HubSpot`` are sources. The client libraries are extras and imported when a source is made.
"""

from __future__ import annotations

from funnelkit.lazy import names_from

# who pulls from one CRM needs neither the others' libraries nor pandas before it is time
__getattr__, __dir__, __all__ = names_from(
    __name__,
    {
        "convenience": ("read_odoo",),
        "hubspot": ("HubSpot",),
        "interface": ("Page", "Pulled", "Source", "Step"),
        "odoo": ("Odoo",),
        "patience": ("Patience", "PullFailed"),
        "run": ("Report", "pipeline_of", "pull"),
        "salesforce": ("Salesforce",),
    },
)
