"""Pictures, still and moving."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, PngImagePlugin

from solicomm_build.testing.knowing.secrets import DEVICE, FIRM, PERSON, PLACE, SERIAL


def picture(form: str, *, orientation: int = 1, size: tuple[int, int] = (320, 200)) -> bytes:
    """A picture with Exif, XMP, comments and a place."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0110] = FIRM, DEVICE, DEVICE
    exif[0x0112], exif[0x013B], exif[0xA431] = orientation, PERSON, SERIAL
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (5.0, 36.0, 0.0), "W", (0.0, 10.0, 48.0)
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{PERSON} {PLACE}</x:xmpmeta>".encode()
    target, more = io.BytesIO(), dict[str, Any]()
    if form == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", PERSON)
        info.add_itxt("Comment", FIRM, zip=True)
        more = {"pnginfo": info, "exif": exif}
    elif form == "GIF":
        more = {"comment": PERSON.encode()}
    elif form == "TIFF":
        more = {"tiffinfo": {270: FIRM, 271: DEVICE, 315: PERSON}}
    elif form == "WEBP":
        more = {"exif": exif, "xmp": xmp}
    else:
        more = {"exif": exif, "comment": PERSON.encode(), "xmp": xmp}
    image.save(target, form, **more)
    return target.getvalue() + (SERIAL.encode() if form in ("JPEG", "PNG") else b"")


def moving(form: str) -> bytes:
    """An animation of three pictures, with a comment where there can be one."""
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    more: dict[str, Any] = {"comment": PERSON.encode()} if form == "GIF" else {}
    if form == "PNG":
        more["pnginfo"] = PngImagePlugin.PngInfo()
        more["pnginfo"].add_text("Author", PERSON)
    if form == "WEBP":
        about = (
            "<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' dc:rights='"
            + PERSON
            + "'/>"
        )
        rdf = f"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>{about}</rdf:RDF>"
        more["xmp"] = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{rdf}</x:xmpmeta>".encode()
    target = io.BytesIO()
    frames[0].save(
        target, form, save_all=True, append_images=frames[1:], duration=200, loop=0, **more
    )
    return target.getvalue()
