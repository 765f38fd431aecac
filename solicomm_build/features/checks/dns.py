"""Whether the DNS says of this hub what it should."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from solicomm_build.courier import signing
from solicomm_build.features.checks import ownaddresses as addresses
from solicomm_build.features.checks.hubsettings import is_loopback, sends_elsewhere
from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub import mailnames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.dns import Resolver, resolver_of
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.message.auth import dnsrecords
from solicomm_build.message.auth import spf as spf_rules
from solicomm_build.message.auth.dnsrecords import DnsRecord
from solicomm_build.message.auth.signer import key_record

_PRINT = "`solicomm check --dns` prints what to publish"
OFF = "`dns: off`, so it was not asked what is published"


def records(config: Config) -> tuple[DnsRecord, ...]:
    """The DNS records this hub needs; its key is made when it has none. Raises ContentError."""
    host = mailnames.host(config)
    reports = f"postmaster@{config.domain}" if config.operator else None
    signs, *others = [
        (selector, key_record(pem)) for selector, pem in signing.published(config).items()
    ]
    onwards = config.smarthost.host if config.smarthost else ""
    found = dnsrecords.records(
        config.domain,
        host=host,
        dkim_record=signs[1],
        reports=reports,
        onwards=onwards,
        selector=signs[0],
    )
    found += tuple(dnsrecords.for_key(config.domain, *one) for one in others)
    for domain in sorted(config.mail_domains):
        found += dnsrecords.for_people(domain, host=host, reports=reports, onwards=onwards)
    return found + tuple(_with_certificate(config, host, reports))


def _with_certificate(config: Config, host: str, reports: str | None) -> Iterator[DnsRecord]:
    """What is published once mail has a certificate."""
    web = mailnames.web(config)
    for domain in config.all_domains if config.tls else ():
        yield from dnsrecords.for_programs(domain, host=host, web=web)
        if config.mta_sts != "off":
            sts = mailnames.policy_id(config)
            yield from dnsrecords.for_transport(domain, web=web, policy_id=sts, reports=reports)


def key(config: Config) -> Iterator[Finding]:
    """Whether there is a key to sign with; one is made when there is none."""
    path = keys.dkim_key_path(config.keys, config.domain)
    shown = path.relative_to(config.root).as_posix()
    made = not path.exists()
    try:
        signer = signing.signer_of(config)
    except (ContentError, OSError) as error:
        yield fault(f"{shown}: {error}", "Put a good key there, or remove the file")
        return
    yield fine(f"{shown} ({signer.algorithm}) {'made just now' if made else 'is there'}")


def mx(config: Config) -> Iterator[Finding]:
    """Whether mail for each domain is brought to a host."""
    if (resolver := asked(config)) is None:
        yield fine(OFF)
        return
    wanted = f"mail.{config.domain}"
    for domain in config.all_domains:
        hosts = hosts_of(resolver, domain)
        if not hosts:
            yield warning(f"{domain} has none: most servers find no way to it", _PRINT)
        elif wanted not in hosts:
            yield warning(
                f"mail for {domain} goes to {', '.join(hosts)}, not to {wanted}",
                f"Fine when that host hands it on to this one; else {_PRINT}",
            )
        else:
            yield fine(f"mail for {domain} goes to {', '.join(hosts)}")


def address(config: Config) -> Iterator[Finding]:
    """Whether the hosts of MX lead to this machine."""
    if (resolver := asked(config)) is None:
        yield fine(OFF)
        return
    ours = [one for one in addresses.of_machine() if one.is_global]
    for host in hosts_of(resolver, config.domain) or [f"mail.{config.domain}"]:
        found = addresses_of(resolver, host)
        if not found:
            yield warning(f"{host} has no address", "Publish an A record, and AAAA if you have one")
        elif ours and not set(found) <= set(ours):
            foreign = ", ".join(str(one) for one in found if one not in ours)
            yield warning(
                f"{host} has {foreign}, which is none of this machine's",
                "Mend the record, unless another server takes mail for this one",
            )
        else:
            yield fine(f"{host} has {', '.join(map(str, found))}")


def ptr(config: Config) -> Iterator[Finding]:
    """Whether the addresses that mail goes out from lead back to a name, and that to them."""
    if (resolver := asked(config)) is None:
        yield fine(OFF)
        return
    for one in sends_from(config, resolver):
        names = resolver.records(one.reverse_pointer, "PTR")
        if not names:
            yield warning(
                f"{one} leads back to no name: large receivers refuse mail from there",
                f"Ask whoever gave you the address for a PTR record, mail.{config.domain}",
            )
        elif not any(one in addresses_of(resolver, name) for name in names):
            yield warning(
                f"{one} leads back to {', '.join(names)}, which does not lead to it",
                "Let both records name each other",
            )
        else:
            yield fine(f"{one} leads back to {', '.join(names)}")


def spf(config: Config) -> Iterator[Finding]:
    """Whether SPF, as receivers judge it, lets the hub's own addresses send (RFC 7208)."""
    if (resolver := asked(config)) is None:
        yield fine(OFF)
        return
    yield from _compared(config, "v=spf1", resolver)
    sending = sends_from(config, resolver)

    def ask(name: str, kind: spf_rules.Kind) -> tuple[str, ...]:
        if kind != "TXT":
            return resolver.records(name, kind)
        return tuple(one.decode("ascii", "replace") for one in resolver.txt(name).records)

    for domain in config.all_domains:
        for one in sending:
            outcome = spf_rules.evaluate(domain, one, ask)
            if outcome == "pass":
                yield fine(f"{domain} lets {one} send")
            elif outcome != "none":  # that there is none is said above
                yield warning(
                    f"{domain} does not let {one} send, which mail goes out from ({outcome})",
                    _PRINT,
                )


