"""Letters of the library: documents handed in, decided on, and asked for."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

from solicomm_build.desk import lettering, vocabulary
from solicomm_build.desk.vocabulary import DECISIONS
from solicomm_build.features.founding import founding
from solicomm_build.features.library import library as settings
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.deposits import again, depositform, reviewing
from solicomm_build.features.library.deposits.delivering import COMMANDS
from solicomm_build.features.library.deposits.depositletters import noted
from solicomm_build.features.library.deposits.libraryletters import library_letter
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.values import Message
from solicomm_build.testing import smallhub
from tests.snapshots.kept import Mail
from tests.snapshots.stage import BEN, OPERATOR, STRANGER, Stage

MULTI = 'Content-Type: multipart/mixed; boundary="b"'
NOTES = ("refused", "dirty", "left", "known", "scan", "unread")
TEXT = (
    b"# Heat at work\n\nThe heat is a danger. Drink water, rest in the shade, and speak up.\n" * 30
)


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    founding.new_library(stage.hub.config, "papers", title="Papers", lang=stage.lang)
    yield from _handed_in(stage)
    yield from _asked_for(stage)
    yield from _proposed(stage)
    yield from _for_members(stage)
    notes = [f"{kind}:a.pdf:lib:2026-aaaaaaaa" for kind in NOTES] + ["large:b.pdf:20 MB"]
    said = noted(stage.office, "papers", stage.lang, [*notes, "known:c.pdf:"])
    _, text = lettering.words(
        stage.office, "library/not-taken", stage.lang, why="", kept=False, title="x", **said
    )
    yield "all that is said of files", text
    say = partial(library_letter, stage.office, "papers")
    yield "enough today", say("library/enough", BEN, stage.lang, title="Heat", room=True, most=50)
    yield "no room", say("library/enough", BEN, stage.lang, title="", room=False, most=50)
    where = {"title": "Heat", "id": "lib:2026-abcd2345", "page": "https://hub.example/x/"}
    yield "known meanwhile", say("library/known", BEN, stage.lang, **where)


def _body(text: str, *files: tuple[str, bytes]) -> str:
    parts = [f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"]
    for name, octets in files:
        coded = base64.encodebytes(octets).decode()
        parts.append(
            "--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
            f'Content-Disposition: attachment; filename="{name}"\n\n{coded}'
        )
    return "".join([*parts, "--b--"])


def _deposit(
    stage: Stage, label: str, text: str, *files: tuple[str, bytes], **how: object
) -> list[tuple[str, Message]]:
    how = {"subject": "Heat at work", "fields": [MULTI], **how}
    found = stage.ask("papers+deposit", _body(text, *files), **how)
    return _named(label, found)


def _named(name: str, mails: list[Message]) -> list[tuple[str, Message]]:
    return [(f"{name}, to {mail.to[0].addr_spec}", mail) for mail in mails]


def _to(named: list[tuple[str, Message]], address: str) -> Message:
    return next(mail for _, mail in named if mail.to[0].addr_spec == address)


def _decision(stage: Stage, word: str) -> str:
    return vocabulary.shown(DECISIONS, word, stage.lang)


def _handed_in(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Documents that are taken, and those that are not."""
    title = vocabulary.shown(depositform.KEYS, "title", stage.lang)
    country = vocabulary.shown(depositform.KEYS, "country", stage.lang)
    yield from _deposit(stage, "without a file", "Hello")
    files = (("heat.md", TEXT), ("empty.pdf", b""), ("odd.bin", b"\0\1\2\3"))
    first = _deposit(stage, "handed in", f"{country}: Atlantis", *files)
    yield from first
    yield from _deposit(stage, "handed in again", "", ("again.md", TEXT), sender=BEN)
    answer = _to(first, "ana@union.example")
    corrected = _named("corrected", stage.reply(answer, f"{title}: Heat"))
    yield from corrected
    review = _to(corrected, OPERATOR)
    for name, text in (
        ("unclear", "hm"),
        ("faulty", f"{country}: Atlantis"),
        ("accepted", _decision(stage, "accept")),
        ("too late", _decision(stage, "reject")),
    ):
        yield from _named(f"reviewer: {name}", stage.reply(review, text))
    yield from _deposit(stage, "there already", "", ("third.md", TEXT), sender=BEN)
    for name, words in (("with words", "We have it on paper."), ("without", "")):
        found = _deposit(stage, f"another, {name}", name, (f"{name}.txt", TEXT + name.encode()))
        yield from _named(
            f"rejected {name}",
            stage.reply(_to(found, OPERATOR), f"{_decision(stage, 'reject')} {words}"),
        )
    yield from _asked_again(stage)
    _set(stage, deposit="open")
    asked = _deposit(
        stage,
        "of a stranger",
        "",
        ("s.txt", TEXT + b"s"),
        sender=STRANGER,
        proven=False,
        name="Eve",
        mail_from=STRANGER,
    )
    yield from asked
    yield from _named("a stranger's, told", stage.reply(_to(asked, STRANGER), ""))
    yield from _left_lying(stage)


