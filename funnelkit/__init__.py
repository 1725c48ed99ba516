"""funnelkit: sales funnels whose numbers can be trusted.

One pipeline, one set of definitions, every surface. Start with :func:`read` on a CRM export
or :func:`load` on bundled data, then ask :func:`funnel`, :func:`win_rate`,
:func:`time_in_stage` and the other measures.
"""

from __future__ import annotations

import atexit
import gc
import warnings
from typing import Any

from funnelkit import measures as measures  # fk.measures: those without a name up here
from funnelkit.lazy import names_from

__version__ = "0.1.0"

# Looking through all of pandas and Ibis for rubbish once more, when the process ends and all goes
# with it, takes as long as reading a small file.
atexit.register(gc.freeze)

# What Ibis 12 asks of pandas 3 and DuckDB 1.5 is deprecated there and mended in a later Ibis; a
# user can do nothing about it, and under `python -W error` no table could be read.
for _said in ("The 'future.infer_string' option is deprecated", r"fetch_arrow_table\(\) is depr"):
    warnings.filterwarnings("ignore", message=_said)


def _asked(found: Any) -> Any:
    from funnelkit.data.asked import asked_of_pipeline

    return asked_of_pipeline(found)


# Where each public name lives: rooms are opened on first use, so that importing is quick.
__getattr__, __dir__, __all__ = names_from(__name__, each=_asked)
