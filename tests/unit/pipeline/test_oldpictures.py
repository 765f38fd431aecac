"""WebP pictures have a JPEG for those who know no WebP."""

from __future__ import annotations

import io
import re
import struct

import pytest
from PIL import Image

from solicomm_build.builder.apart import oldpictures
from solicomm_build.features.library.exchange.published import COVER
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.testing import hubs, smallhub


def _webp(mode: str = "RGB", colour: tuple[int, ...] = (200, 20, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (400, 566), colour).save(buffer, "WEBP", quality=70)
    return buffer.getvalue()


def _opened(data: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(data))
    assert found.format == "JPEG"
    return found


def test_a_picture_keeps_its_size_and_colours() -> None:
    made = _opened(oldpictures.jpeg(_webp()))
    assert made.size == (400, 566)
    red, green, blue = made.convert("RGB").getpixel((200, 200))  # type: ignore[misc]
    assert (red > 180, green < 50, blue < 50) == (True, True, True)


def test_what_is_clear_becomes_white() -> None:
    made = _opened(oldpictures.jpeg(_webp("RGBA", (0, 0, 0, 0))))
    assert min(made.convert("RGB").getpixel((5, 5))) > 250  # type: ignore[arg-type, type-var]


@pytest.mark.parametrize(
    "blob", [b"", b"no picture", _webp()[:200], b"RIFF" + struct.pack("<I", 9) + b"WEBPVP8 "]
)
def test_what_cannot_be_read_is_a_blank(blob: bytes) -> None:
    assert _opened(oldpictures.jpeg(blob)).size == (1, 1)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A library of a card whose cover this hub made."""
    made = smallhub.make(tmp_path_factory.mktemp("old") / "hub")
    repo = made.library_repo("books")
    create(repo)
    key = "2026-7qk3xa2m"
    files = (
        'files:\n  - {sha256: "%s", name: cover.webp, type: image/webp, bytes: 9, role: cover}\n'
    )
    card = hubs.CARD.format(id=key, title="Mapping a workplace", text="")
    card = card.replace("---\n", "---\n" + files % ("3" * 64), 1)
    hubs.commit(
        repo,
        Change("library.yaml", hubs.LIBRARY),
        Change(f"entries/{key}/entry.md", card.encode()),
        Change(f"entries/{key}/cover.webp", _webp()),
    )
    assert hubs.build(made).failures == []
    return made


def test_a_card_shows_the_one_and_names_the_other(hub: Config) -> None:
    page = hubs.page(hub, "/libraries/books/2026-7qk3xa2m/")
    shown = re.search("<picture>(.*?)</picture>", page, re.DOTALL)
    assert shown is not None
    assert 'srcset="files/cover.webp" type="image/webp"' in shown[1]
    assert 'src="cover.jpg"' in shown[1]
    assert 'width="400" height="566"' in shown[1]
    data = (hub.public / "libraries/books/2026-7qk3xa2m/cover.jpg").read_bytes()
    assert _opened(data).size == (400, 566)


def test_no_page_of_the_theme_shows_a_webp_alone(hub: Config) -> None:
    for page in hub.public.rglob("*.html"):
        for img in re.findall(r"<img[^>]*>", page.read_text("utf-8")):
            assert ".webp" not in img, page


def test_what_counts_as_our_cover() -> None:
    assert COVER.fullmatch("cover.webp")
    assert COVER.fullmatch("cover-2.webp")
    assert not COVER.fullmatch("discover.webp")
