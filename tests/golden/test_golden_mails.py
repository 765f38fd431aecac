"""Every mail that the desk writes, in every language, word for word.

`make golden` writes tests/golden/mails/ anew after a wanted change: look at them as their readers
will. One file a language; of the header, what people see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.desk import letters, vocabulary
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter
from solicomm_build.features.lists import welcoming
from solicomm_build.features.moderation import moderationletters as moderation
from solicomm_build.features.moderation.moderationletters import Shown
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import token
from solicomm_build.people.membership import Member
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub

EXPECTED = Path(__file__).parent / "mails"
LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")
TOKEN = "abcdefghijklmnopqrstuvwxyz"
ANA = "ana@union.example"
SUBJECTS = (
    "Strike on Friday",
    "Grève vendredi",
    "Huelga el viernes",
    "Greve na sexta-feira",
    "إضراب يوم الجمعة",
    "Забастовка в пятницу",
    "An extremely long subject " + "word " * 20,
)


def _shown(mail: Message | Letter) -> str:
    """A mail as a reader sees it."""
    if isinstance(mail, Letter):
        rows = [f"From: {mail.name} <{mail.sender}@hub.example>", f"To: {mail.to}"]
        rows += [f"Reply-To: {mail.reply_to}@hub.example"] if mail.reply_to else []
        rows += [f"Subject: {mail.subject}", *(f"[{part.type}]" for part in mail.attached)]
        return "\n".join([*rows, "", mail.text])
    sender = mail.from_[0]
    rows = [f"From: {sender.name} <{sender.addr_spec}>", f"To: {mail.to[0].addr_spec}"]
    rows += [f"Reply-To: {mail.reply_to[0].addr_spec}"] if mail.reply_to else []
    rows += [f"Subject: {mail.subject}", *(f"[{part.type}]" for part in mail.attachments)]
    return "\n".join([*rows, "", mail.text])


def _membership(office: Office, lang: str) -> Iterator[tuple[str, Letter]]:
    ask: dict[str, str] = {"kind": "x"}
    yield "asked to join", letters.ask_join(office, "water", ANA, lang, TOKEN, **ask)
    yield "invited", letters.invite(office, "water", ANA, lang, TOKEN)
    yield "asked to leave", letters.ask_leave(office, "water", ANA, lang, TOKEN, **ask)
    rows = ["set digest daily", "pause"]
    yield "asked for commands", letters.ask_commands(office, "water", ANA, lang, TOKEN, rows, **ask)
    new = "ana@new.example"
    old = letters.ask_old_address(office, "water", ANA, lang, TOKEN, new, **ask)
    yield "old address asked", old
    yield "new address asked", letters.ask_new_address(office, "water", new, lang, TOKEN, **ask)
    yield "moved, to the old address", letters.moved(office, "water", ANA, lang, new)
    yield "moved, to the new address", letters.moved(office, "water", new, lang, new)
    yield "address taken", letters.taken(office, "water", new, lang)
    for name, options in (
        ("welcome", {}),
        ("welcome to a daily digest", {"digest": "daily"}),
        ("welcome to a weekly digest", {"digest": "weekly"}),
        ("welcome, no mail", {"mail": "off"}),
        ("welcome, paused", {"paused": "2026-11-24T12:00:00Z"}),
    ):
        yield name, welcoming.welcome(office, "water", ANA, lang, options)
    yield "welcome to a conference", welcoming.welcome(office, "bar", ANA, lang, {})
    yield "goodbye", letters.goodbye(office, "water", ANA, lang, TOKEN)
    yield "not on the list", letters.not_on(office, "water", ANA, lang)
    yield "spent", letters.spent(office, "water", ANA, lang)
    yield "spent, of the hub", letters.spent(office, "", ANA, lang)
    yield "passed on", letters.passed_on(office, "board", ANA, lang, NOW)
    yield "declined", letters.declined(office, "board", ANA, lang, "Only for the board.\nSorry.")
    yield "misplaced", letters.misplaced(office, "water", ANA, lang)


def _moderation(office: Office, lang: str) -> Iterator[tuple[str, Letter]]:
    to = Member(1, ANA, "Ana")
    held = [
        Shown(subject, "Eve <eve@x.example>", rule, "reason", NOW + timedelta(days=14), b"x")
        for subject, rule in zip(
            SUBJECTS,
            (
                "nonmember",
                "moderated",
                "announce",
                "first-posts",
                "looks-forged",
                "attachments",
                "many-recipients",
            ),
            strict=True,
        )
    ]
    yield "notice", moderation.notice(office, "water", to, held[4], TOKEN, again=False)
    yield "reminder", moderation.notice(office, "water", to, held[0], TOKEN, again=True)
    for count in (1, 2, 5, 7):
        some = [replace(one) for one in held[:count]]
        name = f"bundle of {count}"
        yield name, moderation.bundle(office, "water", to, some, TOKEN, again=count == 5)
    yield "join request", moderation.join_request(office, "board", to, "b@x.example", "Ben", TOKEN)
    parts = [moderation.done_line(lang, what, "Strike") for what in vocabulary.DECISIONS]
    parts += [moderation.already_line(lang, "Mo", "accept", "Strike")]
    parts += [moderation.already_line(lang, moderation.somebody(lang), "ban", "Strike")]
    parts += [moderation.already_line(lang, "", "", "Strike")]
    yield "outcome", moderation.outcome(office, "water", ANA, lang, parts, kind="x")
    for numbers in (False, True):
        yield (
            "unclear",
            moderation.unclear(office, "water", ANA, lang, TOKEN, numbers=numbers, kind="x"),
        )
    message = parse(smallhub.mail(subject="Strike on Friday"))
    for rule in ("nonmember", "first-posts", "looks-forged", "unheard-of"):
        name = f"author told that it waits: {rule}"
        yield name, moderation.held(office, "water", ANA, lang, message, rule, NOW, kind="x")
    for text in ("Please write\nmore kindly.", ""):
        yield "rejected", moderation.rejected(office, "water", ANA, lang, message, text, kind="x")


def _word(lang: str, name: str, *more: str) -> str:
    return " ".join((vocabulary.shown(vocabulary.commands(), name, lang), *more))


def _dialogues(hub: DeskHub, lang: str) -> Iterator[tuple[str, Message]]:
    option, value = (
        lambda name: vocabulary.shown(vocabulary.OPTIONS, name, lang),
        lambda name: vocabulary.shown(vocabulary.VALUES, name, lang),
    )

    def ask(name: str, *lines: str, **how: str) -> Iterator[tuple[str, Message]]:
        for mail in hub.ask(how.pop("to", "water-request"), "\n".join(lines), **how):
            yield name, mail

    yield from ask("help", _word(lang, "help"))
    every = vocabulary.ALL.get(lang, vocabulary.ALL["en"])[0]
    yield from ask("help all", f"{_word(lang, 'help')} {every}")
    yield from ask("help at the hub's address", _word(lang, "help"), to="solicomm")
    yield from ask("no command", "???")
    pairs = [
        ("digest", "daily"),
        ("digest", "weekly"),
        ("digest", "mime"),
        ("digest", "plain"),
        ("digest", "summary"),
        ("digest", "off"),
        ("mail", "off"),
        ("mail", "on"),
    ]
    more = [("copy", "off"), ("copy", "on"), ("dup", "off"), ("dup", "on")]
    for name, chosen in (("settings", pairs), ("more settings", more)):
        lines = [_word(lang, "set", option(one), value(what)) for one, what in chosen]
        lines += [_word(lang, "set", "max", number) for number in ("1", "3", "10", "21")]
        yield from ask(name, *lines[:10])
        hub.now += timedelta(days=1)
    yield from ask(
        "odd settings",
        _word(lang, "set", "x"),
        _word(lang, "set", option("topics"), "a"),
        _word(lang, "set", "max", value("off")),
        _word(lang, "language"),
        _word(lang, "language", lang),
        _word(lang, "get"),
        _word(lang, "search"),
        _word(lang, "address"),
        _word(lang, "confirm"),
        _word(lang, "resume"),
        _word(lang, "who"),
    )
    yield from ask("information", *(_word(lang, n) for n in ("lists", "which", "owner", "mydata")))
    yield from ask(
        "stranger",
        *(_word(lang, n) for n in ("which", "pause")),
        sender="b@x.example",
        subject=_word(lang, "language", lang),
    )
    yield from ask("who", _word(lang, "who"), sender="mo@union.example")
    hub.now += timedelta(days=1)
    yield from ask("pause", _word(lang, "pause"))
    hub.now += timedelta(days=1)
    for subject in SUBJECTS[:3]:
        _post(hub, subject)
    yield from ask("resume", _word(lang, "resume"))
    yield from ask("pause again", _word(lang, "pause"), _word(lang, "resume"))
    yield from ask("archive", _word(lang, "index"), _word(lang, "search", "huelga"))
    mid = hashlib.sha256(SUBJECTS[0].encode()).hexdigest()[:12]
    from solicomm_build.foundation.types import post_id

    yield from ask("a message", _word(lang, "get", post_id(f"{mid}@union.example")[:8]))


def _post(hub: DeskHub, subject: str) -> None:
    mid = hashlib.sha256(subject.encode()).hexdigest()[:12]
    raw = smallhub.mail(
        "Fellow workers,\r\n\r\ncome to the gate. Write to mo@union.example.",
        msgid=f"<{mid}@union.example>",
        subject=subject,
        sender="Mo <mo@union.example>",
    ).replace(b"bar@hub", b"water@hub")
    item = smallhub.item(raw, "water@hub.example", mail_from="mo@union.example")
    item = replace(item, envelope=replace(item.envelope, received_at=hub.now))
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([item])
        ingest(hub.config, once=True, log=maillog.to_nobody())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_mails_are_as_they_were_looked_at(
    tmp_path: Path, lang: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(token, "fresh", lambda: TOKEN)
    hub = DeskHub(tmp_path / "hub")
    smallhub.add_conference(hub.config, smallhub.Conference("bar", {"en": "Bar"}))
    hub.member(1, ANA, "water", "board", name="Ana", lang=lang)
    hub.member(2, "mo@union.example", "water", name="Mo", role="moderator", lang=lang)
    office = Office(hub.config)
    mails: list[tuple[str, Letter | Message]] = []
    with clock.fixed(NOW):
        mails += _membership(office, lang)
        mails += _moderation(office, lang)
    office.close()
    mails += _dialogues(hub, lang)
    text = "".join(f"{'=' * 20} {name}\n{_shown(mail)}\n" for name, mail in mails)
    expected = EXPECTED / f"{lang}.txt"
    if request.config.getoption("--refresh-golden"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, "utf-8")
    assert expected.read_text("utf-8") == text
