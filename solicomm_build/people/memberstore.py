"""Membership: who is subscribed, and addresses at the hub. Every change is a commit in the roster.

Used by the commands, by the answers to mail and by the web server. One change at a time: a lock in
private/ (`changing`) keeps two from giving the same member number.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence

from solicomm_build.foundation import characters, clock, formernames, safeio
from solicomm_build.foundation.errors import AddressError, HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG, Mailbox
from solicomm_build.message.address import is_valid, key
from solicomm_build.people import addresses, passwords, persons, rosterevents
from solicomm_build.people.address import clash, fold
from solicomm_build.people.kept import firstfree
from solicomm_build.people.membership import MailboxRule
from solicomm_build.people.recipients import ascii_domain
from solicomm_build.people.roster import HUB, ROLES, Roster
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.rosterstore import RosterStore

OPERATOR = "operator"
_NONE: Mapping[str, str] = {}
_GIVEN_SINCE = 1_000_000
"""More than may join between two backups; of two thousand millions (features/following)."""

_MAILBOX = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")


@contextlib.contextmanager
def changing(config: Config) -> Iterator[None]:
    """Holds the roster for a change: what is read inside stays true until it ends. Blocking."""
    with safeio.locked(config.private / "roster.lock"):
        yield


@contextlib.contextmanager
def _store(config: Config, *, change: bool = False) -> Iterator[RosterStore]:
    store = RosterStore.of(config)
    with contextlib.ExitStack() as stack:
        stack.callback(store.close)
        if change:
            stack.enter_context(changing(config))
        yield store


def subscribe(
    config: Config,
    conference: str,
    people: Sequence[Mailbox],
    *,
    lang: str = "",
    options: Mapping[str, str] = _NONE,
) -> int:
    """Subscribes people at once, in one commit; returns how many are new. Who is subscribed already
    has the options set. The operator vouches for the consent, also of who was unconfirmed, and is
    no more: that counts as new. Raises AddressError (nothing is changed then) or HubError."""
    conference = there(config, conference)
    for person in people:
        if not is_valid(person.addr_spec) or characters.UNSEEN.search(person.addr_spec):
            raise AddressError(f"{person.addr_spec!r} is not an e-mail address")
    with _store(config, change=True) as store:
        events = _subscriptions(store.roster(), conference, people, lang, options)
        count = sum(event.type == "subscribe" for event in events)
        if events:
            store.append(events, at=clock.now(), subject=f"Subscribe {count} to {conference}")
        return count


def _subscriptions(
    roster: Roster,
    conference: str,
    people: Sequence[Mailbox],
    lang: str,
    options: Mapping[str, str],
) -> list[Event]:
    now, consent = clock.now(), Consent("import", "given by the operator")
    events: list[Event] = []
    number, added = roster.next_number, set[str]()
    waiting = {one.number for one in roster.unconfirmed(conference)}
    for person in people:
        own_key, name = key(person.addr_spec), person.name
        if own_key in added:
            continue
        known = roster.member(person.addr_spec)
        has = roster.listed_options(conference, person.addr_spec) if known else None
        if known is not None and has is not None and known.number in waiting:
            agreed, those = Consent("owner", consent.note), {**has, **options}
            events.append(
                rosterevents.subscribe(
                    conference, known.number, at=now, consent=agreed, options=those
                )
            )
            added.add(own_key)
            continue
        if known is not None and has is not None:
            changed = {one: value for one, value in options.items() if has.get(one) != value}
            if changed:
                events.append(
                    rosterevents.options(conference, known.number, changed, at=now, by=OPERATOR)
                )
            continue
        own = known.number if known else number
        if known is None:
            events.append(
                rosterevents.member(
                    own, person.addr_spec, at=now, consent=consent, name=name, lang=lang
                )
            )
        events.append(
            rosterevents.subscribe(conference, own, at=now, consent=consent, options=options)
        )
        added.add(own_key)
        number += known is None
    return events


def who_left(config: Config, conference: str, people: Sequence[Mailbox]) -> list[Mailbox]:
    """Those of some people who were on a conference or list and are no more. Raises HubError."""
    conference = there(config, conference)
    with _store(config) as store:
        roster = store.roster()
        left = roster.left.get(conference, ())
        known = ((one, roster.member(one.addr_spec)) for one in people)
        return [
            one
            for one, member in known
            if member and member.number in left and not roster.is_listed(conference, one.addr_spec)
        ]


def pass_over_numbers(config: Config) -> None:
    """Leaves out the numbers that members may have got since a backup from which the hub came back:
    links in their mails are not to act for others. Durable on return."""
    with contextlib.suppress(HubError), _store(config, change=True) as store:
        firstfree.write(config.private, store.roster().next_number + _GIVEN_SINCE)


def unsubscribe(config: Config, conference: str, address: str, *, by: str = OPERATOR) -> bool:
    """Ends a subscription; False when there was none."""
    conference = there(config, conference)
    with _store(config, change=True) as store:
        roster = store.roster()
        known = roster.member(address)
        if known is None or not roster.is_listed(conference, address):
            return False
        event = rosterevents.unsubscribe(conference, known.number, at=clock.now(), by=by)
        store.append([event], at=clock.now(), subject=f"Unsubscribe one from {conference}")
        return True


def appoint(config: Config, conference: str, address: str, role: str) -> None:
    """Gives a known member a role in a conference, or in all (`HUB`); an empty one takes it away.
    Raises HubError when nobody has this address. The signed fact of it is made by
    people/grants.py::settle."""
    if conference != HUB:
        conference = there(config, conference)
    with _store(config, change=True) as store:
        roster = store.roster()
        known = roster.member(address)
        if known is None:
            raise HubError(f"Nobody here has the address {address}. Add or invite the person first")
        now = clock.now()
        events = [rosterevents.role(conference, known.number, role, at=now, by=OPERATOR)]
        if roster.persons.of(known.number) is None:
            events.insert(0, rosterevents.person(known.number, persons.mint(), at=now))
        store.append(events, at=now, subject=f"Appoint one in {conference}")


def ban(config: Config, conference: str, address: str, *, ends: bool) -> bool:
    """Has nothing of an address, or of a whole domain (`@spam.example`), come into a conference, or
    into all (`HUB`), or `ends` that; whether it was otherwise before. Raises HubError, UsageError.
    """
    if conference != HUB:
        conference = there(config, conference)
    if not address.startswith("@") and not is_valid(address):
        raise UsageError(f"{address!r} is not an e-mail address, nor a domain as @spam.example")
    with _store(config, change=True) as store:
        before, now = store.roster().standing_at(conference, address), clock.now()
        after = "" if ends else "banned"
        if (before == "banned") != ends:
            return False
        event = rosterevents.standing(conference, address, after, at=now, by=OPERATOR)
        store.append([event], at=now, subject=f"{'End a ban' if ends else 'Ban'} in {conference}")
    return True


def hold_everything(config: Config, conference: str, *, on: bool) -> None:
    """Has everything that is sent to a conference wait for a moderator, or no more. Raises
    HubError when there is no such conference."""
    conference = there(config, conference)
    with _store(config, change=True) as store:
        event = rosterevents.emergency(conference, on=on, at=clock.now(), by=OPERATOR)
        word = "on" if on else "off"
        store.append([event], at=clock.now(), subject=f"Emergency {word} in {conference}")


def subscribers(config: Config, conference: str) -> list[dict[str, object]]:
    """Everybody of a conference by number: number, address, name, lang, role, options, state. The
    state is `active`, `disabled` (gets no mail, since it came back or somebody stopped it),
    `unconfirmed` (brought by a migration, gets no mail yet), or `not subscribed` for who moderates
    or hosts without getting copies."""
    conference = there(config, conference)
    with _store(config) as store:
        roster = store.roster()
        found = {
            member.number: (member, dict(options), "active")
            for member, options in roster.subscribers(conference)
        }
        people = roster.subscriptions[conference]
        idle = {member.number: status.state for member, status in people.idle()}
        others = {number: given for number, given in people.items() if number not in found}
        for number, member in roster.members.items() if others else ():
            if number in others and member.state != "removed":
                state = idle.get(number, member.state)
                found[number] = (member, dict(others[number]), state)
        for member in roster.with_role(conference, "moderator", "host"):
            found.setdefault(member.number, (member, {}, "not subscribed"))
        held = roster.roles_in(conference)
        return [
            {
                "number": member.number,
                "address": member.address,
                "name": member.name,
                "lang": member.lang,
                "role": max(ROLES[1], held.get(member.number, ROLES[0]), key=ROLES.index),
                "options": options,
                "state": state,
            }
            for _, (member, options, state) in sorted(found.items())
        ]


def everybody(config: Config) -> list[dict[str, object]]:
    """Everybody whom the roster knows, by number: number, address, name, lang, state (`active`, or
    why nothing is sent), and `places`: of each place a role, or else whether copies go there."""
    with _store(config) as store:
        roster = store.roster()
        places: dict[int, dict[str, str]] = {}
        for name, those in sorted(roster.subscriptions.items()):
            idle = {member.number: status.state for member, status in those.idle()}
            for number in those:
                places.setdefault(number, {})[name] = idle.get(number, "member")
        for (name, number), role in sorted(roster.roles.items()):
            if role:
                places.setdefault(number, {})["hub" if name == HUB else name] = role
        return [
            {
                "number": number,
                "address": member.address,
                "name": member.name,
                "lang": member.lang,
                "state": member.state,
                "places": places.get(number, {}),
            }
            for number, member in sorted(roster.members.items())
        ]


def add_mailbox(config: Config, address: str, *, forward: str, keep: bool) -> str:
    """Makes `NAME` at the hub's domain, or `NAME@DOMAIN` of a union, forward, keep, or both;
    replaces what it did before. Returns the whole address.

    Raises UsageError when it would do nothing, is a conference's address or is at no domain of
    ours; AddressError.
    """
    name, domain = at_domain(config, address)
    if not (forward or keep):
        raise UsageError("Say --forward ADDRESS or --keep, or both")
    if not _MAILBOX.fullmatch(name) or ".." in name:
        raise UsageError(f"{name!r} cannot be an address here. Use a-z, 0-9, . and -")
    if not domain and name in addresses.reserved():
        raise UsageError(f"{name} is an address of the hub itself. Choose another name")
    lists = {path.stem for path in config.conferences.glob("*.git")} if not domain else set()
    lists |= set(formernames.now(config.private, "conferences")) if not domain else set()
    if taken := clash(name, lists=lists, mailboxes=()):
        raise UsageError(f"{taken}. Choose another name")
    if forward and not is_valid(forward):
        raise AddressError(f"{forward!r} is not an e-mail address")
    with _store(config, change=True) as store:
        event = rosterevents.mailbox(
            name, at=clock.now(), by=OPERATOR, forward=forward, keep=keep, domain=domain
        )
        store.append([event], at=clock.now(), subject="Give an address")
    return f"{name}@{domain or config.domain}"


def remove_mailbox(config: Config, address: str) -> str:
    """Ends an address and its password; what was kept stays. Returns the whole address.

    Raises HubError when there is none.
    """
    rule = mailbox(config, address)
    with _store(config, change=True) as store:
        event = rosterevents.mailbox_removed(
            rule.local_part, at=clock.now(), by=OPERATOR, domain=rule.domain
        )
        store.append([event], at=clock.now(), subject="End an address")
    passwords.forget(config, address_of(config, rule))
    return address_of(config, rule)


def set_mailbox_password(config: Config, address: str, password: str) -> str:
    """A password with which the mail of a kept mailbox can be read; returns the whole address.

    Raises HubError for an address that is none or keeps nothing, UsageError for a poor password.
    """
    rule = mailbox(config, address)
    if not rule.keep:
        raise HubError(f"Mail to {address_of(config, rule)} is not kept here, so there is no door")
    passwords.set_password(config, address_of(config, rule), password)
    return address_of(config, rule)


def mailbox(config: Config, address: str) -> MailboxRule:
    """What happens with mail to an address here, also at a domain that is no more ours: it can end.
    Raises HubError when there is no such, UsageError when it is at no domain of ours either."""
    name, domain = _parted(config, address)
    with _store(config) as store:
        rule = store.roster().mailbox(f"{name}@{domain}" if domain else name)
    if rule is None:
        at_domain(config, address)
        raise HubError(f"There is no address {name}@{domain or config.domain}")
    return rule


def mailboxes(config: Config) -> list[MailboxRule]:
    """All addresses of people here, by domain and name."""
    with _store(config) as store:
        rules = store.roster().mailboxes.values()
        return sorted(rules, key=lambda rule: (rule.domain, rule.local_part))


def address_of(config: Config, rule: MailboxRule) -> str:
    """The whole address of a mailbox."""
    return f"{rule.local_part}@{rule.domain or config.domain}"


def at_domain(config: Config, address: str) -> tuple[str, str]:
    """(local part, union's domain or "" for the hub's) of what an operator writes. Raises
    UsageError when the domain is none of ours."""
    name, domain = _parted(config, address)
    if domain and domain not in config.mail_domains:
        ours = ", ".join(config.all_domains)
        remedy = "A union's domain belongs into hub.yaml, under mail_domains"
        raise UsageError(f"{domain} is not a domain of this hub ({ours}). {remedy}")
    return name, domain


def _parted(config: Config, address: str) -> tuple[str, str]:
    """As `at_domain`, whatever the domain is."""
    name, at, domain = fold(address).rpartition("@")
    if not at:
        return domain, ""
    domain = ascii_domain(domain)
    return name, "" if domain == config.domain else domain


def there(config: Config, conference: str) -> str:
    """What a conference or list is called today, as the roster knows it, also by a name that it had
    before. Raises HubError when there is none."""
    if not SLUG.fullmatch(conference) or not config.conference_repo(conference).exists():
        raise HubError(f"There is no conference or list {conference} in this hub")
    return formernames.current(config.private, config.conferences, conference)


def state_consent(config: Config, conference: str, consent: str) -> int:
    """Writes down that the unconfirmed members of a list agreed elsewhere, as the operator says;
    from now on they get its mail. Returns how many. Durable on return."""
    store = RosterStore.of(config)
    try:
        with changing(config):
            roster, now = store.roster(), clock.now()
            waiting = roster.unconfirmed(conference)
            agreed = Consent("owner", f"stated by the operator: {consent}")
            held = roster.subscriptions[conference]
            events = [
                rosterevents.subscribe(
                    conference, one.number, at=now, consent=agreed, options=held[one.number]
                )
                for one in waiting
            ]
            if events:
                store.append(events, at=now, subject=f"Confirm {len(events)} in {conference}")
            return len(events)
    finally:
        store.close()
