"""A picture that an editor sends, made anew for a site's media: upright, smaller, without what the
camera or the telephone wrote beside it. Whoever clones the site gets this one, never the original.

`remade` starts a child that limits itself before it decodes anything: `python -m
solicomm_build.extraction.photo`, the picture on its input, WebP on its output. What it cannot read
costs that one picture.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

from solicomm_build.foundation import confined

if TYPE_CHECKING:
    from PIL import Image

SIDE = 2000
"""Pixels of the longer side: enough for a page on any screen, some 300 KB."""
MOST_PIXELS = 50_000_000

PORTRAIT = 160
"""Pixels of the side of a person's photo, which is square."""
_QUALITIES = (80, 70, 60, 50, 40, 30, 20, 10)
_SIDES = (PORTRAIT, 128, 96)

_MEMORY, _CPU, _WALL = 768 << 20, 20, 60  # octets, seconds, seconds
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def remade(blob: bytes, kind: str = "WEBP") -> bytes | None:
    """The picture as WebP, or as `kind` (PNG, JPEG, GIF); None when it is none, is broken, or is
    too large. Blocking."""
    return _in_child(blob, kind)


def portrait(blob: bytes, most: int) -> bytes | None:
    """The middle of a picture as a small square WebP of at most `most` octets; None as above."""
    made = _in_child(blob, f"PORTRAIT:{most}")
    return made if made and len(made) <= most else None


def _in_child(blob: bytes, kind: str) -> bytes | None:
    command = [sys.executable, "-I", "-m", "solicomm_build.extraction.photo", kind]
    try:
        done = subprocess.run(
            command,
            input=blob,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WALL,
            check=False,
            env={"PATH": os.defpath},
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 and done.stdout else None


def _make(blob: bytes, kind: str) -> bytes:
    import io

    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    image = Image.open(io.BytesIO(blob), formats=_FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    drawn = image.format in ("PNG", "GIF")
    image.draft("RGB", (SIDE, SIDE))
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    whole = ImageOps.exif_transpose(image).convert("RGBA" if clear and kind != "JPEG" else "RGB")
    whole.info.clear()  # what the camera wrote
    if kind.startswith("PORTRAIT:"):
        return _small(whole.convert("RGB"), int(kind.partition(":")[2]))
    whole.thumbnail((SIDE, SIDE))
    if kind != "WEBP":
        buffer = io.BytesIO()
        whole.save(buffer, kind, **({"quality": 85} if kind == "JPEG" else {}))
        return buffer.getvalue()
    best = b""
    for lossless in (True, False) if drawn else (False,):
        buffer = io.BytesIO()
        whole.save(
            buffer, "WEBP", lossless=lossless, quality=82, exif=b"", xmp=b"", icc_profile=b""
        )
        best = min(filter(None, (best, buffer.getvalue())), key=len)
    return best


def _small(whole: Image.Image, most: int) -> bytes:
    """A square that is small enough: first less sharp, then smaller."""
    import io

    from PIL import ImageOps

    for side in _SIDES:
        square = ImageOps.fit(whole, (side, side), centering=(0.5, 0.4))  # faces are above
        for quality in _QUALITIES:
            buffer = io.BytesIO()
            square.save(
                buffer, "WEBP", quality=quality, method=6, exif=b"", xmp=b"", icc_profile=b""
            )
            if buffer.tell() <= most:
                return buffer.getvalue()
    raise ValueError("too large however small")


def main() -> None:
    """Reads, limits itself, writes."""
    blob = sys.stdin.buffer.read()
    confined.shut_in(confined.python_reads())
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        made = _make(blob, sys.argv[1])
    except Exception:  # noqa: BLE001 - whatever a hostile picture does ends here
        sys.exit(1)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
