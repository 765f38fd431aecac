"""What becomes of follows when the file is damaged, a person is erased, a topic moves, or the
server of a follower refuses the mail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.courier.relay import Relay
from solicomm_build.courier.run import deliver
from solicomm_build.features.following import fsck
from solicomm_build.features.following.follows import Follows
from solicomm_build.features.following.words import FOLLOW
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing import mailservers
from solicomm_build.testing.bar import Bar, said

AMINA, GRACE = "amina@union.example", "grace@other.example"


@pytest.fixture
def bar(tmp_path: Path) -> Iterator[Bar]:
    made = Bar(tmp_path)
    yield made
    made.close()


# -- fsck ---------------------------------------------------------------------------------------


def _faults(bar: Bar) -> list[str]:
    (look,) = fsck.LARGE
    return [fault.fault for fault in look(bar.config)]


def test_fsck_says_what_is_wrong_with_the_file(bar: Bar) -> None:
    assert _faults(bar) == []  # nobody follows anything yet, and looking makes no file
    path = bar.config.private / "following.sqlite"
    assert not path.exists()
    bar.post(1, AMINA)
    bar.look()
    assert _faults(bar) == []
    follows = Follows(bar.config)
    with follows.change() as db:
        db.execute("UPDATE follow SET conference = 'gone'")
    follows.close()
    (fault,) = _faults(bar)
    assert "gone, which is not here" in fault
    bar.stop()
    octets = bytearray(path.read_bytes())
    octets[100:2000] = b"\0" * 1900
    path.write_bytes(bytes(octets))
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
    assert any("damaged" in one or "cannot be read" in one for one in _faults(bar))


# -- erasure ------------------------------------------------------------------------------------


def test_an_erased_person_leaves_nothing_and_what_waits_for_others_goes_out(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.wish("yu@fourth.example", FOLLOW, tid)
    bar.look()
    bar.post(2, GRACE, answers=1)
    bar.look(60)
    bar.post(3, GRACE, answers=1)
    bar.look(1)  # due a little later, for both
    bar.stop()
    erase.erase(bar.config, AMINA, reason="asked", by="op", log=maillog.to_nobody())
    assert said(bar.look(700)) == [("yu@fourth.example", [3])]
    bar.stop()
    held = [
        path
        for path in bar.config.private.glob("following.sqlite*")
        if AMINA.encode() in path.read_bytes()
    ]
    assert held == []


# -- topics that moderators change ----------------------------------------------------------------


def test_a_topic_that_moves_takes_its_followers_along(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.look()
    bar.happens(tid, "move", to="water")
    bar.look()
    raw = (
        f"From: Grace <{GRACE}>\r\nTo: water@hub.example\r\nSubject: Re: Shifts\r\n"
        "Message-ID: <2@b>\r\nReferences: <1@b>\r\n\r\nSaid 2.\r\n"
    )
    bar.hub.post(raw.encode(), to="water", level="aligned")
    assert (AMINA, [2]) in said(bar.look(60))


def test_a_post_that_is_hidden_before_the_mail_of_several_is_in_none(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.look()
    bar.post(2, GRACE, answers=1)
    bar.look(60)
    hidden = bar.post(3, GRACE, answers=1)
    bar.look(1)
    bar.happens(tid, "hide", post=hidden)
    assert [one for one in said(bar.look(60)) if one[0] == AMINA] == []  # it was the only one
    bar.post(4, GRACE, answers=1)
    assert [one for one in said(bar.look(700)) if one[0] == AMINA] == [(AMINA, [4])]


def test_a_post_that_was_moved_to_where_members_read_is_in_no_mail(bar: Bar) -> None:
    bar.hub.add_conference("board", visibility="members")
    tid = bar.post(1, AMINA)
    bar.look()
    bar.post(2, GRACE, answers=1)
    bar.look(60)
    bar.post(3, GRACE, answers=1)
    bar.look(1)
    bar.happens(tid, "move", to="board")
    assert [one for one in said(bar.look(60)) if one[0] == AMINA] == []


# -- the server of a follower ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "later"),
    [("451 4.3.0 try again", [2]), ("550 5.1.1 no such user", [])],
)
def test_a_server_that_refuses_a_followers_mail(bar: Bar, reply: str, later: list[int]) -> None:
    bar.post(1, AMINA)
    bar.look()
    bar.stop()
    bar.post(2, GRACE, answers=1)
    with mailservers.world() as world:

        def work(minutes: int) -> None:
            bar.now += timedelta(minutes=minutes)
            with clock.fixed(bar.now):
                relay = Relay(("127.0.0.1", world.port), helo="hub.example")
                log = maillog.to_nobody()
                asyncio.run(deliver(bar.config, once=True, log=log, delivery=relay))

        world.refused[AMINA] = reply
        work(5)
        assert world.got(AMINA) == []
        del world.refused[AMINA]
        for _ in range(3):
            work(60)
        mails = [raw for _, raw in world.got(AMINA)]
        assert [n for raw in mails for n in (2,) if b"Said 2." in raw] == later
        bar.post(3, GRACE, answers=1)
        work(60)
        work(60)
        mails = [raw for _, raw in world.got(AMINA) if b"Said 3." in raw]
        assert len(mails) == len(later)  # an address that is not there follows nothing any more
    assert Spool(bar.config.spool_quarantine).pending() == []
