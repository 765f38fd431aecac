from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import webserver


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A hub with a few built pages, and things around them that nobody may reach."""
    root = tmp_path_factory.mktemp("hub")
    config = Config(root=root, name="Test", domain="hub.example", url="http://hub.example")
    pages = {
        "index.html": "<p>home</p>",
        "404.html": "<p>not here</p>",
        "conferences/organising/index.html": "<p>organising</p>",
        "conferences/organising/feed.xml": "<feed/>",
        "conferences/organising/files/ab12/minutes.html": "<script>alert(1)</script>",
        "conferences/organising/files/ab12/año.pdf": "%PDF",
        "theme/site.0123456789abcdef.css": "a{}",
        "theme/site.css": "a{}",
        "conferences/organising/index/2026-10.json": "[]",
        "conferences/organising/index/2999-10.json": "[]",
        "search/index/0123456789abcdef/b7.js": "x(1);",
        "search/index/0123456789abcdef/d/7.js": "x(1);",
        "search/index/manifest.js": "x(1);",
        "page.html": "plain",
        "page.html.br": "brotli",
        "page.html.gz": "gzip",
        "picture.png": "png",
        ".secret": "hidden",
        ".well/known.txt": "hidden",
        "odd%2e%2e/name.txt": "literal",
    }
    for path, text in pages.items():
        _write(config.public / path, text)
    _write(root / "private" / "roster.txt", "the roster")
    _write(root / "publicity.txt", "a sibling with the same prefix")
    (config.public / "link.txt").symlink_to(root / "private" / "roster.txt")
    (config.public / "linked").symlink_to(root / "private")
    (config.public / "large.bin").write_bytes(bytes(range(256)) * 4096)
    return config


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[tuple[str, int]]:
    with webserver.running(hub) as address:
        yield address


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
