"""Pictures: stripped where they stand upright and are small enough, else drawn anew. In the child.

Drawn anew they are upright, in sRGB, and small enough for who takes them; animations are stripped
or stay as they are, never drawn.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from solicomm_build.cleaning import kinds, stripping
from solicomm_build.cleaning.result import BROKEN, CLEAN, CLEANED, SMALLER, Cleaned

MOST_PIXELS = 60_000_000
"""A page at 600 dpi is 35 million; more is a bomb or a mistake."""
SMALL = 480
"""Pixels of the longer side of the small picture beside it (as extraction/media.py has it)."""
SMALL_OCTETS = 40_000
"""A picture of no more octets, and at most twice that side, needs none."""

_QUALITY, _LOWER = 88, 70
"""Of a photo drawn anew; and where only a small picture fits."""
_LOWER_FROM = 1200
_MOST_PAGES = 200
_SIDES = (4000, 3000, 2400, 2000, 1600, 1200, 900, 600, 450, 320)
_STRIPPERS: dict[str, Callable[[bytes], tuple[bytes, int]]] = {
    kinds.JPEG: stripping.jpeg,
    kinds.PNG: stripping.png,
    kinds.GIF: stripping.gif,
    kinds.WEBP: stripping.webp,
}
_MOVING = frozenset({kinds.PNG, kinds.GIF, kinds.WEBP})
"""In a JPEG further pictures are depth or light of the first (CIPA DC-007), in a TIFF pages."""
_FORMATS = {
    kinds.JPEG: "JPEG",
    kinds.PNG: "PNG",
    kinds.GIF: "GIF",
    kinds.WEBP: "WEBP",
    kinds.TIFF: "TIFF",
    kinds.BMP: "BMP",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """At most so many octets; whether a small picture is wanted beside it."""

    most: int
    small: bool


def clean(data: bytes, kind: str, wish: Wish) -> Cleaned:
    """The picture; its size is looked at before it is decoded. Raises what Pillow raises."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with _open(data, kind) as image:
        if image.width * image.height > MOST_PIXELS:
            return Cleaned(BROKEN, data)
        moves = kind in _MOVING and getattr(image, "n_frames", 1) > 1
    copy, upright = _stripped(data, kind)
    if copy is not None and (upright or moves) and len(copy) <= wish.most:
        outcome = CLEAN if copy == data else CLEANED
    else:
        copy, outcome = _drawn(data, kind, wish.most)
    return Cleaned(outcome, copy, _small(copy, kind) if wish.small else b"")


def _open(data: bytes, kind: str) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=(_FORMATS[kind],))


def _stripped(data: bytes, kind: str) -> tuple[bytes | None, bool]:
    """The copy, and whether it stands upright and its colours are right as it is."""
    strip = _STRIPPERS.get(kind)
    if strip is None:
        return None, False
    copy, turned = strip(data)
    foreign = kind == kinds.JPEG and stripping.has_profile(data)
    return copy, turned == 1 and not foreign


def _drawn(data: bytes, kind: str, most: int) -> tuple[bytes, str]:
    """The picture anew, small enough; raises ValueError when it never is."""
    if kind == kinds.TIFF and (pages := _pages(data)) is not None and len(pages) <= most:
        return pages, CLEANED
    whole = _upright(data, kind, 0)
    sides = [0, *(side for side in _SIDES if side < max(whole.size))]
    saved = {kinds.JPEG: "JPEG", kinds.TIFF: "TIFF", kinds.WEBP: "WEBP"}.get(kind, "PNG")
    at = begun = _guess(whole, len(data), most, sides)
    octets = _at(whole, sides[at], saved, most)
    while len(octets) > most:
        at += 1
        if at == len(sides):
            raise ValueError("too large however small")
        octets = _at(whole, sides[at], saved, most)
    while at == begun and at > 0:  # the guess fits: so may the next larger
        larger = _at(whole, sides[at - 1], saved, most)
        if len(larger) > most:
            break
        octets, at, begun = larger, at - 1, begun - 1
    return octets, SMALLER if sides[at] or len(data) > most else CLEANED


def _guess(whole: Image.Image, octets: int, most: int, sides: list[int]) -> int:
    """Where to begin: octets go with the square of the side, so that is nearer than the top."""
    if octets <= 2 * most:
        return 0
    near = max(whole.size) * (most / octets) ** 0.5 * 1.5
    return next((at for at, side in enumerate(sides) if side and side <= near), len(sides) - 1)


def _at(whole: Image.Image, side: int, saved: str, most: int) -> bytes:
    """The picture with a longer side of so many pixels, 0 for all it has; as JPEG where another
    format is too large."""
    drawn = whole
    if side:
        drawn = whole.copy()
        drawn.thumbnail((side, side))
    quality = _LOWER if side and side <= _LOWER_FROM else _QUALITY
    octets = _saved(drawn, saved, quality)
    if len(octets) > most and saved in ("PNG", "TIFF"):
        octets = min(octets, _saved(_flat(drawn), "JPEG", quality), key=len)
    return octets


def _pages(data: bytes) -> bytes | None:
    """A fax or a scan of several pages; None for one page."""
    with _open(data, kinds.TIFF) as image:
        count = getattr(image, "n_frames", 1)
        if count < 2:
            return None
        pages = []
        for number in range(min(count, _MOST_PAGES)):
            image.seek(number)
            page = image.copy()
            page.info.clear()
            pages.append(page.convert("RGB") if page.mode not in ("1", "L", "RGB") else page)
    target = io.BytesIO()
    pages[0].save(
        target, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_deflate"
    )
    return target.getvalue()


def _upright(data: bytes, kind: str, side: int) -> Image.Image:
    """The picture as it is looked at, in sRGB, without a word beside it."""
    image = _open(data, kind)
    if side:
        image.draft("RGB", (side, side))
    turned = ImageOps.exif_transpose(image)
    profile = image.info.get("icc_profile")
    if profile and turned.mode in ("RGB", "RGBA", "CMYK", "L"):
        turned = _in_srgb(turned, profile)
    if turned.mode not in ("1", "L", "LA", "RGB", "RGBA", "P"):
        turned = turned.convert("RGB")
    clear = turned.info.get("transparency")
    turned.info.clear()
    if clear is not None:
        turned.info["transparency"] = clear
    return turned


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        made = ImageCms.profileToProfile(
            image, own, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return made or image


def _saved(image: Image.Image, form: str, quality: int) -> bytes:
    target = io.BytesIO()
    if form == "JPEG":
        _flat(image).save(target, "JPEG", quality=quality)
    elif form == "WEBP":
        image.save(target, "WEBP", quality=quality, exif=b"", xmp=b"", icc_profile=b"")
    elif form == "TIFF":
        image.save(target, "TIFF", compression="tiff_deflate")
    else:
        image.save(target, form, optimize=False)
    return target.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """Without transparency: on white."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode in ("RGBA", "LA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        ground = Image.new("RGB", clear.size, "white")
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    return image.convert("RGB")


def _small(data: bytes, kind: str) -> bytes:
    """A small JPEG; empty for what is small itself, or is nothing that a browser shows."""
    kind = kinds.kind_of(data) or kind
    with _open(data, kind) as image:
        shown = kind not in (kinds.TIFF, kinds.BMP)
        if shown and len(data) <= SMALL_OCTETS and max(image.size) <= SMALL * 2:
            return b""
    picture = _flat(_upright(data, kind, SMALL * 2))
    picture.thumbnail((SMALL, SMALL))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=72, optimize=True)
    return target.getvalue()
