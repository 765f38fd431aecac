"""What a person answers: six questions, or a file. The file is docs/formats/setup.md.

Six: the domain, the operator's address, the domains of unions, the web (its name, and which server
is in front), where backups go. The rest is for machines that are not like most.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from solicomm_build.features.setup.places import HUB
from solicomm_build.foundation import schema
from solicomm_build.foundation.errors import ConfigError, ContentError, HubError
from solicomm_build.foundation.yamlsafe import scalar

SCHEMA = "solicomm/setup@1"
SERVERS = ("caddy", "nginx", "none")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{4,253}}$){_LABEL}(?:\.{_LABEL})+")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_PLACE = re.compile(r"/[^\s\"'\\]*|(?:sftp|s3|restic):\S+")
_USER = re.compile(r"[^\s:]{1,254}")
_PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
)
"""RFC 1918, RFC 4193; not what `is_private` says, which has the addresses of examples in it."""
_URL = re.compile(r"https://[^\s\"'\\{}]+")


@dataclass(frozen=True, slots=True)
class Relay:
    """A provider's server that sends our mail on, where port 25 outwards is closed. The password is
    the first line of a file, so that it stands nowhere else."""

    host: str
    port: int
    user: str
    password_file: Path


@dataclass(frozen=True, slots=True)
class Answers:
    """All that setup has to know. `unions` are domains whose people have addresses here; `pages` is
    the domain below which sites have origins of their own; `addresses` are those the world sees,
    where the machine has others (NAT); `acme` is the directory of another certificate authority
    than the usual one; `backup` is empty for none."""

    domain: str
    operator: str
    unions: tuple[str, ...] = ()
    server: str = "caddy"
    web: str = ""
    pages: str = ""
    backup: str = ""
    name: str = ""
    addresses: tuple[str, ...] = ()
    relay: Relay | None = None
    acme: str = ""
    local: bool = False
    """A hub in an office, which the internet does not know."""

    @property
    def host(self) -> str:
        """The web server's name."""
        return self.web or self.domain

    @property
    def mail(self) -> str:
        """The mail server's name."""
        return f"mail.{self.domain}"

    @property
    def mail_domains(self) -> dict[str, str]:
        """The ids of unions by their domains: the first label, or more of it where two have the
        same. Always the same for the same answers."""
        found: dict[str, str] = {}
        for domain in self.unions:
            labels = domain.split(".")
            names = (
                "-".join(labels[:count])[:28].rstrip("-") for count in range(1, 1 + len(labels))
            )
            numbered = (f"union-{number}" for number in range(1, 2 + len(found)))
            taken = found.values()
            found[domain] = next(one for one in (*names, *numbered) if one not in taken)
        return found


