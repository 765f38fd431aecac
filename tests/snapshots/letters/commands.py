"""Answers to commands: every command, in every case that says something else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

from solicomm_build.desk import vocabulary
from solicomm_build.features.books import making
from solicomm_build.features.books.making import Made
from solicomm_build.features.files.run import files
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.ingest.run import ingest
from solicomm_build.message.values import Message
from solicomm_build.post import filed
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV
from tests.snapshots.kept import Mail
from tests.snapshots.stage import BEN, MOD, STRANGER, Stage

SUBJECTS = ("Strike on Friday", "Huelga el viernes", "إضراب يوم الجمعة")
SETTINGS = (
    ("digest", "daily"),
    ("digest", "weekly"),
    ("digest", "page"),
    ("digest", "mime"),
    ("digest", "plain"),
    ("digest", "summary"),
    ("digest", "off"),
    ("mail", "answers"),
    ("mail", "off"),
    ("mail", "on"),
    ("copy", "off"),
    ("copy", "on"),
    ("dup", "off"),
    ("dup", "on"),
)


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each answer under its name."""
    yield from _commands(stage)
    yield from _ways_in_and_out(stage)
    yield from _archive(stage)


def _named(name: str, mails: list[Message]) -> Iterator[tuple[str, Mail]]:
    for mail in mails:
        yield f"{name}, to {mail.to[0].addr_spec}", mail


def _commands(stage: Stage) -> Iterator[tuple[str, Mail]]:
    lang, word = stage.lang, stage.word

    def option(name: str) -> str:
        return vocabulary.shown(vocabulary.OPTIONS, name, lang)

    def value(name: str) -> str:
        return vocabulary.shown(vocabulary.VALUES, name, lang)

    settings = [word("set", option(one), value(what)) for one, what in SETTINGS]
    more = [word("set", "max", number) for number in ("1", "3", "10", "21")]
    odd = [
        word("set", "x"),
        word("set", option("topics"), "a"),
        word("set", "max", value("off")),
        word("set", option("topics"), value("off")),
        word("set", "zone", "Africa/Nairobi"),
        word("set", "zone", "Mars"),
        word("language"),
        word("language", "xx"),
        word("language", lang),
        word("get"),
    ]
    bare = [word(name) for name in ("search", "address", "confirm", "resume", "who", "emergency")]
    asked = [word(name) for name in ("lists", "which", "owner", "index", "join")]
    on, off = word("emergency", value("on")), word("emergency", value("off"))
    ana: dict[str, object] = {}
    mo: dict[str, object] = {"sender": MOD, "name": "Mo"}
    eve: dict[str, object] = {"sender": STRANGER, "name": "Eve"}
    batches: tuple[tuple[tuple[str, str, list[str], dict[str, object]], ...], ...] = (
        (
            ("help", "water-request", [word("help")], ana),
            ("help for moderators", "water-request", [word("help")], mo),
            ("help of the hub", "solicomm", [word("help")], ana),
            ("no command", "water-request", ["???"], ana),
            ("settings", "water-request", settings[:10], ana),
            ("for members", "board-request", [word("index"), word("search", "x")], eve),
            ("who", "water-request", [word("who")], mo),
            ("emergency", "water-request", [on, off, word("emergency")], mo),
            ("of a stranger", "water-request", [word("which"), word("pause")], eve),
            ("no data", "solicomm", [word("mydata")], eve),
            ("card of a stranger", "solicomm", [word("card")], eve),
            ("bare words", "water-request", bare, ana),
        ),
        (
            ("more settings", "water-request", settings[10:] + more, ana),
            ("odd settings", "water-request", odd, ana),
            ("asked of the list", "water-request", asked, ana),
            ("asked of the hub", "solicomm", asked, ana),
            ("too many", "water-request", [word("owner")] * 11, ana),
        ),
        (
            ("of nobody proven", "water-request", [word("pause")], {"proven": False}),
            ("search", "solicomm", [word("search"), word("search", "water")], ana),
            ("data", "solicomm", [word("mydata")], ana),
            ("pause", "water-request", [word("pause")], ana),
            ("pause again", "water-request", [word("pause"), word("help")], ana),
            ("login", "solicomm-login", [""], ana),
            ("misplaced", "water", [word("leave")], ana),
            ("nothing missed", "talk-request", [word("pause"), word("resume")], mo),
        ),
    )
    for batch in batches:
        mails = ((name, to, "\n".join(rows), how) for name, to, rows, how in batch)
        yield from stage.ask_all(*mails)


