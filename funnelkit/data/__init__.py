"""Reading, checking and holding pipelines.

``read``, ``inspect`` and ``quality`` carry the names of their modules: take them from there, or
from ``funnelkit``.
"""

from __future__ import annotations

from funnelkit.lazy import names_from

# the readers need pandas and a database: only who asks for them pays for them
__getattr__, __dir__, __all__ = names_from(
    __name__,
    {
        "defects": ("DataRefused", "Finding", "Findings"),
        "understanding.mapping": ("load_mapping",),
        "pipeline": ("DEALS", "Pipeline", "from_frames"),
        "quality": ("Quality",),
    },
)