def _asked_again(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A curator asks for changes, and who handed the document in takes it back."""
    found = _deposit(stage, "another, to be changed", "", ("c.txt", TEXT + b"c"))
    ask = vocabulary.shown(reviewing.DECISIONS, "ask", stage.lang)
    asked = _named("asked for changes", stage.reply(_to(found, OPERATOR), f"{ask} Which year?"))
    yield from asked
    back = vocabulary.shown(again.WITHDRAW, "withdraw", stage.lang)
    answer = _to(asked, "ana@union.example")
    yield from _named("taken back", stage.reply(answer, back))


def _proposed(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A card is proposed to be corrected: taken, refused, asked about, and gone meanwhile."""
    (key, *_) = [row.key for row in CardStore(stage.hub.config, "papers").rows()]
    stranger: dict[str, object] = {"sender": STRANGER, "proven": False, "name": "Eve"}
    for name, value, words in (
        ("accept", "Grace Otieno", "Page 1 says so."),
        ("reject", "Nobody", ""),
        ("ask", "Ada", ""),
    ):
        sent = depositform.correction(f"lib:{key}", {"author": value}, words, stage.lang)
        told = _named(f"proposal to {name}", stage.ask("papers+deposit", sent, subject="x"))
        yield from told
        decisions = {**DECISIONS, **reviewing.DECISIONS}
        word = vocabulary.shown(decisions, name, stage.lang)
        decided = stage.reply(_to(told, OPERATOR), f"{word} Which page?")
        yield from _named(f"proposal, {name}", decided)
    sent = depositform.correction(f"lib:{key}", {"author": "Eve"}, "", stage.lang)
    how = {**stranger, "mail_from": STRANGER, "subject": "x"}
    yield from _named("proposal of a stranger", stage.ask("papers+deposit", sent, **how))
    gone = depositform.correction("lib:2026-aaaaaaaa", {"author": "Ada"}, "", stage.lang)
    yield from _named("proposal, no such card", stage.ask("papers+deposit", gone, subject="x"))


def _left_lying(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """What nobody decides is told again, and ends."""
    for days in (3, 7, 5):
        stage.hub.now += timedelta(days=days - 1)
        yield from ((f"{days} days later: {name}", mail) for name, mail in stage.ask_all())


def _asked_for(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Commands to the library."""
    lang = stage.lang

    def word(name: str, *more: str) -> str:
        return " ".join((vocabulary.shown(COMMANDS, name, lang), *more))

    store = CardStore(stage.hub.config, "papers")
    keys = [row.key for row in store.rows()]
    card = f"lib:{keys[0]}"
    plain = vocabulary.shown(vocabulary.VALUES, "plain", lang)
    rows = {
        "help": [word("help")],
        "tables": [word("new"), word("list"), word("find", "heat"), word("find", "nothing")],
        "not there": [word("get", "lib:2026-aaaaaaaa"), word("get", "*"), word("get", card, "3-9")],
        "files": [word("get", card), word("get", card, plain), word("get", card, "file", "x.pdf")],
        "book": [word("get", card, "epub")],
        "limit": [word("limit", "20k"), word("limit", "huge")],
    }
    how: dict[str, object] = {"proven": False, "sender": STRANGER, "name": "Eve"}
    yield from stage.ask_all(
        *((f"command: {name}", "papers-request", "\n".join(one), {}) for name, one in rows.items()),
        ("command: of a stranger", "papers-request", rows["help"][0], how),
    )
    used = replace(stage.hub.config.limits, delivery_bytes=1)
    stage.hub.config = replace(stage.hub.config, limits=used)
    yield from _named("command: enough today", stage.ask("papers-request", rows["files"][0]))


def _set(stage: Stage, **more: str) -> None:
    """Other settings for the library."""
    repo = open_repo(stage.hub.config.library_repo("papers"))
    before = settings.decode(smallhub.files(repo.path)[settings.FILE])
    after = Change(settings.FILE, settings.encode(replace(before, **more)))  # type: ignore[arg-type]
    write_once(repo, [after], message="Set\n", when=stage.hub.now)


def _for_members(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A library for members: what it says to others."""
    _set(stage, visibility="members", deposit="members")
    outside: dict[str, object] = {"sender": STRANGER, "name": "Eve"}
    mails = stage.ask("papers-request", vocabulary.shown(COMMANDS, "list", stage.lang), **outside)
    yield from _named("for members: command", mails)
    found = _deposit(stage, "for members: deposit", "", ("x.md", TEXT + b"x"), **outside)
    yield from cast("list[tuple[str, Mail]]", found)