def dkim(config: Config) -> Iterator[Finding]:
    """Whether the key that copies are signed with is published."""
    yield from _published(config, "v=DKIM1")


def dmarc(config: Config) -> Iterator[Finding]:
    """Whether there is a policy."""
    yield from _published(config, "v=DMARC1")


def _published(config: Config, kind: str) -> Iterator[Finding]:
    if (resolver := asked(config)) is None:
        yield fine(OFF)
        return
    lacking = list(_compared(config, kind, resolver))
    yield from lacking
    if not lacking:
        yield fine("is published")


def _compared(config: Config, kind: str, resolver: Resolver) -> Iterator[Finding]:
    """A warning for each record of a kind that is not there."""
    try:
        wanted = tuple(one for one in records(config) if one.value.startswith(kind))
    except (ContentError, OSError):
        return  # the key is of no use; that has been said
    for sentence in dnsrecords.missing(wanted, resolver.txt):
        yield warning(sentence, _PRINT)


def sends_from(config: Config, resolver: Resolver) -> list[spf_rules.Address]:
    """Where mail goes out from: the relays that are other machines, several of them as far as they
    are named by addresses that others see; and, unless all are elsewhere, this machine's public
    addresses, or, behind a router that translates them, those of the host that MX names."""
    if config.delivery != "relay":
        return _own(config, resolver)
    hosts = sorted({host for host, _ in config.relays if not is_loopback(host)})
    found = [one for host in hosts for one in addresses_of(resolver, host)]
    if config.cluster.relay:  # in a network of their own they have other names
        found = [one for one in found if one.is_global]
    return found if sends_elsewhere(config) else [*found, *_own(config, resolver)]


def _own(config: Config, resolver: Resolver) -> list[spf_rules.Address]:
    if public := [one for one in addresses.of_machine() if one.is_global]:
        return public
    hosts = hosts_of(resolver, config.domain)
    mine = f"mail.{config.domain}"
    return addresses_of(resolver, mine if mine in hosts or not hosts else hosts[0])


def hosts_of(resolver: Resolver, domain: str) -> list[str]:
    """The hosts of MX, the first one first. A null MX (RFC 7505) is none."""
    found = [one.split() for one in resolver.records(domain, "MX")]
    ranked = sorted((int(one[0]), one[-1].rstrip(".").lower()) for one in found if len(one) == 2)
    return [host for _, host in ranked if host]


def addresses_of(resolver: Resolver, host: str) -> list[spf_rules.Address]:
    """The addresses of a host."""
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        found = (*resolver.records(host, "A"), *resolver.records(host, "AAAA"))
        return [ipaddress.ip_address(one) for one in found]


def begin() -> None:
    """Asks anew from now on; until then answers, and that nobody answers, are remembered."""
    _known.clear()


_known: dict[object, Resolver | None] = {}


def asked(config: Config) -> Resolver | None:
    """Who is asked; None where the DNS is off."""
    if config.dns not in _known:
        _known[config.dns] = resolver_of(config)
    return _known[config.dns]
