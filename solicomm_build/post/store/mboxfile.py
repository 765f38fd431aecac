"""Posts as an mbox that anybody may have: what the pages show, as mail that programs read.

Pure. The variant is mboxrd: every line that begins with `>`s and `From ` gets one more `>`, so the
text comes out again as it was. Addresses are masked in posts already; where mail wants one stands
the one that git has (RFC 2606). The text is the post's Markdown (RFC 7763). Of an attachment there
is the name; its octets lie at the post's place (Archived-At). Message-IDs are the real ones, so an
import elsewhere finds threads, and the same posts twice are there once.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import public_id
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.post.post import Post

AUTHOR = "member@users.hub.invalid"
"""The address in the place of every author's."""

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_ID = re.compile(r"[!-;=?-~]+")


def entry(post: Post, at: datetime, *, url: str) -> bytes:
    """One entry, LF line ends. `at` is when the post counts from, `url` its place on the web."""
    head, _, text = mail(post, at, url=url).partition(b"\n\n")
    first = f"From {AUTHOR} {at:%a %b} {at.day:2d} {at:%H:%M:%S %Y}\n".encode("ascii")
    text = _FROM.sub(rb">\1", text)
    return first + head + b"\n\n" + text + (b"\n" if text.endswith(b"\n") else b"\n\n")


def mail(post: Post, at: datetime, *, url: str) -> bytes:
    """The post as a message of its own, LF line ends; see `entry`."""
    head = b"".join(
        (
            _safe("From", post.name, AUTHOR),
            b"Date: %s\n" % format_datetime(post.date or at).encode("ascii"),
            _field("Subject", post.subject),
            _ids("Message-ID", (public_id(post.message_id),)),
            _ids("In-Reply-To", (public_id(post.in_reply_to),) if post.in_reply_to else ()),
            _ids("References", tuple(map(public_id, post.references))),
            _field("Archived-At", f"<{url}>"),
            _field("Content-Language", post.lang or ""),
            b"MIME-Version: 1.0\nContent-Type: text/markdown; charset=utf-8\n"
            b"Content-Transfer-Encoding: 8bit\n",
        )
    )
    body = post.body
    if post.attachments:
        body = f"{body.rstrip()}\n\n" if body.strip() else ""
        body += "".join(f"- {item.name} ({item.bytes} octets)\n" for item in post.attachments)
    return head + b"\n" + body.encode("utf-8", "replace").replace(b"\r\n", b"\n")


def _field(name: str, value: str) -> bytes:
    """A header field; without a value, or with one that mail cannot have, nothing."""
    if not value:
        return b""
    try:
        return header_field(name, value).replace(b"\r\n", b"\n")
    except MessageError:
        return b""


def _safe(name: str, display: str, address: str) -> bytes:
    try:
        return mailbox_field(name, display, address).replace(b"\r\n", b"\n")
    except MessageError:
        return f"{name}: {address}\n".encode("ascii")


def _ids(name: str, ids: tuple[str, ...]) -> bytes:
    sound = [f"<{one}>" for one in ids if _ID.fullmatch(one)]
    folded = "\n ".join(sound)
    return f"{name}: {folded}\n".encode("ascii") if sound else b""


def verbatim(raw: bytes, at: datetime) -> bytes:
    """One entry with the octets of a message as they came, line ends too; only lines that begin
    with `From ` get a `>`."""
    first = f"From MAILER-DAEMON {at:%a %b} {at.day:2d} {at:%H:%M:%S %Y}\n".encode("ascii")
    return first + _FROM.sub(rb">\1", raw) + (b"\n" if raw.endswith(b"\n") else b"\n\n")
