"""One hub for the letters of one language: its members read that language, its clock stands."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.desk import vocabulary
from solicomm_build.desk.office import Office
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import TITLES, DeskHub

LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")
ANA, BEN, MOD = "ana@union.example", "ben@union.example", "mo@union.example"
OPERATOR, STRANGER = "op@hub.example", "eve@elsewhere.example"
TOKEN = "abcdefghijklmnopqrstuvwxyz"


Asked = tuple[str, str, str, dict[str, object]]
"""A mail: what it is called here, the local part that it goes to, its text, and how it is sent."""


class Stage:
    """A hub with the lists `water` and `board` (closed), the conference `talk`, and members."""

    def __init__(self, root: Path, lang: str) -> None:
        self.lang = lang
        self.hub = DeskHub(root / "hub")
        self.hub.config = replace(self.hub.config, languages=(lang, *LANGUAGES))
        talk = Conference("talk", TITLES, posting="open", languages=(lang,))
        smallhub.add_conference(self.hub.config, talk)
        everywhere = ("water", "board", "talk")
        self.hub.member(1, ANA, *everywhere, name="Ana Paz", lang=lang)
        self.hub.member(2, MOD, *everywhere, name="Mo", lang=lang, role="moderator")
        self.hub.member(3, BEN, *everywhere, name="Ben", lang=lang)
        self.hub.member(4, OPERATOR, name="Op", lang=lang)
        self.office = Office(self.hub.config)

    def word(self, name: str, *more: str) -> str:
        """A command in the stage's language."""
        return " ".join((vocabulary.shown(vocabulary.commands(), name, self.lang), *more))

    def ask(self, to: str, text: str = "", **how: object) -> list[Message]:
        """What comes back for a mail on a new day."""
        self.hub.now += timedelta(days=1)
        return self.hub.ask(to, text, **how)

    def ask_all(self, *asked: Asked) -> Iterator[tuple[str, Message]]:
        """The same for several mails at once, at most ten from one address: each answer under the
        name of what it answers."""
        self.hub.now += timedelta(days=1)
        names = {}
        for name, to, text, how in asked:
            names[self.hub.send(to, text, **how)] = name  # type: ignore[arg-type]
        for item in self.hub.work():
            mail = parse(item.raw)
            name = next((names[one] for one in mail.in_reply_to if one in names), "besides")
            yield f"{name}, to {mail.to[0].addr_spec}", mail

    def reply(self, to: Message, text: str = "", **how: object) -> list[Message]:
        """What comes back for an answer, from whoever got the mail."""
        return self.hub.reply(to, text, **{"sender": to.to[0].addr_spec, **how})

    def waiting(self) -> list[Item]:
        """What waits in spool/in, taken away."""
        spool = Spool(self.hub.config.spool_in)
        found: list[Item] = []
        for path in spool.pending():
            found += spool.read(path)
            spool.done(path)
        return found

    def close(self) -> None:
        """Ends the reading processes."""
        self.office.close()


def without_chance(patch: pytest.MonkeyPatch) -> None:
    """Whatever is drawn by lot is the next of one row, so that nothing depends on luck; and nothing
    waits for a disk."""
    row = itertools.count(1)

    def octets(count: int | None = None) -> bytes:
        return next(row).to_bytes(4, "little").ljust(count or 32, b"\0")[: count or 32]

    patch.setattr(os, "fsync", lambda fd: None)  # nobody pulls a plug here
    patch.setattr(secrets, "token_bytes", octets)
    patch.setattr(secrets, "token_hex", lambda count=None: octets(count).hex())
