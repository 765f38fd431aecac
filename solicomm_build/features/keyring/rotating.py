"""Changes the DKIM key in three steps, so that at no moment a mail has a signature that receivers
cannot check:

    make a key ─→ publish it beside the old one ─→ let it sign ─→ three weeks ─→ take the old away
"""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.courier import signing
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.dns import resolver_of
from solicomm_build.message.auth import dnsrecords, signer


def step(config: Config, *, published: bool = False) -> Iterator[str]:
    """Does the next step, and says what it was and what comes after. Raises HubError when it is too
    early, ContentError, NameLookupError."""
    was, now = signing.now(config), clock.now()
    waiting = [one for one in signing.published(config) if one not in (was.selector, was.before)]
    if waiting:
        yield from _switch(config, waiting[-1], published=published)
    elif was.before and was.since is not None:
        if now < was.since + signing.KEPT:
            raise HubError(
                f"mail that {was.before} signed may be under way until "
                f"{was.since + signing.KEPT:%Y-%m-%d}: keep its record until then"
            )
        gone = signing.retire(config)
        yield f"{gone} is gone. Take {gone}._domainkey.{config.domain} out of the DNS"
    else:
        selector = signing.prepare(config, now)
        yield f"A new key is made, {selector}; the old one signs on. Publish beside what is there:"
        yield dnsrecords.zone((_record(config, selector),)).rstrip("\n")
        yield "Then: solicomm keys rotate"


def _switch(config: Config, selector: str, *, published: bool) -> Iterator[str]:
    record = _record(config, selector)
    if not published:
        resolver = resolver_of(config)
        if resolver is None:
            raise HubError(
                f"`dns: off`, so nobody can see whether {record.name} is published. When it is: "
                "solicomm keys rotate --published"
            )
        if lacking := list(dnsrecords.missing((record,), resolver.txt)):
            raise HubError(f"{lacking[0]}. Publish it, wait an hour, and try again")
    before = signing.now(config).selector
    signing.switch(config, selector, clock.now())
    until = clock.now() + signing.KEPT
    yield f"{selector} signs from now on. Restart the hub: systemctl restart solicomm"
    yield f"Leave {before} in the DNS until {until:%Y-%m-%d}; then: solicomm keys rotate"


def _record(config: Config, selector: str) -> dnsrecords.DnsRecord:
    pem = signing.published(config)[selector]
    return dnsrecords.for_key(config.domain, selector, signer.key_record(pem))
