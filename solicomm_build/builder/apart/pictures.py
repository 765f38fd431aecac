"""Pictures that readers get: made anew from what editors sent, small, without hidden facts.

A photo holds where and when it was taken and by which telephone; none of that is passed on. Every
picture is decoded in a process of its own with little memory and time, after its header was looked
at, so that a hostile one costs its own page at most. The result is kept by blob id below
`state/pictures/`: a function of the blob and of the version below, and deleting it costs time only.
Only that process loads what decodes.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import PIL

from solicomm_build.builder.apart import blame
from solicomm_build.builder.apart.walls import limit_memory
from solicomm_build.foundation import confined, safeio
from solicomm_build.foundation.errors import StoreError

if TYPE_CHECKING:
    from PIL.Image import Image as Decoded

VERSION = f"1-{PIL.__version__}"
MAX_PIXELS = 50_000_000
"""A good telephone's picture has 12 to 48 million; 30,000 x 30,000 would be 900."""
SIDE, LIMIT = 1200, 60_000
"""Pixels of the longer side, and octets aimed at."""
KINDS = {"": (SIDE, LIMIT), "logo": (400, 30_000), "badge": (160, 4_000), "hero": (800, 40_000)}
"""The same by what a picture is for: in a text, a union's logo, a hub's logo, a front page's."""
_MEMORY = 512 * 1024 * 1024
_SECONDS = 15
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_SIDES = (SIDE, 1000, 800, 640, 480, 320)
_SMALL_SIDES = (120, 80)
_QUALITIES = (80, 66, 52, 40)


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture: its size in pixels, and the file that holds it."""

    width: int
    height: int
    file: Path


class Pictures:
    """The kept pictures of a hub. `read` gives a blob's octets, and is asked only for new ones."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "pictures" / VERSION

    def get(
        self, oid: str, read: Callable[[], bytes], *, kind: str = ""
    ) -> tuple[Picture | None, str]:
        """(picture, fault) of one of KINDS; the fault is empty when there is a picture. Blocking,
        for seconds. Raises StoreError when it could not be found out: nothing is noted then."""
        name = f"{oid}{kind and f'.{kind}'}"
        folder = self._folder / oid[:2]
        note, data = folder / f"{name}.json", folder / f"{name}.webp"
        try:
            known = json.loads(note.read_bytes())
        except (OSError, ValueError):
            known = self._make(read(), note, data, kind)
        if known["fault"]:
            return None, str(known["fault"])
        return Picture(known["width"], known["height"], data), ""

    def _make(self, blob: bytes, note: Path, data: Path, kind: str) -> dict[str, object]:
        note.parent.mkdir(parents=True, exist_ok=True)
        made = apart(blob, partial(make, kind=kind))
        if isinstance(made, str):
            facts: dict[str, object] = {"fault": made}
        else:
            width, height, octets = made
            safeio.write_atomic(data, octets, durable=False)
            facts = {"fault": "", "width": width, "height": height}
        safeio.write_atomic(note, json.dumps(facts).encode(), durable=False)
        return facts


def make(blob: bytes, *, kind: str = "") -> tuple[int, int, bytes]:
    """(width, height, WebP) of a picture. Raises ValueError with what is wrong with it.

    Not to be called with strangers' octets but in a process that may die: see `Pictures`.
    """
    from PIL.Image import Resampling

    side, limit = KINDS[kind]
    image, flat = opened(blob, side)
    data = b""
    for step in (side, *(s for s in (_SIDES if side > _SIDES[-1] else _SMALL_SIDES) if s < side)):
        small = image.copy()
        small.thumbnail((step, step), Resampling.LANCZOS)
        if flat and step == side:
            data = _webp(small, lossless=True, quality=70)
            if len(data) <= limit:
                return (*small.size, data)
        for quality in _QUALITIES:
            data = _webp(small, lossless=False, quality=quality)
            if len(data) <= limit:
                return (*small.size, data)
    raise ValueError(f"the picture cannot be made smaller than {len(data):,} bytes")


def opened(blob: bytes, side: int) -> tuple[Decoded, bool]:
    """In the child: the upright first frame, and whether it is a drawing rather than a photo."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(blob), formats=_FORMATS)
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise ValueError(f"the picture has {width:,} x {height:,} pixels")
            flat = image.format in ("PNG", "GIF")
            image.draft("RGB", (2 * side, 2 * side))  # a JPEG is decoded at a fraction of its size
            image.load()
        except Image.DecompressionBombError as error:
            raise ValueError("the picture has too many pixels") from error
        except Image.DecompressionBombWarning as error:
            raise ValueError("the picture has too many pixels") from error
        except (OSError, SyntaxError, EOFError) as error:
            raise ValueError("the picture cannot be read") from error
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return ImageOps.exif_transpose(image).convert("RGBA" if clear else "RGB"), flat


def _webp(image: Decoded, *, lossless: bool, quality: int) -> bytes:
    buffer = io.BytesIO()
    # exif, xmp and icc_profile are given as empty, else Pillow would pass on what it read
    image.save(
        buffer,
        "WEBP",
        lossless=lossless,
        quality=quality,
        method=4,
        exif=b"",
        xmp=b"",
        icc_profile=b"",
    )
    return buffer.getvalue()


def apart(
    blob: bytes, work: Callable[[bytes], tuple[int, int, bytes]]
) -> tuple[int, int, bytes] | str:
    """`work` in a child with limits; its result, or what is wrong. Raises StoreError when something
    else ended the child: that says nothing about the picture."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        _child(blob, work, reading, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(pid, 0)
    if status and blame.of_end(status)[0]:
        raise StoreError("what reads pictures was killed; the site will be tried again")
    head, _, octets = answer.partition(b"\n")
    if status != 0 or not head:
        return "the picture takes too long or too much memory"
    facts = json.loads(head)
    if "fault" in facts:
        return str(facts["fault"])
    return facts["width"], facts["height"], octets


def _child(
    blob: bytes, work: Callable[[bytes], tuple[int, int, bytes]], reading: int, writing: int
) -> None:
    status = 1
    try:
        os.close(reading)
        limit_memory(_MEMORY)
        confined.shut_in(confined.python_reads())
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS + 1))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 4 * _SECONDS)
        try:
            width, height, octets = work(blob)
            answer = json.dumps({"width": width, "height": height}).encode() + b"\n" + octets
        except ValueError as error:
            answer = json.dumps({"fault": str(error)}).encode() + b"\n"
        except Exception as error:  # noqa: BLE001 - whatever a hostile picture does ends here
            fault = f"the picture cannot be read ({type(error).__name__})"
            answer = json.dumps({"fault": fault}).encode() + b"\n"
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer)
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)
