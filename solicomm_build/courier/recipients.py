"""Who gets a copy of a post. Pure.

Every active subscriber, but: not with `mail: off`; not the author with `copy: off`; not who is in
To or Cc already with `dup: off` (mail.md E6.5, E6.6); never the list itself. An address gets one
copy however often it is subscribed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from solicomm_build.message import address
from solicomm_build.message.split import split
from solicomm_build.model.address import fold
from solicomm_build.model.roster import Roster


@dataclass(frozen=True, slots=True)
class Parties:
    """The addresses a message itself names, as `fold` writes them."""

    authors: frozenset[str]
    addressed: frozenset[str]


def parties(raw: bytes) -> Parties:
    """Reads From, To and Cc. Raises MessageError when the header cannot be read."""
    named: dict[str, set[str]] = {"from": set(), "to": set(), "cc": set()}
    for field in split(raw).fields:
        boxes = named.get(field.name.lower())
        if boxes is not None:
            boxes.update(fold(box.addr_spec) for box in address.parse_list(field.value))
    return Parties(frozenset(named["from"]), frozenset(named["to"] | named["cc"]))


def recipients(
    roster: Roster, list_id: str, message: Parties, *, never: Iterable[str] = ()
) -> tuple[str, ...]:
    """The addresses that get a copy, by member number."""
    seen = {fold(one) for one in never}
    return tuple(_fresh(_wanted(roster, list_id, message), seen))


def _wanted(roster: Roster, list_id: str, message: Parties) -> Iterator[str]:
    for member, options in roster.subscribers(list_id):
        key = fold(member.address)
        own = key in message.authors and options.get("copy") == "off"
        twice = key in message.addressed and options.get("dup") == "off"
        if options.get("mail") != "off" and not own and not twice:
            yield member.address


def _fresh(addresses: Iterable[str], seen: set[str]) -> Iterator[str]:
    for one in addresses:
        if (key := fold(one)) not in seen:
            seen.add(key)
            yield one
