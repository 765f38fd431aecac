"""A hub that has no pages yet: nobody is told that there is nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web import unbuilt


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return Config(root=tmp_path, name="Test", domain="hub.example", url="http://hub.example")


@pytest.fixture
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as found:
        yield found


def _written(hub: Config) -> None:
    hub.public.mkdir()
    (hub.public / "index.html").write_text("<p>home</p>")


def test_who_opens_it_before_it_is_built_gets_the_page_when_it_is_there(
    hub: Config, server: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unbuilt, "_PATIENCE", 600.0)
    seen: list[Answer] = []
    reader = threading.Thread(target=lambda: seen.append(ask(server, "/")))
    reader.start()
    _written(hub)
    reader.join()
    assert (seen[0].status, seen[0].body) == (200, b"<p>home</p>")


@pytest.mark.parametrize("path", ["/", "/fr/", "/conferences/organising/t/abc/", "/unions/x/"])
def test_who_has_waited_is_told_when_to_come_back(
    server: Address, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(unbuilt, "_PATIENCE", 0.0)
    answer = ask(server, path)
    assert answer.status == 503
    assert answer.headers["retry-after"] == "10"
    assert answer.headers["cache-control"] == "no-store"
    assert b"The pages here are being made." in answer.body
    assert f'href="{path}"'.encode() in answer.body


def test_it_is_said_in_the_reader_s_language(
    server: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unbuilt, "_PATIENCE", 0.0)
    body = ask(server, "/", accept_language="ar").body.decode()
    assert 'lang="ar"' in body
    assert 'dir="rtl"' in body
    assert "being made" not in body


def test_a_built_hub_has_nothing_where_there_is_nothing(hub: Config, server: Address) -> None:
    _written(hub)
    assert ask(server, "/conferences/organising/").status == 404


def test_what_is_no_page_is_not_waited_for(server: Address) -> None:
    for path in ("/nothing.txt", "/unions/x/a", "/unions/../x/", "/unions//x/"):
        assert ask(server, path).status == 404, path
