"""The page that opens a conference as a chat on the phone.

    /conferences/<id>/chat/          what to do, and the QR code
    /conferences/<id>/chat/qr.svg    `mailto:` and the address (RFC 6068), as chat programs read it

A function of the conference's id and the hub's domain alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.chat.facts import ChatFacts
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Page
from solicomm_build.web.dress import qrcode

VERSION = "1"
"""Part of the picture's key: raise it when the same address makes another one."""


class ChatPage:
    """Plans the page of one conference: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self._facts, self._env, self._section = around.facts, around.env, around.section
        self._mail = f"{around.facts.id}@{around.sources.config.domain}"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self._facts.url}chat/"

    def period(self) -> str:
        """It depends on no day."""
        return ""

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """Posts change nothing of it."""
        yield from ()

    def renewed(self) -> Iterator[Planned | str]:
        """Nor does time."""
        yield from ()

    def links(self, lang: str) -> Iterator[tuple[str, str]]:
        """The page."""
        yield gettext(lang, "As a chat"), self.url

    def everything(self) -> Iterator[Planned | str]:
        """The page, and the code on it."""
        yield Planned(self.url, self._section, 1, self._page)
        picture = f"{self.url}qr.svg"
        yield Planned(picture, self._section, 0, partial(self._code, picture))

    def _page(self) -> Page:
        facts = ChatFacts(self._facts, self._mail, f"mailto:{self._mail}", f"{self.url}qr.svg")
        return Page(
            self.url,
            "chat",
            self._section,
            self._facts.lang,
            self._facts.title,
            digest(self._env, "chat", facts),
            facts,
            indexed=False,
        )

    def _code(self, url: str) -> Page:
        key = digest("chat-code", VERSION, self._mail)
        octets = {"octets": qrcode.picture(f"mailto:{self._mail}")}
        return Page(url, "octets", self._section, self._facts.lang, self._mail, key, octets)
