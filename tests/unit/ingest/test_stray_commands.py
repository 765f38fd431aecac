"""What looks like a command for the list server and went to the list: the desk answers it, or it
waits for a moderator; it never goes without a word."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.ingest import holding
from solicomm_build.ingest.run import ingest
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

TEXT = "Bonjour,\r\nle congrès est ouvert à tous jusqu’au 3 mai.\r\nÉcrivez à Marie.\r\nAna"
UTF8 = "Content-Type: text/plain; charset=utf-8"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(
        tmp_path / "hub", Conference("bar", {"fr": "Bar"}, languages=("fr",), posting="open")
    )


def _came(
    hub: Config,
    *fields: str,
    to: str = "bar@hub.example",
    mail_from: str = "ana@union.example",
    peer: str = "",
) -> list[str]:
    """The rules by which something waits after this mail."""
    raw = mail(TEXT, UTF8, *fields, subject="Inscription").replace(b"bar@hub.example", to.encode())
    one = item(raw, mail_from=mail_from)
    Spool(hub.spool_in).put([Item(dataclasses.replace(one.envelope, peer=peer), raw)])
    ingest(hub, once=True, log=maillog.to_nobody())
    return [held.rule for held in holding.list_held(hub)]


def _for_the_desk(hub: Config) -> int:
    return len(list(Spool(hub.spool_desk).pending(9)))


def test_it_is_for_the_desk_where_that_may_answer(hub: Config) -> None:
    assert (_came(hub), _for_the_desk(hub)) == ([], 1)


def test_it_waits_where_nothing_vouches_for_its_author(hub: Config) -> None:
    assert (_came(hub, peer="9.9.9.9"), _for_the_desk(hub)) == (["command"], 0)


def test_it_waits_where_no_person_reads_an_answer(hub: Config) -> None:
    assert _came(hub, mail_from="no-reply@union.example") == ["command"]


@pytest.mark.parametrize(
    "field",
    [
        "X-Auto-Response-Suppress: All",
        "Precedence: bulk",
        "List-Id: <water.other.example>",
        "X-Loop: water@other.example",
    ],
)
def test_it_waits_where_the_desk_does_nothing(hub: Config, field: str) -> None:
    assert (_came(hub, field), _for_the_desk(hub)) == (["command"], 0)


def test_it_waits_where_the_list_is_not_named(hub: Config) -> None:
    assert (_came(hub, to="else@union.example"), _for_the_desk(hub)) == (["command"], 0)
