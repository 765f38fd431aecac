"""Pictures through Pillow: that they are what they say, and a small copy. In the child only."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from solicomm_build.extraction.facts import Facts

MAX_PIXELS = 60_000_000
"""A page at 600 dpi is 35 million; more is a bomb or a mistake."""
_TOO_LARGE = "It has more than 60 million pixels. Make it smaller"
_SIDE = 400  # pixels of the small copy


def read(path: Path, kind: str) -> Facts:
    """The facts of a picture: its size is looked at before it is decoded."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                return Facts(kind, fault=_TOO_LARGE)
            picture.draft("RGB", (_SIDE * 2, _SIDE * 2))
            small = ImageOps.exif_transpose(picture).convert("RGB")
            small.thumbnail((_SIDE, _SIDE))
    except Image.DecompressionBombError:
        return Facts(kind, fault=_TOO_LARGE)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return Facts(kind, fault="It is damaged or no picture. Save it anew")
    target = io.BytesIO()
    small.save(target, "WEBP", quality=70)  # without what the camera wrote beside the picture
    return Facts(kind, cover=target.getvalue())
