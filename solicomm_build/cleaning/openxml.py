"""Office Open XML (ECMA-376): texts, tables, slides. Runs in the child only.

Properties say nothing any more; changes are accepted, so that what was deleted is gone; comments
stay and name nobody; ids that tell who typed what in which session, paths of templates and links to
files on the sender's machine, printers, people and earlier versions go.
"""

from __future__ import annotations

import posixpath
import re

from solicomm_build.cleaning import xml
from solicomm_build.cleaning.members import Members
from solicomm_build.cleaning.xml import Element

_GONE = (
    "customXml/",
    "docProps/thumbnail.jpeg",
    "docProps/thumbnail.wmf",
    "docProps/thumbnail.emf",
    "docProps/thumbnail.png",
    "docProps/custom.xml",
    "docMetadata/",
    "_xmlsignatures/",
    "word/people.xml",
    "xl/persons/",
    "xl/revisions/",
    "xl/printerSettings/",
    "ppt/printerSettings/",
    "ppt/changesInfos/",
    "ppt/revisionInfo.xml",
    "word/printerSettings/",
    "word/commentsExtended.xml",
    "word/commentsIds.xml",
    "word/commentsExtensible.xml",
    "xl/webextensions/",
    "xl/threadedComments/",
    "package/services/",
)
_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties xmlns:cp='
    b'"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
_APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
_AUTHORS = frozenset(
    {
        "author",
        "initials",
        "userId",
        "providerId",
        "lastModifiedBy",
        "userName",
        "refreshedBy",
        "refreshedDate",
        "createdBy",
        "modifiedBy",
        "durableId",
        "reservationPassword",
        "paraIdParent",
        "name",
    }
)
"""Attributes whose value is emptied at the elements below."""
_OWN_AUTHOR = frozenset(
    {
        "ins",
        "del",
        "moveFrom",
        "moveTo",
        "comment",
        "cmAuthor",
        "author",
        "rPrChange",
        "pPrChange",
        "sectPrChange",
        "tblPrChange",
        "tcPrChange",
        "trPrChange",
        "numberingChange",
        "cellIns",
        "cellDel",
        "cellMerge",
        "cm",
        "reply",
        "person",
        "pivotCacheDefinition",
        "fileSharing",
        "header",
        "tblGridChange",
        "tblPrExChange",
    }
)
_DELETED = frozenset(
    {
        "del",
        "moveFrom",
        "moveFromRangeStart",
        "moveFromRangeEnd",
        "cellDel",
        "moveToRangeStart",
        "moveToRangeEnd",
        "numberingChange",
        "cellIns",
    }
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT_WORD = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_SETTINGS = (
    "rsids",
    "attachedTemplate",
    "docVars",
    "mailMerge",
    "docId",
    "absPath",
    "fileSharing",
    "writeProtection",
    "revisionPtr",
    "chartTrackingRefBased",
)
_DATES = frozenset({"date", "dT", "dt", "created", "dateUtc"})
_LOCAL = re.compile(r"^(?:file:|[A-Za-z]:[\\/]|\\\\|//)", re.IGNORECASE)
_NO_DATE = "2000-01-01T00:00:00Z"


def clean(members: Members) -> bool:
    """Changes the members; False for what cannot be looked through."""
    gone = set(members.names(*_GONE))
    members.drop(gone)
    for name in members.files:
        octets = members.files[name]
        if name == "docProps/core.xml":
            members.files[name] = _CORE
        elif name == "docProps/app.xml":
            members.files[name] = _APP
        elif name == "[Content_Types].xml":
            members.files[name] = xml.edited(octets, lambda root: _untyped(root, gone))
        elif name.endswith(".rels"):
            members.files[name] = _related(name, octets, gone)
        elif name.endswith((".xml", ".vml")):
            members.files[name] = xml.edited(octets, _edit)
    _dangling(members)
    return True


def _untyped(root: Element, gone: set[str]) -> None:
    for element in xml.elements(root):
        if element.get("PartName", "").lstrip("/") in gone:
            xml.remove(element)


def _related(name: str, octets: bytes, gone: set[str]) -> bytes:
    """Without links to what went, and to files of the sender's own machine."""
    folder = posixpath.dirname(posixpath.dirname(name))

    def edit(root: Element) -> None:
        for element in xml.elements(root):
            target = element.get("Target", "")
            if element.get("TargetMode") == "External":
                if _LOCAL.match(target):
                    kind = element.get("Type", "")
                    if kind.endswith("/attachedTemplate"):
                        xml.remove(element)
                    else:
                        element.set("Target", "about:blank")
            elif posixpath.normpath(posixpath.join(folder, target)).lstrip("/") in gone or (
                target.startswith("/") and target.lstrip("/") in gone
            ):
                xml.remove(element)

    return xml.edited(octets, edit)


def _dangling(members: Members) -> None:
    """Takes relationship ids out that lead nowhere now: programs call such files damaged."""
    for name in list(members.files):
        folder, file = posixpath.split(name)
        above, own = posixpath.split(folder)
        if own != "_rels" or not file.endswith(".rels") or above.startswith("/"):
            continue  # one part has one such file (ISO/IEC 29500-2 6.5.2.3)
        part = posixpath.join(above, file.removesuffix(".rels"))
        if part not in members.files or not part.endswith(".xml"):
            continue
        ids = {one.get("Id") for one in xml.elements(xml.parse(members.files[name]))}
        root, changed = xml.parse(members.files[part]), False
        for element in xml.elements(root):
            for attribute, value in list(element.attrib.items()):
                refers = "officeDocument" in attribute and "relationships" in attribute
                if refers and xml.local(attribute) == "id" and value not in ids:
                    changed = True
                    if len(element.attrib) == 1 and element.getparent() is not None:
                        xml.remove(element)
                        break
                    del element.attrib[attribute]
        if changed:
            members.files[part] = xml.serialize(root)


def _edit(root: Element) -> None:
    """One part: changes accepted, nobody named."""
    for element in xml.elements(root):
        is_word = isinstance(element.tag, str) and element.tag.startswith(
            (f"{{{_WORD}}}", f"{{{_STRICT_WORD}}}")
        )
        name = xml.name(element)
        if is_word and _accepted(element, name):
            continue
        if name in _SETTINGS:
            xml.remove(element)
            continue
        _anonymous(element, name, is_word=is_word)


def _accepted(element: Element, name: str) -> bool:
    """What a tracked change becomes; True when the element is gone."""
    has_author = "author" in {xml.local(str(one)) for one in element.attrib}
    if name in ("ins", "moveTo"):
        xml.unwrap(element)
    elif name in _DELETED or (name.endswith("Change") and has_author):
        xml.remove(element)
    else:
        return False
    return True


def _anonymous(element: Element, name: str, *, is_word: bool) -> None:
    for attribute in list(element.attrib):
        short = xml.local(str(attribute))
        is_session = is_word and short.startswith("rsid")
        if is_session or (short in ("paraId", "textId") and "word/2010" in str(attribute)):
            del element.attrib[attribute]
        elif name in _OWN_AUTHOR and short in _AUTHORS:
            element.set(attribute, "")
        elif name in _OWN_AUTHOR and short in _DATES:
            element.set(attribute, _NO_DATE)
    parent = element.getparent()
    if name == "author" and parent is not None and xml.name(parent) == "authors":
        element.text = "" if not len(element) else element.text
