"""EPUB (W3C EPUB 3.3): what made the book, who bought it, and who prepared it. In the child only.

Title, language and what says how accessible it is stay: a book without them is none. Its id becomes
one made of its content, because programs put accounts and machines there.
"""

from __future__ import annotations

import hashlib
import uuid

from solicomm_build.cleaning import markup, xml
from solicomm_build.cleaning.members import Members
from solicomm_build.cleaning.xml import Element

_DC = "{http://purl.org/dc/elements/1.1/}"
_GONE = (
    "iTunesMetadata.plist",
    "iTunesArtwork",
    "META-INF/calibre_bookmarks.txt",
    "META-INF/com.apple.ibooks.display-options.xml",
    "META-INF/com.kobobooks.display-options.xml",
    "META-INF/signatures.xml",
    "META-INF/metadata.xml",
    "META-INF/rights.xml",
)
_KEPT = frozenset({f"{_DC}title", f"{_DC}language"})
_SAID = ("schema:access", "a11y:", "rendition:", "dcterms:conformsTo", "dcterms:modified")
_METADATA = ("metadata", "dc-metadata", "x-metadata")
"""Where a package speaks of the book; the two within the first are of OPF 1, and of some EPUB 2."""
_NO_DATE = "2000-01-01T00:00:00Z"


def clean(members: Members) -> bool:
    """Changes the members; False for what is encrypted, fonts included: their key is the id."""
    if "META-INF/encryption.xml" in members.files:
        return False
    members.drop(members.names(*_GONE))
    for name in members.files:
        if name.lower().endswith((".xhtml", ".html", ".htm")):
            members.files[name] = markup.clean(members.files[name])
    total = hashlib.sha256()
    for name in sorted(members.files):
        if not name.endswith((".opf", ".ncx")):
            total.update(name.encode() + hashlib.sha256(members.files[name]).digest())
    own = f"urn:uuid:{uuid.UUID(bytes=total.digest()[:16], version=4)}"
    for name, octets in members.files.items():
        if name.endswith(".opf"):
            members.files[name] = xml.edited(octets, lambda root: _package(root, own))
        elif name.endswith(".ncx"):
            members.files[name] = xml.edited(octets, lambda root: _contents(root, own))
    return True


def _package(root: Element, own: str) -> None:
    unique = root.get("unique-identifier", "")
    for metadata in (one for one in xml.elements(root) if xml.name(one) in _METADATA):
        for element in list(metadata):
            if not isinstance(element.tag, str) or xml.name(element) in _METADATA:
                continue
            if str(element.tag) == f"{_DC}identifier" and element.get("id", "") == unique:
                element.text = own
                for key in [one for one in element.attrib if one != "id"]:
                    del element.attrib[key]
            elif str(element.tag) in _KEPT or _is_said(element):
                if element.get("property") == "dcterms:modified":
                    element.text = _NO_DATE
            else:
                xml.remove(element)
    _bibliographic(root)


def _is_said(element: Element) -> bool:
    said = element.get("property", "") or element.get("name", "") or element.get("rel", "")
    if xml.name(element) not in ("meta", "link"):
        return False
    return bool(said == "cover" or said.startswith(_SAID))


def _bibliographic(root: Element) -> None:
    """Refinements of what is gone go."""
    ids = {one.get("id") for one in xml.elements(root)}
    for element in xml.elements(root):
        refines = element.get("refines", "")
        if refines and refines.lstrip("#") not in ids:
            xml.remove(element)


def _contents(root: Element, own: str) -> None:
    for element in xml.elements(root):
        if xml.name(element) == "docAuthor":
            xml.remove(element)
        elif xml.name(element) == "meta":
            name = element.get("name", "")
            if name == "dtb:uid":
                element.set("content", own)
            elif name == "dtb:generator":
                xml.remove(element)
