"""Held mail, moderators and authors, by mail (docs/mail-rules.md#moderation)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.desk import vocabulary
from solicomm_build.features.moderation import moderation
from solicomm_build.features.moderation.deciding import read_line
from solicomm_build.foundation import clock, i18n, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post import decision
from solicomm_build.post.decision import Decision
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, TITLES, DeskHub, token_in

LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")


def said(lang: str, message: str, **facts: str) -> str:
    return i18n.gettext(lang, message) % facts


def held(
    hub: DeskHub,
    number: int,
    *,
    proven: bool = True,
    body: str = "Let me in.",
    extra: str = "",
    sender: str = "eve@x.example",
) -> bytes:
    """A stranger's post, held by ingest."""
    hub.now += timedelta(seconds=1)
    fields = [f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=x.example"] * proven
    fields += [extra] if extra else []
    raw = smallhub.mail(
        body,
        *fields,
        msgid=f"<{number}@x.example>",
        subject=f"Strike {number}",
        sender=f"Eve <{sender}>",
    ).replace(b"bar@hub", b"water@hub")
    item = smallhub.item(raw, "water@hub.example", mail_from=sender)
    item = replace(item, envelope=replace(item.envelope, received_at=hub.now))
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([item])
    work(hub)
    return raw


def work(hub: DeskHub) -> None:
    """Lets ingest carry out what was decided."""
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())


def letters(hub: DeskHub) -> list[Message]:
    return [parse(item.raw) for item in hub.work()]


def to(mails: list[Message], address: str) -> list[Message]:
    return [mail for mail in mails if mail.to[0].addr_spec == address]


def decided(hub: DeskHub) -> dict[str, Decision]:
    """The decisions by the number of the message."""
    files = smallhub.files(hub.config.mail_repo, "decisions")
    names = {post_id(f"{n}@x.example"): str(n) for n in range(100)}
    return {names[p.rpartition("/")[2][:-5]]: decision.decode(b) for p, b in files.items()}


def posts(hub: DeskHub) -> int:
    return len(smallhub.files(hub.config.conference_repo("water"), "topics"))


@pytest.fixture
def staffed(hub: DeskHub) -> DeskHub:
    """With two moderators, who read English and Spanish."""
    hub.member(1, "mod@union.example", "water", name="Mo", role="moderator")
    hub.member(2, "mo2@union.example", "water", name="Ju", role="host", lang="es")
    return hub


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_notice_in_every_language(hub: DeskHub, lang: str) -> None:
    hub.member(1, "mod@union.example", "water", role="moderator", lang=lang)
    raw = held(hub, 1)
    (item, author) = hub.work()
    notice = parse(item.raw)
    assert item.envelope.mail_from is not None
    assert item.envelope.mail_from.startswith("water-bounces+")
    assert notice.field("Auto-Submitted") == "auto-generated"
    assert notice.subject == said(
        lang, "%(list)s: please decide: %(what)s", list=TITLES[lang], what="Strike 1"
    )
    assert said(lang, "the author is not a member") in " ".join(notice.text.split())
    original, control = notice.attachments
    assert (original.type, original.payload) == ("message/rfc822", raw)
    assert notice.reply_to[0].addr_spec.encode() in control.payload
    for name in decision.DECISIONS:
        assert f"\n    {vocabulary.shown(vocabulary.DECISIONS, name, lang)}\n" in notice.text
    assert author.envelope.rcpt_tos == ("eve@x.example",)
    assert hub.work() == [], "once"


@pytest.mark.parametrize(
    ("name", "lang", "word"),
    [
        (name, lang, word)
        for name, by_language in vocabulary.DECISIONS.items()
        for lang, words in by_language.items()
        for word in words
    ],
)
def test_every_word_of_a_decision(name: str, lang: str, word: str) -> None:
    for written in (word, word.upper(), f"{word}.", f"{word}, please", f"«{word}»"):
        found = read_line(written)
        assert found is not None, written
        assert found.decision == name


