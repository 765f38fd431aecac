"""Who is banned where only members read is told once that nothing comes any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, Oid
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, NOW, DeskHub

BEN = "ben@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    made.member(1, "ana@union.example", "board", role="moderator")
    made.member(2, BEN, "board", "water")
    return made


def _stand(hub: DeskHub, place: str, standing: str) -> None:
    hub.note(rosterevents.standing(place, BEN, standing, at=hub.now, by="member:1"))


def _told(hub: DeskHub) -> list[str]:
    """The subjects of what Ben is written now."""
    return [parse(one.raw).subject for one in hub.work() if one.envelope.rcpt_tos == (BEN,)]


def test_once_for_each_ban(hub: DeskHub) -> None:
    assert _told(hub) == []
    _stand(hub, "board", "banned")
    assert _told(hub) == ["You get no more mail of board"]
    assert _told(hub) == []
    note = hub.config.private / "reminders/shut-out/board/2"
    assert note.exists()
    _stand(hub, "board", "")
    assert _told(hub) == []
    assert not note.exists()
    _stand(hub, "board", "banned")
    assert _told(hub) == ["You get no more mail of board"]


def test_nothing_is_said_of_what_everybody_may_read(hub: DeskHub) -> None:
    _stand(hub, "water", "banned")
    assert _told(hub) == []


def test_a_ban_of_the_whole_hub_is_told_for_what_only_members_read(hub: DeskHub) -> None:
    _stand(hub, "*", "banned")
    assert _told(hub) == ["You get no more mail of board"]


def test_who_looks_after_it_reads_on(hub: DeskHub) -> None:
    hub.note(rosterevents.role("board", 2, "moderator", at=NOW, by="op"))
    _stand(hub, "board", "banned")
    assert _told(hub) == []


@pytest.mark.parametrize("is_banned", [True, False])
@pytest.mark.parametrize("words", [("pause", "resume"), ("set digest daily", "set digest off")])
def test_no_command_brings_what_came_meanwhile(
    hub: DeskHub, words: tuple[str, str], is_banned: bool
) -> None:
    first, second = words
    _posted(hub, 1)
    hub.ask("board-request", first, sender=BEN)
    _gone_out(hub, "digest-daily-page-en")
    _stand(hub, "board", "banned" if is_banned else "")
    hub.work()
    _posted(hub, 2)
    _gone_out(hub, COURIER)
    found = hub.ask("board-request", second, sender=BEN)
    assert (b"Wages" in b"".join(one.raw for one in found)) is not is_banned
    assert found, "and there is an answer"


@pytest.mark.parametrize("place", ["", "board"])
def test_whose_mail_came_back_is_not_shut_out(hub: DeskHub, place: str) -> None:
    hub.ask("board-request", "pause", sender=BEN)
    hub.note(rosterevents.state(2, "disabled", at=hub.now, by="test", conference=place))
    _posted(hub, 1)
    found = hub.ask("board-request", "resume", sender=BEN)
    assert b"Wages" in b"".join(one.raw for one in found)


def _posted(hub: DeskHub, number: int) -> None:
    """A post of a member, as ingest has it."""
    hub.now += timedelta(hours=1)
    raw = smallhub.mail(
        "Only for us.",
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example",
        msgid=f"<p{number}@union.example>",
        subject=f"Wages {number}",
        sender="ana@union.example",
    ).replace(b"bar@hub", b"board@hub")
    envelope = Envelope("ana@union.example", ("board@hub.example",), hub.now)
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([Item(envelope, raw)])
        ingest(hub.config, once=True, log=maillog.to_nobody())


def _gone_out(hub: DeskHub, name: str) -> None:
    """As the courier leaves it when all there is has gone out."""
    repo = open_repo(hub.config.conference_repo("board"))
    cursor = Cursor(repo, name)
    cursor.advance(cursor.read(), repo.ref() or Oid(""))
