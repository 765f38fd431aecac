"""XML of office files: read without entities and without the network, changed, and written with the
prefixes it came with (some of its attributes name prefixes). lxml in the child only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, cast

from lxml import etree

Element: TypeAlias = Any
"""An element of lxml, which has no types of its own."""

_GONE, _OPENED = "solicomm-gone", "solicomm-opened"
"""Names, until the next look, of what goes, and of what only its content stays of."""


def parse(octets: bytes) -> Element:
    """The root. Raises etree.XMLSyntaxError; ValueError for what has entities of its own."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(octets, parser)
    found = root.getroottree().docinfo.internalDTD
    if found is not None and any(True for _ in found.iterentities()):
        raise ValueError("it has entities of its own")
    return root


def serialize(root: Element) -> bytes:
    """The document."""
    _settle(root)
    return cast(
        bytes, etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    )


def edited(octets: bytes, edit: Callable[[Element], None]) -> bytes:
    """The document after an edit."""
    root = parse(octets)
    edit(root)
    return serialize(root)


def name(element: Element) -> str:
    """The local name of an element; empty for what is none."""
    return local(element.tag) if isinstance(element.tag, str) else ""


def local(attribute: str) -> str:
    """The local name of an attribute."""
    return attribute.rpartition("}")[2]


def elements(root: Element) -> Iterator[Element]:
    """Every element; they may be changed meanwhile."""
    _settle(root)
    yield from [one for one in root.iter() if isinstance(one.tag, str)]


def remove(element: Element) -> None:
    """Takes an element away; the text behind it stays."""
    if element.getparent() is not None:
        element.tag = _GONE


def unwrap(element: Element) -> None:
    """Puts what is in an element in its place."""
    if element.getparent() is not None:
        element.tag = _OPENED


def without(root: Element, names: Iterable[str]) -> None:
    """Takes every element of these local names away."""
    wanted = frozenset(names)
    for element in elements(root):
        if name(element) in wanted:
            remove(element)


def _settle(root: Element) -> None:
    """Does all at once what `remove` and `unwrap` asked for: one by one, each would look through
    what is before it, and copy the text there."""
    etree.strip_elements(root, _GONE, with_tail=False)
    etree.strip_tags(root, _OPENED)
