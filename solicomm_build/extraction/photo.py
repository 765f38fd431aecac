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

SIDE = 2000
"""Pixels of the longer side: enough for a page on any screen, some 300 KB."""
MOST_PIXELS = 50_000_000

_MEMORY, _CPU, _WALL = 768 << 20, 20, 60  # octets, seconds, seconds
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def remade(blob: bytes, kind: str = "WEBP") -> bytes | None:
    """The picture as WebP, or as `kind` (PNG, JPEG, GIF); None when it is none, is broken, or is
    too large. Blocking."""
    command = [sys.executable, "-I", "-m", "solicomm_build.extraction.photo", kind]
    try:
        done = subprocess.run(
            command, input=blob, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=_WALL, check=False, env={"PATH": os.defpath},
        )  # fmt: skip
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


def main() -> None:
    """Reads, limits itself, writes."""
    blob = sys.stdin.buffer.read()
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
