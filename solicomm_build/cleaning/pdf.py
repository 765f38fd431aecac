"""PDF through pikepdf (qpdf): written anew, so that earlier versions are gone. In the child only.

Out go the information dictionary, XMP wherever it hangs, what programs keep for themselves
(PieceInfo), dates, the names of those who commented, thumbnails, and both ids. Photos inside lose
what the camera wrote; files inside are cleaned like others (ISO 32000-2 14.3, 14.5).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pikepdf

from solicomm_build.cleaning import kinds, stripping
from solicomm_build.cleaning.result import BROKEN, CLEANED, UNKNOWN, Cleaned

_KEYS = ("/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/SpiderInfo")
_NOTES = ("/T", "/CreationDate", "/M", "/NM", "/Subj", "/RC")
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
    if isinstance(thing, pikepdf.Stream) and thing.get("/Filter") == "/DCTDecode":
        _photo(thing)


def _photo(stream: Any) -> None:
    raw = stream.read_raw_bytes()
    try:
        copy, _ = stripping.jpeg(bytes(raw))
    except (ValueError, IndexError):
        return
    if copy != raw:
        stream.write(copy, filter=pikepdf.Name("/DCTDecode"))


def _files(document: pikepdf.Pdf, inner: Callable[[bytes, int], Cleaned], depth: int) -> bool:
    """Files within the document; False when one cannot be cleaned."""
    for name in list(document.attachments):
        spec = document.attachments[name]
        for stored in list(spec.obj.get("/EF", {}).values()):
            if not isinstance(stored, pikepdf.Stream):
                continue
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
