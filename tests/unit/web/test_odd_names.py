"""Names and numbers that no file system and no computer takes are those of nothing: 404, 403 or a
list without them, and no trace in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from solicomm_build.features.passkeys.passkeyfile import Passkeys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.conference import Conference
from solicomm_build.post.reading import oldlinks
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.webserver import Address, ask

LONG = "a" * 300
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A hub with sites at origins of their own, and a list that came from Mailman."""
    folder: Path = tmp_path_factory.mktemp("odd")
    made = smallhub.make(folder / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    links = oldlinks.encode(oldlinks.Links({}, ("bar@lists.example",)))
    change = Change(oldlinks.FILE, links)
    write_once(
        open_repo(made.conference_repo("bar")), [change], message="Map\n", when=smallhub.BEGUN
    )
    for name in ("unions/docks", "conferences/bar"):
        (made.public / name).mkdir(parents=True)
    (made.public / "index.html").write_text("Here")
    return replace(made, pages="sites.hub.example", url="https://hub.example")


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


@pytest.fixture(autouse=True)
def no_trace(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.INFO, "solicomm"):
        yield
    assert caplog.records == []


@pytest.mark.parametrize("name", [LONG, "%00", "a%00b", "..", "%2e%2e%2f"])
def test_a_site_has_no_such_name(server: Address, name: str) -> None:
    assert ask(server, f"/unions/{name}/robots.txt").status == 404


@pytest.mark.parametrize("prefix", ["/hyperkitty/list", "/archives/list"])
@pytest.mark.parametrize("number", ["²", "٣", "9" * 300, "9" * 5000])
def test_an_archive_has_no_such_month(server: Address, prefix: str, number: str) -> None:
    path = f"{prefix}/bar@lists.example/{quote(number)}/1/"
    assert ask(server, path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/conferences/bar/t/{topic}/page/{number}/",
        "/fr/conferences/bar/t/{topic}/page/{number}/",
        "/libraries/papers/key/pages/{number}.webp",
        "/deposits/{topic}/letters/{number}",
        "/moderate/{topic}/{number}/1/x.txt",
    ],
)
def test_nothing_has_so_many_pages(server: Address, path: str) -> None:
    asked = path.format(topic="a" * 32, number="9" * 5000)
    assert ask(server, asked).status == 404


def test_a_passkey_has_no_such_name(hub: Config, server: Address) -> None:
    keys = Passkeys(hub)
    with keys.change():
        pass  # there are some
    keys.close()
    credential = json.dumps({"id": "\ud800", "response": {"userHandle": "AAAA"}})
    body = urlencode({"challenge": "AAAA", "credential": credential}).encode()
    answer = ask(server, "/passkeys/", method="POST", body=body, content_type=FORM)
    assert answer.status == 403
