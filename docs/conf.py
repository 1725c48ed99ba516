"""How Sphinx makes the site; ``docs/build.py`` gathers the pages and calls it, once a language."""

from __future__ import annotations

import warnings
from pathlib import Path

import funnelkit

project = "funnelkit"
author = "the funnelkit authors"
copyright = "the funnelkit authors; text CC BY 4.0, code BSD-3-Clause"
version = release = funnelkit.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "myst-nb"}
html_theme = "furo"
html_title = "funnelkit"
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
templates_path = ["_templates"]
html_static_path = ["_static", str(Path(funnelkit.__file__).parent / "charts" / "fonts")]
html_css_files = ["site.css"]
html_use_index = False
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False

# Guides are run when the site is built: what a page shows is what the code says today.
nb_execution_mode = "cache"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_mime_priority_overrides = [("html", "text/html", 0)]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
suppress_warnings = ["mystnb.unknown_mime_type"]

warnings.filterwarnings("ignore", category=DeprecationWarning)
