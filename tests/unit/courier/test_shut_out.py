"""Who is banned where only members read gets nothing of it any more, by whatever way it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.courier.run import deliver
from solicomm_build.features.digests.sending import Digests
from solicomm_build.features.meetings.invited import people
from solicomm_build.features.mirror import maildir
from solicomm_build.features.renaming.places import rename
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.people import rosterevents
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.listhub import WHEN, ListHub, message

ANA, BEN = "ana@union.example", "ben@union.example"
MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    """A list for members, who are Ana and Ben."""
    made = ListHub(tmp_path)
    made.settings(made.list, Conference("water", {"en": "W"}, kind="list", visibility="members"))
    yield made
    made.close()


def _stand(hub: ListHub, standing: str, minutes: int = 1) -> None:
    at = WHEN + timedelta(minutes=minutes)
    event = rosterevents.standing("water", BEN, standing, at=at, by="mod")
    hub._roster.append([event], at=at, subject="Ban")


def _items(hub: ListHub) -> list[Item]:
    spool = Spool(hub.config.spool_out)
    found = [item for path in spool.pending() for item in spool.read(path)]
    for path in spool.pending():
        spool.done(path)
    return found


def _copies(hub: ListHub, number: int, to: str = "water") -> set[str]:
    """Who gets the next post."""
    hub.post(message(number), to=to)
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())
    try:
        fanout.run()
    finally:
        fanout.close()
    return {address for item in _items(hub) for address in item.envelope.rcpt_tos}


def test_copies_end_with_a_ban_and_come_again_after_it(hub: ListHub) -> None:
    hub.members([ANA, BEN])
    assert _copies(hub, 1) == {ANA, BEN}
    _stand(hub, "banned")
    assert _copies(hub, 2) == {ANA}
    _stand(hub, "", 2)
    assert _copies(hub, 3) == {ANA, BEN}


def test_what_everybody_may_read_goes_on_to_be_mailed(hub: ListHub) -> None:
    hub.settings(hub.list, Conference("water", {"en": "W"}, kind="list"))
    hub.members([ANA, BEN])
    _stand(hub, "banned")
    assert _copies(hub, 1) == {ANA, BEN}


def test_digests_end_and_come_again_with_what_was_chosen(hub: ListHub) -> None:
    hub.members([ANA, BEN], digest="daily", form="plain")
    digests = Digests(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())

    def issue(number: int) -> set[str]:
        with clock.fixed(WHEN):
            digests.run()
            hub.post(message(number))
            digests.run()
            Fanout(hub.config, Spool(hub.config.spool_out), maillog.to_nobody()).run()
        with clock.fixed(MORNING + timedelta(days=number)):
            digests.run()
        return {address for item in _items(hub) for address in item.envelope.rcpt_tos}

    try:
        assert issue(1) == {ANA, BEN}
        _stand(hub, "banned")
        assert issue(2) == {ANA}
        _stand(hub, "", 2)
        assert issue(3) == {ANA, BEN}
    finally:
        digests.close()


def test_imap_folders_and_invitations_are_for_who_may_read(hub: ListHub) -> None:
    (hub.config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: T\ndomain: hub.example\nurl: https://hub.example\n"
        "mail_domains: {union.example: union}\n"
    )
    config = replace(hubyaml.load(hub.config.root), root=hub.config.root)
    hub.members([ANA, BEN])
    for name in ("ana", "ben"):
        made = rosterevents.mailbox(name, at=WHEN, by="op", keep=True, domain="union.example")
        hub._roster.append([made], at=WHEN, subject="Mailbox")
    roster = hub._roster.roster()
    assert maildir.readers(config, roster, "water", closed=True) == [ANA, BEN]
    _stand(hub, "banned")
    roster = hub._roster.roster()
    assert maildir.readers(config, roster, "water", closed=True) == [ANA]
    assert [one.address for one in people(roster, "water", closed=True).values()] == [ANA]
    assert len(people(roster, "water", closed=False)) == 2


@pytest.mark.parametrize("standing", ["banned", "left", "renamed"])
def test_copies_that_wait_end_with_a_ban_or_a_membership(hub: ListHub, standing: str) -> None:
    hub.members([ANA, BEN])
    hub.post(message(1))
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())
    assert fanout.run() == 1
    fanout.close()
    if standing == "banned":
        _stand(hub, "banned")
    else:
        at = WHEN + timedelta(minutes=1)
        ben = hub._roster.roster().member(BEN)
        assert ben
        hub._roster.append(
            [rosterevents.unsubscribe("water", ben.number, at=at, by="self")], at=at, subject="Bye"
        )
    if standing == "renamed":
        rename(hub.config, "water", "river")
    asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody()))
    sent = hub.config.sink.read_text()
    assert ANA in sent
    assert BEN not in sent
    assert Spool(hub.config.spool_out).pending() == []


@pytest.mark.parametrize("is_public", [False, True])
def test_mail_about_a_topic_that_waits_ends_with_a_membership(
    hub: ListHub, is_public: bool
) -> None:
    """Such a mail has the text of posts, and no list but in its reverse-path."""
    if is_public:
        hub.settings(hub.list, Conference("water", {"en": "W"}, kind="list"))
    hub.members([ANA, BEN])
    ana, ben = (hub._roster.roster().member(one) for one in (ANA, BEN))
    assert ana
    assert ben
    for member, number in ((ana, ana.number), (ana, 2**31 + 7), (ben, ben.number)):
        back = f"water-bounces+tag{number}@hub.example"
        envelope = Envelope(back, (member.address,), WHEN, ours=True, members=(number,))
        Spool(hub.config.spool_out).put([Item(envelope, smallhub.mail("Said among members"))])
    gone = rosterevents.unsubscribe("water", ben.number, at=WHEN, by="self")
    hub._roster.append([gone], at=WHEN + timedelta(minutes=1), subject="Bye")
    asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody()))
    sent = hub.config.sink.read_text()
    assert sent.count("Said among members") == (3 if is_public else 2)
    assert (BEN in sent) == is_public
    assert Spool(hub.config.spool_out).pending() == []
