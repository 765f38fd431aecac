"""Join, leave, confirm, undo, move: whole dialogues by mail, as members have them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from solicomm_build.desk import vocabulary
from solicomm_build.features.removing import places
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.keys import token_key
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.people.shared import sessions
from solicomm_build.people.token import leave_token
from solicomm_build.testing.deskhub import TITLES, DeskHub, token_in

LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")


def said(lang: str, message: str, **facts: str) -> str:
    return i18n.gettext(lang, message) % facts


@pytest.mark.parametrize("lang", LANGUAGES)
def test_join_leave_and_back_in_every_language(hub: DeskHub, lang: str) -> None:
    title = TITLES[lang]
    (asked,) = hub.ask("water-join", fields=[f"Content-Language: {lang}"])
    assert asked.subject == said(lang, "Please confirm: %(list)s", list=title)
    assert asked.language == lang
    assert not hub.roster.is_subscribed("water", "ana@union.example"), "never on From alone"
    (welcome,) = hub.reply(asked)
    assert welcome.subject == said(lang, "Welcome to %(list)s", list=title)
    member = hub.roster.member("ana@union.example")
    assert member is not None
    assert (member.name, member.lang) == ("Ana Paz", lang)
    word = vocabulary.shown(vocabulary.COMMANDS, "leave", lang)
    (goodbye,) = hub.ask("water-request", word)
    assert goodbye.subject == said(lang, "You have left %(list)s", list=title)
    assert not hub.roster.is_subscribed("water", "ana@union.example")
    (back,) = hub.reply(goodbye)
    assert back.subject == welcome.subject
    assert hub.roster.is_subscribed("water", "ana@union.example")
    assert hub.roster.member("ana@union.example") == member, "the number stays"


def test_digest_and_nomail_addresses(hub: DeskHub) -> None:
    (asked,) = hub.ask("water-digest")
    hub.reply(asked)
    (asked,) = hub.ask("water-nomail", sender="ben@union.example")
    hub.reply(asked, sender="ben@union.example")
    subscriptions = hub.roster.subscriptions["water"]
    assert subscriptions == {1: {"digest": "daily"}, 2: {"mail": "off"}}


def test_whoever_has_the_token_may_confirm_from_anywhere_and_once(hub: DeskHub) -> None:
    (asked,) = hub.ask("water-join")
    (welcome,) = hub.reply(asked, sender="ana@telephone.example", proven=False)
    assert welcome.to[0].addr_spec == "ana@union.example"
    (spent,) = hub.reply(asked)
    assert spent.subject == said("en", "Nothing left to confirm")
    assert len(hub.roster.subscriptions["water"]) == 1


@pytest.mark.parametrize(
    "mangled",
    [
        "water-confirm+{TOKEN}",
        "Water-Confirm+{token}",
        "water+confirm+{token}",
        "water-confirm+=3D{token}",
    ],
)
def test_mangled_tokens_are_understood(hub: DeskHub, mangled: str) -> None:
    (asked,) = hub.ask("water-join")
    token = token_in(asked)
    address = mangled.format(token=token, TOKEN=token.upper())
    hub.ask(address, header_to=f"water-confirm+{token}@hub.example")
    assert hub.roster.is_subscribed("water", "ana@union.example"), hub.aside()


@pytest.mark.parametrize("subject", ["confirm {token}", "Re: confirm =3D{TOKEN}"])
def test_confirm_as_a_command(hub: DeskHub, subject: str) -> None:
    (asked,) = hub.ask("water-join")
    token = token_in(asked)
    hub.ask("water-request", subject=subject.format(token=token, TOKEN=token.upper()))
    assert hub.roster.is_subscribed("water", "ana@union.example")


@pytest.mark.parametrize("words", ["No", "non.", "Нет!", "لا", "stop", "unsubscribe"])
def test_an_answer_that_says_no_takes_the_token_back(hub: DeskHub, words: str) -> None:
    (asked,) = hub.ask("water-join")
    assert hub.reply(asked, words) == []
    hub.reply(asked, "yes")
    assert not hub.roster.is_subscribed("water", "ana@union.example")


def test_tokens_end(hub: DeskHub) -> None:
    from datetime import timedelta

    (asked,) = hub.ask("water-join")
    hub.now += timedelta(days=8)
    (late,) = hub.reply(asked)
    assert late.subject == said("en", "Nothing left to confirm")
    assert not hub.roster.is_subscribed("water", "ana@union.example")


def test_leaving_without_proof_asks_the_address_and_tells_nobody_else(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    how = {"proven": False, "mail_from": "eve@evil.example"}
    (member,) = hub.ask("water-leave", **how)
    (stranger,) = hub.ask("water-leave", sender="ben@union.example", **how)
    for asked, address in ((member, "ana@union.example"), (stranger, "ben@union.example")):
        assert asked.to[0].addr_spec == address
        assert asked.subject == said("en", "Please confirm: %(list)s", list=TITLES["en"])
    texts = {re.sub(r"confirm/[a-z2-7]{26}", "", mail.text) for mail in (member, stranger)}
    assert len({text.replace("ana", "ben") for text in texts}) == 1, "no word of who is a member"
    assert hub.roster.is_subscribed("water", "ana@union.example")
    (goodbye,) = hub.reply(member, proven=False)
    assert not hub.roster.is_subscribed("water", "ana@union.example")
    (nobody,) = hub.reply(stranger, proven=False)
    assert nobody.subject == said("en", "You are not on %(list)s", list=TITLES["en"])
    assert goodbye.reply_to


def test_a_leave_token_acts_at_once_whoever_sends_it(hub: DeskHub) -> None:
    hub.member(7, "ana@union.example", "water", digest="daily")
    token = leave_token(token_key(hub.config.keys), "water", 7)
    fields = ["Auto-Submitted: auto-generated", "Precedence: bulk"]
    hub.send(f"water-leave+{token}", sender="robot@mail.example", proven=False, fields=fields)
    (goodbye,) = hub.work()
    assert goodbye.envelope.rcpt_tos == ("ana@union.example",)
    assert goodbye.envelope.mail_from is None
    assert hub.roster.subscriptions["water"] == {}
    (again,) = hub.ask(f"water-leave+{token}", proven=True)
    assert again.subject == said("en", "You are not on %(list)s", list=TITLES["en"])


def test_undo_brings_the_settings_back(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", digest="weekly", copy="off")
    (goodbye,) = hub.ask("water-leave")
    hub.reply(goodbye)
    assert hub.roster.subscriptions["water"] == {1: {"digest": "weekly", "copy": "off"}}


def test_undo_is_of_no_list_that_was_removed_meanwhile(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", digest="weekly")
    (goodbye,) = hub.ask("water-leave")
    places.remove(hub.config, places.Place("list", "water"))
    (told,) = hub.ask(f"solicomm-confirm+{token_in(goodbye)}")
    assert told.subject == "Nothing left to confirm"
    assert not hub.roster.subscriptions["water"]


def test_stop_alone_means_leave(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    (goodbye,) = hub.ask("water-request", subject="STOP")
    assert goodbye.subject == said("en", "You have left %(list)s", list=TITLES["en"])
    assert hub.roster.subscriptions["water"] == {}


def test_one_click_is_told_goodbye_once(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", "board", lang="es")
    assert hub.work() == []
    for conference, by in (("water", "one-click"), ("board", "operator")):
        hub.note(rosterevents.unsubscribe(conference, 1, at=hub.now, by=by))
    (goodbye,) = hub.work()
    assert hub.work() == []
    letter = parse(goodbye.raw)
    assert letter.subject == said("es", "You have left %(list)s", list=TITLES["es"])
    hub.reply(letter)
    assert hub.roster.is_subscribed("water", "ana@union.example")


def test_a_closed_list_asks_its_moderators(hub: DeskHub) -> None:
    hub.member(1, "mod@union.example", "board", name="Mo", role="moderator")
    hub.member(2, "mo2@union.example", "board", name="Ju", role="moderator", lang="es")
    (asked,) = hub.ask("board-join")
    passed_on, first, second = hub.reply(asked)
    assert passed_on.to[0].addr_spec == "ana@union.example"
    assert first.to[0].addr_spec == "mod@union.example"
    assert "Ana Paz <ana@union.example>" in first.text
    assert "aceptar" in second.text
    assert not hub.roster.is_subscribed("board", "ana@union.example")
    welcome, told = hub.reply(second, "Aceptar, claro", sender="mo2@union.example")
    assert welcome.to[0].addr_spec == "ana@union.example"
    assert told.to[0].addr_spec == "mo2@union.example"
    assert "ya está en la lista:\n    ana@union.example" in told.text
    assert hub.roster.is_subscribed("board", "ana@union.example")
    (late,) = hub.reply(first, "reject", sender="mod@union.example")
    assert late.to[0].addr_spec == "mod@union.example"
    assert hub.roster.is_subscribed("board", "ana@union.example"), "the first has decided"


def test_the_operator_is_asked_where_nobody_moderates(hub: DeskHub) -> None:
    (asked,) = hub.ask("board-join")
    passed_on, request = hub.reply(asked)
    assert passed_on.to[0].addr_spec == "ana@union.example"
    assert request.to[0].addr_spec == "op@hub.example"
    welcome, told = hub.reply(request, "accept", sender="op@hub.example")
    assert welcome.to[0].addr_spec == "ana@union.example"
    assert told.to[0].addr_spec == "op@hub.example"
    assert hub.roster.is_subscribed("board", "ana@union.example")


def test_whoever_begins_to_moderate_hears_of_requests_that_wait(hub: DeskHub) -> None:
    hub.member(1, "mod@union.example", "board", role="moderator")
    (asked,) = hub.ask("board-join")
    _, first = hub.reply(asked)
    hub.note(rosterevents.role("board", 1, "", at=hub.now, by="test"))
    (operators,) = [parse(one.raw) for one in hub.work()]
    assert operators.to[0].addr_spec == "op@hub.example", "while nobody moderates"
    hub.member(2, "mo2@union.example", "board", role="moderator")
    (second,) = [parse(one.raw) for one in hub.work()]
    assert second.to[0].addr_spec == "mo2@union.example"
    assert "ana@union.example" in second.text
    assert hub.work() == [], "once"
    welcome, told = hub.reply(second, "accept", sender="mo2@union.example")
    assert welcome.to[0].addr_spec == "ana@union.example"
    assert told.to[0].addr_spec == "mo2@union.example"
    for before in (first, operators):
        (told,) = hub.reply(before, "reject", sender=before.to[0].addr_spec)
        assert told.to[0].addr_spec != "ana@union.example"
    assert hub.roster.is_listed("board", "ana@union.example")


def test_a_request_waits_for_whoever_comes_where_nobody_gets_mail(hub: DeskHub) -> None:
    operator = hub.config.operator
    hub.config = replace(hub.config, operator=None)
    (asked,) = hub.ask("board-join")
    (passed_on,) = hub.reply(asked)
    assert passed_on.to[0].addr_spec == "ana@union.example"
    hub.config = replace(hub.config, operator=operator)
    (request,) = [parse(one.raw) for one in hub.work()]
    assert request.to[0].addr_spec == operator
    hub.member(2, "mo2@union.example", "board", role="moderator")
    (request,) = [parse(one.raw) for one in hub.work()]
    welcome, told = hub.reply(request, "accept", sender="mo2@union.example")
    assert welcome.to[0].addr_spec == "ana@union.example"
    assert told.to[0].addr_spec == "mo2@union.example"
    assert hub.work() == []


@pytest.mark.parametrize("is_banned", [True, False])
def test_nobody_hears_of_a_request_that_was_settled_otherwise(
    hub: DeskHub, is_banned: bool
) -> None:
    hub.member(1, "mod@union.example", "board", role="moderator")
    (asked,) = hub.ask("board-join")
    hub.reply(asked)
    if is_banned:
        ban = rosterevents.standing("board", "ana@union.example", "banned", at=hub.now, by="test")
        hub.note(ban)
    else:
        hub.member(3, "ana@union.example", "board")
    hub.member(2, "mo2@union.example", "board", role="moderator")
    assert hub.work() == []


def test_a_yes_to_a_list_that_is_gone_is_answered(hub: DeskHub) -> None:
    (asked,) = hub.ask("water-join")
    with clock.fixed(hub.now):
        places.remove(hub.config, places.Place("list", "water"))
    (told,) = hub.ask(f"solicomm-confirm+{token_in(asked)}")
    assert told.subject == "Nothing left to confirm"


@pytest.mark.parametrize("conference", ["water", "board"])
def test_who_was_banned_after_leaving_does_not_come_back(hub: DeskHub, conference: str) -> None:
    hub.member(2, "ana@union.example", conference)
    (goodbye,) = hub.ask(f"{conference}-leave")
    ban = rosterevents.standing(conference, "ana@union.example", "banned", at=hub.now, by="test")
    hub.note(ban)
    (told,) = hub.reply(goodbye)
    assert told.subject == "Nothing left to confirm"
    assert not hub.roster.is_listed(conference, "ana@union.example")


@pytest.mark.parametrize(
    ("answer", "told"), [("reject Only for\nthe board.", True), ("discard", False), ("ban", False)]
)
def test_a_request_to_join_may_be_declined(hub: DeskHub, answer: str, told: bool) -> None:
    hub.member(1, "mod@union.example", "board", role="moderator")
    (asked,) = hub.ask("board-join")
    _, request = hub.reply(asked)
    *letters, done = hub.reply(request, answer, sender="mod@union.example")
    assert done.to[0].addr_spec == "mod@union.example"
    assert "does not get onto the list" in done.text
    assert [m.to[0].addr_spec for m in letters] == ["ana@union.example"] * told
    assert all("Only for\n    the board." in m.text for m in letters)
    assert not hub.roster.is_subscribed("board", "ana@union.example")
    assert hub.roster.standing("board", "ana@union.example") == (
        "banned" if answer == "ban" else ""
    )
    if answer == "ban":
        assert hub.ask("board-join") == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_address_is_confirmed_by_both(hub: DeskHub, lang: str) -> None:
    hub.member(4, "ana@union.example", "water", lang=lang, name="Ana", digest="daily")
    word = vocabulary.shown(vocabulary.COMMANDS, "address", lang)
    told, old = sorted(
        hub.ask("water-request", f"{word} ana@new.example"), key=lambda m: bool(m.reply_to)
    )
    assert old.to[0].addr_spec == "ana@union.example"
    assert told.language == old.language == lang
    (new,) = hub.reply(old)
    assert new.to[0].addr_spec == "ana@new.example"
    assert hub.roster.member("ana@new.example") is None
    letters = hub.reply(new, sender="ana@new.example")
    assert sorted(m.to[0].addr_spec for m in letters) == ["ana@new.example", "ana@union.example"]
    member = hub.roster.member("ana@new.example")
    assert member is not None
    assert (member.number, member.name, member.lang) == (4, "Ana", lang)
    assert hub.roster.member("ana@union.example") is None
    assert hub.roster.options("water", "ana@new.example") == {"digest": "daily"}


def test_who_agrees_to_a_move_twice_hears_that_the_new_address_is_asked(hub: DeskHub) -> None:
    hub.member(4, "ana@union.example", "water")
    first, second = (
        next(m for m in hub.ask("water-request", "address ana@new.example") if m.reply_to)
        for _ in range(2)
    )
    (new,) = hub.reply(first)
    (told,) = hub.reply(second)
    assert told.to[0].addr_spec == "ana@union.example"
    assert "Please answer both mails" in " ".join(told.text.split())
    hub.reply(new, sender="ana@new.example")
    assert hub.roster.member("ana@new.example") is not None


def test_a_link_that_went_to_the_old_address_lets_nobody_in(hub: DeskHub) -> None:
    hub.member(4, "ana@union.example", "water")
    stored = sessions.of(hub.config)
    used, link = (stored.link(4, "", hub.now) for _ in range(2))
    secret, _ = stored.begin(used, hub.now, sessions.LINK) or ("", None)
    old = next(m for m in hub.ask("water-request", "address ana@new.example") if m.reply_to)
    (new,) = hub.reply(old)
    assert stored.of_link(link, hub.now) is not None
    hub.reply(new, sender="ana@new.example")
    assert stored.of_link(link, hub.now) is None
    assert stored.number(secret, hub.now) == 4, "who is signed in is the same person"
    stored.close()


def test_an_address_of_another_member_cannot_be_taken(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.member(2, "ben@union.example", "water")
    _, old = sorted(
        hub.ask("water-request", "address ben@union.example"), key=lambda m: bool(m.reply_to)
    )
    (new,) = hub.reply(old)
    (told,) = hub.reply(new, sender="ben@union.example")
    assert told.to[0].addr_spec == "ben@union.example"
    assert hub.roster.member("ana@union.example") is not None
    assert hub.roster.member("ben@union.example") is not None


def test_strangers_learn_nothing_by_changing_an_address(hub: DeskHub) -> None:
    letters = hub.ask("water-request", "address new@evil.example", proven=False)
    old = next(m for m in letters if m.reply_to)
    (told,) = hub.reply(old)
    assert told.to[0].addr_spec == "ana@union.example", "no member, so the new one is not asked"
    assert told.subject == "Nothing left to confirm"


def test_the_hub_s_own_address_takes_the_name_of_the_list(hub: DeskHub) -> None:
    letters = hub.ask("solicomm", "join water\nlists")
    asked = next(m for m in letters if m.reply_to)
    hub.reply(asked)
    assert hub.roster.is_subscribed("water", "ana@union.example")
    (told,) = hub.ask("solicomm", "leave")
    assert said("en", "Please write after the word which list or conference you mean.") in told.text
    (goodbye,) = hub.ask("solicomm", "leave water@hub.example")
    assert not hub.roster.is_subscribed("water", "ana@union.example")
    assert goodbye.reply_to


def test_a_command_that_went_to_the_list_gets_help(hub: DeskHub) -> None:
    (told,) = hub.ask("water", "unsubscribe")
    assert told.subject == said("en", "Your message to %(list)s was not sent on", list=TITLES["en"])
    assert "water-leave@hub.example" in told.text


def test_every_change_is_a_commit(hub: DeskHub) -> None:
    from solicomm_build.git import log
    from solicomm_build.git.repo import open_repo

    (asked,) = hub.ask("water-join")
    hub.reply(asked)
    hub.ask("water-request", "set digest daily")
    repo = open_repo(hub.config.roster_repo)
    tip = repo.ref()
    assert tip is not None
    subjects = [commit.message.partition("\n")[0] for commit in log.commits(repo, None, tip)]
    assert subjects == ["Ask: join", "Subscribe 1 to water", "Set options"]


def test_an_invitation_joins_when_it_is_answered(hub: DeskHub) -> None:
    from solicomm_build.features.lists.inviting import invite
    from solicomm_build.foundation import clock
    from solicomm_build.foundation.types import Mailbox

    hub.member(1, "ana@union.example", "board")
    people = [Mailbox("Ben", "ben@union.example"), Mailbox("Ana", "ana@union.example")]
    with clock.fixed(hub.now):
        assert invite(hub.config, "board", people, lang="fr") == 1
        assert invite(hub.config, "board", people) == 0
    (item,) = hub.sent()
    asked = parse(item.raw)
    assert (asked.to[0].addr_spec, asked.language) == ("ben@union.example", "fr")
    hub.reply(asked, sender="ben@union.example", proven=False)
    assert hub.roster.is_subscribed("board", "ben@union.example"), "also on a closed list"
    member = hub.roster.member("ben@union.example")
    assert member is not None
    assert (member.name, member.lang) == ("Ben", "fr")
