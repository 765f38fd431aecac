"""OpenDocument (ISO/IEC 26300): texts, tables, slides. Runs in the child only.

meta.xml says nothing any more; changes are accepted; notes stay and name nobody; settings of the
sender's printer, earlier versions and the small picture of the first page go.
"""

from __future__ import annotations

from solicomm_build.cleaning import xml
from solicomm_build.cleaning.members import Members
from solicomm_build.cleaning.xml import Element

_GONE = (
    "Thumbnails/",
    "Versions/",
    "VersionList.xml",
    "layout-cache",
    "META-INF/documentsignatures.xml",
    "META-INF/macrosignatures.xml",
    "settings.xml",
    "meta.xml",
    "manifest.rdf",
    "Configurations2/",
)
_CHANGES = ("tracked-changes", "change", "change-start", "change-end")
_EMPTY = frozenset(
    {
        "creator",
        "initial-creator",
        "creator-initials",
        "sender-initials",
        "date-string",
        "author-name",
        "author-initials",
        "printed-by",
        "editing-cycles",
        "editing-duration",
        "sender-firstname",
        "sender-lastname",
        "sender-email",
        "sender-company",
        "sender-street",
        "sender-city",
        "sender-postal-code",
        "sender-phone-private",
        "sender-phone-work",
        "sender-title",
        "sender-position",
        "sender-fax",
        "sender-country",
        "sender-state-or-province",
        "template-name",
    }
)
_META = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
_DC = "http://purl.org/dc/elements/1.1/"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_OWN = (f"{{{_META}}}", f"{{{_DC}}}", f"{{{_TEXT}}}", "{urn:org:documentfoundation:")
_PATHS = ("file:", "../../")


def clean(members: Members) -> bool:
    """Changes the members; False for what is encrypted."""
    manifest = members.files.get("META-INF/manifest.xml", b"")
    if b"encryption-data" in manifest:
        return False
    gone = set(members.names(*_GONE))
    gone |= {name for name in members.files if name.endswith(("/settings.xml", "/meta.xml"))}
    gone |= {
        name for name in members.files if "/Thumbnails/" in name or "/Configurations2/" in name
    }
    members.drop(gone)
    for name, octets in members.files.items():
        if name == "META-INF/manifest.xml":
            members.files[name] = xml.edited(octets, lambda root: _unlisted(root, gone))
        elif name.endswith(".xml"):
            members.files[name] = xml.edited(octets, _edit)
    return True


def _unlisted(root: Element, gone: set[str]) -> None:
    for element in xml.elements(root):
        path = next((v for k, v in element.attrib.items() if xml.local(str(k)) == "full-path"), "")
        if path in gone or path.startswith(("Thumbnails/", "Configurations2/", "Versions/")):
            xml.remove(element)


def _edit(root: Element) -> None:
    for element in xml.elements(root):
        name, tag = xml.name(element), str(element.tag)
        goes = name == "tracked-changes" or tag == f"{{{_DC}}}date"
        if goes or (name in _CHANGES and tag.startswith(f"{{{_TEXT}}}")):
            xml.remove(element)
        elif name in _EMPTY and tag.startswith(_OWN):
            for child in list(element):
                element.remove(child)
            element.text = ""
        elif name == "meta" and tag == f"{{{_OFFICE}}}meta":
            for child in list(element):
                element.remove(child)
        elif name == "settings" and tag == f"{{{_OFFICE}}}settings":
            xml.remove(element)
        else:
            _anonymous(element)


def _anonymous(element: Element) -> None:
    for attribute, value in list(element.attrib.items()):
        short = xml.local(str(attribute))
        if short in ("rsid", "paragraph-rsid"):
            del element.attrib[attribute]
        elif short == "href" and str(value).startswith(_PATHS):
            element.set(attribute, "about:blank")
