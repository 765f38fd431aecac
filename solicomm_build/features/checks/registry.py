"""Every check by its id, in the order they are read in; those of other features come last."""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.features.checks import (
    certificate,
    delivery,
    dns,
    front,
    hubsettings,
    machine,
    ports,
    probe,
    running,
    storage,
)
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Check, Level, Result, of_features, results

CHECKS: tuple[Check, ...] = (
    Check("running", "hub", running.stages),
    Check("last-build", "last build", running.last_build),
    Check("domain", "domain", hubsettings.domain),
    Check("url", "url", hubsettings.url),
    Check("operator", "operator", hubsettings.operator),
    Check("mail-domains", "mail_domains", hubsettings.mail_domains),
    Check("brand", "brand", hubsettings.brand),
    Check("letters", "letters", hubsettings.letters),
    Check("delivery", "delivery", delivery.way),
    Check("home", "home", delivery.home),
    Check("dovecot", "dovecot", delivery.dovecot),
    Check("authserv", "authserv_id", front.results),
    Check("held", "held mail", delivery.held),
    Check("moderators", "moderators", delivery.deciders),
    Check("quarantine", "quarantine", storage.quarantined),
    Check("certificate", "certificate", certificate.files),
    Check("private", "private", storage.private),
    Check("members-only", "members only", storage.members_only),
    Check("owner", "repositories", storage.repositories),
    Check("dkim-key", "DKIM key", dns.key),
    Check("dns-mx", "DNS MX", dns.mx),
    Check("dns-address", "DNS A and AAAA", dns.address),
    Check("dns-ptr", "DNS PTR", dns.ptr),
    Check("dns-spf", "DNS SPF", dns.spf),
    Check("dns-dkim", "DNS DKIM", dns.dkim),
    Check("dns-dmarc", "DNS DMARC", dns.dmarc),
    Check("port-out", "port 25 outwards", ports.out),
    Check("port-in", "port 25 inwards", ports.inwards),
    Check("disk", "disk", machine.disk),
    Check("memory", "memory", machine.memory),
    Check("sockets", "sockets", running.sockets),
    Check("spool", "spool", machine.spool),
    Check("clock", "clock", machine.the_clock),
    Check("walls", "walls", machine.walls),
)


PROBE = "front-probe"
"""The id of the one check that sends something; not one of `CHECKS`."""


def probing(place: tuple[str, int]) -> Check:
    """The check that sends a mail through the mail server at `place`, which is on this machine."""
    return Check(PROBE, "mail server in front", lambda config: probe.results(config, place))


def every() -> tuple[Check, ...]:
    """Ours, and those of features."""
    return (*CHECKS, *of_features())


def wrong_first(found: Iterable[Result]) -> list[Result]:
    """Faults, then warnings, then what is fine; else in their order."""
    return sorted(found, key=lambda one: _ORDER.index(one.level))


_ORDER: tuple[Level, ...] = ("fault", "warning", "fine")


def check(config: Config, checks: Iterable[Check] | None = None) -> list[Result]:
    """Everything that was looked at, by these checks or by every one. Blocking, for seconds when
    the DNS or the relay is slow."""
    dns.begin()
    return [result for one in checks or every() for result in results(one, config)]