def test_trust_in_other_spellings() -> None:
    for row in ("accept + trust", "Accept+Trust", "accept trust", "aceptar + confiar", "trust"):
        found = read_line(row)
        assert found is not None
        assert (found.decision, found.rest) == ("accept+trust", "")
    plain = read_line("accept trusting in it")
    assert plain is not None
    assert plain.decision == "accept"
    for row in ("", "I accept", "acceptance", "> accept", "+", "why not reject it?"):
        assert read_line(row) is None


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("what", decision.DECISIONS)
def test_each_decision_by_reply(hub: DeskHub, what: str, lang: str) -> None:
    hub.member(1, "mod@union.example", "water", name="Mo", role="moderator", lang=lang)
    held(hub, 1)
    notice, _ = letters(hub)
    answer = vocabulary.shown(vocabulary.DECISIONS, what, lang)
    text = f"{answer}\n\nEl lun, Eve <eve@x.example> wrote:\n> accept\n"
    hub.reply(notice, text, sender="mod@home.example", proven=False)
    made = decided(hub)["1"]
    assert (made.decision, made.by) == (what, "member:1")
    work(hub)
    assert posts(hub) == made.lets_in
    standing = {"accept+trust": "trusted", "ban": "banned"}.get(what, "")
    assert hub.roster.standing("water", "eve@x.example") == standing


@pytest.mark.parametrize("text", ["", "\n\n> accept\n> yes\n", "-- \naccept", "Thank you", "ok?"])
def test_an_empty_or_unclear_answer_decides_nothing(staffed: DeskHub, text: str) -> None:
    held(staffed, 1)
    notice = letters(staffed)[0]
    (told,) = staffed.reply(notice, text, sender="mod@union.example")
    assert "Nothing was decided" in told.text
    assert told.reply_to == notice.reply_to
    assert decided(staffed) == {}
    staffed.reply(told, "discard", sender="mod@union.example")
    assert decided(staffed)["1"].decision == "discard"


def test_the_subject_counts_when_it_is_no_answer(staffed: DeskHub) -> None:
    held(staffed, 1)
    notice = letters(staffed)[0]
    local = notice.reply_to[0].addr_spec.partition("@")[0]
    staffed.ask(local, "", subject="accept", sender="mod@union.example")
    assert decided(staffed)["1"].decision == "accept"


def test_programs_decide_nothing(staffed: DeskHub) -> None:
    held(staffed, 1)
    notice = letters(staffed)[0]
    for field in ("Auto-Submitted: auto-replied", "Precedence: junk"):
        assert staffed.reply(notice, "accept", fields=[field]) == []
    assert decided(staffed) == {}


def test_a_rejection_goes_to_the_author_with_its_reason(staffed: DeskHub) -> None:
    held(staffed, 1)
    notice = letters(staffed)[0]
    staffed.now += timedelta(days=2)
    mails = staffed.reply(
        notice, "reject Please write\nmore kindly.\n\n> old", sender="mod@union.example"
    )
    (told,) = to(mails, "eve@x.example")
    assert "Please write\n    more kindly." in told.text
    assert told.in_reply_to == ("1@x.example",)
    assert "mod@union.example" not in told.text
    assert decided(staffed)["1"].text == "Please write\nmore kindly."


def test_first_decision_wins_and_the_other_is_told_by_whom(staffed: DeskHub) -> None:
    held(staffed, 1)
    first, second, _ = letters(staffed)
    staffed.reply(first, "discard", sender="mod@union.example")
    (told,) = staffed.reply(second, "aceptar", sender="mo2@union.example")
    assert said("es", "%(who)s had decided already. This is what was done:", who="Mo") in told.text
    work(staffed)
    (told,) = staffed.reply(second, "aceptar ya", sender="mo2@union.example")[:1] or [told]
    assert decided(staffed)["1"].decision == "discard"
    assert posts(staffed) == 0


def test_the_command_line_and_a_push_decide_too(staffed: DeskHub) -> None:
    held(staffed, 1)
    notice = letters(staffed)[0]
    path = decision.path("water", post_id("1@x.example"))
    made = decision.encode(Decision("reject", decision.OPERATOR, staffed.now, "Off topic."))
    write_once(
        open_repo(staffed.config.mail_repo), [Change(path, made)], message="x", when=staffed.now
    )
    (told,) = letters(staffed)
    assert "Off topic." in told.text
    (late,) = staffed.reply(notice, "accept", sender="mod@union.example")
    assert said("en", "Somebody else") in late.text


