"""Addresses that begin, change and end, so that who has one next gets nothing of who had it before.

Password and filters end when an address does, or keeps no mail any more. What was kept stays, and
lists go on to write to the address: of both the operator is told, since either may be meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.mailboxes import filters, mailboxes, maildirs
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.message.address import key
from solicomm_build.people import memberstore, passwords
from solicomm_build.people.directory import directory_of
from solicomm_build.people.membership import HUB, MACHINE, MailboxRule
from solicomm_build.people.rosterstore import RosterStore


def add(config: Config, address: str, *, forward: str, keep: bool) -> tuple[str, list[str]]:
    """As memberstore.add_mailbox; also gives what a new address has of before, a sentence each.
    Raises UsageError as well where mail would never arrive."""
    try:
        before = memberstore.mailbox(config, address)
    except HubError:
        before = None
    if forward:
        _arrives(config, address, forward)
    whole = memberstore.add_mailbox(config, address, forward=forward, keep=keep)
    rule = memberstore.mailbox(config, whole)
    if not keep:
        passwords.forget(config, whole)
    if not keep or before is None or not before.keep:
        filters.end(config, rule)
    return whole, [] if before is not None else [*_of_before(config, rule, whole)]


def remove(config: Config, address: str) -> tuple[str, list[str]]:
    """As memberstore.remove_mailbox; also gives what stays of it, a sentence each."""
    rule = memberstore.mailbox(config, address)
    filters.end(config, rule)
    whole = memberstore.remove_mailbox(config, address)
    return whole, [*_lists(config, whole), *_sending_on(config, whole)]


def _arrives(config: Config, address: str, forward: str) -> None:
    """Raises UsageError where mail would run in a circle, or on to an address here that is none."""
    name, domain = memberstore.at_domain(config, address)
    rules = {key(memberstore.address_of(config, one)): one for one in memberstore.mailboxes(config)}
    way, onwards = [f"{name}@{domain or config.domain}"], key(forward)
    while onwards not in way:
        way.append(onwards)
        rule = rules.get(onwards)
        if rule is None or not rule.forward:
            break
        onwards = key(rule.forward)
    else:
        raise UsageError(f"Mail would run in a circle: {' → '.join([*way, onwards])}")
    store = RosterStore.of(config)
    try:
        exists = directory_of(config, store.roster).resolve(forward) is not None
    finally:
        store.close()
    if not exists and key(forward).rpartition("@")[2] in config.all_domains:
        raise UsageError(f"{forward} is no address here. Give that first (`solicomm mailbox add`)")


def _sending_on(config: Config, whole: str) -> Iterator[str]:
    """Other addresses whose mail goes on to one that is no more."""
    for rule in memberstore.mailboxes(config):
        if key(rule.forward) == key(whole):
            other = memberstore.address_of(config, rule)
            yield f"{other} sends its mail on to {whole} still: `solicomm mailbox add {other}`"


def _of_before(config: Config, rule: MailboxRule, whole: str) -> Iterator[str]:
    path = mailboxes.path_of(config, rule)
    if path.is_dir() and open_repo(path).ref() is not None:
        folders = (path, maildirs.maildir_of(config, path))
        places = " and ".join(one.relative_to(config.root).as_posix() for one in folders)
        yield (
            f"Mail that was kept for {whole} before is there still, for whoever gets its password. "
            f"Is it somebody else's? It lies in {places}"
        )
    yield from _lists(config, whole)


def _lists(config: Config, whole: str) -> Iterator[str]:
    """Where the hub knows the address as a member's."""
    store = RosterStore.of(config)
    try:
        roster = store.roster()
        known = roster.member(whole)
        number = known.number if known is not None else 0
        held = (*sorted(roster.subscriptions.of(number)), *roster.roles.of(number))
    finally:
        store.close()
    if known is not None and held:
        names = ", ".join(
            dict.fromkeys("the hub" if one in (HUB, MACHINE) else one for one in held)
        )
        yield (
            f"{whole} is a member still ({names}): whoever reads its mail is that member. "
            f"`solicomm remove person {whole}` ends that, `solicomm rename person` moves it"
        )
