"""Whose word about an author counts: our own mail server's, and only where it can be his."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.auth import front

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _trusted(peer: str, *, smtp: str, lmtp: bool = False, peers: tuple[str, ...] = ()) -> bool:
    config = Config(
        Path("/hub"),
        "Hub",
        "hub.example",
        "https://hub.example",
        smtp=(smtp, 25),
        authserv_id="mx.hub.example",
        authserv_peers=peers,
    )
    envelope = Envelope("a@b.example", ("bar@hub.example",), NOW, peer=peer, lmtp=lmtp)
    return front.trusted(config, envelope) == ("mx.hub.example",)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", ""])
def test_this_machine_counts_while_smtp_listens_to_it_alone(peer: str) -> None:
    assert _trusted(peer, smtp="127.0.0.1")
    assert _trusted(peer, smtp="localhost")
    assert _trusted(peer, smtp="::1")


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "::1", "192.0.2.7", "10.0.0.1", "2001:db8::1", "8.8.8.8", "rubbish"]
)
def test_the_open_smtp_port_is_never_believed(peer: str) -> None:
    """Behind a port that is passed on, all the world may seem to be this machine."""
    assert not _trusted(peer, smtp="0.0.0.0")
    assert not _trusted(peer, smtp="::")
    assert not _trusted(peer, smtp="192.0.2.1")


def test_who_is_named_counts_and_nobody_else() -> None:
    peers = ("192.0.2.0/28", "2001:db8::25/128")
    for peer in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::25"):
        assert _trusted(peer, smtp="0.0.0.0", peers=peers)
    for peer in ("192.0.2.16", "2001:db8::26"):
        assert not _trusted(peer, smtp="0.0.0.0", peers=peers)


def test_lmtp_counts_whatever_smtp_listens_to() -> None:
    assert _trusted("", smtp="0.0.0.0", lmtp=True)
    assert _trusted("127.0.0.1", smtp="0.0.0.0", lmtp=True)


def test_without_a_name_nobody_counts() -> None:
    config = Config(Path("/hub"), "Hub", "hub.example", "https://hub.example")
    assert front.trusted(config, Envelope("a@b.example", (), NOW, lmtp=True)) == ()
