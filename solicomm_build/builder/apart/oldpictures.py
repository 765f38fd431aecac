"""JPEG copies of WebP pictures, for e-readers and browsers that know no WebP (Firefox before 65).

Whatever a repository holds is decoded in a process of its own, as other pictures are
(pictures.py). What cannot be read gives a small blank picture: a page names it already.
"""

from __future__ import annotations

import base64
import io
from functools import partial
from typing import TYPE_CHECKING

from solicomm_build.builder.apart import pictures

if TYPE_CHECKING:
    from PIL import Image

VERSION = pictures.VERSION
SIDE = 800  # pixels of the longer side, at most; covers have 400
_QUALITY, _SMALL_QUALITY = 78, 60
_BLANK = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKD"
    "cpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAB//EABQQAQAAAAAAAAAAAAAA"
    "AAAAAAD/2gAIAQEAAD8Af3//2Q=="
)
"""One white pixel."""


def jpeg(blob: bytes) -> bytes:
    """The picture as JPEG, on white. Blocking. Raises StoreError when the child was killed from
    outside, which says nothing about the picture."""
    made = pictures.apart(blob, _make)
    return _BLANK if isinstance(made, str) else made[2]


def small(blob: bytes, side: int) -> bytes:
    """The picture as a WebP of at most `side` pixels, on white. Blocking; raises as `jpeg` does.
    What cannot be read gives a small blank picture."""
    made = pictures.apart(blob, partial(_small, side))
    return _BLANK if isinstance(made, str) else made[2]


def size(width: int, height: int) -> tuple[int, int]:
    """About how large (pixels) the JPEG of a picture of this size is."""
    part = min(1.0, SIDE / max(width, height, 1))
    return max(1, round(width * part)), max(1, round(height * part))


def _make(blob: bytes) -> tuple[int, int, bytes]:
    flat, buffer = _flat(blob, SIDE), io.BytesIO()
    flat.save(buffer, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return (*flat.size, buffer.getvalue())


def _small(side: int, blob: bytes) -> tuple[int, int, bytes]:
    flat, buffer = _flat(blob, side), io.BytesIO()
    flat.save(buffer, "WEBP", quality=_SMALL_QUALITY, method=6)
    return (*flat.size, buffer.getvalue())


def _flat(blob: bytes, side: int) -> Image.Image:
    """The picture within so many pixels, on white."""
    from PIL import Image

    whole, _ = pictures.opened(blob, side)
    whole.thumbnail((side, side), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", whole.size, "white")
    flat.paste(whole, mask=whole.getchannel("A") if whole.mode == "RGBA" else None)
    return flat
