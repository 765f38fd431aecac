"""A document that is too large for a mail: the link in the curator's mail, asked for by HTTP."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.cleaning import child
from solicomm_build.features.founding.founding import new_library
from solicomm_build.foundation import clock, data
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.testing import webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.webserver import Address, Answer, ask

GUIDE = data.folder("content") / "libraries/agreements/entries/2026-r6me3tkc/heat-pocket-guide.pdf"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskHub:
    monkeypatch.setattr("solicomm_build.features.library.deposits.depositenclosed.MOST_OCTETS", 10)
    made = DeskHub(tmp_path / "hub")
    new_library(made.config, "papers", title="Papers", lang="en")
    made.member(1, "ana@union.example", "water")
    made.config.public.mkdir(parents=True, exist_ok=True)
    (made.config.public / "404.html").write_text("<p>not here</p>")
    return made


@pytest.fixture
def server(hub: DeskHub) -> Iterator[Address]:
    with webserver.running(hub.config) as address:
        yield address


def _review(hub: DeskHub, curator: str = "op@hub.example") -> Message:
    """The curator's mail about a document that Ana handed in."""
    coded = base64.encodebytes(GUIDE.read_bytes()).decode()
    body = (
        "--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="guide.pdf"\n\n{coded}--b--'
    )
    fields = ['Content-Type: multipart/mixed; boundary="b"']
    hub.send("papers+deposit", body, subject="Heat at work", fields=fields)
    mails = [parse(item.raw) for item in hub.work()]
    return next(one for one in mails if one.to[0].addr_spec == curator)


def _path(mail: Message) -> str:
    found = re.search(r"/deposits/\S+", mail.text)
    assert found is not None
    return found[0]


def _asked(hub: DeskHub, server: Address, path: str, method: str = "GET") -> Answer:
    with clock.fixed(hub.now):
        return ask(server, path, method=method)


def test_a_link_brings_the_cleaned_copy_as_a_download(hub: DeskHub, server: Address) -> None:
    path = _path(_review(hub))
    answer = _asked(hub, server, path)
    assert answer.status == 200
    assert answer.body == child.clean(GUIDE.read_bytes()).octets
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="guide.pdf"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert _asked(hub, server, path, "HEAD").status == 200


@pytest.mark.parametrize("word", ["accept", "reject no"])
def test_a_link_ends_with_the_decision(hub: DeskHub, server: Address, word: str) -> None:
    review = _review(hub)
    hub.reply(review, word, sender="op@hub.example")
    assert _asked(hub, server, _path(review)).status == 404


def test_a_link_ends_when_its_curator_is_none_any_more(hub: DeskHub, server: Address) -> None:
    hub.member(7, "cy@union.example", "water")
    hub.note(rosterevents.role("papers", 7, "moderator", at=hub.now, by="test"))
    path = _path(_review(hub, "cy@union.example"))
    assert _asked(hub, server, path).status == 200
    hub.note(rosterevents.role("papers", 7, "", at=hub.now, by="test"))
    assert _asked(hub, server, path).status == 404
    hub.note(rosterevents.role("papers", 7, "moderator", at=hub.now, by="test"))
    assert _asked(hub, server, path).status == 200


def test_a_link_ends_after_fourteen_days(hub: DeskHub, server: Address) -> None:
    path = _path(_review(hub))
    hub.now += timedelta(days=14)
    assert _asked(hub, server, path).status == 200
    hub.now += timedelta(days=1)
    assert _asked(hub, server, path).status == 404


def test_a_link_of_a_clock_that_was_ahead_is_not_good(hub: DeskHub, server: Address) -> None:
    path = _path(_review(hub))
    hub.now -= timedelta(days=1)
    assert _asked(hub, server, path).status == 200
    hub.now -= timedelta(days=1)
    assert _asked(hub, server, path).status == 404


def test_looking_decides_nothing(hub: DeskHub, server: Address) -> None:
    review = _review(hub)
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        _asked(hub, server, _path(review), method)
    assert not hub.work()
    letters = _letters(_path(review))
    assert hub.ask(f"papers-review+{letters}", "accept", sender="op@hub.example") == []
    assert "It is published." in hub.reply(review, "accept", sender="op@hub.example")[0].text


def test_what_is_no_link_is_what_does_not_exist(hub: DeskHub, server: Address) -> None:
    path = _path(_review(hub))
    deposit, letters = path.split("/")[2], _letters(path)
    other = letters[:-2] + ("aa" if letters[-2:] != "aa" else "ba")
    nothing = _asked(hub, server, "/nothing")
    assert nothing.status == 404
    for wrong in (
        f"/deposits/{deposit}/{other}",
        f"/deposits/{deposit}/",
        f"/deposits/{deposit}",
        f"/deposits/2026-aaaaaaaa/{letters}",
        f"/deposits/../{letters}",
        "/deposits/",
        f"/deposits/{deposit}/{letters}/",
        f"/deposits/%2e%2e/{letters}",
    ):
        answer = _asked(hub, server, wrong)
        assert (answer.status, answer.body) == (404, nothing.body), wrong
    assert _asked(hub, server, path, "POST").status == 405


def _letters(path: str) -> str:
    return path.rsplit("/", 1)[1]
