"""What hub.yaml says, as far as its form (config.py's business) does not tell."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from solicomm_build.foundation.hub.brand import Brand
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.people.rosterstore import RosterStore

_RESERVED = (".example", ".invalid", ".test", ".localhost", ".local")
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def domain(config: Config) -> Iterator[Finding]:
    """Whether the domain can be reached from elsewhere."""
    if "." in config.domain and not f".{config.domain}".endswith(_RESERVED):
        yield fine(config.domain)
        return
    sends = config.delivery == "relay" and sends_elsewhere(config)
    words = f"{config.domain} cannot be reached from elsewhere"
    yield (fault if sends else warning)(words, "Fine for a trial; else write your own domain")


def url(config: Config) -> Iterator[Finding]:
    """Whether links in mails lead here for everybody."""
    if is_loopback(urlsplit(config.url).hostname or ""):
        yield warning(
            f"links in mails start with {config.url}, which only works here",
            "Write the address that members reach the hub by",
        )
    elif not config.url.startswith("https:"):
        yield warning(
            "one-click unsubscribing has to be https (RFC 8058 3.1)",
            "Put a web server with TLS in front and write `url: https://…`",
        )
    else:
        yield fine(config.url)
    if config.web_tls and is_loopback(config.http[0]):
        yield warning(
            f"SoliComm speaks https at {config.own_url}, which only this machine reaches; a web "
            "server in front speaks http to it, and answers 502",
            "Write `web: off` under `tls`: the certificate is then for mail alone",
        )


def operator(config: Config) -> Iterator[Finding]:
    """Whether somebody reads what concerns the machine, even when the hub is down."""
    where = (config.operator or "").rpartition("@")[2].lower()
    if config.operator is None:
        yield warning(
            "nobody gets what is written to postmaster and abuse",
            "Write `operator: you@…` (RFC 2142 asks for it)",
        )
    elif now := _moved(config):
        yield warning(
            f"a member had {config.operator} once and has {now} now: who reads that old mailbox "
            "gets what is the operator's, and may do it",
            f"Write `operator: {now}`, or whoever looks after the hub",
        )
    elif where in config.all_domains:
        yield warning(
            f"{where} is this hub's own: when it stands still, nobody hears of it",
            "Write an address elsewhere",
        )
    else:
        yield fine("is somewhere else")


def _moved(config: Config) -> str:
    """The address of today of a member who had the operator's before, which is no member's now."""
    if not config.roster_repo.is_dir():
        return ""
    store = RosterStore.of(config)
    try:
        roster, named = store.roster(), config.operator or ""
        member = roster.since_moved(named, _EVER) if roster.member(named) is None else None
        return member.address if member is not None else ""
    finally:
        store.close()


def mail_domains(config: Config) -> Iterator[Finding]:
    """Whether the unions that `mail_domains` names are here."""
    lacking = {
        name: union
        for name, union in config.mail_domains.items()
        if not config.union_repo(union).is_dir()
    }
    for name, union in sorted(lacking.items()):
        yield fault(
            f"{name} is said to be of the union {union}, which is not here",
            f"Mend the name, or make it: solicomm new union {union}",
        )
    if not lacking:
        yield fine(", ".join(sorted(config.mail_domains)) or "none")


def brand(config: Config) -> Iterator[Finding]:
    """Whether the pictures of the hub's look can be shown."""
    from solicomm_build.builder.front.branding import look_of

    wrong = look_of(config).faults
    for file, reason in wrong:
        yield warning(f"{file}: {reason}", "Pages go without it until then")
    if not wrong:
        yield fine("can be shown" if config.brand != Brand() else "the theme's own")


def letters(config: Config) -> Iterator[Finding]:
    """Whether the letters of the hub's own in `letters/` can be sent."""
    from solicomm_build.desk import lettering, templates

    own = config.root / lettering.OWN
    wrong = list(templates.faults(own))
    for one in wrong:
        yield warning(f"{one.place}: {one.what}; ours is sent", one.remedy)
    if not wrong:
        yield fine("the hub's own can be sent" if own.is_dir() else "none of the hub's own")


def sends_elsewhere(config: Config) -> bool:
    """Whether mail goes out by mail servers on other machines alone."""
    return not any(is_loopback(host) for host, _ in config.relays)


def is_loopback(host: str) -> bool:
    """Whether a name or address of hub.yaml means this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
