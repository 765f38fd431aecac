"""What hubs answer each other over HTTP when something is not as usual, and nobody waits for it."""

from __future__ import annotations

import socket
import time
from http.client import HTTPMessage
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from solicomm_build.features.network.carrying import messageids, wire
from solicomm_build.foundation import fetching
from solicomm_build.foundation.fetching import Answer, FetchError
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network
from solicomm_build.web.app import create_app


@pytest.mark.parametrize("since", ["0" * 40, "1234567890" * 4, "x", "'" * 40])
def test_who_names_a_commit_that_is_gone_gets_the_message_ids_of_all(
    tmp_path: Path, since: str
) -> None:
    """As after an erasure, which makes the history anew."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    messageids.keep(net.hubs["a"], {hubs.mid("one"): "one@union.example"})  # type: ignore[dict-item]
    net.sign("a")
    client = TestClient(create_app(net.hubs["a"]), base_url="https://a.example")
    answer = client.get(f"{wire.IDS}/{net.id('b')}/net?since={since}")
    assert answer.status_code == 200
    assert messageids.opened(answer.content, net.identity("b")).keys() == {hubs.mid("one")}


def test_a_hub_that_is_busy_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = HTTPMessage()
    headers["Retry-After"] = "600"

    def ask(*_: object, **__: object) -> Answer:
        return Answer(503, headers, b"")

    monkeypatch.setattr(fetching, "_ask", ask)
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("it waits"))
    with pytest.raises(FetchError, match="busy"):
        wire.card("https://a.example")


def test_a_name_that_is_not_known_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FetchError, match=r"be read: Name or service not known$"):
        fetching.exchange("https://hub.example/", {})
