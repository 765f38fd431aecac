"""A message that waits for a moderator, read for those who decide on it, and as it would look.

Reads only. What is shown is what its page would show, cleaned in the same way (message/text/), so a
hostile message is as harmless here as there; those who decide see its author's address as well.
Files are named; whoever shows the page says where they are fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import LONGEST_SUBJECT, one_line
from solicomm_build.foundation.spool import envelope_of
from solicomm_build.foundation.types import PostId
from solicomm_build.message.parse import parse
from solicomm_build.message.text import markdown, spoken
from solicomm_build.message.values import Attachment, Message
from solicomm_build.post import decision
from solicomm_build.post import post as posts
from solicomm_build.post.cells import hubmail
from solicomm_build.post.decision import Decision
from solicomm_build.post.held.heldwords import why
from solicomm_build.post.store.mailstore import MailStore

EXPIRE = timedelta(days=14)
"""So long a message waits; then it is thrown away."""
MOST_SHOWN = 100_000
"""Characters of a message that are shown; the whole of it can be fetched."""
_MOST_AUTHORS = 3


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A message that waits. `facts` say why (post/store/mailstore.py); `message` is None when it
    cannot be read."""

    conference: str
    mid: PostId
    facts: dict[str, Any]
    raw: bytes
    message: Message | None

    @property
    def subject(self) -> str:
        """On one line; may be empty."""
        return one_line(str(self.facts.get("subject", "")), LONGEST_SUBJECT)

    @property
    def author(self) -> str:
        """Name and address, for those who decide; the name alone where there is no address."""
        boxes = self.message.from_[:_MOST_AUTHORS] if self.message else ()
        named = [f"{one.name} <{one.addr_spec}>" if one.name else one.addr_spec for one in boxes]
        return one_line(", ".join(named) or str(self.facts.get("name", "")), LONGEST_SUBJECT)

    @property
    def until(self) -> datetime:
        """When it is thrown away if nobody decides."""
        return since(self.facts) + EXPIRE

    @property
    def files(self) -> tuple[Attachment, ...]:
        """What is attached, in the order of its page."""
        return posts.attached(self.message) if self.message else ()

    def why(self, lang: str) -> str:
        """The reason, as a half sentence: it waits because …"""
        rule, reason = str(self.facts.get("rule", "")), str(self.facts.get("reason", ""))
        return why(lang, rule, reason)


AGAIN = "again_at"
"""When a decision was taken back, in the facts of a message that waits again."""


def since(facts: Mapping[str, Any]) -> datetime:
    """Since when a message waits: since it came, or since the decision about it was taken back."""
    if AGAIN in facts:
        return datetime.fromisoformat(str(facts[AGAIN]))
    return envelope_of(facts["envelope"]).received_at


def waiting(config: Config, conference: str, mid: PostId) -> HeldMail | None:
    """A message that waits for a decision; None when there is none, or none any more. Blocking."""
    store = MailStore(hubmail.repo_of(config, conference))
    try:
        facts, raw = store.held_facts(conference, mid), store.held_raw(conference, mid)
        if facts is None or raw is None or store.decision(conference, mid) is not None:
            return None
    finally:
        store.close()
    try:
        message = parse(raw)
    except SoliCommError:
        message = None
    return HeldMail(conference, mid, facts, raw, message)


def decided(config: Config, conference: str, mid: PostId) -> Decision | None:
    """What somebody decided about a message; None when nobody has yet. Blocking."""
    store = MailStore(hubmail.repo_of(config, conference))
    try:
        blob = store.decision(conference, mid)
    finally:
        store.close()
    try:
        return decision.decode(blob) if blob else None
    except SoliCommError:
        return None


# -- as HTML ------------------------------------------------------------------------------------


def fragment(held: HeldMail, lang: str, files_at: str = "", *, most: int = MOST_SHOWN) -> str:
    """The message as an `article` of HTML, safe whatever it holds, in a page of language `lang`.

    `files_at` is the address below which its files are fetched: `<files_at><number>/<name>` with
    numbers from 1, and `<files_at>0/message.eml` for all of it; without, files are only named.
    """
    rows = [f'<article class="post held"><header><h2><bdi>{escape(held.author)}</bdi></h2>']
    rows.append(_head(held, lang))
    rows.append("</header>")
    rows.append(_body(held, lang, most))
    rows.append(_files(held, lang, files_at))
    return "".join(rows) + "</article>"


def _head(held: HeldMail, lang: str) -> str:
    subject = escape(held.subject or gettext(lang, "(no subject)"))
    said = escape(gettext(lang, "Subject:"))
    rows = f'<p class="subject"><span class="meta">{said}</span> <bdi>{subject}</bdi></p>'
    if held.message is not None and held.message.date is not None:
        at = held.message.date
        words = escape(i18n.format_datetime(lang, at))
        rows += f'<p class="meta"><time datetime="{i18n.isodate(at)}">{words}</time></p>'
    return rows


def _body(held: HeldMail, lang: str, most: int) -> str:
    unreadable = gettext(lang, "This message cannot be read.")
    if held.message is None:
        return f"<p>{escape(unreadable)}</p>"
    try:
        post = posts.of_message(held.message, message_id=f"{held.mid}@post.solicomm.invalid")
    except SoliCommError:
        return f"<p>{escape(unreadable)}</p>"
    tag = spoken.language(post.body[:most], post.lang or "")
    named = f' lang="{escape(tag)}" dir="{i18n.direction(tag)}"' if tag else ' dir="auto"'
    shown = f'<div class="body"{named}>{markdown.render(post.body[:most])}</div>'
    if len(post.body) <= most:
        return shown
    rest = gettext(lang, "The message goes on; only its beginning is shown here.")
    return f"{shown}<p><strong>{escape(rest)}</strong></p>"


def _files(held: HeldMail, lang: str, files_at: str) -> str:
    found = [(one.name, len(one.payload)) for one in held.files]
    if not found and not files_at:
        return ""
    rows = "".join(
        f"<li>{_link(name, files_at, number)} <small>{_size(lang, octets)}</small></li>"
        for number, (name, octets) in enumerate(found, 1)
    )
    if files_at:
        whole = gettext(lang, "The whole message, as it came")
        link = f'<a href="{escape(files_at)}0/message.eml" download>{escape(whole)}</a>'
        rows += f"<li>{link} <small>{_size(lang, len(held.raw))}</small></li>"
    label = escape(gettext(lang, "Attachments"))
    return f'<footer><ul class="files" aria-label="{label}">{rows}</ul></footer>'


def _link(name: str, files_at: str, number: int) -> str:
    shown = f"<bdi>{escape(name)}</bdi>"
    if not files_at:
        return shown
    return f'<a href="{escape(files_at)}{number}/{quote(name, safe="")}" download>{shown}</a>'


def _size(lang: str, octets: int) -> str:
    return escape(i18n.format_size(lang, octets))
