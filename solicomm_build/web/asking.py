"""What the pages of a hub may cause to be mailed: nobody is bombed, and nobody is locked out.

What a place sends is counted before it is read, and past its bound not read at all: reading costs,
too. For a letter the place is asked first (network.py), then the mailbox that it would go to, then
the provider of that mailbox, where it goes to whoever is named. Only what passes all of them
counts, so what is refused uses up nobody's budget, and there is none that all share: whoever floods
one page stands in nobody's way. The desk holds at least as much for what a page promised
(desk/limits.py): where a page says that a mail comes, it does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from solicomm_build.foundation import network
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.lately import Lately
from solicomm_build.message.mailbox import LARGE, mailbox

TO_ONE_PROVIDER, TO_A_LARGE_ONE = 40, 400
"""Letters an hour to mailboxes of one provider that nobody has proved to be his own."""
READ_FOR_A_LETTER = 10
"""So many requests are read for each letter that a place may cause: people correct what they wrote,
and some share a place."""
_HOUR, _DAY = 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests of one kind: so many an hour from a place, so many letters a day to a mailbox, and
    to a mailbox from one place. `knows` says that only addresses that the hub knows are mailed.
    `later` are letters an hour to a mailbox for which those of the day were used up: who asks from
    many places in a member's name keeps no member out, who gets what they ask for.
    """

    name: str
    from_place: int
    to_mailbox: int
    from_place_to_mailbox: int
    knows: bool = False
    later: int = 0


JOIN = Kind("letters", 30, 10, 10)
FORM = Kind("letters", 20, 10, 10)
DEPOSIT = Kind("deposit", 20, 10, 10)
LOGIN = Kind("login", 20, 24, 6, knows=True, later=1)
EDIT = Kind("edit", 20, 24, 6, knows=True, later=1)


class Asking:
    """The budgets of one hub, for all its pages."""

    def __init__(self, config: Config, now: Callable[[], float] = time.monotonic) -> None:
        self._fronts = config.fronts
        self._hour, self._day = Lately(now, _HOUR), Lately(now, _DAY)

    def place(self, request: HTTPConnection) -> str:
        """The place that a request comes from."""
        return network.place(request.client.host if request.client else "", self._fronts)

    def may_read(self, kind: Kind, request: HTTPConnection) -> bool:
        """Whether what was sent is read at all; it counts. Ask before anything of the body."""
        place = self.place(request)
        if place == network.HERE:
            return True
        return self._hour.count(f"read {kind.name} {place}", kind.from_place * READ_FOR_A_LETTER)

    def may(self, kind: Kind, request: HTTPConnection, address: str) -> bool:
        """Whether one more letter may be asked for; if so it counts."""
        rules = self._rules(kind, request, address)
        if not all(lately.has_room(what, most) for lately, what, most in rules):
            return False
        return all(lately.count(what, most) for lately, what, most in rules)

    def is_of_day(self, kind: Kind, request: HTTPConnection, address: str) -> bool:
        """Whether what is refused now is refused for a day, and not for an hour alone."""
        rules = self._rules(kind, request, address)
        return any(one is self._day and not one.has_room(what, most) for one, what, most in rules)

    def _rules(
        self, kind: Kind, request: HTTPConnection, address: str
    ) -> list[tuple[Lately, str, int]]:
        """What has to have room: in which span, what is counted, and up to how much."""
        place, box = self.place(request), mailbox(address)
        to = f"to {kind.name} {box}"
        rules = [(self._day, to, kind.to_mailbox)]
        if kind.later and not self._day.has_room(to, kind.to_mailbox):
            rules = [(self._hour, to, kind.later)]
        if place != network.HERE:
            rules.insert(0, (self._hour, f"from {kind.name} {place}", kind.from_place))
            both = f"from {kind.name} {place} to {box}"
            rules.append((self._day, both, kind.from_place_to_mailbox))
        if not kind.knows:
            provider = box.rpartition("@")[2]
            most = TO_A_LARGE_ONE if provider in LARGE else TO_ONE_PROVIDER
            rules.append((self._hour, f"provider {provider}", most))
        return rules


def too_many(lang: str, *, of_day: bool = False) -> str:
    """What is said to who asks for more than that, and when there is more."""
    if of_day:
        return gettext(lang, "There were too many requests. Please try again tomorrow.")
    return gettext(lang, "There were too many requests. Please try again in an hour.")