def _ways_in_and_out(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Joining, leaving and moving, each with its answers."""
    eve: dict[str, object] = {"sender": STRANGER, "name": "Eve", "fields": _spoken(stage)}
    for to in ("water-join", "board-join"):
        asked = stage.ask(to, "", **eve)
        yield from _named(to, asked)
        done = stage.reply(asked[0], fields=_spoken(stage))
        yield from _named(f"{to}, confirmed", done)
        yield from _named(f"{to}, confirmed again", stage.reply(asked[0]))
    wanted = [one for one in done if one.to[0].addr_spec == MOD]
    for one in wanted[:1]:
        for decision in ("reject", "accept"):
            said = vocabulary.shown(vocabulary.DECISIONS, decision, stage.lang)
            yield from _named(f"join decided: {decision}", stage.reply(one, f"{said} Not now."))
    left = stage.ask("water-leave", "", sender=STRANGER, name="Eve")
    yield from _named("water-leave", left)
    if left and left[0].reply_to:
        undone = stage.reply(left[0])
        yield from _named("water-leave, answered", undone)
    moving = stage.ask(
        "water-request", stage.word("address", "ben@new.example"), sender=BEN, name="Ben"
    )
    yield from _named("moving", moving)
    for one in moving:
        if one.reply_to and "confirm" in one.reply_to[0].addr_spec:
            for second in stage.reply(one):
                yield from _named("moving, old one agreed", [second])
                yield from _named("moved", stage.reply(second))


def _spoken(stage: Stage) -> list[str]:
    return [f"Content-Language: {stage.lang}"]


def _own(to: str, subject: str) -> str:
    """The Message-ID of a mail to a list."""
    return hashlib.sha256(f"{to}{subject}".encode()).hexdigest()[:12] + "@union.example"


def _post_id(to: str, subject: str) -> str:
    return str(post_id(_own(to, subject)))


def _post(stage: Stage, to: str, subject: str, *parts: tuple[str, bytes]) -> list[Message]:
    """A moderator's mail to a list, through ingest, files and the desk."""
    hub = stage.hub
    proof = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example"
    fields = [proof, *(['Content-Type: multipart/mixed; boundary="b"'] if parts else [])]
    text = "Fellow workers,\r\n\r\ncome to the gate."
    for name, octets in parts:
        coded = base64.encodebytes(octets).decode().replace("\n", "\r\n")
        text = f"--b\r\n\r\n{text}\r\n" if not text.startswith("--b") else text
        text += (
            f'--b\r\nContent-Type: application/octet-stream; name="{name}"\r\n'
            f"Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}"
        )
    text += "--b--" if parts else ""
    raw = smallhub.mail(
        text, *fields, msgid=f"<{_own(to, subject)}>", subject=subject, sender=f"Mo <{MOD}>"
    )
    raw = raw.replace(b"bar@hub", f"{to}@hub".encode())
    item = smallhub.item(raw, f"{to}@hub.example", mail_from=MOD)
    item = replace(item, envelope=replace(item.envelope, received_at=hub.now, lmtp=True))
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([item])
        ingest(hub.config, once=True, log=maillog.to_nobody())
        files(hub.config, once=True, log=maillog.to_nobody())
    return [mail for _, mail in stage.ask_all()]


def _archive(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """What was missed, found and fetched; and what became of files."""
    word, old = stage.word, b"\xd0\xcf\x11\xe0" + bytes(500)
    for subject in SUBJECTS:
        _post(stage, "water", subject)
    yield from _named("files", _post(stage, "water", "Files", ("minutes.doc", old)))
    mid = _post_id("water", "Files")
    folder = stage.hub.config.private / filed.FOLDER / "water"
    folder.mkdir(parents=True, exist_ok=True)
    kinds = (filed.AS_IT_CAME, filed.MADE_SMALLER, filed.TOO_LARGE, filed.NOT_KEPT)
    told = tuple(filed.Told(f"{kind}.doc", kind, 34_567) for kind in kinds)
    (folder / f"{mid}.json").write_bytes(filed.encode(told))
    yield from stage.ask_all()
    mid = _post_id("water", SUBJECTS[0])
    rows = {
        "resume": word("resume"),
        "index": word("index"),
        "get": word("get", mid[:8]),
        "search by list": word("search", "huelga"),
    }
    yield from stage.ask_all(*((name, "water-request", row, {}) for name, row in rows.items()))
    book = Made(b"PK", f"{stage.hub.config.url}/book.epub", "pumps.epub", SUBJECTS[0], 1)
    with patch.object(making, "made", return_value=book):  # nothing was built here
        wanted = f"{word('get', mid[:8])} epub"
        yield from stage.ask_all(("get as a book", "water-request", wanted, {}))
    _post(stage, "board", "For the board", ("minutes.doc", old))
    mid = _post_id("board", "For the board")
    yield from stage.ask_all(
        ("get with files", "board-request", word("get", mid[:8]), {}),
        ("data with mail", "solicomm", word("mydata"), {"sender": MOD}),
    )