def test_authors_who_are_not_proven_are_asked_and_hear_nothing_else(staffed: DeskHub) -> None:
    held(staffed, 1, proven=False)
    (asked,) = letters(staffed)
    assert asked.to[0].addr_spec == "eve@x.example"
    staffed.now += timedelta(days=1, hours=1)
    mails = letters(staffed)
    assert to(mails, "eve@x.example") == []
    mails = staffed.reply(mails[0], "reject no", sender="mod@union.example")
    assert to(mails, "eve@x.example") == []


@pytest.mark.parametrize("extra", ["Precedence: bulk", "X-Auto-Response-Suppress: All"])
def test_nor_do_authors_who_must_not_be_answered(staffed: DeskHub, extra: str) -> None:
    held(staffed, 1, extra=extra)
    assert to(letters(staffed), "eve@x.example") == []


def test_authors_hear_of_each_message_that_waits(staffed: DeskHub) -> None:
    for number in range(3):
        held(staffed, number)
        assert len(to(letters(staffed), "eve@x.example")) == 1
        staffed.now += timedelta(hours=9)


def test_more_than_five_come_together_and_at_most_once_an_hour(staffed: DeskHub) -> None:
    for number in range(7):
        held(staffed, number)
    bundles = [m for m in letters(staffed) if m.reply_to]
    assert len(bundles) == 2
    assert "7 messages wait for you" in bundles[0].text
    assert "7 mensajes le esperan" in bundles[1].text
    assert len([a for a in bundles[0].attachments if a.type == "message/rfc822"]) == 8
    held(staffed, 8)
    assert [m for m in letters(staffed) if m.reply_to] == []
    staffed.now += timedelta(hours=1)
    (one, _) = (m for m in letters(staffed) if m.reply_to)
    assert "1 message waits" in one.text


def test_moderators_hear_of_new_mail_after_the_clock_was_ahead(staffed: DeskHub) -> None:
    right = staffed.now
    staffed.now += timedelta(days=300)
    held(staffed, 1)
    letters(staffed)
    staffed.now = right
    for number in range(2, 8):
        held(staffed, number)
    (notice,) = to(letters(staffed), "mod@union.example")
    assert "Strike 7" in notice.text
    held(staffed, 8)
    assert to(letters(staffed), "mod@union.example") == [], "once an hour at most, as ever"


@pytest.mark.parametrize("text", ["Hello,\n\naccept", "Здравствуйте!\n\nпринять\n\nMo"])
def test_a_decision_stands_below_a_greeting(staffed: DeskHub, text: str) -> None:
    held(staffed, 0)
    staffed.reply(letters(staffed)[0], text, sender="mod@union.example")
    assert [one.decision for one in decided(staffed).values()] == ["accept"]


@pytest.mark.parametrize(
    "words", ["accept 1 3–4", "قبول 1،3-4", "قبول ١، ٣–٤", "accepter\u00a01, 3, 4", "accept: 1;3;4"]
)
def test_numbers_of_a_bundle_as_programs_and_languages_write_them(
    staffed: DeskHub, words: str
) -> None:
    for number in range(7):
        held(staffed, number)
    staffed.reply(letters(staffed)[0], words, sender="mod@union.example")
    assert sorted(decided(staffed)) == ["0", "2", "3"]


def test_a_bundle_is_decided_by_numbers(staffed: DeskHub) -> None:
    for number in range(7):
        held(staffed, number)
    bundle = letters(staffed)[0]
    (told,) = staffed.reply(bundle, "accept", sender="mod@union.example")
    assert "accept 1 3" in told.text
    assert decided(staffed) == {}, "a word without numbers says too little"
    (told,) = staffed.reply(bundle, "accept 1, 3-4\ndiscard 2 99\nthank you\ndiscard all")
    unread = told.text.split("This line could not be understood:")[1:]
    assert [one.split("\n")[1].strip() for one in unread] == [
        "discard 2 99",
        "thank you",
        "discard all",
    ]
    order = [row.split(". ")[1] for row in bundle.text.split("\n") if ". Strike" in row]
    assert order == [f"Strike {n}" for n in range(7)], "oldest first"
    made = {number: d.decision for number, d in decided(staffed).items()}
    assert made == {"0": "accept", "1": "discard", "2": "accept", "3": "accept"}
    staffed.reply(bundle, "discard ALL", sender="mod@union.example")
    assert len(decided(staffed)) == 7, "the token holds until all is decided"
    assert decided(staffed)["0"].decision == "accept"


