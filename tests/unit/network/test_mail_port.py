"""A known hub looks from outside whether mail gets in at port 25, at whoever asks, nowhere else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPMessage
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from solicomm_build.features.checks import registry
from solicomm_build.features.network.sealed import asking, looking, mailport, padding
from solicomm_build.foundation import fetching
from solicomm_build.foundation.fetching import Answer, FetchError
from solicomm_build.testing.networks import Network
from solicomm_build.web.app import create_app

HERE = "203.0.113.7"


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return Network(tmp_path_factory.mktemp("net"), "ab")


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Where this hub has looked; a mail server is everywhere."""
    found = list[str]()

    def see(address: str, port: int = mailport.PORT) -> str:
        found.append(f"{address} {port}")
        return "open"

    monkeypatch.setattr(mailport, "seen", see)
    mailport._told.clear()
    yield found
    mailport._told.clear()


def asked(net: Network, address: str = HERE, **headers: str) -> dict[str, str]:
    """What `a` says to a question of `b` that comes from an address."""
    body = asking.write(net.identity("b"), net.id("a"), asking.MAIL_PORT)
    client = TestClient(
        create_app(net.hubs["a"]), base_url="https://a.example", client=(address, 40000)
    )
    answer = client.post(asking.PATH, content=body, headers=headers)
    assert answer.status_code == 200
    found: dict[str, str] = json.loads(padding.opened(answer.content, net.identity("b")))
    return found


def test_a_known_hub_looks_at_the_address_that_asks(net: Network, dialled: list[str]) -> None:
    assert asked(net) == {"address": HERE, "mail": "open"}
    assert dialled == [f"{HERE} 25"]


def test_what_a_header_says_makes_it_look_nowhere_else(net: Network, dialled: list[str]) -> None:
    said = asked(net, **{"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"})
    assert said["address"] == HERE
    assert dialled == [f"{HERE} 25"]


def test_it_looks_once_in_ten_minutes(net: Network, dialled: list[str]) -> None:
    assert asked(net) == asked(net)
    assert asked(net, "203.0.113.8") == {"address": "203.0.113.8", "mail": "later"}
    assert len(dialled) == 1


def test_from_this_machine_nothing_is_to_be_seen(net: Network, dialled: list[str]) -> None:
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "testclient"):
        mailport._told.clear()
        assert asked(net, address)["mail"] == "unseen"
    assert dialled == []


def test_a_server_in_front_is_not_looked_at_in_place_of_who_asks(dialled: list[str]) -> None:
    for address in ("10.1.2.3", "::ffff:10.1.2.3"):
        mailport._told.clear()
        said = json.loads(mailport.answer("b", address, ("10.1.0.0/16",)))
        assert said["mail"] == "unseen"
    assert dialled == []


def test_who_is_not_known_makes_it_look_nowhere(
    net: Network, dialled: list[str], tmp_path: Path
) -> None:
    other = Network(tmp_path, "ac")
    client = TestClient(create_app(net.hubs["a"]), base_url="https://a.example")
    for identity, to in ((other.identity("c"), net.id("a")), (net.identity("b"), other.id("c"))):
        body = asking.write(identity, to, asking.MAIL_PORT)
        assert client.post(asking.PATH, content=body).status_code == 404
    assert dialled == []


@pytest.mark.parametrize(
    ("greeting", "found"), [(b"220 mail\r\n", "open"), (b"SSH-2.0\r\n", "silent"), (b"", "silent")]
)
def test_a_mail_server_is_known_by_its_greeting(greeting: bytes, found: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            with server.accept()[0] as one:
                one.sendall(greeting)

        thread = threading.Thread(target=greet)
        thread.start()
        assert mailport.seen("127.0.0.1", server.getsockname()[1]) == found
        thread.join()
        port = server.getsockname()[1]
    assert mailport.seen("127.0.0.1", port) == "closed"


def _said(net: Network, monkeypatch: pytest.MonkeyPatch, mail: str) -> list[str]:
    """What `check` of `b` says when `a` answers so over the wire."""
    monkeypatch.setattr(mailport, "seen", lambda address, port=mailport.PORT: mail)
    mailport._told.clear()
    client = TestClient(create_app(net.hubs["a"]), base_url="https://a.example", client=(HERE, 1))

    def exchange(url: str, _headers: object, body: bytes, **_more: object) -> Answer:
        if mail == "away":
            raise FetchError(f"{url}: nobody answers")
        answer = client.post(asking.PATH, content=body)
        return Answer(answer.status_code, HTTPMessage(), answer.content)

    monkeypatch.setattr(fetching, "exchange", exchange)
    hub = replace(net.hubs["b"], delivery="relay", dns=("127.0.0.1:53",))
    return [str(one) for one in registry.check(hub, [mailport.CHECK])]


def test_check_says_what_the_other_hub_saw(net: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    name = net.id("a")
    assert _said(net, monkeypatch, "open") == [
        f"fine: port 25 from outside: {name} reaches a mail server at {HERE}"
    ]
    (closed,) = _said(net, monkeypatch, "closed")
    assert closed.startswith(f"warning: port 25 from outside: {name} does not get through")
    assert "Let port 25 in at the firewall" in closed
    assert "does not greet as a mail server" in _said(net, monkeypatch, "silent")[0]
    for mail in ("later", "unseen", "away"):
        assert _said(net, monkeypatch, mail) == [
            "fine: port 25 from outside: no hub that is known could look now"
        ]


@pytest.mark.parametrize(
    "said",
    [
        {"address": "nowhere\nfine: backup: all is well", "mail": "open"},
        {"address": "fe80::1%\nfine: backup: all is well", "mail": []},
        {"address": HERE, "mail": ["closed"]},
        {"address": HERE, "mail": {"open": 1}},
        [],
        "[" * 100_000,
    ],
)
def test_a_hub_that_answers_anything_spoils_no_check(
    net: Network, monkeypatch: pytest.MonkeyPatch, said: object
) -> None:
    octets = said.encode() if isinstance(said, str) else json.dumps(said).encode()
    monkeypatch.setattr(looking, "ask", lambda *_: octets)
    hub = replace(net.hubs["b"], delivery="relay", dns="system")
    assert [str(one) for one in registry.check(hub, [mailport.CHECK])] == [
        "fine: port 25 from outside: no hub that is known could look now"
    ]


def test_a_hub_that_mails_nobody_asks_nobody(net: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "exchange", lambda *_a, **_k: pytest.fail("asked"))
    (one,) = registry.check(net.hubs["b"], [mailport.CHECK])
    assert (one.id, one.level) == ("port-outside", "fine")
