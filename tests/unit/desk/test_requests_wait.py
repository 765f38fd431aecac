"""A request to join that nobody decides: those who may are asked once more, and who asked hears it
before it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.message.parse import parse
from solicomm_build.testing.deskhub import DeskHub

ANA = "ana@union.example"
MOD = "mod@union.example"


def _received(hub: DeskHub) -> list[tuple[str, str]]:
    """(to whom, subject) of all letters that the hub writes unasked now."""
    letters = [parse(one.raw) for one in hub.work()]
    return sorted((one.to[0].addr_spec, one.subject) for one in letters)


def _asks_to_join(hub: DeskHub) -> None:
    (asked,) = hub.ask("board-join")
    hub.reply(asked)


def test_who_asked_hears_before_the_end_that_nobody_decided(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    _asks_to_join(hub)
    hub.now += timedelta(days=10)
    assert _received(hub) == []
    hub.now += timedelta(days=1, hours=1)
    (to_ana, waits), (to_mod, decide) = _received(hub)
    assert (to_ana, to_mod) == (ANA, MOD)
    assert "still waits" in waits
    assert "please decide" in decide
    for _ in range(3):
        hub.now += timedelta(days=1)
        assert _received(hub) == []  # once


def test_the_reminder_decides_and_all_before_it_end(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    _asks_to_join(hub)
    hub.now += timedelta(days=12)
    request = next(one for one in map(parse, (w.raw for w in hub.work())) if MOD in str(one.to))
    welcome, done = hub.reply(request, "accept", sender=MOD)
    assert done.to[0].addr_spec == MOD
    assert welcome.to[0].addr_spec == ANA
    assert hub.roster.is_subscribed("board", ANA)
    hub.now += timedelta(days=1)
    assert _received(hub) == []


@pytest.mark.parametrize("words", ["discard", "reject"])
def test_nobody_is_reminded_of_what_was_decided(hub: DeskHub, words: str) -> None:
    hub.member(1, MOD, "board", role="moderator")
    (asked,) = hub.ask("board-join")
    request = next(one for one in hub.reply(asked) if one.to[0].addr_spec == MOD)
    hub.reply(request, words, sender=MOD)
    hub.now += timedelta(days=12)
    assert _received(hub) == []


def test_where_nobody_gets_mail_who_asked_hears_it_all_the_same(hub: DeskHub) -> None:
    hub.config = replace(hub.config, operator=None)
    _asks_to_join(hub)
    hub.now += timedelta(days=12)
    ((to, waits),) = _received(hub)
    assert to == ANA
    assert "still waits" in waits
    hub.now += timedelta(hours=2)
    assert _received(hub) == []
    hub.member(2, "mo2@union.example", "board", role="moderator")
    ((to, decide),) = _received(hub)  # whoever comes can still decide
    assert to == "mo2@union.example"
    assert "please decide" in decide


def test_who_asks_again_is_told_again(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    _asks_to_join(hub)
    hub.now += timedelta(days=12)
    assert len(_received(hub)) == 2
    hub.now += timedelta(days=3)
    _asks_to_join(hub)
    hub.now += timedelta(days=12)
    assert [to for to, _ in _received(hub)] == [ANA, MOD]


YEARS = timedelta(days=4000)


def test_who_asked_while_the_clock_was_ahead_is_waited_for_from_the_right_time_on(
    hub: DeskHub,
) -> None:
    hub.member(1, MOD, "board", role="moderator")
    hub.now += YEARS
    (asked,) = hub.ask("board-join")
    before = next(one for one in hub.reply(asked) if one.to[0].addr_spec == MOD)
    hub.now -= YEARS
    (to_mod,) = [parse(one.raw) for one in hub.work()]
    assert to_mod.to[0].addr_spec == MOD
    assert "please decide" in to_mod.subject
    hub.now += timedelta(hours=1)
    assert _received(hub) == []
    (over,) = hub.reply(before, "accept", sender=MOD)
    assert over.to[0].addr_spec == MOD
    assert not hub.roster.is_listed("board", ANA)
    hub.now += timedelta(days=11, hours=1)
    assert [to for to, _ in _received(hub)] == [ANA, MOD]
    sent = hub.reply(to_mod, "accept", sender=MOD)
    assert [one.to[0].addr_spec for one in sent] == [ANA, MOD]
    assert hub.roster.is_subscribed("board", ANA)


def test_who_was_declined_while_the_clock_was_ahead_stays_so(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    _asks_to_join(hub)
    hub.now += YEARS
    (asked,) = hub.ask("board-join")
    request = next(one for one in hub.reply(asked) if one.to[0].addr_spec == MOD)
    hub.reply(request, "reject", sender=MOD)
    hub.now -= YEARS
    assert _received(hub) == []


def test_where_nobody_looks_after_a_list_the_request_waits_from_the_right_time_on(
    hub: DeskHub,
) -> None:
    hub.config = replace(hub.config, operator=None)
    hub.now += YEARS
    _asks_to_join(hub)
    hub.now -= YEARS
    assert _received(hub) == []
    hub.member(2, MOD, "board", role="moderator")
    hub.now += timedelta(hours=1)
    ((to, decide),) = _received(hub)
    assert to == MOD
    assert "please decide" in decide


def test_a_request_that_ends_while_the_hub_is_off_waits_for_some_days_more(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    (asked,) = hub.ask("board-join")
    before = next(one for one in hub.reply(asked) if one.to[0].addr_spec == MOD)
    hub.now += timedelta(days=20)
    (to_ana, waits), (to_mod, decide) = _received(hub)
    assert (to_ana, to_mod) == (ANA, MOD)
    assert "still waits" in waits
    assert "please decide" in decide
    hub.now += timedelta(days=2)
    assert _received(hub) == []
    assert [one.to[0].addr_spec for one in hub.reply(before, "accept", sender=MOD)] == [ANA, MOD]
    assert hub.roster.is_subscribed("board", ANA)
    for _ in range(3):
        hub.now += timedelta(days=20)
        assert _received(hub) == []


def test_such_a_request_ends_once(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    _asks_to_join(hub)
    hub.now += timedelta(days=20)
    assert len(_received(hub)) == 2
    for _ in range(4):
        hub.now += timedelta(days=2)
        assert _received(hub) == []


def test_what_was_decided_by_a_later_letter_does_not_come_back(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    _asks_to_join(hub)
    hub.now += timedelta(days=10)
    (asked,) = hub.ask("board-join")
    request = next(one for one in hub.reply(asked) if one.to[0].addr_spec == MOD)
    hub.now += timedelta(days=12)
    hub.reply(request, "reject", sender=MOD)
    hub.now += timedelta(days=1)
    assert _received(hub) == []


def test_a_yes_that_comes_too_late_is_told_so(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", role="moderator")
    (asked,) = hub.ask("board-join")
    request = next(one for one in hub.reply(asked) if one.to[0].addr_spec == MOD)
    hub.now += timedelta(days=12)
    assert len(_received(hub)) == 2
    hub.now += timedelta(days=4)
    (told,) = hub.reply(request, "accept", sender=MOD)
    assert "It was too late for an answer." in told.text
    assert "decided already" not in told.text
    assert not hub.roster.is_listed("board", ANA)
