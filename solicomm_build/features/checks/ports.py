"""Whether mail gets through port 25, out to others and in to this machine; and, only where it is
asked for, whether lists of bad senders name it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from solicomm_build.features.checks import dns
from solicomm_build.features.checks.hubsettings import sends_elsewhere
from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Check, Finding, fine, warning

_PATIENCE = 4.0  # seconds for a connection
SMTP = 25
LISTS = ("zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org", "psbl.surriel.com")
"""Lists that large receivers ask (RFC 5782): `--blocklists` asks them."""
_REFUSED = "127.255.255."
"""Spamhaus says so to resolvers that it does not answer."""


def out(config: Config) -> Iterator[Finding]:
    """Whether a connection to another mail server comes about: that of the operator's address."""
    resolver = dns.asked(config)
    home = (config.operator or "").rpartition("@")[2]
    if resolver is None:
        yield fine(dns.OFF)
    elif config.delivery == "sink" or config.smarthost or sends_elsewhere(config):
        yield fine("is not needed: a relay elsewhere, or nobody, is mailed")
    elif not home or home in config.all_domains:
        yield fine("was not tried: `operator:` names no address elsewhere")
    else:
        hosts = dns.hosts_of(resolver, home) or [home]
        if not any(_connects(one, SMTP) for one in hosts[:2]):
            yield warning(
                f"no connection to {hosts[0]}, where the operator's mail goes: many providers shut "
                "port 25",
                "Ask the provider to open it, or send by one of theirs: `smarthost` in hub.yaml",
            )
        else:
            yield fine("is open: the operator's mail server answers")


def inwards(config: Config) -> Iterator[Finding]:
    """Whether the hosts of MX take connections, as far as this machine can see them."""
    resolver = dns.asked(config)
    if resolver is None:
        yield fine(dns.OFF)
        return
    for host in dns.hosts_of(resolver, config.domain)[:3]:
        found = [str(one) for one in dns.addresses_of(resolver, host)]
        closed = [one for one in found if not _connects(one, SMTP)]
        if closed:
            yield warning(
                f"{host} takes no mail at {', '.join(closed)}",
                "Start the mail server, open port 25 in the firewall; behind a router look from"
                " outside",
            )
        elif found:
            yield fine(f"{host} takes connections")


def blocklists(config: Config) -> Iterator[Finding]:
    """Whether a list names an address that mail goes out from."""
    resolver = dns.asked(config)
    if resolver is None:
        yield fine(dns.OFF)
        return
    for address in dns.sends_from(config, resolver):
        name = address.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
        for zone in LISTS:
            try:
                answers = resolver.records(f"{name}.{zone}", "A")
            except NameLookupError:
                answers = (_REFUSED,)
            if any(one.startswith(_REFUSED) for one in answers):
                yield fine(f"{zone} does not answer this machine's resolver")
            elif answers:
                yield warning(
                    f"{zone} names {address}, which mail goes out from ({answers[0]})",
                    f"See why at {zone}'s page, mend that, then ask to be taken off",
                )
            else:
                yield fine(f"{zone} does not name {address}")


ASKED = Check("blocklists", "blocklists", blocklists)
"""Looked at only when asked: it tells the lists' keepers which address asks."""


def _connects(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE):
            return True
    except OSError:
        return False
