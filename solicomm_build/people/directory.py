"""Addresses of people at unions' domains, and of forwards on their way back; around the directory
of the hub's own addresses (recipients.py).

At a domain of `mail_domains` only mailboxes exist, also with a `+detail`, and `postmaster` and
`abuse` (RFC 5321 4.5.1, RFC 2142), which are the operator's. A reverse-path that we made for a
forward (people/srs.py) stands for the address the mail came from; a forged one is
refused at RCPT.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.keys import token_key
from solicomm_build.people import recipients, srs
from solicomm_build.people.address import fold
from solicomm_build.people.recipients import ALWAYS, Directory, Recipient, ascii_domain, comparable
from solicomm_build.people.roster import Roster


class PeopleDirectory:
    """A Directory; `key` is the hub's token key, `mailboxes` the roster's names of mailboxes."""

    def __init__(
        self,
        hub: Directory,
        domain: str,
        *,
        domains: Container[str],
        mailboxes: Callable[[], Container[str]],
        key: bytes,
    ) -> None:
        self._hub, self._domain, self._domains = hub, ascii_domain(domain), domains
        self._mailboxes, self._key = mailboxes, key

    def resolve(self, addr_spec: str) -> Recipient | None:
        """See Directory."""
        local, _, domain = addr_spec.rpartition("@")
        domain = ascii_domain(domain)
        if local and domain in self._domains:
            return self._at_union(comparable(local), domain)
        if domain == self._domain and fold(local).startswith(srs.PREFIX):
            sender = srs.original(self._key, local, epoch_day())
            return Recipient("sender", sender) if sender else None
        return self._hub.resolve(addr_spec)

    def _at_union(self, local: str, domain: str) -> Recipient | None:
        if local in ALWAYS:
            return Recipient("role", local)
        mailboxes = self._mailboxes()
        if (name := f"{local}@{domain}") in mailboxes:
            return Recipient("mailbox", name)
        base, plus, detail = local.partition("+")
        if plus and (name := f"{base}@{domain}") in mailboxes:
            return Recipient("mailbox", name, detail=detail)
        return None


def directory_of(config: Config, roster: Callable[[], Roster]) -> Directory:
    """All addresses of a hub, for RCPT and for ingest."""
    return PeopleDirectory(
        recipients.of_hub(config, roster),
        config.domain,
        domains=config.mail_domains,
        mailboxes=lambda: roster().mailboxes,
        key=token_key(config.keys),
    )


def epoch_day() -> int:
    """Days since 1970-01-01, which reverse-paths carry."""
    return int(clock.timestamp() // 86_400)
