"""SPF: may this address send mail that has a domain in its envelope (RFC 7208 4). Pure, but for the
lookups it is given.

For `solicomm check`, which asks about the hub's own address: macros (section 7) are not expanded,
`exists` and `ptr` match nothing, and a record that needs them is `permerror` or falls through.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Literal

from solicomm_build.foundation.errors import NameLookupError

Outcome = Literal["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Kind = Literal["TXT", "MX", "A", "AAAA"]
Ask = Callable[[str, Kind], tuple[str, ...]]
"""Asks the DNS; raises NameLookupError. An MX is `preference name`."""

_LOOKUPS = 10  # mechanisms that ask the DNS, in all (RFC 7208 4.6.4)
_HOSTS = 10  # of one MX
_SIGNS: dict[str, Outcome] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class _Broken(Exception):
    """The record cannot be judged: permerror."""


class _Evaluation:
    def __init__(self, address: Address, ask: Ask) -> None:
        self._address, self._ask = address, ask
        self._left = _LOOKUPS

    def of(self, domain: str) -> Outcome:
        """RFC 7208 4.4 to 4.7."""
        found = [one for one in self._ask(domain, "TXT") if one.split(" ")[0].lower() == "v=spf1"]
        if len(found) != 1:
            if found:
                raise _Broken
            return "none"
        redirect = ""
        for term in found[0].split()[1:]:
            if "%" in term:
                raise _Broken
            name, equals, value = term.partition("=")
            if equals and ":" not in name and "/" not in name:
                redirect = value if name.lower() == "redirect" else redirect
                continue
            sign = term[0] if term[0] in _SIGNS else "+"
            if self._matches(term.removeprefix(sign), domain):
                return _SIGNS[sign]
        if not redirect:
            return "neutral"
        self._count()
        outcome = self.of(redirect)
        if outcome == "none":
            raise _Broken
        return outcome

    def _matches(self, term: str, domain: str) -> bool:
        body, _, v6 = term.partition("//")
        word, colon, argument = body.partition(":")
        kind = word.partition("/")[0].lower()
        if kind == "all":
            return True
        if kind in ("ip4", "ip6"):
            return self._in_network(argument)
        if kind in ("a", "mx"):
            self._count()
            target, slash, v4 = (argument if colon else body[len(kind) :]).partition("/")
            return self._is_of(kind, target or domain, v4 if slash else "", v6)
        if kind in ("exists", "ptr"):
            self._count()
            return False
        if kind == "include" and argument:
            self._count()
            outcome = self.of(argument)
            if outcome == "none":
                raise _Broken
            return outcome == "pass"
        raise _Broken

    def _in_network(self, text: str) -> bool:
        try:
            return self._address in ipaddress.ip_network(text, strict=False)
        except ValueError as error:
            raise _Broken from error

    def _is_of(self, kind: str, target: str, v4: str, v6: str) -> bool:
        hosts = [target]
        if kind == "mx":
            hosts = [one.split()[-1].rstrip(".") for one in self._ask(target, "MX")]
        if len(hosts) > _HOSTS:
            raise _Broken
        length = v4 if self._address.version == 4 else v6
        return any(
            self._in_network(f"{address}/{length}" if length else address)
            for host in hosts
            for address in self._ask(host, "A" if self._address.version == 4 else "AAAA")
        )

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _Broken


def evaluate(domain: str, address: Address, ask: Ask) -> Outcome:
    """What a receiver would find for mail with `domain` in its envelope from `address`."""
    try:
        return _Evaluation(address, ask).of(domain)
    except NameLookupError:
        return "temperror"
    except _Broken:
        return "permerror"
