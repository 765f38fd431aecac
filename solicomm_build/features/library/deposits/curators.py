"""Who decides about documents that are handed in to a library."""

from __future__ import annotations

import re

from solicomm_build.features.library import library as settings
from solicomm_build.features.library.library import Library
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.address import key
from solicomm_build.people.membership import Member, TokenFacts
from solicomm_build.people.operators import staff
from solicomm_build.people.roster import HUB, Roster

_NUMBER = re.compile(r"[1-9][0-9]{0,9}")


def rules(config: Config, library: str) -> Library:
    """A library's settings; when they cannot be read, only its curators may hand in, and only
    people on our lists see anything of it. Blocking."""
    try:
        with Reader(open_repo(config.library_repo(library))) as reader:
            return settings.decode(reader.at(MAIN, settings.FILE) or b"")
    except SoliCommError:
        return Library(
            library, {"en": library}, {}, ("en",), visibility="members", deposit="curators"
        )


def is_one(config: Config, said: Library, library: str, roster: Roster, who: Member) -> bool:
    """Whether a member decides."""
    own = key(who.address)
    return any(key(one.address) == own for one in of(config, said, library, roster))


def still_decides(config: Config, library: str, roster: Roster, letter: TokenFacts) -> bool:
    """Whether who got a letter about a document decides for its library now; not who reads the
    mail of an address that a curator had before. Blocking."""
    number = letter.data.get("number", 0)
    if staff.decides(config, roster, letter.address, number):
        return True
    people = of(config, rules(config, library), library, roster)
    own = key(letter.address)
    return any(one.number == number for one in people if one.number and key(one.address) == own)


def of(config: Config, said: Library, library: str, roster: Roster) -> list[Member]:
    """Who decides: the curators that library.yaml (`said`) names by address or member number, but
    for who is no member any more or was banned from the whole hub; else the moderators and hosts of
    the library or the hub, else the operators."""
    found = _named(said, library, roster)
    return found or [one.member for one in staff.every(config, roster)]


def asked(config: Config, said: Library, library: str, roster: Roster) -> list[Member]:
    """Who of them is asked: whose mail does not come back, else the operators who want to be."""
    found = [one for one in _named(said, library, roster) if one.state == "active"]
    return found or [one.member for one in staff.told(config, roster)]


def _named(said: Library, library: str, roster: Roster) -> list[Member]:
    names = set(said.curators)
    numbers = [int(name) for name in names if _NUMBER.fullmatch(name)]
    known = [*map(roster.members.get, numbers), *map(roster.member, names)]
    here = (one for one in known if one is not None and one.state != "removed")
    named = {one.number: one for one in here if not roster.is_banned(HUB, one.address)}
    found = [one for _, one in sorted(named.items()) if said.names(one.address, str(one.number))]
    return found or roster.with_role(library, "moderator", "host")
