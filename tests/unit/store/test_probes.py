"""The address that `solicomm check --probe` waits at, and what is noted of its mail."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.checks import probes
from solicomm_build.features.checks.probes import Answer
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people.directory import directory_of
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import smallhub

NAME = "mx.hub.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return replace(smallhub.make(tmp_path / "hub"), authserv_id=NAME)


def _exists(hub: Config, local: str) -> bool:
    store = RosterStore(open_repo(hub.roster_repo))
    try:
        return directory_of(hub, store.roster).resolve(f"{local}@hub.example") is not None
    finally:
        store.close()


def _come(hub: Config, token: str, *above: str, peer: str = "127.0.0.1") -> None:
    """A mail with the forged field comes in, below what the mail server in front wrote."""
    raw = "\r\n".join([*above, probes.forged(hub, token), "From: a@b.example", "", "x", ""])
    to = f"{probes.PREFIX}+{token}@hub.example"
    envelope = Envelope(None, (to,), smallhub.BEGUN, peer=peer)
    Spool(hub.spool_in).put([Item(envelope, raw.encode())])
    ingest(hub, once=True, log=maillog.to_nobody())


def test_the_address_exists_once_and_for_ten_minutes(hub: Config) -> None:
    token = probes.begin(hub)
    local = f"{probes.PREFIX}+{token}"
    assert _exists(hub, local)
    assert not _exists(hub, f"{probes.PREFIX}+{'a' * 26}")
    assert not _exists(hub, probes.PREFIX)
    assert probes.answer(hub, token) is None
    _come(hub, token)
    assert not _exists(hub, local), "it takes one mail"
    probes.end(hub, token)
    again = probes.begin(hub)
    old = time.time() - 601
    os.utime(hub.state / "probes" / again, (old, old))
    assert not _exists(hub, f"{probes.PREFIX}+{again}")
    probes.begin(hub)
    assert not (hub.state / "probes" / again).exists()


@pytest.mark.parametrize(
    ("above", "peer", "answer"),
    [
        ([], "127.0.0.1", Answer(came=True, believed=True, checked=False)),
        ([], "203.0.113.9", Answer(came=True, believed=False, checked=False)),
        (
            [f"Authentication-Results: {NAME}; spf=none smtp.mailfrom=x"],
            "127.0.0.1",
            Answer(came=True, believed=False, checked=True),
        ),
        (
            ["Authentication-Results: other.example; spf=pass smtp.mailfrom=x"],
            "127.0.0.1",
            Answer(came=True, believed=True, checked=False),
        ),
    ],
)
def test_what_came_is_noted_and_the_mail_is_kept_nowhere(
    hub: Config, above: list[str], peer: str, answer: Answer
) -> None:
    token = probes.begin(hub)
    _come(hub, token, *above, peer=peer)
    assert probes.answer(hub, token) == answer
    assert smallhub.files(hub.mail_repo) == {}
    for spool in (hub.spool_in, hub.spool_desk, hub.spool_out):
        assert Spool(spool).pending() == []
    assert not list(Spool(hub.spool_in).quarantined())
