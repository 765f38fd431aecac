"""The copy of a post that members of a list get: what goes, what is put on top.

Pure. `list_copy` makes what all copies share, once a post. `Personal` makes the fields that differ
from copy to copy; the signature, which covers both, comes last (dkim.py).

The rules: docs/mail-rules.md#copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message.address import parse_list
from solicomm_build.message.split import Field, split
from solicomm_build.message.transform import header_field, named_field, replace_fields

_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"
_ALWAYS_OUT = frozenset(
    {
        "return-path",  # RFC 5321 4.4: the last hop writes it anew
        "delivered-to",
        "x-original-to",
        "x-gm-original-to",
        "envelope-to",  # as Exim and others call it; and who else was a recipient
        "x-envelope-to",
        "x-rcpt-to",
        "apparently-to",
        "x-forwarded-for",  # whose mailbox sent it on by itself, as one large provider writes it
        "x-forwarded-to",
        "bcc",  # RFC 5322 3.6.3: whom it names must not be shown to the list
        "resent-bcc",  # 3.6.6: likewise
        "x-bcc",
        "precedence",  # ours says it once
        "return-receipt-to",  # the next five ask every member's program for an answer
        "disposition-notification-to",
        "chat-disposition-notification-to",
        "x-confirm-reading-to",
        "x-pmrqc",
        "x-message-id-hash",
    }
)
_OUT_BEFORE = ("list-", "approved", "x-solicomm-")  # passwords are in Approved and its kin
_ORIGIN = frozenset(
    {
        "received",
        "x-received",
        "received-spf",  # the address that the mail came from, as the server in front writes it
        "x-received-spf",
        "authentication-results",
        "x-originating-ip",  # the next write down the machine, its network, or whose account it is
        "x-originating-host",
        "x-originating-client",
        "x-original-ip",
        "x-client-ip",
        "x-sender-ip",
        "x-source-ip",
        "x-remote-ip",
        "x-mailgun-sending-ip",
        "x-forefront-antispam-report",
        "x-forefront-antispam-report-untrusted",
        "x-clientproxiedby",
        "x-antiabuse",
        "x-get-message-sender-via",
        "x-authenticated-sender",
        "x-authenticated-user",
        "x-authenticated-id",
        "x-authentication-warning",
        "x-auth-user",
        "x-authuser",
        "x-source",
        "x-source-args",
        "x-source-auth",
        "x-source-dir",
        "x-source-sender",
        "x-php-originating-script",
        "x-php-script",
        "x-mailer",  # and the next what it was written with
        "x-mimeole",
        "x-http-user-agent",
        "user-agent",
    }
)
_PLACE = "a" * 26  # stands for a token while the fields are folded; tokens are as long

ReplyTo = Literal["author", "list", "both", "conversation"]


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What the fields of RFC 2369, 2919, 5064 and 8058 are made from.

    `list_id` is the list's id, `url` the start of the hub's links; `archived` says whether posts
    are on pages that members can open, `posting` whether members may post (RFC 2369 3.4),
    `reply_to` where answers go by default, `redact_origin` whether the way a post came is hidden.
    """

    list_id: str
    domain: str
    title: str
    url: str
    archived: bool = True
    posting: bool = True
    reply_to: ReplyTo = "author"
    redact_origin: bool = False

    @property
    def address(self) -> str:
        """Where one posts to."""
        return f"{self.list_id}@{self.domain}"

    @property
    def bounces(self) -> str:
        """The reverse-path of what the list itself sends (RFC 5321 3.9.2)."""
        return f"{self.list_id}-bounces@{self.domain}"


PERSONAL = ("list-unsubscribe-post", "list-unsubscribe")
"""The names of `Personal.fields`, in their order."""


class Personal:
    """The fields of one member's copy, above those that all share (RFC 8058 3.1).

    Raises MessageError when the facts cannot stand in a header.
    """

    def __init__(self, facts: ListFacts) -> None:
        link = f"<{quote(facts.url, safe=_URL_SAFE)}/unsubscribe/{_PLACE}>"
        mail = f"<mailto:{facts.list_id}-leave+{_PLACE}@{facts.domain}>"
        self._post = header_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
        self._links = header_field("List-Unsubscribe", f"{link}, {mail}")
        self._place = _PLACE.encode("ascii")

    def fields(self, leave_token: str) -> tuple[bytes, bytes]:
        """List-Unsubscribe-Post and List-Unsubscribe for the holder of a token of ours, CRLF."""
        return self._post, self._links.replace(self._place, leave_token.encode("ascii"))


