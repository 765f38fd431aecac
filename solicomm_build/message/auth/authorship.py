"""Who wrote a message, as its header says: which author, and whether a program did.

Pure; imports message. How far an author's address is proved is not said here
(docs/mail-rules.md#posting).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from solicomm_build.message.address import key, parse_list
from solicomm_build.message.values import Message


def author(message: Message) -> str | None:
    """The address of the one author; None when the message does not say clearly who wrote it.

    The envelope sender is not identity (docs/mail-rules.md#posting).
    """
    if message.from_fields != 1 or len(message.from_) != 1 or is_group(message):
        return None
    address = message.from_[0].addr_spec
    return address if "@" in address else None


_ORIGINALS = ("X-Original-From", "Author", "X-Original-Sender", "X-MailFrom")
"""Where lists say who wrote to them: our own copies, Google Groups, RFC 9057, Mailman 3."""
_POST = re.compile(
    r"mailto:([^>?\s]{3,320})", re.IGNORECASE
)  # RFC 2369 3.4; an address is no longer
_MASKED = re.compile(  # `ana at example.org (Ana)`; pipermail says `at` in the list's language
    r"(?:[^<]*+<)?+\s*+([^\s<>@()]{1,64}+) \S{1,4}+ "
    r"([^\s<>@().]{1,63}+(?:\.[^\s<>@().]{1,63}+)++)\s*+(?:[>(]|$)"
)
_LIST_ID = re.compile(r"<([^<>\s@]{3,255})>\s*+$")  # RFC 2919 2


def writers(message: Message) -> tuple[str, ...]:
    """The addresses that a message names as those of who wrote it, proved or not: in From; and
    where a list put its own there, since DMARC wanted it, that of the author as well, which is
    where answers to the author go: archives of other lists are full of `Ana via Water`. So is an
    address that was written for people alone, as in all text that Mailman's web archive gives."""
    named = tuple(one.addr_spec for one in message.from_)
    if not any("@" in one for one in named):
        masked = _MASKED.match((message.field("From") or "")[:_LONGEST])
        return (f"{masked[1]}@{masked[2]}",) if masked else named
    lists = {*map(key, _lists(message))}
    if not named or not {*map(key, named)} <= lists:
        return named
    for name in _ORIGINALS:
        said = [one.addr_spec for value in message.all(name) for one in parse_list(value)]
        if said:
            return (*named, *said)
    answers = [one for one in message.reply_to if key(one.addr_spec) not in lists]
    if not answers:  # to the list, and the author is in Cc
        own = message.from_[0].name.rpartition(" via ")[0].strip("'\" ")
        answers = [one for one in message.cc if own and one.name == own]
    return (*named, answers[0].addr_spec) if len(answers) == 1 else named


def _lists(message: Message) -> Iterator[str]:
    """The addresses of the lists that a message came by."""
    for value in message.all("List-Post"):
        yield from map(unquote, _POST.findall(value))
    for value in message.all("List-Id"):
        yield from (one.replace(".", "@", 1) for one in _LIST_ID.findall(value))


# What may hold a colon in a From field without making it a group. What is not closed again hides
# nothing: from there on all of it is looked at (group 1).
_NO_GROUP = re.compile(
    r'"(?:[^"\\]++|\\.)*+"|<[^<>]*+>|\((?:[^()]++|\([^()]*+\))*+\)|=\?[^?\s]++\?[bq]\?[^?]*+\?='
    r'|(["<(].*+)',
    re.DOTALL | re.IGNORECASE,
)
_LONGEST = 10_000  # characters of a From field; one author needs some hundred


def is_group(message: Message) -> bool:
    """Whether From uses group syntax, `name: members;` (RFC 6854), which names no one author; or is
    so long that it cannot be told."""
    value = message.field("From") or ""
    if len(value) > _LONGEST:
        return True
    if ":" not in value or ";" not in value:
        return False
    value = _NO_GROUP.sub(lambda one: one[1] or "", value)
    return ":" in value and ";" in value


def is_automatic(message: Message) -> bool:
    """Whether a program wrote the message, as its header says. What a list passed on was written by
    people, most often: its pace is theirs."""
    if submitted(message) not in {"", "no"}:
        return True
    if message.field("List-Id") is not None:
        return False
    return (message.field("Precedence") or "").strip().lower() in {"bulk", "junk"}


def submitted(message: Message) -> str:
    """The word of Auto-Submitted (RFC 3834 5), in lower case."""
    return re.split(r"[;(\s]", (message.field("Auto-Submitted") or "").strip().lower())[0]


def passed_on(message: Message) -> bool:
    """Whether a list or a program passed the message on: the desk never acts on such mail."""
    if message.field("X-Loop") is not None or message.field("Precedence") is not None:
        return True
    return any(field.name.lower().startswith("list-") for field in message.fields)
