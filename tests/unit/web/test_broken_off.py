"""A client that leaves while it sends has done nothing, and is no fault of ours."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import Message

from solicomm_build.features.sites.editing import editlinks
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.git.repo import create
from solicomm_build.people import access, rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.sessions import Sessions
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.web.app import create_app

FORM = (b"content-type", b"application/x-www-form-urlencoded")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    bar = Conference("bar", {"en": "Bar"}, posting="open")
    config = smallhub.make(tmp_path / "hub", bar)
    consent, at = Consent("mail"), clock.now()
    ana = rosterevents.member(1, "ana@union.example", at=at, consent=consent)
    smallhub.add_events(config, [ana, rosterevents.subscribe("bar", 1, at=at, consent=consent)])
    return replace(config, activitypub=Outwards(("bar",)))


def _broken_off(hub: Config, path: str) -> list[Message]:
    """What is said to a client that sends a part of what it wanted to, and is gone."""
    parts: list[Message] = [
        {"type": "http.request", "body": b"sta", "more_body": True},
        {"type": "http.disconnect"},
    ]
    said: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        said.append(message)

    headers = [(b"host", b"hub.example"), FORM, (b"content-length", b"8")]
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": None,
    }
    app = create_app(hub)
    try:
        asyncio.run(app(scope, receive, send))
    finally:
        for one in app.state.held:
            one.close()
    return said


@pytest.mark.parametrize(
    "path", ["/network/knock", "/network/sealed", "/ap/inbox", "/autodiscover/autodiscover.xml"]
)
def test_it_leaves_no_trace_in_the_log(
    hub: Config, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.INFO, "solicomm"):
        assert _broken_off(hub, path) == []
    assert caplog.records == []


def test_a_link_to_sign_in_is_good_still(hub: Config) -> None:
    """Over a bad line the button is pressed again."""
    sessions = Sessions(hub)
    link = sessions.link(1, "", clock.now())
    _broken_off(hub, f"/login/{link}")
    assert sessions.of_member(1, clock.now()) == []
    assert sessions.of_link(link, clock.now()) is not None
    sessions.close()


def test_a_link_of_an_editor_is_good_still(hub: Config) -> None:
    create(hub.union_repo("docks"))
    grant, _ = access.issue(hub, "ed@union.example", ["unions/docks"])
    link = editlinks.link(hub, grant, "docks")
    _broken_off(hub, f"/edit/docks/enter/{link}")
    assert editlinks.use(hub, link, "docks") is not None
