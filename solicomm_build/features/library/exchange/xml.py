"""Elements for the XML that machines fetch: what XML 1.0 can hold, namespaces by prefix."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from solicomm_build.post.books.xhtml import clean

OAI = "http://www.openarchives.org/OAI/2.0/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ATOM = "http://www.w3.org/2005/Atom"
OPDS = "http://opds-spec.org/2010/catalog"
XML = "http://www.w3.org/XML/1998/namespace"

for _prefix, _uri in (
    ("oai_dc", OAI_DC),
    ("dc", DC),
    ("dcterms", DCTERMS),
    ("xsi", XSI),
    ("opds", OPDS),
):
    ElementTree.register_namespace(_prefix, _uri)

Element = ElementTree.Element


def add(parent: Element, namespace: str, name: str, text: str = "", **attributes: str) -> Element:
    """A new child element with a text; `lang` becomes xml:lang. Returns the child."""
    child = ElementTree.SubElement(parent, f"{{{namespace}}}{name}")
    for key, value in attributes.items():
        child.set(f"{{{XML}}}lang" if key == "lang" else key.rstrip("_"), clean(value))
    if text:
        child.text = clean(text)
    return child


def document(root: Element, namespace: str) -> bytes:
    """The document in UTF-8 with its declaration; `namespace` is the one without a prefix."""
    prefixed = ElementTree.tostring(root, encoding="unicode", default_namespace=None)
    # ElementTree names an unregistered namespace ns0; a document reads better with it as default.
    found = re.search(rf'xmlns:(ns\d+)="{re.escape(namespace)}"', prefixed)
    if found:
        prefix = found[1]
        prefixed = prefixed.replace(f"xmlns:{prefix}=", "xmlns=", 1)
        prefixed = prefixed.replace(f"<{prefix}:", "<").replace(f"</{prefix}:", "</")
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + prefixed + "\n").encode()
