"""The course as packages for learning platforms: SCORM 1.2, SCORM 2004 and xAPI.

One activity holds the whole course, in the languages it was written in. Reported are the score
(share of exercises that are right), the time spent, each answer, and completion once every
exercise was answered.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from funnelkit.files.whole import write_whole
from funnelkit.teach.offline.site import page
from funnelkit.teach.paper.brand import Brand
from funnelkit.words import say, speaking

#: The course's name where platforms keep it apart from others.
ID = "funnelkit-course"
_ACTIVITY = "https://funnelkit.invalid/course"
_SCRIPT = Path(__file__).parent / "browser" / "platform.js"
_TIME = (1980, 1, 1, 0, 0, 0)


def packages(folder: Path, languages: Sequence[str], brand: Brand | None = None) -> list[Path]:
    """Pack a folder written by :func:`build_site` for platforms; return the files beside it.

    Parameters
    ----------
    folder : Path
        The course as plain files.
    languages : sequence of str
        As the course was written in; the first one names it.
    brand : Brand, optional
        The company's name and logo.
    """
    with speaking(languages[0]):
        title = say("learn.title")
    files = {
        f.relative_to(folder).as_posix(): f.read_bytes()
        for f in sorted(folder.rglob("*"))
        if f.is_file()
    }
    html = page(languages, brand, "platform.js")
    html = html.replace("<body ", f'<body data-activity="{_ACTIVITY}" ')
    files |= {"index.html": html.encode(), "platform.js": _SCRIPT.read_bytes()}
    made = []
    for kind, (name, manifest) in _KINDS.items():
        target = folder.with_name(f"{folder.name}-{kind}.zip")
        write_whole(target, _packed({**files, name: manifest(title, sorted(files)).encode()}))
        made.append(target)
    return made


def _packed(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            packed.writestr(info, files[name])
    return held.getvalue()


def _files(names: Sequence[str]) -> str:
    return "".join(f"<file href={quoteattr(name)}/>" for name in names)


def _scorm12(title: str, names: Sequence[str]) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest identifier="{ID}" version="1.0" '
        'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" '
        'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">'
        "<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>"
        f'<organizations default="course"><organization identifier="course">'
        f'<title>{escape(title)}</title><item identifier="all" identifierref="page">'
        f"<title>{escape(title)}</title></item></organization></organizations>"
        '<resources><resource identifier="page" type="webcontent" adlcp:scormtype="sco" '
        f'href="index.html">{_files(names)}</resource></resources></manifest>\n'
    )


def _scorm2004(title: str, names: Sequence[str]) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest identifier="{ID}" version="1.0" '
        'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" '
        'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
        'xmlns:imsss="http://www.imsglobal.org/xsd/imsss">'
        "<metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion>"
        "</metadata>"
        '<organizations default="course"><organization identifier="course">'
        f'<title>{escape(title)}</title><item identifier="all" identifierref="page">'
        f"<title>{escape(title)}</title><imsss:sequencing><imsss:deliveryControls "
        'completionSetByContent="true" objectiveSetByContent="true"/></imsss:sequencing>'
        "</item></organization></organizations>"
        '<resources><resource identifier="page" type="webcontent" adlcp:scormType="sco" '
        f'href="index.html">{_files(names)}</resource></resources></manifest>\n'
    )


def _xapi(title: str, names: Sequence[str]) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<tincan xmlns="http://projecttincan.com/tincan.xsd"><activities>'
        f'<activity id="{_ACTIVITY}" type="http://adlnet.gov/expapi/activities/course">'
        f'<name>{escape(title)}</name><description lang="und">{escape(title)}</description>'
        '<launch lang="und">index.html</launch></activity></activities></tincan>\n'
    )


_KINDS = {
    "scorm12": ("imsmanifest.xml", _scorm12),
    "scorm2004": ("imsmanifest.xml", _scorm2004),
    "xapi": ("tincan.xml", _xapi),
}
