"""Mail and requests that were accepted for a list, which is removed before they are read: who sent
them hears it, and what was sent is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.features.removing import places
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub

ANA, MOD = "ana@union.example", "mod@union.example"
WATER, BOARD = places.Place("list", "water"), places.Place("list", "board")


def _removed(hub: DeskHub, place: places.Place) -> None:
    with clock.fixed(hub.now):
        places.remove(hub.config, place)


def _received(hub: DeskHub) -> list[tuple[str, str]]:
    """(to whom, text) of the letters that are written now."""
    letters = [parse(one.raw) for one in hub.work()]
    return sorted((one.to[0].addr_spec, one.text) for one in letters)


def _post(hub: DeskHub, *to: str, mail_from: str | None = ANA) -> None:
    """A mail that the hub has accepted."""
    vouched = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example"
    named = ", ".join(to)
    head = f"{vouched}\r\nFrom: Ana <{ANA}>\r\nTo: {named}\r\nMessage-ID: <1@union.example>\r\n"
    raw = f"{head}Subject: Meeting\r\n\r\nOn Friday.\r\n".encode()
    Spool(hub.config.spool_in).put([Item(Envelope(mail_from, to, hub.now), raw)])


def _ingested(hub: DeskHub) -> list[str]:
    """Takes what is in the spool; why some of it was set aside."""
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    return [reason for _, reason in Spool(hub.config.spool_in).quarantined()]


def test_who_wrote_to_a_list_that_is_gone_hears_it_and_the_mail_is_kept(hub: DeskHub) -> None:
    hub.member(1, ANA, "water")
    _post(hub, "water@hub.example")
    _removed(hub, WATER)
    assert len(_ingested(hub)) == 1
    ((to, text),) = _received(hub)
    assert to == ANA
    assert "no such address here any more" in text
    assert "water@hub.example" in text
    assert hub.aside() == [], "it is kept once"
    with clock.fixed(hub.now):
        places.restore(hub.config, WATER)
    ((aside, _),) = Spool(hub.config.spool_in).quarantined()
    Spool(hub.config.spool_in).retry(aside)
    assert _ingested(hub) == []
    assert _received(hub) == []


def test_of_two_lists_the_one_that_is_there_takes_it(hub: DeskHub) -> None:
    hub.member(1, ANA, "water", "board")
    _post(hub, "water@hub.example", "board@hub.example")
    _removed(hub, WATER)
    assert len(_ingested(hub)) == 1
    ((_, text),) = _received(hub)
    assert "water@hub.example" in text
    assert "board@hub.example" not in text


def test_a_report_is_kept_and_not_answered(hub: DeskHub) -> None:
    _post(hub, "water@hub.example", mail_from=None)
    _removed(hub, WATER)
    assert len(_ingested(hub)) == 1
    assert _received(hub) == []


@pytest.mark.parametrize("proven", [True, False])
def test_a_command_to_a_list_that_is_gone_is_answered(hub: DeskHub, proven: bool) -> None:
    hub.send("water-join", proven=proven)
    _removed(hub, WATER)
    ((to, text),) = _received(hub)
    assert to == ANA
    assert "water-join@hub.example" in text
    assert hub.aside() == ["no address of the desk"]


def test_who_asked_to_join_a_list_that_is_removed_hears_it(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator", lang="es")
    (asked,) = hub.ask("board-join")
    hub.reply(asked)
    _removed(hub, BOARD)
    hub.now += timedelta(minutes=2)
    (to_ana, ana), (to_mod, mod) = _received(hub)
    assert (to_ana, to_mod) == (ANA, MOD)
    assert "This list was removed" in ana
    assert "board" in ana
    assert "se ha eliminado" in mod
    assert ANA in mod
    hub.now += timedelta(minutes=2)
    assert _received(hub) == [], "once"
    with clock.fixed(hub.now):
        places.restore(hub.config, BOARD)
    hub.now += timedelta(days=12)
    assert _received(hub) == [], "it has ended"


def test_a_decision_that_came_before_a_list_was_removed_is_answered(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    (asked,) = hub.ask("board-join")
    _, request = hub.reply(asked)
    local = request.reply_to[0].addr_spec.partition("@")[0]
    hub.send(local, "accept", sender=MOD)
    _removed(hub, BOARD)
    told = _received(hub)
    assert {to for to, _ in told} == {ANA, MOD}
    assert any("no such address here any more" in text for to, text in told if to == MOD)
