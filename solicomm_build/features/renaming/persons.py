"""Gives a person another address: number, lists, roles and what they follow go on.

For who cannot do it by mail any more (`address NEW`), because nothing reaches the old address. The
operator vouches for it; both addresses are not asked. The old mailbox may be somebody else's by
then, who has signed in by it: so all sessions end, and links that went there, also those by which
one joins a list. The member signs in anew at the new address. What the old one could edit and push
ends, too: a link to edit goes to the address that a token names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import is_valid, key
from solicomm_build.people import access, directory, grants, memberstore, rosterevents
from solicomm_build.people.membership import Member
from solicomm_build.people.memberstore import changing
from solicomm_build.people.moved import along
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.shared import sessions


def consequences(config: Config, old: str, new: str) -> list[str]:
    """What happens, a sentence each. Raises HubError or UsageError when it cannot be."""
    with _store(config) as store:
        _refused(config, store.roster(), old, new)
        rules = along.sent_on_to(store.roster(), old)
    sent_on = [memberstore.address_of(config, rule) for rule in rules]
    circle = [one for one in sent_on if key(one) == key(new)]
    named = key(config.operator or "") == key(old)
    opened = sorted({repo for one in access.of_address(config, old) for repo in one.repos})
    return [
        f"everything that went to {old} goes to {new}: lists, letters, links to sign in",
        *(
            [f"mail to {', '.join(others)} is sent on to {new}"]
            if (others := [one for one in sent_on if one not in circle])
            else []
        ),
        *(
            f"mail to {one} is sent on to {old} still: say how it comes, by "
            f"`solicomm mailbox add {one}`"
            for one in circle
        ),
        *([f"`operator` in hub.yaml names {old} still: change it there"] if named else []),
        "lists, options, roles, votes and what they follow stay; what they wrote stays theirs",
        f"{old} is nobody's here any more: mail from there is a stranger's, and letters that lie "
        "there decide nothing, but for those about votes and meetings (solicomm docs "
        "howto/operator)",
        "whoever is signed in by it, on any device, is signed out; passkeys stay, and "
        f"`solicomm passkeys {new}` shows them: whoever read mail at {old} may have added one",
        *(
            [
                f"tokens and keys for {', '.join(opened)} end for good: they name {old}, and who "
                f"reads mail there could edit. Give new ones: solicomm token new {new} --repo …"
            ]
            if opened
            else []
        ),
        "nobody is asked or told: you answer for it that both are the same person's",
    ]


def rename(config: Config, old: str, new: str) -> None:
    """Gives the address; durable on return. Raises HubError or UsageError."""
    with changing(config), _store(config) as store:
        roster, now = store.roster(), clock.now()
        known = _refused(config, roster, old, new)
        sessions.end_all(config, known.number)  # before, too: a kill leaves none
        access.end(config, old)
        along.carry(config, known.number, old, new)
        event = rosterevents.member(
            known.number,
            new,
            at=now,
            consent=Consent("owner", "another address, stated by the operator"),
            name=known.name,
            lang=known.lang,
            state=known.state,
        )
        ended = [rosterevents.token_used(way, at=now) for way in roster.tokens.ways_in(old, now)]
        more = along.events(config, roster, old, new, by=memberstore.OPERATOR)
        store.append([event, *more, *ended], at=now, subject="Change an address")
    sessions.end_all(config, known.number)
    grants.settle(config)


def _refused(config: Config, roster: Roster, old: str, new: str) -> Member:
    """The member, when it may be."""
    known, taken = roster.member(old), roster.member(new)
    if known is None:
        raise HubError(f"nobody here has the address {old}")
    if not is_valid(new):
        raise UsageError(f"{new!r} is not an e-mail address")
    if key(old) == key(new):
        raise UsageError(f"{old} is their address already")
    if taken is not None:
        raise UsageError(f"{new} is another member's address. Remove that one first")
    ours = directory.directory_of(config, lambda: roster).resolve(new)
    if ours is not None and ours.kind != "mailbox":
        raise UsageError(f"{new} is an address of the hub itself")
    return known


@contextmanager
def _store(config: Config) -> Iterator[RosterStore]:
    store = RosterStore.of(config)
    try:
        yield store
    finally:
        store.close()
