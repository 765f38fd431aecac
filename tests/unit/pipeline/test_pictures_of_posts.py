"""Pictures of posts are shown in the topic: small, with their size, and a link to the large one."""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.git.writer import Change
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

URL = f"/conferences/bar/t/{post_id('c@union.example')}/"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))


def _picture(width: int, height: int, form: str = "JPEG") -> bytes:
    target = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(target, form)
    return target.getvalue()


def _shown(hub: Config, *changes: Change, row: posts.Attached) -> list[tuple[str, str, str, str]]:
    hubs.commit(
        hub.conference_repo("bar"), hubs.change(hubs.post("c", attachments=[row])), *changes
    )
    hubs.build(hub)
    page = hubs.page(hub, URL)
    return re.findall(r'<img src="([^"]*)" width="(\d+)" height="(\d+)" alt="([^"]*)"', page)


def test_a_small_picture_stands_for_a_large_one(hub: Config) -> None:
    row, large = hubs.attached(_picture(1600, 1200), "march.jpg", "image/jpeg")
    small = Change(posts.small_path(row.sha256), _picture(480, 360))
    ((address, width, height, alt),) = _shown(hub, large, small, row=row)
    assert (width, height, alt) == ("480", "360", "Picture: march.jpg")
    file = (hub.public / URL.strip("/") / unquote(address)).resolve()
    assert file.read_bytes() == small.data
    page = hubs.page(hub, URL)
    assert 'loading="lazy"' in page
    assert (file.parent / "march.jpg").read_bytes() == large.data
    assert hubs.differences(hub) == []


def test_a_small_one_is_shown_itself(hub: Config) -> None:
    row, change = hubs.attached(_picture(60, 40, "PNG"), "badge.png", "image/png")
    ((address, width, height, _),) = _shown(hub, change, row=row)
    assert address.endswith("badge.png")
    assert (width, height) == ("60", "40")


@pytest.mark.parametrize("name", ["badge", "badge.bin", "notes.txt"])
def test_nothing_else_is_shown(hub: Config, name: str) -> None:
    data = b"only words" if name.endswith("txt") else _picture(60, 40, "PNG")
    row, change = hubs.attached(data, name, "image/png")
    assert _shown(hub, change, row=row) == []


def test_a_picture_that_comes_later_is_shown_then(hub: Config) -> None:
    row, change = hubs.attached(_picture(60, 40, "PNG"), "badge.png", "image/png")
    assert _shown(hub, row=row) == []
    hubs.commit(hub.conference_repo("bar"), change)
    hubs.build(hub)
    assert "<img" in hubs.page(hub, URL)
    assert hubs.differences(hub) == []
