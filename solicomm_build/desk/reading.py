"""A spooled mail as a Case: whom it was sent to, who wrote it, and how far that is proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case
from solicomm_build.foundation.hub.dns import Resolver
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.address import is_valid, key, parse_list
from solicomm_build.message.auth import answerable, authorship, front
from solicomm_build.message.auth.authentication import (
    CARRIED,
    Authentication,
    assess,
    was_checked,
)
from solicomm_build.message.auth.levels import Level
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import proof
from solicomm_build.people.address import SITE, ListAddress, Purpose

_TO_LIST = frozenset({Purpose.POST, Purpose.TOPIC})
"""A list is named by its own address and by that of a topic alike: a command may stand in an answer
to a post, and what was sent to a topic waits as a post of its list."""


GONE = "gone"
"""The purpose of an address that was one when the mail was accepted."""


def case_of(office: Office, item: Item, cause: str, dns: Resolver | None) -> Case | None:
    """The case of an item; None when its address is none of the desk's. Raises MessageError."""
    found = office.listed(_address(item))
    return None if found is None else _case(office, item, cause, dns, found)


def case_of_gone(office: Office, item: Item, cause: str, dns: Resolver | None) -> Case:
    """The case of an item whose address is none of the desk's any more. Raises MessageError."""
    local = _address(item).rpartition("@")[0]
    return replace(_case(office, item, cause, dns, ListAddress(local, GONE)), conference="")


def _address(item: Item) -> str:
    return item.envelope.rcpt_tos[0] if item.envelope.rcpt_tos else ""


def _case(office: Office, item: Item, cause: str, dns: Resolver | None, found: ListAddress) -> Case:
    address = _address(item)
    message = parse(item.raw)
    trusted = front.trusted(office.config, item.envelope)
    names = partial(_is_addressed, office, found, address)
    found_of = _found(item, trusted, dns, names)
    level: Level = "token" if item.envelope.proved else found_of.level
    author = authorship.author(message) or ""
    is_named = names([*message.to, *message.cc])
    # Who sends a mail on writes Resent-*, and no signature of its author's covers it: the mail may
    # be answered, and its author did not send it here.
    is_addressed = is_named or names(_resent(message))
    is_web = item.envelope.ours  # from a page of ours; no mail can say that
    kind = office.kind(address)
    is_site = found.base == SITE and found.base not in office.lists()
    return Case(
        cause=cause,
        message=message,
        envelope=item.envelope,
        purpose=None if is_site and found.purpose is Purpose.POST else found.purpose,
        conference="" if is_site or kind else found.base,
        library=found.base if kind and kind.named else "",
        tag=found.tag,
        address=address,
        author=author if is_valid(author) else "",
        proof=proof.of_mail(author, level) if is_named or is_web else None,
        web=is_web,
        automatic="" if is_web else _automatic(office, message, item, author),
        mute=""
        if is_web or item.envelope.proved
        else answerable.mute(
            message,
            item.envelope,
            is_addressed=is_addressed,
            proof=found_of,
            was_checked=was_checked(message.fields, trusted),
            is_foreign=not trusted and answerable.is_foreign(item.envelope.peer),
        ),
    )


def _found(
    item: Item,
    trusted: tuple[str, ...],
    dns: Resolver | None,
    names: Callable[[Sequence[Mailbox]], bool],
) -> Authentication:
    if item.envelope.carried:
        return CARRIED
    txt, keys = (dns.txt, dns.key) if dns else (None, None)
    return assess(item.raw, trusted=trusted, txt=txt, keys=keys, names=names)


def _automatic(office: Office, message: Message, item: Item, author: str) -> str:
    """Also what a list or the desk itself sent, whatever its header says."""
    if office.is_ours(item.envelope.mail_from or "") or office.is_ours(author):
        return "an address of this hub"
    return answerable.automatic(message, item.envelope)


def _is_addressed(office: Office, found: ListAddress, own: str, boxes: Sequence[Mailbox]) -> bool:
    """Whether these mailboxes of a header say openly that the mail is for us (RFC 3834 2)."""
    named = [box.addr_spec for box in boxes]
    if found.purpose == GONE:
        return key(own) in map(key, named)
    for address in named:
        one = office.listed(address)
        if one is None or one.base != found.base:
            continue
        if one.purpose == found.purpose or {one.purpose, found.purpose} <= _TO_LIST:
            return True
    return False


def _resent(message: Message) -> list[Mailbox]:
    values = [*message.all("Resent-To"), *message.all("Resent-Cc")]
    return [box for value in values for box in parse_list(value)]