def list_copy(
    raw: bytes,
    facts: ListFacts,
    *,
    mid: PostId,
    tid: TopicId | None,
    message_id: str | None = None,
    siblings: Sequence[str] = (),
) -> bytes:
    """The copy of a post that members get (docs/mail-rules.md#copies), before anything personal.

    `tid` is None for a post that is not archived. `message_id` is put on when the message came
    without one, because threads need it. `siblings` are ids of lists here that the same message
    went to. Raises MessageError when the header cannot be read.
    """
    nested = _is_nested(raw, facts)

    def goes(field: Field) -> bool:
        return _goes(field, facts, nested=nested)

    lines = _list_fields(facts, mid, tid)
    if siblings:
        lines.append(header_field("X-SoliComm-Lists", ", ".join(siblings)))
    if message_id and not _has(raw, "message-id"):
        lines.append(header_field("Message-ID", f"<{message_id}>"))
    lines += reply_fields(raw, facts, tid)
    return replace_fields(raw, goes, lines)


def post_key(list_id: str, mid: PostId) -> str:
    """The value of X-SoliComm-Post: names a post of a list in the whole hub."""
    return f"{list_id}/{mid}"


def key_of(raw: bytes) -> str | None:
    """The X-SoliComm-Post of a copy of ours, None when it is something else."""
    for field in split(raw).fields:
        if field.name.lower() == "x-solicomm-post":
            return field.value
    return None


def topic_of(raw: bytes, mid: PostId) -> str:
    """What stands where a copy of ours names its topic, in Archived-At; empty when nothing does."""
    for field in split(raw).fields:
        if field.name.lower() == "archived-at":
            before, _, post = field.value.rpartition("/#")
            return before.rpartition("/t/")[2] if post == f"{mid}>" else ""
    return ""


def list_fields(facts: ListFacts) -> list[bytes]:
    """The fields that name the list and its addresses, for posts and digests alike, in the order
    of docs/mail-rules.md#copies; those with tokens aside."""
    about = f"{quote(facts.url, safe=_URL_SAFE)}/conferences/{facts.list_id}/"
    at = f"@{facts.domain}>"
    return [
        named_field("List-Id", facts.title, f"{facts.list_id}.{facts.domain}"),
        header_field("List-Help", f"<mailto:{facts.list_id}-request{at[:-1]}?subject=help>"),
        header_field("List-Subscribe", f"<mailto:{facts.list_id}-join{at}"),
        header_field("List-Post", f"<mailto:{facts.address}>" if facts.posting else "NO"),
        header_field("List-Owner", f"<mailto:{facts.list_id}-owner{at}"),
        *([header_field("List-Archive", f"<{about}>")] if facts.archived else ()),
    ]


def _list_fields(facts: ListFacts, mid: PostId, tid: TopicId | None) -> list[bytes]:
    lines = list_fields(facts)
    if facts.archived and tid is not None:
        about = f"{quote(facts.url, safe=_URL_SAFE)}/conferences/{facts.list_id}/"
        lines.append(header_field("Archived-At", f"<{about}t/{tid}/#{mid}>"))
    return [
        *lines,
        header_field("X-Message-ID-Hash", mid.upper()),  # as Mailman writes it
        header_field("X-Loop", facts.address),
        header_field("Precedence", "list"),
        header_field("X-SoliComm-Post", post_key(facts.list_id, mid)),
    ]


def reply_fields(raw: bytes, facts: ListFacts, tid: TopicId | None) -> list[bytes]:
    """Reply-To as the list wants it, unless the author has said it."""
    if facts.reply_to == "author" or _has(raw, "reply-to"):
        return []
    addresses = [facts.address]
    if facts.reply_to == "conversation":
        if not facts.posting:
            return []
        addresses = [answers_to(facts, tid)]
    if facts.reply_to == "both":
        senders = split(raw).named("from")
        addresses += [box.addr_spec for one in senders for box in parse_list(one.value)]
    plain = [one for one in addresses if one.isascii()]
    return [header_field("Reply-To", ", ".join(f"<{one}>" for one in plain))]


def answers_to(facts: ListFacts, tid: TopicId | None) -> str:
    """Where an answer to all goes: the topic's own address, by which it finds its place whatever
    program sends it; the list's where there is no topic."""
    return f"{facts.list_id}+t-{tid}@{facts.domain}" if tid is not None else facts.address


def _is_nested(raw: bytes, facts: ListFacts) -> bool:
    """Whether another list sent it to us; then its Archived-At stays (RFC 5064 2.2)."""
    ours = f"<{facts.list_id}.{facts.domain}>"
    return any(ours not in one.value for one in split(raw).named("list-id"))


def _has(raw: bytes, name: str) -> bool:
    return bool(split(raw).named(name))


def _goes(field: Field, facts: ListFacts, *, nested: bool) -> bool:
    name = field.name.lower()
    if facts.redact_origin and name in _ORIGIN:
        return True
    if name == "archived-at":
        return not nested
    if name == "authentication-results":  # RFC 8601 5: nobody else speaks in our name
        return field.value.partition(";")[0].split()[:1] == [facts.domain]
    return name in _ALWAYS_OUT or name.startswith(_OUT_BEFORE)
