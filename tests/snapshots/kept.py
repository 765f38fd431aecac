"""What is kept of each letter, file and page, and how it is compared: plain text, the same on any
machine and day. `make golden` writes all of it anew; the diff is what people will see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import unified_diff
from email import message_from_bytes
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import lru_cache
from pathlib import Path

from solicomm_build.desk import answer
from solicomm_build.desk.plan import Letter
from solicomm_build.foundation.spool import Item
from solicomm_build.message.values import Message
from solicomm_build.testing.deskhub import NOW

KEPT = Path(__file__).parent / "kept"
Mail = Letter | Message | Item | bytes | str
"""A mail, or what is kept as it is."""
_POLICY = EmailPolicy(header_factory=lru_cache(maxsize=8192)(HeaderRegistry()))
"""The same field is asked for a dozen times a mail, and taken apart anew each time otherwise."""

_DOMAIN = "hub.example"
_UNSHOWN = {
    "message-id",
    "date",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "x-auto-response-suppress",
    "received",
}
"""Fields that say nothing about a letter, or the same in each (one whole header is kept, too)."""
_DRAWN = (
    (re.compile(r"\bvote\+q-[a-z2-7]{8}\.[a-z2-7]{26}"), "vote+q-POLL.TOKEN"),
    (re.compile(r"(?<=\+)[a-z2-7]{26}(?=@)"), "TOKEN"),
    (re.compile(r"(?<=[+/])[a-z2-7]{26}\b"), "TOKEN"),
    (re.compile(r"\bq-[a-z2-7]{8}\b"), "q-POLL"),
    (re.compile(r"\bv_[a-z2-7]{10}\b"), "v_VOTER"),
    (re.compile(r"\bc_[a-z2-7]{10}\b"), "c_CARD"),
    (re.compile(r"\bm_[a-z2-7]{10}\b"), "m_PERSON"),
    (re.compile(r"\b2026-[a-z2-7]{8}\b"), "2026-DOCUMENT"),
    (re.compile(r"(?<=/login/)[\w-]{20,}"), "LINK"),
    (re.compile(r"(?<=/enter/)[\w-]{20,}"), "LINK"),
    (re.compile(r"(?<=bounces\+)[a-z0-9]+"), "TAG"),
)
"""What is drawn by lot."""


def settled(text: str) -> str:
    """The text with a name in the place of whatever was drawn by lot."""
    for drawn, name in _DRAWN:
        text = drawn.sub(name, text)
    return text


def shown(mail: Mail) -> str:
    """A mail as its reader sees it: the fields that somebody chose, its text, its parts."""
    if isinstance(mail, str):
        return settled(mail)
    parsed = message_from_bytes(_octets(mail), policy=_POLICY)
    rows = [
        f"{name}: {' '.join(str(value).split())}"
        for name, value in parsed.items()
        if name.lower() not in _UNSHOWN
    ]
    if isinstance(mail, Letter):
        rows += [f"(kind: {mail.kind})"] if mail.kind else []
        rows += ["(bounces to the list)"] if mail.notice else []
    if isinstance(mail, Item) and mail.envelope.mail_from:
        rows.append(f"(envelope: {mail.envelope.mail_from})")
    texts: list[str] = []
    for part in _leaves(parsed):
        if part.get_content_type() == "text/plain" and not part.get_filename() and not texts:
            texts.append(part.get_content().replace("\r\n", "\n").rstrip("\n"))
        else:
            texts.append(_part(part))
    return settled("\n".join([*rows, "", *texts, ""]))


def _octets(mail: Letter | Message | Item | bytes) -> bytes:
    if isinstance(mail, bytes):
        return mail
    if isinstance(mail, Letter):
        return answer.item(
            mail, None, domain=_DOMAIN, cause="snapshot", now=NOW, bounces="water-bounces+x"
        ).raw
    return mail.raw


def _leaves(part: EmailMessage) -> Iterable[EmailMessage]:
    """The parts that are shown, in their order; a message that is attached is one."""
    if part.get_content_maintype() == "multipart":
        for one in part.iter_parts():
            yield from _leaves(one)
    else:
        yield part


def _part(part: EmailMessage) -> str:
    name = f" {part.get_filename()}" if part.get_filename() else ""
    if part.get_content_type() == "message/rfc822":
        (inner,) = part.iter_parts()
        return f"[message: {inner.get('Subject', '')}]"
    if part.get_content_type() in ("message/delivery-status", "text/rfc822-headers"):
        return f"[{part.get_content_type()}]\n" + _raw(part)
    return f"[{part.get_content_type()}{name}]"


def _raw(part: EmailMessage) -> str:
    _, _, body = part.as_bytes().partition(b"\n\n")
    return body.decode("utf-8", "replace").strip()


def html(mail: Mail) -> str:
    """The HTML of a mail; empty when it has none."""
    if isinstance(mail, str):
        return ""
    part = message_from_bytes(_octets(mail), policy=_POLICY).get_body(("html",))
    return str(part.get_content()) if part is not None else ""


def written(named: Iterable[tuple[str, str]]) -> str:
    """Texts under their names, as one file."""
    return "".join(f"{'=' * 20} {name}\n{text.rstrip()}\n\n" for name, text in named)


def compare(name: str, text: str, *, refresh: bool) -> None:
    """Fails when a text is not what is kept under its name; writes it first to `refresh`."""
    path = KEPT / name
    if refresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    kept = path.read_text("utf-8") if path.exists() else ""
    changed = unified_diff(kept.splitlines(), text.splitlines(), "kept", "now", lineterm="", n=1)
    assert text == kept, "\n".join((f"{name} reads otherwise; see `make golden`", *changed))
