"""Pictures made anew: `solicomm_build/builder/apart/pictures.py`."""

from __future__ import annotations

import io
import os
import signal
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.builder.apart import pictures
from solicomm_build.builder.apart.pictures import Pictures
from solicomm_build.foundation.errors import StoreError


def encoded(image: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 90).convert("RGB")


def bomb(width: int, height: int) -> bytes:
    """A tiny PNG that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
        )

    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def got(tmp_path: Path, blob: bytes, *, logo: bool = False) -> tuple[pictures.Picture | None, str]:
    return Pictures(tmp_path).get("a" * 40, lambda: blob, kind="logo" if logo else "")


def test_a_photo_becomes_small_and_forgets_where_it_was_taken(tmp_path: Path) -> None:
    photo = noise(2400, 1800)
    exif = photo.getexif()
    exif[0x010F] = "Spyphone"
    exif[0x8825] = {1: "N", 2: (1.0, 2.0, 3.0)}
    exif[0x0112] = 6  # to be turned by a quarter
    blob = encoded(photo, "JPEG", exif=exif, quality=92, comment=b"by Zebedee")
    assert b"Spyphone" in blob
    found, fault = got(tmp_path, blob)
    assert fault == ""
    assert found is not None
    octets = found.file.read_bytes()
    assert len(octets) <= pictures.LIMIT
    assert max(found.width, found.height) <= pictures.SIDE
    assert found.height > found.width, "upright"
    with Image.open(io.BytesIO(octets)) as shown:
        assert (shown.format, shown.size) == ("WEBP", (found.width, found.height))
        assert not shown.getexif()
    for secret in (b"Spyphone", b"Zebedee", b"EXIF", b"Exif", b"XMP "):
        assert secret not in octets


def test_a_drawing_stays_sharp_and_a_logo_small(tmp_path: Path) -> None:
    drawing = Image.new("RGBA", (900, 500), (20, 80, 40, 0))
    found, _ = got(tmp_path, encoded(drawing))
    assert found is not None
    assert (found.width, found.height) == (900, 500)
    with Image.open(found.file) as shown:
        assert shown.mode == "RGBA"
    logo, _ = got(tmp_path, encoded(noise(900, 900)), logo=True)
    assert logo is not None
    assert logo.width <= pictures.KINDS["logo"][0]
    assert logo.file.stat().st_size <= pictures.KINDS["logo"][1]


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (bomb(30_000, 30_000), "pixels"),
        (bomb(100_000, 100_000), "pixels"),
        (bomb(5_000, 5_000), "cannot be read"),
        (b"GIF89a", "cannot be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>", "cannot be read"),
        (b"", "cannot be read"),
        (b"%PDF-1.4", "cannot be read"),
    ],
    ids=["bomb", "larger bomb", "torn", "torn gif", "svg", "empty", "pdf"],
)
def test_what_is_no_picture_is_refused_with_the_reason(
    tmp_path: Path, blob: bytes, words: str
) -> None:
    found, fault = got(tmp_path, blob)
    assert found is None
    assert words in fault


def test_it_is_made_once(tmp_path: Path) -> None:
    blob = encoded(noise(40, 40))
    first, _ = got(tmp_path, blob)

    def never() -> bytes:
        raise AssertionError("read again")

    again, _ = Pictures(tmp_path).get("a" * 40, never)
    assert again == first


def test_a_decoder_that_dies_takes_nobody_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(blob: bytes, *, kind: str = "") -> tuple[int, int, bytes]:
        del blob, kind
        return 1, 1, b"x" * (4 * 1024 * 1024 * 1024)

    monkeypatch.setattr(pictures, "make", greedy)
    assert "memory" in got(tmp_path, b"x")[1] or "MemoryError" in got(tmp_path, b"x")[1]


@pytest.mark.parametrize("number", [signal.SIGXCPU, signal.SIGALRM])
def test_a_picture_that_ends_its_reader_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(pictures, "make", lambda *_, **__: os.kill(os.getpid(), number))
    assert "too long or too much" in got(tmp_path, b"x")[1]
    monkeypatch.undo()
    assert "too long or too much" in got(tmp_path, b"x")[1]


def test_a_reader_that_somebody_kills_says_nothing_about_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was noted for good that the picture takes too much memory."""
    blob = encoded(noise(40, 40))
    monkeypatch.setattr(pictures, "make", lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(StoreError, match="was killed"):
        got(tmp_path, blob)
    monkeypatch.undo()
    found, fault = got(tmp_path, blob)
    assert found is not None
    assert fault == ""


def test_an_animation_is_shown_as_a_still(tmp_path: Path) -> None:
    frames = [Image.new("P", (20, 20), n) for n in range(3)]
    blob = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    found, fault = got(tmp_path, blob)
    assert fault == ""
    assert found is not None