def read(path: Path) -> Answers:
    """The answers in a file. Raises HubError, or ConfigError with every fault."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise HubError(f"{path} cannot be read: {error.strerror}") from error
    return parse(octets, str(path))


def parse(octets: bytes | str, file: str) -> Answers:
    """The answers in the text of a file. Raises ConfigError with every fault."""
    try:
        top = schema.open_file(octets, file=file)
    except ContentError as error:
        raise ConfigError([error]) from error
    top.schema(SCHEMA, required=False)
    web, local = top.section("web"), top.flag("local")
    found = Answers(
        domain=_domain(top, "domain", "hub.example.org", required=True),
        operator=top.text(
            "operator", required=True, example="you@elsewhere.example", pattern=_ADDRESS
        ),
        unions=_domains(top),
        server=web.choice("server", SERVERS, "none" if local else "caddy"),
        web=_domain(web, "name", "hub.example.org"),
        pages=_domain(web, "pages", "unions.example"),
        backup=top.text("backup", pattern=_PLACE, example="/var/backups/solicomm"),
        name=top.text("name", longest=100),
        addresses=_addresses(top),
        relay=_relay(top),
        acme=top.text("acme", pattern=_URL, example="https://ca.example/directory"),
        local=local,
    )
    web.close()
    _agree(top, found)
    top.close()
    top.raise_faults(ConfigError)
    return found


def _domain(top: schema.Section, key: str, example: str, *, required: bool = False) -> str:
    said = top.text(key, required=required, example=example).lower().rstrip(".")
    if said and not _DOMAIN.fullmatch(said):
        remedy = "Write it in letters, digits, dots and hyphens; other scripts as xn--..."
        top.fault(key, f"{said[:60]!r} is not a domain name", remedy)
        return ""
    return said


def _domains(top: schema.Section) -> tuple[str, ...]:
    words = top.words("unions", example="[docks.example.org, metal.example.org]")
    found = tuple(word.lower().rstrip(".") for word in words)
    for word in found:
        if not _DOMAIN.fullmatch(word):
            remedy = "Write the domains of unions, such as `unions: [docks.example.org]`"
            top.fault("unions", f"`unions`: {word[:60]!r} is not a domain name", remedy)
    return found


def _addresses(top: schema.Section) -> tuple[str, ...]:
    found = []
    for word in top.words("addresses", example="[192.0.2.25]"):
        try:
            found.append(str(ipaddress.ip_address(word)))
        except ValueError:
            remedy = "Write what the world sees, such as `addresses: [192.0.2.25]`"
            top.fault("addresses", f"`addresses`: {word[:60]!r} is not an IP address", remedy)
    return tuple(found)


def _relay(top: schema.Section) -> Relay | None:
    if not top.has("relay"):
        return None
    section = top.section("relay")
    host = _domain(section, "host", "smtp.provider.example", required=True)
    port = section.integer("port", 587, low=1, high=65535)
    user = section.text("user", required=True, example="you@provider.example", pattern=_USER)
    file = section.text("password-file", required=True, example="/etc/postfix/password")
    section.close()
    if file and not file.startswith("/"):
        remedy = "Write a whole path, such as `/etc/postfix/password`"
        section.fault("password-file", f"{file[:60]!r} is not a path from /", remedy)
    return Relay(host, port, user, Path(file or "/"))


def _agree(top: schema.Section, found: Answers) -> None:
    """What contradicts itself."""
    place = found.operator.lower().rpartition("@")[2]
    if place and place in (found.domain, *found.unions):
        top.fault(
            "operator",
            f"{found.operator} is an address of this hub: when it is down, nobody hears of it",
            "Name an address that lives elsewhere",
        )
    if found.local:
        _local(top, found)
    else:
        _public(top, found)
    if f"{found.backup}/".startswith(f"{HUB}/"):
        top.fault(
            "backup",
            f"{found.backup} is in the hub itself",
            "Write a folder outside of it, or a place elsewhere",
        )
    if _holds_password(found.backup):
        top.fault(
            "backup",
            "a password stands in the address, where everybody on this machine can read it",
            "Leave it out; after setup, `solicomm backup` says where it goes",
        )
    if found.domain and found.domain in found.unions:
        top.fault("unions", f"{found.domain} is the hub's own domain", "Take it out of `unions`")
    if found.pages and found.pages in (found.domain, found.host):
        top.fault("web", f"{found.pages} is the hub's own name", "Give sites a domain of their own")
    if found.pages and found.server != "caddy":
        top.fault(
            "web",
            "setup gives sites names of their own behind Caddy alone",
            "Write `server: caddy`, or take `pages` out",
        )


def _public(top: schema.Section, found: Answers) -> None:
    """What keeps a hub from the world, so that no authority can certify it."""
    if found.domain.endswith(".local"):
        top.fault(
            "domain",
            f"{found.domain} is found in one network alone, without a DNS (RFC 6762)",
            "Write `local: true` for a hub in an office, or a domain of the DNS",
        )
    for one in map(ipaddress.ip_address, found.addresses):
        private = not found.acme and any(one in network for network in _PRIVATE)
        if private or one.is_loopback or one.is_link_local or one.is_unspecified:
            top.fault(
                "addresses",
                f"`addresses`: {one} is an address within one network or machine",
                "Write what the world sees, which is the router's",
            )


def _local(top: schema.Section, found: Answers) -> None:
    """What a hub in an office can be."""
    if not re.fullmatch(rf"{_LABEL}\.local", found.domain):
        top.fault(
            "domain",
            f"{found.domain} cannot be found without a DNS",
            "A local hub has a name such as `hub.local`, of one word before .local (RFC 6762)",
        )
    if found.server != "none" or found.web not in ("", found.domain):
        top.fault("web", "a local hub shows its pages itself", "Take `web` out")
    for key in ("unions", "acme", "addresses"):
        if top.has(key):
            top.fault(key, f"`{key}` needs the internet's DNS", f"Take `{key}` out")


def text(found: Answers) -> str:
    """The answers as a file that `parse` reads."""
    lines = [f"schema: {SCHEMA}", f"domain: {found.domain}", f"operator: {found.operator}"]
    if found.name:
        lines.append(f"name: {scalar(found.name)}")
    if found.unions:
        lines.append(f"unions: [{', '.join(found.unions)}]")
    pages = f", pages: {found.pages}" if found.pages else ""
    lines.append(f"web: {{server: {found.server}, name: {found.host}{pages}}}")
    if found.backup:
        lines.append(f"backup: {scalar(found.backup)}")
    if found.addresses:
        lines.append(f"addresses: [{', '.join(scalar(one) for one in found.addresses)}]")
    if (relay := found.relay) is not None:
        lines += ["relay:", f"  host: {relay.host}", f"  port: {relay.port}"]
        lines += [f"  user: {scalar(relay.user)}", f"  password-file: {relay.password_file}"]
    if found.local:
        lines.append("local: true")
    if found.acme:
        lines.append(f"acme: {found.acme}")
    return "\n".join(lines) + "\n"


def _holds_password(place: str) -> bool:
    """Whether an address in a place for backups has a password (RFC 3986 3.2.1)."""
    try:
        return urlsplit(f"//{place.partition('://')[2]}").password is not None
    except ValueError:
        return False  # an address that restic will not take
