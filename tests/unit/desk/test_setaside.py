"""The operator hears of what held a stage; chores of the desk hold nothing."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.desk import handling
from solicomm_build.desk.chores import Looked
from solicomm_build.desk.plan import Plan
from solicomm_build.desk.run import desk
from solicomm_build.features.tracing import emptying
from solicomm_build.foundation import clock, maillog, watch
from solicomm_build.foundation.errors import NotKeptError, SoliCommError
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.watch import ENDED, HELD, Watch
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.parse import parse
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference, Week
from solicomm_build.testing import holding, smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub

OPERATOR = "op@hub.example"


def set_aside(hub: DeskHub, number: int) -> str:
    """A mail that held ingest."""
    item = smallhub.item(smallhub.mail(f"text {number}"))
    path = Spool(hub.config.spool_in).quarantine(item, HELD.format(stage="ingest"))
    return path.name.removesuffix(".mail")


def letters(hub: DeskHub) -> list[tuple[str, str, str]]:
    return [
        (item.envelope.rcpt_tos[0], parse(item.raw).subject, parse(item.raw).text)
        for item in hub.work()
    ]


def test_the_operator_is_told_what_held_which_stage_and_what_to_type(hub: DeskHub) -> None:
    name = set_aside(hub, 1)
    watch.pass_over(
        hub.config.spool_quarantine, "build", "post:water/abc", ENDED.format(stage="build", times=3)
    )
    ((to, subject, text),) = letters(hub)
    assert to == OPERATOR
    assert subject == "Set aside, so that the hub goes on"
    build = next(
        one.id for one in quarantine.aside(hub.config.spool_quarantine) if one.folder == "build"
    )
    for words in (
        name,
        "It held the ingest stage",
        f"{build}: post:water/abc",
        "ended the build stage 3 times",
        "solicomm quarantine show ",
        "solicomm quarantine retry ",
        "solicomm quarantine drop ",
        "solicomm build --full",
    ):
        assert words in text, words


def test_at_most_one_letter_an_hour_and_each_thing_once(hub: DeskHub) -> None:
    set_aside(hub, 1)
    assert len(letters(hub)) == 1
    second, third = set_aside(hub, 2), set_aside(hub, 3)
    hub.now += timedelta(minutes=58)
    assert letters(hub) == []
    hub.now += timedelta(minutes=3)
    ((_, _, text),) = letters(hub)
    assert second in text
    assert third in text
    hub.now += timedelta(hours=2)
    assert letters(hub) == []


def test_it_is_told_in_the_language_of_the_operator(hub: DeskHub) -> None:
    hub.member(1, OPERATOR, "water", lang="fr")
    set_aside(hub, 1)
    ((_, subject, _),) = letters(hub)
    assert subject == "Mis de côté, pour que le hub continue"


def test_other_reasons_and_hubs_without_an_operator_get_no_letter(hub: DeskHub) -> None:
    item = smallhub.item(smallhub.mail("text"))
    Spool(hub.config.spool_in).quarantine(item, "a fault of another kind")
    assert letters(hub) == []
    set_aside(hub, 1)
    hub.config = replace(hub.config, operator=None)
    assert letters(hub) == []


def look(hub: DeskHub, word: str) -> int:
    def work(watch: Watch) -> None:
        with clock.fixed(hub.now):
            desk(hub.config, once=True, log=maillog.to_nobody(), watch=watch)

    return holding.run(hub.config, "desk", word, work)


@pytest.mark.parametrize("work", ["weekly", "unheeded", "course", "polls", "settings"])
def test_a_conference_that_holds_a_chore_is_passed_over_and_others_have_it(
    hub: DeskHub, work: str
) -> None:
    hub.member(1, "mod@union.example", "board", role="moderator")
    hub.member(2, "moe@union.example", "water", role="moderator")
    for name in ("water", "board"):
        made = Conference(
            name,
            {"en": name},
            kind="list",
            weekly_summary=True,
            calendar=(Week(1, "2099-01-05", {"en": "Later"}),),
        )
        change = Change(settings.FILE, settings.encode(made))
        write_once(open_repo(hub.config.conference_repo(name)), [change], message="Set\n", when=NOW)
    hub.now += timedelta(days=(7 - hub.now.weekday()) % 7)  # Monday, noon
    assert look(hub, f"{work}:board") == -signal.SIGPROF
    assert look(hub, f"{work}:board") == 0
    sent = [parse(item.raw) for item in hub.sent()]
    to = [message.to[0].addr_spec for message in sent]
    assert "moe@union.example" in to, "the other conference has its reminder"
    assert ("mod@union.example" in to) == (work not in ("weekly", "settings"))
    assert OPERATOR in to
    (one,) = quarantine.aside(hub.config.spool_quarantine)
    assert (one.item, one.reason) == (f"{work}:board", HELD.format(stage="desk"))


def test_what_a_step_changes_is_finished_and_not_counted(hub: DeskHub) -> None:
    watch = holding.watch_of(hub.config, "desk")
    for name in watch.each("weekly", ["board"]):
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0, name
        with watch.paused():
            assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
            assert holding.watch_of(hub.config, "desk").ended() is None
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_mail_that_held_the_desk_is_answered_when_it_is_put_back(hub: DeskHub) -> None:
    """Its file has another name by then, since others came with it."""
    spool = Spool(hub.config.spool_desk)
    hub.send("water-join", "xyzzy", sender="held@union.example")
    hub.send("water-join", sender="other@union.example")
    together = [item for path in spool.pending() for item in spool.read(path)]
    for path in spool.pending():
        spool.done(path)
    spool.put(together)
    assert look(hub, "desk:xyzzy") == -signal.SIGPROF
    assert look(hub, "") == 0
    sent = [item.envelope.rcpt_tos[0] for item in hub.sent()]
    assert sorted(sent) == [OPERATOR, "other@union.example"]
    for one in quarantine.aside(hub.config.spool_quarantine):
        quarantine.put_back(one)
    ((to, _, _),) = letters(hub)
    assert to == "held@union.example"
    assert letters(hub) == []


def test_mail_that_nobody_put_back_goes_after_its_days(hub: DeskHub) -> None:
    spool = Spool(hub.config.spool_in)
    path = spool.quarantine(spool.put([smallhub.item(smallhub.mail())]), "a test")
    lines: list[str] = []
    log = MailLog(lines.append)

    def look(days: int) -> bool:
        with clock.fixed(clock.now() + timedelta(days=days)):
            return emptying.run(hub.config, Looked(), log)

    assert not look(days=179)
    assert path.exists()
    assert look(days=181)
    assert not list(path.parent.iterdir())
    assert [line for line in lines if "quarantine-dropped" in line]
    assert not look(days=181)


def test_a_reason_goes_whose_mail_was_put_back_by_one_who_was_killed(hub: DeskHub) -> None:
    spool = Spool(hub.config.spool_in)
    other = spool.quarantine(smallhub.item(smallhub.mail("other")), "another")
    path = spool.quarantine(spool.put([smallhub.item(smallhub.mail())]), "a test")
    back = spool.folder / path.name.removeprefix("in-")
    path.rename(back)  # as `retry` does, which is killed then
    reason = path.with_name(f"{path.name}.reason.txt")
    emptying.run(hub.config, Looked(), maillog.to_nobody())
    assert reason.exists(), "somebody may be setting it aside just now"
    with clock.fixed(clock.now() + timedelta(hours=2)):
        emptying.run(hub.config, Looked(), maillog.to_nobody())
    assert not reason.exists()
    assert spool.pending() == [back]
    assert spool.quarantined() == [(other, "another")]


@pytest.mark.parametrize("error", [NotKeptError("too few"), ObjectsError("no answer")])
def test_what_other_machines_do_not_take_waits_for_them(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch, error: SoliCommError
) -> None:
    """It was accepted, and is nobody's fault: not quarantine's."""

    def away(*_words: object) -> Plan:
        raise error

    hub.send("water-join", sender="new@union.example")
    with monkeypatch.context() as broken:
        broken.setattr(handling, "handle", away)
        for _ in range(2):
            with pytest.raises(type(error)):
                hub.work()
    assert hub.aside() == []
    assert len(hub.work()) == 1
