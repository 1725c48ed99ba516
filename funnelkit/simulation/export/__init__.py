"""A pipeline written down as a CRM system exports it, clean or with a chosen amount of dirt.

Reading the clean files back gives the same pipeline, but for what the system's export cannot
carry; :meth:`Layout.losses` says what that is.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.simulation.export import dynamics, hubspot, kit, odoo, pipedrive, salesforce, zoho
from funnelkit.simulation.export.dirt import Defect, Page, soil
from funnelkit.simulation.export.layout import Layout
from funnelkit.simulation.export.source import source
from funnelkit.words import LANGUAGES, language

#: Every layout a pipeline can be exported in, by its id.
LAYOUTS: dict[str, Layout] = {
    module.LAYOUT.id: module.LAYOUT
    for module in (salesforce, hubspot, pipedrive, dynamics, zoho, odoo, kit)
}


def export(
    p: Pipeline,
    folder: str | Path,
    layout: str = "kit",
    *,
    dirt: float = 0.0,
    seed: int = 0,
    lang: str | None = None,
) -> list[Defect]:
    """Write a pipeline into a folder as a CRM system exports it.

    Parameters
    ----------
    p : Pipeline
        What is written.
    folder : path
        Made if need be; files of the same names are replaced.
    layout : {"kit", "salesforce", "hubspot", "pipedrive", "dynamics", "zoho", "odoo"}
        The system whose export it looks like.
    dirt : float
        Share of the deals that get a defect, from 0 to 1.
    seed : int
        The same seed plants the same defects.
    lang : {"en", "zh"}, optional
        Language of the stage labels; the current one without it.

    Returns
    -------
    list of Defect
        What was planted: file, row, column, kind, before and after. Empty without dirt.

    Raises
    ------
    FunnelkitError
        Unknown layout or language, or a share that is none.

    Examples
    --------
    >>> import tempfile
    >>> from funnelkit.data.library import load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(load("tiny"), folder, "pipedrive")
    ...     sorted(path.name for path in Path(folder).iterdir())
    []
    ['changelog.csv', 'deals-export.csv', 'stages.csv']
    """
    if layout not in LAYOUTS:
        raise FunnelkitError(
            "export.unknown_layout", found=layout, allowed=nearest(layout, LAYOUTS)
        )
    if not 0 <= dirt <= 1:
        raise FunnelkitError("export.bad_dirt", found=dirt)
    lang = lang or language()
    if lang not in LANGUAGES:
        raise FunnelkitError("export.unknown_language", found=lang, allowed=LANGUAGES)
    chosen = LAYOUTS[layout]
    s = source(p, lang)
    pages = [Page.of(name, frame) for name, frame in chosen.files(s).items()]
    defects: list[Defect] = []
    if dirt:
        defects = soil(pages, chosen, s, dirt, np.random.default_rng(seed))
    _put(pages, Path(folder))
    return defects


def _put(pages: list[Page], folder: Path) -> None:
    """Write all files or none: first beside the folder, then into it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".funnelkit-", dir=folder.parent))
    try:
        for page in pages:
            (beside / page.name).write_bytes(page.bytes())
        folder.mkdir(exist_ok=True)
        for page in pages:
            (beside / page.name).replace(folder / page.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


__all__ = ["LAYOUTS", "Defect", "Layout", "export"]
