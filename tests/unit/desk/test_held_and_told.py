"""A message that is held: somebody who decides is told, and its author, before it is gone too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub


def _held(hub: DeskHub, *, proven: bool = True) -> None:
    """A stranger's post to `water`."""
    hub.now += timedelta(seconds=1)
    vouched = [f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=x.example"] * proven
    raw = smallhub.mail("Let me in.", *vouched, msgid="<1@x.example>", sender="Eve <eve@x.example>")
    item = smallhub.item(
        raw.replace(b"bar@hub", b"water@hub"), "water@hub.example", mail_from="eve@x.example"
    )
    item = replace(item, envelope=replace(item.envelope, received_at=hub.now))
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([item])
        ingest(hub.config, once=True, log=maillog.to_nobody())


def _told(hub: DeskHub, *, days: float = 0) -> list[tuple[str, str]]:
    """Whom the desk writes to after some days, with the subjects."""
    hub.now += timedelta(days=days)
    found = [parse(item.raw) for item in hub.work()]
    return sorted((mail.to[0].addr_spec, mail.subject) for mail in found)


def _without_operator(hub: DeskHub) -> None:
    hub.config = replace(hub.config, operator=None)


EVE = ("eve@x.example", "Your message to Water for all waits")
EVE_AGAIN = ("eve@x.example", "Your message to Water for all still waits")


def test_hosts_are_told_where_nobody_moderates_and_else_the_operator(hub: DeskHub) -> None:
    _held(hub)
    assert [to for to, _ in _told(hub)] == ["eve@x.example", "op@hub.example"]


def test_a_host_is_told_before_the_operator(hub: DeskHub) -> None:
    hub.member(1, "host@union.example", "water", role="host")
    _held(hub)
    assert [to for to, _ in _told(hub)] == ["eve@x.example", "host@union.example"]


def test_where_nobody_can_decide_the_author_knows_and_knows_before_the_end(hub: DeskHub) -> None:
    _without_operator(hub)
    _held(hub)
    assert _told(hub) == [EVE]
    assert _told(hub, days=1) == []
    assert _told(hub, days=4) == []
    assert _told(hub, days=7) == [EVE_AGAIN]
    assert _told(hub, days=1) == []
    assert _told(hub, days=9) == []


def test_who_becomes_moderator_later_is_told_what_waits(hub: DeskHub) -> None:
    _without_operator(hub)
    _held(hub)
    assert _told(hub) == [EVE]
    hub.member(1, "mod@union.example", "water", role="moderator")
    assert [to for to, _ in _told(hub, days=1)] == ["mod@union.example"]


def test_an_author_who_is_not_proved_is_asked_and_told_nothing_else(hub: DeskHub) -> None:
    _without_operator(hub)
    _held(hub, proven=False)
    assert _told(hub) == [("eve@x.example", "Please confirm: water@hub.example")]
    assert _told(hub, days=12) == []


def test_the_warning_comes_where_moderators_do_not_decide(hub: DeskHub) -> None:
    hub.member(1, "mod@union.example", "water", role="moderator")
    _held(hub)
    assert len(_told(hub)) == 2
    assert EVE_AGAIN in _told(hub, days=10.5) + _told(hub, days=1)


def _waits(hub: DeskHub) -> bool:
    """Whether the post is neither decided nor thrown away."""
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    return bool(smallhub.files(hub.config.mail_repo, "held"))


def _to(mail: Message) -> str:
    return mail.to[0].addr_spec


def test_nothing_goes_unseen_while_the_hub_is_off(hub: DeskHub) -> None:
    hub.member(1, "mod@union.example", "water", role="moderator")
    _held(hub)
    assert len(_told(hub)) == 2
    hub.now += timedelta(days=20)
    warned, asked = sorted(map(parse, (one.raw for one in hub.work())), key=_to)
    assert _to(asked) == "mod@union.example"
    assert _waits(hub)
    assert (_to(warned), warned.subject) == EVE_AGAIN
    end = hub.now + timedelta(days=2)
    assert f"{end.day} {end:%b} {end.year}" in warned.text
    _told(hub, days=1.5)
    assert _waits(hub)
    _told(hub, days=1)
    assert not _waits(hub)


def test_what_was_held_as_the_hub_went_off_is_told_when_it_is_back(hub: DeskHub) -> None:
    hub.member(1, "mod@union.example", "water", role="moderator")
    _held(hub)
    told = _told(hub, days=30)
    assert [to for to, _ in told] == ["eve@x.example", "mod@union.example"]
    assert _waits(hub)
    assert EVE_AGAIN in _told(hub, days=1.5)
    _told(hub, days=1.5)
    assert _waits(hub)
    _told(hub, days=1)
    assert not _waits(hub)