def test_lines_of_an_answer_that_decide_nothing_are_named(staffed: DeskHub) -> None:
    for number in range(7):
        held(staffed, number)
    bundle = letters(staffed)[0]
    (told,) = staffed.reply(bundle, "accept 1\nreject the second\n\nThanks\nMo")
    assert told.text.count("This line could not be understood:") == 1
    assert "    reject the second\n" in told.text
    (told,) = staffed.reply(bundle, "accept 2\nok, thank you\nMo")
    assert "This line could not be understood:" not in told.text


def test_a_bundle_of_one_is_decided_by_its_number(
    staffed: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderation, "_MOST_BUNDLED", 6)
    for number in range(7):
        held(staffed, number)
    (last, *_) = [m for m in letters(staffed) if m.reply_to and "Strike 5" not in m.text]
    assert "1. Strike 6" in last.text
    (told,) = staffed.reply(last, "reject", sender="mod@union.example")
    assert "accept 1 3" in told.text
    staffed.reply(last, "reject 1", sender="mod@union.example")
    (made,) = decided(staffed).items()
    assert (made[0], made[1].decision, made[1].text) == ("6", "reject", "")


def test_reminders_and_expiry(staffed: DeskHub) -> None:
    held(staffed, 1)
    start = staffed.now
    assert len(letters(staffed)) == 3
    told = {}
    for hour in range(0, 24 * 15, 12):
        staffed.now = start + timedelta(hours=hour)
        if mails := letters(staffed):
            told[hour // 24] = mails
    assert sorted(told) == [3, 10, 11]
    assert [m.to[0].addr_spec for m in told[11]] == ["eve@x.example"]
    assert all("waits for you" in m.text or "esperando" in m.text for m in told[3])
    assert len(told[3]) == 2
    made = decided(staffed)["1"]
    assert (made.decision, made.by) == ("discard", "expiry")
    assert made.at == start + timedelta(days=14)
    work(staffed)
    assert smallhub.files(staffed.config.mail_repo, "held") == {}
    (late,) = staffed.reply(told[10][0], "accept", sender="mod@union.example")
    assert "Nobody decided in time" in late.text
    assert "Somebody else" not in late.text
    assert posts(staffed) == 0


def test_mail_of_a_time_that_was_ahead_is_told_reminded_of_and_ends(staffed: DeskHub) -> None:
    start = staffed.now
    staffed.now += timedelta(days=4000)
    held(staffed, 1)
    assert len(letters(staffed)) == 3
    told = {}
    for hour in range(0, 24 * 15, 12):
        staffed.now = start + timedelta(hours=hour)
        if mails := letters(staffed):
            told[hour // 24] = mails
    assert sorted(told) == [0, 3, 10, 11]
    assert len(told[0]) == 3
    assert [m.to[0].addr_spec for m in told[11]] == ["eve@x.example"]
    made = decided(staffed)["1"]
    assert (made.by, made.at) == ("expiry", start + timedelta(days=14))


def test_a_list_without_moderators_asks_the_operator(hub: DeskHub) -> None:
    held(hub, 1)
    notice, _ = letters(hub)
    assert notice.to[0].addr_spec == "op@hub.example"
    hub.reply(notice, "accept", sender="op@hub.example")
    assert decided(hub)["1"].by == "operator"


def test_whoever_begins_to_moderate_hears_of_what_waits(hub: DeskHub) -> None:
    hub.config = replace(hub.config, operator=None)
    held(hub, 1)
    assert [m.to[0].addr_spec for m in letters(hub)] == ["eve@x.example"]
    hub.member(1, "mod@union.example", "water", role="moderator")
    hub.now += timedelta(hours=1)
    assert len(to(letters(hub), "mod@union.example")) == 1


def test_a_large_message_is_shown_by_its_header(
    staffed: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from solicomm_build.features.moderation import moderationletters

    monkeypatch.setattr(moderationletters, "MOST_OCTETS", 1000)
    held(staffed, 1, body="x" * 2000)
    raw = staffed.work()[0].raw
    assert b"Content-Type: text/rfc822-headers" in raw
    assert b"x" * 50 not in raw


def test_the_original_s_octets_stay(staffed: DeskHub) -> None:
    raw = held(staffed, 1, body="Señal سلام\r\n--=_no\r\n.\r\n", extra="X-Odd:  two  blanks ")
    notice = staffed.work()[0].raw
    assert raw in notice
    assert b"Content-Transfer-Encoding: 8bit" in notice


def test_a_desk_whose_repositories_come_from_a_clone_tells_nobody_again(hub: DeskHub) -> None:
    hub.member(1, "mo@union.example", "water", role="moderator")
    held(hub, 1)
    (notice,) = to(letters(hub), "mo@union.example")
    hub.reply(notice, "reject", sender="mo@union.example")
    held(hub, 2)
    letters(hub)
    for path in (hub.config.mail_repo, hub.config.roster_repo):  # a clone has no cursors
        Cursor(open_repo(path), "desk").forget()
    hub.now += timedelta(hours=1)
    assert letters(hub) == []
    hub.now += timedelta(hours=1)
    assert letters(hub) == []


@pytest.mark.parametrize(
    ("word", "leads"),
    [
        ("reject", "On Fri, 27 Nov 2026 at 10:00, Water <water@hub.example> wrote:"),
        ("refuser", "Le ven. 27 nov. 2026 à 10:00, Water <\nwater@hub.example> a écrit :"),
        ("rechazar", "El vie, 27 nov 2026 a las 10:00, Water (<water@hub.example>) escribió:"),
        ("rejeitar", "Em sex., 27 de nov. de 2026, Water <water@hub.example> escreveu:"),
        ("отклонить", "пт, 27 нояб. 2026 г. в 10:00, Water <water@hub.example>:"),
        ("رفض", "في الجمعة، 27 نوفمبر 2026 كتب Water <water@hub.example>:"),
    ],
)
def test_a_rejection_carries_only_what_the_moderator_wrote(
    staffed: DeskHub, word: str, leads: str
) -> None:
    held(staffed, 1)
    notice = letters(staffed)[0]
    text = f"{word} Please write more.\n\nSent from my iPhone\n\n{leads}\n> A message\n> waits"
    staffed.reply(notice, text, sender="mod@union.example")
    assert decided(staffed)["1"].text == "Please write more."
    held(staffed, 2)
    notice = letters(staffed)[0]
    text = f"{word} Please write more.\nMo\n\n{leads}\n> A message\n> waits\n-- \nMo, union"
    staffed.reply(notice, text, sender="mod@union.example")
    assert decided(staffed)["2"].text == "Please write more.\nMo"


@pytest.mark.parametrize(
    "leads",
    [
        "Od: Water <water-moderate+TOKEN@hub.example>\nWysłano: pt.\nDo: Mo <mod@union.example>\n",
        "Van: Water\nVerzonden: vrijdag\nAan: Mo <mod@union.example>\nOnderwerp: Wacht\n",
        "Wysłane z telefonu\n",
    ],
)
def test_a_rejection_never_carries_our_letter_to_its_moderator(
    staffed: DeskHub, leads: str
) -> None:
    """Outlook in languages that are not known quotes it without a mark: it has the token, and the
    name and address of who moderates."""
    held(staffed, 1)
    notice = letters(staffed)[0]
    token = token_in(notice)
    quoted = leads.replace("TOKEN", token) + notice.text
    text = f"reject Please write more.\nMo\n\n{quoted}"
    mails = staffed.reply(notice, text, sender="mod@union.example")
    (told,) = to(mails, "eve@x.example")
    assert "Please write more.\n    Mo" in told.text
    assert token not in told.text
    assert "mod@union.example" not in told.text
