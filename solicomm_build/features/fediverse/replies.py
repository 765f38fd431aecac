"""Answers from elsewhere: each a mail of ours that ingest takes as any other, and holds.

Only what is said to everybody counts, as an answer to a post that everybody may read. What comes
out is text. The author has an address of ours at which no mail is taken, one for each actor, so
that moderators can ban one; a program sent it, so nobody is ever answered.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from solicomm_build.features.fediverse import names, remote, saying, shown
from solicomm_build.features.fediverse.hearing import Heard, RefusedError, Said
from solicomm_build.features.fediverse.names import FIELD
from solicomm_build.features.fediverse.shown import Shown
from solicomm_build.features.fediverse.ties import host_of
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.language import languagetag
from solicomm_build.foundation.lately import Lately
from solicomm_build.foundation.oneline import LONGEST_SUBJECT, one_line
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.compose import date_field, message, text_part
from solicomm_build.message.text import hypertext
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.post.conference import Conference

LONGEST = 16_000
"""Characters of an answer."""
OF_AN_ACTOR, OF_A_SERVER = 20, 200
"""Answers a day."""
NOBODY = "noreply"
_DAY = 86_400.0
_KINDS = ("Note", "Page")
_MOST_HTML = 200_000


class Replies:
    """Takes answers for one hub. Blocking; safe for several threads. Close it."""

    def __init__(self, config: Config, now: Callable[[], float] = time.monotonic) -> None:
        self._config, self._spool = config, Spool(config.spool_in)
        self._lately, self._lock = Lately(now, _DAY), threading.Lock()

    def close(self) -> None:
        """Lets go of the spool."""
        self._spool.close()

    def take(self, said: Said, offered: Mapping[str, Conference]) -> Heard:
        """Has an answer wait for moderators; what is none is heard and forgotten. Raises
        RefusedError."""
        note = _public_note(said)
        if self._config.activitypub.replies != "held" or note is None:
            return Heard(202)
        conference, mid = names.of_post(self._config, _text(note, "inReplyTo")) or ("", "")
        if conference not in offered:
            return Heard(202)
        with shown.opened(self._config) as db:
            post = shown.one(self._config, db, conference, mid) if db is not None else None
        text = _said(note)
        if post is None or not text:
            return Heard(202)
        if not self._may(said):
            raise RefusedError(429, "That is too many answers for a day")
        self._spool.put([self._item(offered[conference], post, said, note, text)])
        self._spool.ring()
        return Heard(202)

    def _may(self, said: Said) -> bool:
        rules = ((said.actor.id, OF_AN_ACTOR), (host_of(said.actor.id), OF_A_SERVER))
        with self._lock:
            if not all(self._lately.has_room(*rule) for rule in rules):
                return False
            return all(self._lately.count(*rule) for rule in rules)

    def _item(
        self, conference: Conference, post: Shown, said: Said, note: Mapping[str, Any], text: str
    ) -> Item:
        domain, now = self._config.domain, clock.now()
        to, sender = f"{conference.id}@{domain}", f"{NOBODY}@{domain}"
        author = f"fediverse-{_mark(said.actor.id)}@{domain}"
        title, lang = one_line(post.title, LONGEST_SUBJECT), _lang(note)
        head = [
            mailbox_field("From", _name(said), author),
            header_field("To", to),
            header_field("Reply-To", to),
            header_field("Subject", f"Re: {title}" if title else "Re:"),
            date_field(now),
            header_field("Message-ID", f"<{_mark(str(note['id']))}@fediverse.invalid>"),
            header_field("In-Reply-To", f"<{post.mid}@post.solicomm.invalid>"),
            header_field("Auto-Submitted", "auto-generated"),
            header_field(FIELD, _ascii(str(note["id"]))),
            *([header_field("Content-Language", lang)] if lang else []),
        ]
        envelope = Envelope(sender, (to,), now, ours=True)
        return Item(envelope, message(head, text_part(f"{text}\n")))


def _public_note(said: Said) -> Mapping[str, Any] | None:
    """What the actor says of its own to everybody; None where that is not so."""
    note = said.whole.get("object")
    if not isinstance(note, dict) or note.get("type") not in _KINDS:
        return None
    name = note.get("id")
    is_named = isinstance(name, str) and len(name) <= remote.LONGEST_ADDRESS
    if not is_named or host_of(str(name)) != host_of(said.actor.id):
        return None
    told = {*_listed(note.get("to")), *_listed(note.get("cc"))}
    is_own = note.get("attributedTo") == said.actor.id
    return note if is_own and told & _EVERYBODY else None


_EVERYBODY = {saying.PUBLIC, "as:Public", "Public"}


def _listed(value: object) -> list[str]:
    return [one for one in _several(value) if isinstance(one, str)]


def _text(note: Mapping[str, Any], key: str) -> str:
    value = note.get(key)
    return value if isinstance(value, str) else ""


def _lang(note: Mapping[str, Any]) -> str:
    """The one language that a note says it is in."""
    told = note.get("contentMap")
    tags = list(told) if isinstance(told, dict) else []
    fits = len(tags) == 1 and languagetag.TAG.fullmatch(str(tags[0]))
    return str(tags[0]) if fits else ""


def _said(note: Mapping[str, Any]) -> str:
    """What a note says, with the words that it stands behind elsewhere (`summary`, a warning) and
    those that describe its pictures. Of one that is pictures alone, without any, its address."""
    texts = [hypertext.to_text(_text(note, key)[:_MOST_HTML]) for key in ("summary", "content")]
    attached = [one for one in _several(note.get("attachment")) if isinstance(one, dict)]
    texts += [one_line(_text(one, "name"), LONGEST) for one in attached]
    words = "\n\n".join(filter(None, (text.strip() for text in texts)))[:LONGEST]
    return words or (str(note["id"]) if attached else "")


def _several(value: object) -> list[object]:
    return value[:100] if isinstance(value, list) else [value]


def _name(said: Said) -> str:
    """How the author is shown: `ana (social.example, fediverse)`."""
    name, _, host = said.actor.handle.rpartition("@")
    return f"{one_line(name, 60) or '?'} ({host}, fediverse)"


def _mark(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest[:15]).decode("ascii").lower()


def _ascii(address: str) -> str:
    return address.encode("ascii", "replace").decode("ascii")
