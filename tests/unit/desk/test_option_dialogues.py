"""Settings, pause and catch-up, questions, the archive by mail."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from solicomm_build.desk import vocabulary
from solicomm_build.features.lists import catchup
from solicomm_build.foundation import clock, i18n, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub

LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")


def said(lang: str, message: str, **facts: str) -> str:
    return i18n.gettext(lang, message) % facts


def flat(text: str) -> str:
    return " ".join(text.split())


def word(name: str, lang: str) -> str:
    return vocabulary.shown(vocabulary.COMMANDS, name, lang)


def setting(lang: str, option: str, value: str) -> str:
    shown = vocabulary.shown
    option = shown(vocabulary.OPTIONS, option, lang)
    return f"{word('set', lang)} {option} {shown(vocabulary.VALUES, value, lang)}"


def post(
    hub: DeskHub, number: int, *, body: str = "Words.", size: int = 0, extra: str = "X-A: b"
) -> None:
    """A post of a member, through ingest."""
    raw = smallhub.mail(
        body + "\r\n" + "x" * size,
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example",
        extra,
        msgid=f"<p{number}@union.example>",
        subject=f"Strike {number}",
        sender="Mo <mo@union.example>",
    ).replace(b"bar@hub", b"water@hub")
    envelope = Envelope("mo@union.example", ("water@hub.example",), hub.now)
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([Item(envelope, raw)])
        ingest(hub.config, once=True, log=maillog.to_nobody())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_setting_in_every_language(hub: DeskHub, lang: str) -> None:
    hub.member(1, "ana@union.example", "water", lang=lang)
    lines = [
        setting(lang, "digest", "weekly"),
        setting(lang, "digest", "plain"),
        setting(lang, "mail", "off"),
        setting(lang, "copy", "off"),
        setting(lang, "dup", "off"),
    ]
    (told,) = hub.ask("water-request", "\n".join(lines))
    assert hub.roster.subscriptions["water"][1] == {
        "digest": "weekly",
        "form": "plain",
        "mail": "off",
        "copy": "off",
        "dup": "off",
    }
    wanted = said(lang, "From now on the messages come to you together, once a week.")
    assert flat(wanted) in flat(told.text)
    lines = [
        setting(lang, "digest", "off"),
        setting(lang, "mail", "on"),
        setting(lang, "copy", "on"),
    ]
    hub.ask("water-request", "\n".join(lines))
    assert hub.roster.subscriptions["water"][1] == {"form": "plain", "dup": "off"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_language_is_that_from_then_on(hub: DeskHub, lang: str) -> None:
    hub.member(1, "ana@union.example", "water", lang="en", lang_option="")
    (told,) = hub.ask("water-request", f"{word('language', lang)} {lang}")
    assert flat(said(lang, "From now on we write to you in English.")) in flat(told.text)
    assert told.language == lang
    member = hub.roster.member("ana@union.example")
    assert member is not None
    assert member.lang == lang
    for name in ("Deutsch", "klingon"):
        (told,) = hub.ask("water-request", f"language {name}")
        assert "Русский" in told.text
    hub.ask("water-request", "set language español")
    member = hub.roster.member("ana@union.example")
    assert member is not None
    assert member.lang == "es"


def test_max_and_topics(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    (told,) = hub.ask("water-request", "set max 10/day\nset topics Wages, Água\nset max many")
    assert hub.roster.subscriptions["water"][1] == {"max": "10/day", "topics": "agua,wages"}
    assert "10 messages a day" in flat(told.text)
    assert "    wages\n" in told.text
    hub.ask("water-request", "set max no\nset topics all")
    assert hub.roster.subscriptions["water"][1] == {}


@pytest.mark.parametrize(
    "line", ["set", "set digest", "set digest blue", "set colour red", "set mail daily"]
)
def test_settings_that_make_no_sense(hub: DeskHub, line: str) -> None:
    hub.member(1, "ana@union.example", "water", digest="daily")
    (told,) = hub.ask("water-request", line)
    assert "did not understand" in told.text
    assert hub.roster.subscriptions["water"][1] == {"digest": "daily"}


@pytest.mark.parametrize("line", ["set mail off", "pause", "resume", "language es"])
def test_who_is_not_on_the_list_has_nothing_to_set(hub: DeskHub, line: str) -> None:
    (told,) = hub.ask("water-request", line)
    assert "address" in told.text or "dirección" in told.text
    assert hub.roster.subscriptions == {}


def test_without_proof_the_address_is_asked_first(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    letters = hub.ask("water-request", "set mail off\nlists\npause", proven=False)
    asked = next(m for m in letters if m.reply_to)
    assert "set mail off" in asked.text
    assert "pause" in asked.text
    assert "lists" not in asked.text
    assert hub.roster.subscriptions["water"][1] == {}
    (told,) = hub.reply(asked, proven=False)
    assert sorted(hub.roster.subscriptions["water"][1]) == ["mail", "paused"]
    assert told.to[0].addr_spec == "ana@union.example"


def test_a_strangers_commands_reveal_nothing(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", "board")
    for line in ("which", "who", "mydata"):
        how = {"proven": False, "mail_from": "eve@evil.example"}
        (asked,) = hub.ask("water-request", line, **how)
        assert asked.to[0].addr_spec == "ana@union.example"
        assert "board" not in asked.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pause_and_resume_with_what_was_missed(hub: DeskHub, lang: str) -> None:
    hub.member(1, "ana@union.example", "water", lang=lang)
    hub.member(2, "mo@union.example", "water", role="moderator")
    post(hub, 1)
    hub.now += timedelta(seconds=5)
    (told,) = hub.ask("water-request", word("pause", lang))
    assert word("resume", lang) in told.text
    assert hub.roster.subscriptions["water"][1]["paused"].endswith("Z")
    hub.now += timedelta(days=2)
    for number in range(2, 7):
        post(hub, number, extra="X-No-Archive: yes" if number == 4 else "X-A: b")
    told, missed = hub.ask("water-request", word("resume", lang))
    assert hub.roster.subscriptions["water"][1] == {}
    assert missed.subject == said(lang, "What you missed on %(list)s", list=hub_title(lang)), (
        missed.subject
    )
    parts = [a for a in missed.attachments if a.type == "message/rfc822"]
    assert [parse(a.payload).subject for a in parts] == [f"Strike {n}" for n in range(2, 7)]
    assert all(b"List-Id:" in a.payload for a in parts)


def hub_title(lang: str) -> str:
    from solicomm_build.testing.deskhub import TITLES

    return TITLES[lang]


def test_resume_skip_and_resume_without_a_pause(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.member(2, "mo@union.example", "water", role="moderator")
    (told,) = hub.ask("water-request", "resume")
    assert "had not paused" in told.text
    hub.ask("water-request", "pause")
    hub.now += timedelta(days=2)
    post(hub, 1)
    (told,) = hub.ask("water-request", "resume skip")
    assert hub.roster.subscriptions["water"][1] == {}


def test_nothing_missed_says_so(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.ask("water-request", "pause")
    (told,) = hub.ask("water-request", "resume")
    assert said("en", "Nothing was written while you were away.") in told.text


def test_much_missed_comes_in_several_mails(hub: DeskHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catchup, "MOST_POSTS", 2)
    monkeypatch.setattr(catchup, "MOST_OCTETS", 5000)
    hub.member(1, "ana@union.example", "water")
    hub.member(2, "mo@union.example", "water", role="moderator")
    hub.ask("water-request", "pause")
    hub.now += timedelta(days=1)
    for number, size in enumerate((0, 0, 0, 9000, 0), 1):
        post(hub, number, size=size)
    told, *mails = hub.ask("water-request", "resume")
    assert "4 mails" in flat(told.text)
    counts = [len([a for a in m.attachments if a.type == "message/rfc822"]) for m in mails]
    assert counts == [2, 1, 1, 1]
    assert mails[1].subject.endswith("(2/4)")
    assert "Here it is" in mails[1].text
    assert "Here they are" in mails[0].text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_help_shows_words_that_are_understood(hub: DeskHub, lang: str) -> None:
    from solicomm_build.desk.commands import one

    (told,) = hub.ask(
        "water-request", f"{word('help', lang)} all", fields=[f"Content-Language: {lang}"]
    )
    rows = [row for row in told.text.split("\n") if row.startswith("    ") and row[4] != " "]
    commands = [row.strip() for row in rows if "@hub.example" not in row]
    assert len(commands) == 25  # with `card`, `watch`, `get … epub` and `set mail answers`
    assert [row for row in commands if one(row) is None] == []


def test_a_mail_without_a_command_gets_help(hub: DeskHub) -> None:
    (told,) = hub.ask("water-request", "Dear people,\nhow do I leave?", subject="Question")
    assert "A program reads what is sent to this address." in flat(told.text)
    assert "water-owner@hub.example" in told.text


def test_lists_which_owner(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", "board", digest="weekly", lang="en")
    (told,) = hub.ask("water-request", "lists\nwhich\nowner")
    open_lists, _, mine = told.text.partition("You are on these lists:")
    assert "water@hub.example" in open_lists
    assert "board@hub.example" not in open_lists
    assert "board@hub.example" in mine
    assert "once a week" in mine
    (told,) = hub.ask("solicomm", "which", sender="ben@union.example")
    assert said("en", "This address is not on any list here.") in told.text


def test_who_is_for_those_who_look_after_the_list(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", name="Ana")
    hub.member(2, "mo@union.example", "water", role="moderator", name="Mo")
    (told,) = hub.ask("water-request", "who")
    assert "mo@union.example" not in told.text
    (told,) = hub.ask("water-request", "who", sender="mo@union.example")
    assert "Ana <ana@union.example>" in told.text


def test_own_data_as_a_file(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", name="Ana", digest="daily")
    hub.member(2, "ben@union.example", "water", name="Ben")
    hub.note(
        rosterevents.mailbox("ana", at=hub.now, by="test", number=1, forward="ana@union.example")
    )
    letter = next(m for m in hub.ask("water-request", "my data") if m.attachments)
    (attached,) = letter.attachments
    assert (attached.name, attached.type) == ("my-data.json", "application/json")
    data = json.loads(attached.payload)
    assert data["member"] == {
        "number": 1,
        "address": "ana@union.example",
        "name": "Ana",
        "language": "",
        "state": "active",
    }
    assert data["lists"] == {"water": {"digest": "daily"}}
    assert data["mailboxes"] == [{"address": "ana", "forward": "ana@union.example", "kept": False}]
    assert [event["type"] for event in data["history"]] == ["member", "subscribe", "mailbox"]
    assert b"ben@union.example" not in attached.payload


def test_the_archive_by_mail(hub: DeskHub) -> None:
    hub.member(2, "mo@union.example", "water", role="moderator")
    for number in range(1, 25):
        post(hub, number, body=f"Text {number} by mo@union.example")
    (told,) = hub.ask("water-request", "index")
    assert told.text.index("Strike 24") < told.text.index("Strike 5\n")
    assert "Strike 4\n" not in told.text
    (found,) = hub.ask("water-request", "search STRIKE 17")
    assert "Strike 17" in found.text
    assert "Strike 18" not in found.text
    (quoted,) = hub.ask("water-request", "search “strike 17”.")
    assert "Strike 17" in quoted.text
    mid = next(row.split()[0] for row in found.text.split("\n") if "Strike 17" in row)
    (got,) = hub.ask("water-request", f"get {mid}")
    assert "Text 17 by mo@…" in got.text
    assert "hub.example/conferences/water/t/" in got.text
    (none,) = hub.ask("water-request", "get zzzzzzzz")
    assert said("en", "There is no such message.") in none.text
    (none,) = hub.ask("water-request", "search nothing like it")
    assert said("en", "No subject has these words.") in none.text
    (none,) = hub.ask("water-request", "search")
    assert "what to look for" in none.text


def test_a_closed_archive_is_for_members(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "board")
    (told,) = hub.ask("board-request", "index")
    assert said("en", "Nothing has been written there yet.") in told.text
    for line in ("index", "search x", "get abcd"):
        (told,) = hub.ask("board-request", line, sender="ben@union.example")
        assert said("en", "This is for members only.") in told.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_only_answers_can_be_chosen_in_every_language(hub: DeskHub, lang: str) -> None:
    hub.member(1, "ana@union.example", "water", digest="daily", lang=lang)
    (told,) = hub.ask("water-request", setting(lang, "mail", "answers"))
    assert hub.roster.options("water", "ana@union.example") == {
        "digest": "daily",
        "mail": "answers",
    }
    assert flat(said(lang, ONLY_ANSWERS)) in flat(told.text)
    (told,) = hub.ask("water-request", "which")
    assert flat(said(lang, COME_ONLY_ANSWERS)) in flat(told.text)
    hub.ask("water-request", f"{word('set', lang)} mail each")
    assert hub.roster.options("water", "ana@union.example") == {"digest": "daily"}


ONLY_ANSWERS = (
    "From now on only answers come to you: to what you wrote, and in topics that you began. All "
    "the rest is on the web."
)
COME_ONLY_ANSWERS = (
    "Only answers come to you: to what you wrote, and in topics that you began. All the rest is "
    "on the web."
)


@pytest.mark.parametrize(
    ("to", "subject", "text", "options"),
    [
        ("water-join", "answers", "", {"mail": "answers"}),
        ("water-join", "alta respuestas", "", {"mail": "answers"}),
        ("water-join", "join weekly", "", {"digest": "weekly"}),
        ("water-join", "join", "", {}),
        ("water-join", "I would like to join please", "", {}),
        ("water-request", "", "join answers", {"mail": "answers"}),
        ("water-request", "", "join daily", {"digest": "daily"}),
        ("solicomm", "", "join water answers", {"mail": "answers"}),
    ],
)
def test_how_posts_come_is_chosen_with_the_request_to_join(
    hub: DeskHub, to: str, subject: str, text: str, options: dict[str, str]
) -> None:
    asked = next(m for m in hub.ask(to, text, subject=subject) if "-confirm+" in str(m.reply_to))
    (welcome,) = hub.reply(asked)
    assert hub.roster.options("water", "ana@union.example") == options
    assert ("set mail answers" in welcome.text) == (not options)


def test_a_digest_that_is_left_for_answers_brings_nothing_more(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", digest="daily")
    hub.member(2, "mo@union.example", "water")
    post(hub, 1)
    assert [m.subject for m in hub.ask("water-request", "set digest answers")] == [
        "Answer from Water for all"
    ]
    assert hub.roster.options("water", "ana@union.example") == {
        "digest": "daily",
        "mail": "answers",
    }


def test_a_pause_with_only_answers_brings_only_answers(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", mail="answers")
    hub.member(2, "mo@union.example", "water")
    hub.member(3, "cy@union.example", "water")
    for who in ("ana", "cy"):
        hub.ask("water-request", "pause", sender=f"{who}@union.example")
    post(hub, 1)
    subjects = {
        who: [m.subject for m in hub.ask("water-request", "resume", sender=f"{who}@union.example")]
        for who in ("ana", "cy")
    }
    assert subjects["ana"] == ["Answer from Water for all"]
    assert sorted(subjects["cy"])[-1] == "What you missed on Water for all"
