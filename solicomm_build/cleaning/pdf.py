"""PDF through pikepdf (qpdf): written anew, so that earlier versions are gone. In the child only.

Out go the information dictionary, XMP wherever it hangs, what programs keep for themselves
(PieceInfo), dates, the names of those who commented, thumbnails, and both ids. Photos inside lose
what the camera wrote; files inside are cleaned like others (ISO 32000-2 14.3, 14.5).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf

from solicomm_build.cleaning import kinds, stripping
from solicomm_build.cleaning.result import BROKEN, CLEANED, UNKNOWN, Cleaned

_KEYS = ("/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/SpiderInfo")
_NOTES = ("/T", "/CreationDate", "/M", "/NM", "/Subj", "/RC")
_LISTS = ("/XObject", "/Font")
"""What pages name pictures and letters by; qpdf looks through these."""
_MANY = 100
_NAME = re.compile(rb"/([^\0\t\n\f\r ()<>\[\]{}/%]+)")
_SPECS = ("/CreationDate", "/ModDate", "/Mac", "/CheckSum")


def clean(data: bytes, inner: Callable[[bytes, int], Cleaned], depth: int) -> Cleaned:
    """The document; UNKNOWN when a password closes it. Raises what pikepdf raises, also for
    one that is cut off: what would be left after a repair is not what was sent."""
    try:
        document = pikepdf.open(io.BytesIO(data), attempt_recovery=False)
    except pikepdf.PasswordError:
        return Cleaned(UNKNOWN, data)
    with document:
        for key in ("/Info", "/ID"):
            if key in document.trailer:
                del document.trailer[key]
        for thing in document.objects:
            if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
                _edit(thing)
        if not _files(document, inner, depth):
            return Cleaned(BROKEN, data)
        target = io.BytesIO()
        _part_resources(document)
        document.remove_unreferenced_resources()
        document.save(
            target,
            deterministic_id=True,
            linearize=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            encryption=False,
            fix_metadata_version=False,
        )
    return Cleaned(CLEANED, target.getvalue())


def _edit(thing: Any) -> None:
    for key in _KEYS:
        if key in thing:
            del thing[key]
    if thing.get("/Type") == "/Annot" or ("/Subtype" in thing and "/Rect" in thing):
        is_field = thing.get("/Subtype") == "/Widget"
        for key in _NOTES:
            if key in thing and not (key == "/T" and is_field):
                del thing[key]
    if thing.get("/Type") == "/Sig":
        for key in ("/Name", "/Location", "/ContactInfo", "/M", "/Cert", "/Contents", "/Reason"):
            if key in thing:
                del thing[key]
    if isinstance(thing, pikepdf.Stream) and _filters(thing)[-1:] == ["/DCTDecode"]:
        _photo(thing)


def _filters(stream: Any) -> list[str]:
    """How it is packed; the last one is what it is when all before it are undone."""
    found = stream.get("/Filter")
    several = found if isinstance(found, pikepdf.Array) else [found]
    return [str(one) for one in several if one is not None]


def _photo(stream: Any) -> None:
    """Strips a photo, also where letters or a packing stand around it."""
    try:
        raw = _packed(stream)
        copy, _ = stripping.jpeg(raw)
    except (ValueError, IndexError, pikepdf.PdfError):
        return
    if copy != raw:
        stream.write(copy, filter=pikepdf.Name("/DCTDecode"))


def _packed(stream: Any) -> bytes:
    """The octets of the photo, what was done to them afterwards undone."""
    raw, before = bytes(stream.read_raw_bytes()), _filters(stream)[:-1]
    if not before:
        return raw
    how = stream.get("/DecodeParms")
    with pikepdf.new() as other:
        inside = pikepdf.Stream(other, raw)
        inside["/Filter"] = pikepdf.Array([pikepdf.Name(one) for one in before])
        if isinstance(how, pikepdf.Array):
            parts = [dict(one) if isinstance(one, pikepdf.Dictionary) else None for one in how]
            inside["/DecodeParms"] = pikepdf.Array(parts[: len(before)])
        return bytes(inside.read_bytes())


def _files(document: pikepdf.Pdf, inner: Callable[[bytes, int], Cleaned], depth: int) -> bool:
    """Files within the document; False when one cannot be cleaned."""
    done: set[tuple[int, int]] = set()
    for spec in list(_specs(document)):
        for stored in list(spec.get("/EF", {}).values()):
            if not isinstance(stored, pikepdf.Stream) or stored.objgen in done:
                continue
            done.add(stored.objgen)
            octets = stored.read_bytes()
            if kinds.kind_of(octets) != kinds.TEXT:
                made = inner(octets, depth + 1)
                if not made.is_safe:
                    return False
                stored.write(made.octets)
            for key in _SPECS:
                if key in stored.get("/Params", {}):
                    del stored["/Params"][key]
    return True


def _specs(document: pikepdf.Pdf) -> Iterator[Any]:
    """What says where a file within is: those that the document lists, and those that hang on a
    note or a page (ISO 32000-2 12.5.6.15, 14.13)."""
    attached = document.attachments  # each look reads all their names
    for name in list(attached):
        yield attached[name].obj
    for thing in document.objects:
        if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            for one in (thing, thing.get("/FS")):
                if isinstance(one, pikepdf.Dictionary) and "/EF" in one:
                    yield one


def _part_resources(document: pikepdf.Pdf) -> None:
    """Gives each page lists of its own, with what it may name. Some programs make one list for all
    pages, and whoever looks for what no page needs goes through all of it for each of them."""
    known: dict[tuple[int, int], bool] = {}
    for number, page in enumerate(document.pages):
        whole = page.resources
        lists = {kind: whole[kind] for kind in _LISTS if kind in whole}
        key = whole.objgen if whole.is_indirect else (0, number)
        if key not in known:
            known[key] = _is_apart(list(lists.values()))
        names = _named(page) if known[key] else None
        if names is None:
            continue
        own = {kind: one for kind, one in whole.items() if kind not in lists}
        for kind, some in lists.items():
            own[kind] = pikepdf.Dictionary({name: some[name] for name in names if name in some})
        page.obj["/Resources"] = pikepdf.Dictionary(own)


def _is_apart(lists: list[Any]) -> bool:
    """Whether there is much in the lists of a page, and its content alone says what it needs."""
    if not all(isinstance(one, pikepdf.Dictionary) for one in lists):
        return False
    if all(len(one) <= _MANY for one in lists):
        return False
    return all(_has_own(thing) for one in lists for _, thing in one.items())


def _has_own(thing: Any) -> bool:
    """Whether a form or font takes nothing from the page that shows it (ISO 32000-2 7.8.3)."""
    if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        return False
    return thing.get("/Subtype") not in ("/Form", "/Type3") or "/Resources" in thing


def _named(page: pikepdf.Page) -> set[str] | None:
    """All that a page's content may name; None where that cannot be told."""
    content = page.obj.get("/Contents")
    try:
        streams = list(content) if isinstance(content, pikepdf.Array) else [content]
        octets = b"\n".join(stream.read_bytes() for stream in streams if stream is not None)
        found = set(_NAME.findall(octets))
        return None if b"#" in b"".join(found) else {f"/{one.decode('ascii')}" for one in found}
    except (pikepdf.PdfError, AttributeError, TypeError, UnicodeDecodeError):
        return None
