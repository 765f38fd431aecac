"""What goes along when a member has another address, whoever says so.

Addresses of the hub that send mail on to the old one send it to the new one. A ban stays with the
person: it is of the new address, too, and still of the old one, by which nobody comes back. Trust
goes: who reads mail at the old address may be somebody else by now.
"""

from __future__ import annotations

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.address import key
from solicomm_build.people import eventfiles, rosterevents
from solicomm_build.people.membership import MailboxRule
from solicomm_build.people.memberstore import address_of
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event


def events(config: Config, roster: Roster, old: str, new: str, *, by: str) -> list[Event]:
    """The events beside that of the member. Asks the roster as it is before."""
    return [*_sent_on(config, roster, old, new, by), *_standings(roster, old, new, by)]


def sent_on_to(roster: Roster, address: str) -> list[MailboxRule]:
    """The addresses here whose mail is sent on to an address, by domain and name."""
    rules = (rule for rule in roster.mailboxes.values() if key(rule.forward) == key(address))
    return sorted(rules, key=lambda rule: (rule.domain, rule.local_part))


def _sent_on(config: Config, roster: Roster, old: str, new: str, by: str) -> list[Event]:
    """All but the mail of `new` itself, which would go round in a circle."""
    return [
        rosterevents.mailbox(
            rule.local_part,
            at=clock.now(),
            by=by,
            number=rule.number,
            forward=new,
            keep=rule.keep,
            domain=rule.domain,
        )
        for rule in sent_on_to(roster, old)
        if key(address_of(config, rule)) != key(new)
    ]


def _standings(roster: Roster, old: str, new: str, by: str) -> list[Event]:
    """A ban of the whole domain counts, too, where nothing nearer says otherwise."""
    own, domain = roster.standings_of(old), "@" + key(old).rpartition("@")[2]
    banned = {place for place, said in own.items() if said == "banned"}
    banned |= {
        place
        for place, said in roster.standings_of(domain).items()
        if said == "banned" and roster.is_banned(place, old)
    }
    now = clock.now()
    found = [rosterevents.standing(place, new, "banned", at=now, by=by) for place in sorted(banned)]
    for place in sorted(place for place, said in own.items() if said == "trusted"):
        if not roster.standing_at(place, new):
            found.append(rosterevents.standing(place, new, "trusted", at=now, by=by))
        found.append(rosterevents.standing(place, old, "", at=now, by=by))
    return found


def address_now(config: Config, roster: Roster, address: str) -> str:
    """The address that a member has now who had this one, which is no member's any more; empty
    where nobody did. Reads the whole log. Blocking."""
    found = [roster.members.get(number) for number in _who_had(config, address)]
    now = [one.address for one in found if one and key(one.address) != key(address)]
    return now[-1] if now else ""


def log_octets(config: Config) -> int:
    """About how many octets the log of the roster has that `address_now` reads; packed, its lines
    take a tenth. Quick."""
    files = (config.roster_repo / "objects").rglob("*")
    return 10 * sum(file.stat().st_size for file in files if file.is_file())


def _who_had(config: Config, address: str) -> list[int]:
    with Reader(open_repo(config.roster_repo)) as reader:
        return [
            int(event.data["number"])
            for _, blob in eventfiles.read(reader, eventfiles.at(reader, MAIN))
            for event in rosterevents.decode_events(blob)
            if event.type == "member"
            and key(str(event.data.get("address", ""))) == key(address)
            and isinstance(event.data.get("number"), int)
        ]
