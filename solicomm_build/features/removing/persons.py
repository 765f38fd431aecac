"""Takes a person out of everything on the hub, and brings them back as they were.

No erasure: what they wrote stays, and so does their number in the roster (`solicomm erase` is for
that). What they had, subscriptions with options and roles, is kept in
`private/removed/people/<number>/removed.json`. Tokens and keys end for good, as whenever one does,
and so does what brings them back unasked: invitations, and goodbyes that could be undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from solicomm_build.features.removing import places
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.removed import Removed
from solicomm_build.message.address import key
from solicomm_build.people import access, grants, memberstore, rosterevents
from solicomm_build.people.membership import MACHINE
from solicomm_build.people.memberstore import OPERATOR, changing
from solicomm_build.people.operators import staff
from solicomm_build.people.roster import HUB, Roster
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.rosterstore import RosterStore

_KIND = "people"
_NOTHING: Mapping[str, Any] = {"lists": {}, "roles": []}


def consequences(config: Config, address: str) -> list[str]:
    """What happens, a sentence each. Raises HubError when nobody has this address."""
    with _roster(config) as store:
        roster = store.roster()
        number = _number(roster, address)
        lists, roles = _had(roster, number)
    opened = sorted({repo for one in access.of_address(config, address) for repo in one.repos})
    return [
        f"{address} gets nothing more from {', '.join(sorted(lists)) or 'any list'}",
        *(f"is {role} of {_place(name)} no more" for name, role in roles),
        *([f"tokens and keys for {', '.join(opened)} end for good"] if opened else []),
        *_mail(config, address),
        "what they wrote stays (`solicomm erase` takes that away); they can join again",
        f"all of it is kept for {removed.KEPT.days} days: `--undo` brings it back",
    ]


def _mail(config: Config, address: str) -> Iterator[str]:
    """What somebody goes on to get by addresses here, which may be an office's."""
    for rule in memberstore.mailboxes(config):
        whole = memberstore.address_of(config, rule)
        if key(whole) == key(address):
            yield (
                f"{whole} goes on, with mail and password: `solicomm mailbox remove {whole}`"
                " ends it"
            )
        elif key(rule.forward) == key(address):
            yield (
                f"mail to {whole} goes on to them still: `solicomm mailbox add {whole}` says anew "
                "where it goes, `solicomm mailbox remove` ends it"
            )


def remove(config: Config, address: str) -> None:
    """Takes somebody out; durable on return. What an earlier removal keeps is kept on, as where
    they have joined a list again since. Raises HubError."""
    with changing(config), _roster(config) as store:
        roster, now = store.roster(), clock.now()
        number = _number(roster, address)
        lists, roles = _had(roster, number)
        if not lists and not roles:
            raise HubError(f"{address} is on no list and has no role")
        if staff.is_last(config, roster, number):
            raise HubError(f"{address} is the last operator: solicomm operator add ADDRESS first")
        access.end(config, address)
        before = last.more if (last := kept(config, number)) is not None else _NOTHING
        more: dict[str, Any] = {
            "lists": {**before["lists"], **lists},
            "roles": [*{**dict(before["roles"]), **dict(roles)}.items()],
        }
        removed.note(config, Removed(_KIND, str(number), now, more))
        events = [
            rosterevents.unsubscribe(name, number, at=now, by=OPERATOR) for name in sorted(lists)
        ]
        events += [rosterevents.role(name, number, "", at=now, by=OPERATOR) for name, _ in roles]
        ways = roster.tokens.ways_in(address, now)
        events += [rosterevents.token_used(way, at=now) for way in ways]
        store.append(events, at=now, subject="Remove one person")
    grants.settle(config)


def restore(config: Config, address: str) -> None:
    """Brings somebody back, with the same options and roles; what was done meanwhile stays, as does
    a role given since. Durable on return. Raises HubError."""
    with changing(config), _roster(config) as store:
        roster, now = store.roster(), clock.now()
        number = _number(roster, address)
        had = kept(config, number)
        if had is None:
            raise HubError(f"{address} was not removed lately")
        consent = Consent("owner", "brought back by the operator")
        here, roles_now = roster.subscriptions, roster.roles.of(number)
        events: list[Event] = [
            rosterevents.subscribe(name, number, at=now, consent=consent, options=options)
            for name, options in sorted(had.more["lists"].items())
            if number not in here.get(name, {})
        ]
        events += [
            rosterevents.role(name, number, role, at=now, by=OPERATOR)
            for name, role in had.more["roles"]
            if name not in roles_now
        ]
        if events:
            store.append(events, at=now, subject="Bring one person back")
    places.forget(removed.folder(config, _KIND, str(number)))
    grants.settle(config)


def kept(config: Config, number: int) -> Removed | None:
    """What is kept of a member who was removed; None for anybody else."""
    return removed.find(config, _KIND, str(number))


def forget(config: Config, number: int) -> bool:
    """Takes it away, so that nothing brings the member back; whether there was anything. Durable on
    return, safe to do again."""
    folder = removed.folder(config, _KIND, str(number))
    if not folder.is_dir():
        return False
    places.forget(folder)
    return True


def _place(name: str) -> str:
    return "the hub" if name in (HUB, MACHINE) else name


def had(config: Config, address: str) -> tuple[int, list[str], list[tuple[str, str]]]:
    """The number of somebody, the lists, and the roles by place. Raises HubError when nobody has
    this address."""
    with _roster(config) as store:
        roster = store.roster()
        number = _number(roster, address)
        lists, roles = _had(roster, number)
        return number, sorted(lists), roles


def _had(roster: Roster, number: int) -> tuple[dict[str, dict[str, str]], list[tuple[str, str]]]:
    lists = {name: dict(options) for name, options in roster.subscriptions.of(number).items()}
    return lists, [*roster.roles.of(number).items()]


def _number(roster: Roster, address: str) -> int:
    known = roster.member(address)
    if known is None:
        raise HubError(f"nobody here has the address {address}")
    return known.number


@contextmanager
def _roster(config: Config) -> Iterator[RosterStore]:
    store = RosterStore.of(config)
    try:
        yield store
    finally:
        store.close()
