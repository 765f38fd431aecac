"""The DNS, asked through dnspython with a cache; the only module that knows it.

`dns:` in hub.yaml says whom to ask: nobody (`off`), the machine's own resolver (`system`), or
servers named as HOST:PORT. Mail asks for TXT alone: DKIM keys and DMARC. `solicomm check` also asks
for MX, addresses and the names of addresses, to compare them.
Answers are kept as long as they say, at most a day. After a timeout nobody is asked for a while, so
that a dead DNS costs one timeout and not one for each message. The machine's own resolver is not
asked about names that cannot be on the internet (RFC 6761 6, RFC 2606 2).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.foundation.hub.config import Config, HostPort
from solicomm_build.foundation.types import TxtAnswer

if TYPE_CHECKING:  # loaded by who asks: it takes longer than most commands
    import dns.resolver

TIMEOUT = 3.0
"""Seconds for one question, all servers and repetitions together."""
LONGEST = 86_400
"""Seconds an answer is kept at most, whatever its TTL says."""
_FAILED = 30  # seconds that a failure is remembered for
_REST = 10  # seconds without questions after a timeout
_NEGATIVE = 300  # seconds, when nothing says how long there will be nothing (RFC 2308 5)
_ENTRIES = 10_000
_RECORDS = 100  # of one name: more is no key and no policy
_RESERVED = frozenset({"example", "invalid", "localhost", "test"})

Kind = Literal["TXT", "MX", "A", "AAAA", "PTR"]


class Resolver:
    """Asks servers for TXT records and remembers. Blocking; safe for several threads.

    Without `servers` the machine's own are asked.
    """

    def __init__(self, servers: Sequence[HostPort] | None = None) -> None:
        self._resolver = _system() if servers is None else _of(servers)
        self._public = servers is None
        self._resting = 0.0
        self._known: dict[str, tuple[float, TxtAnswer | None]] = {}

    def records(self, name: str, kind: Kind) -> tuple[str, ...]:
        """What a name has of another type, as a zone file writes it, sorted; nothing is kept.
        Names in it have no dot at their end. Raises NameLookupError when no server answers."""
        _, answer = self._ask(name.lower().rstrip("."), kind)
        if answer is None:
            raise NameLookupError(f"The DNS does not say what {_shown(name)} has")
        return tuple(one.decode("ascii", "replace") for one in answer.records)

    def txt(self, name: str) -> TxtAnswer:
        """The TXT records of a name. Raises NameLookupError when no server answers in time."""
        name = name.lower().rstrip(".")
        known = self._known.get(name)
        if known is not None and _lasts(known[0], LONGEST):
            answer = known[1]
        else:
            seconds, answer = self._ask(name)
            if len(self._known) >= _ENTRIES:
                self._known.clear()
            self._known[name] = (clock.timestamp() + max(0, min(seconds, LONGEST)), answer)
        if answer is None:
            raise NameLookupError(f"The DNS does not say what {_shown(name)} has")
        return answer

    def key(self, name: str) -> bytes | None:
        """The one TXT record of a name, as DKIM asks for it (RFC 6376 3.6.2.2): None when there is
        none. Raises NameLookupError."""
        records = self.txt(name).records
        return records[0] if records else None

    def _ask(self, name: str, kind: Kind = "TXT") -> tuple[int, TxtAnswer | None]:
        """(seconds it holds, answer); None when there was no answer."""
        if self._public and name.rpartition(".")[2] in _RESERVED:
            return LONGEST, TxtAnswer((), exists=False)
        if _lasts(self._resting, _REST):
            return 0, None
        import dns.exception
        import dns.name
        import dns.resolver

        try:
            answer = self._resolver.resolve(
                dns.name.from_text(name), kind, lifetime=TIMEOUT, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN as error:
            return _negative(error), TxtAnswer((), exists=False)
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, UnicodeError):
            return LONGEST, TxtAnswer((), exists=False)
        except dns.exception.Timeout:
            self._resting = clock.timestamp() + _REST
            return _FAILED, None
        except (dns.exception.DNSException, OSError, ValueError):
            return _FAILED, None
        if answer.rrset is None:
            return _NEGATIVE, TxtAnswer()
        records = tuple(_octets(item, kind) for item in answer.rrset)
        return answer.rrset.ttl, TxtAnswer(tuple(sorted(records[:_RECORDS])))


def _lasts(until: float, most: float) -> bool:
    """Whether a time lasts still. One that would last longer than it may was said by a clock that
    was put back since."""
    return 0 < until - clock.timestamp() <= most


def _octets(item: Any, kind: Kind) -> bytes:
    """A record's value: of TXT its octets, of others their text."""
    if kind == "TXT":
        return bytes(b"".join(item.strings)[:65_535])
    return str(item.to_text()).rstrip(".").encode("ascii", "replace")


def resolver_of(config: Config) -> Resolver | None:
    """The resolver that hub.yaml asks for; None when it is off."""
    if config.dns == "off":
        return None
    return Resolver(None if config.dns == "system" else tuple(config.dns))


def _system() -> dns.resolver.Resolver:
    import dns.exception
    import dns.resolver

    try:
        return dns.resolver.Resolver()
    except dns.exception.DNSException:  # no /etc/resolv.conf: every question fails, none is lost
        return dns.resolver.Resolver(configure=False)


def _of(servers: Sequence[HostPort]) -> dns.resolver.Resolver:
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [str(ipaddress.ip_address(host)) for host, _ in servers]
    resolver.nameserver_ports = {str(ipaddress.ip_address(h)): port for h, port in servers}
    return resolver


def _negative(error: dns.resolver.NXDOMAIN) -> int:
    """How long a name is not there: what the zone's SOA says (RFC 2308 5)."""
    responses: dict[Any, Any] = error.responses()  # type: ignore[no-untyped-call]
    for response in responses.values():
        for rrset in response.authority:
            for item in rrset:
                if hasattr(item, "minimum"):
                    return int(min(rrset.ttl, item.minimum))
    return _NEGATIVE


def _shown(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()[:253]
