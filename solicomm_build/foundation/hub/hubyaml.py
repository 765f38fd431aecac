"""`hub.yaml`: read into a Config, or the full list of faults.

Foundation; imports config, brand, schema and errors. The format is docs/formats/hub-yaml.md.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import cast, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from solicomm_build.foundation import data, hooks, schema
from solicomm_build.foundation.errors import ConfigError, ContentError, HubError
from solicomm_build.foundation.hub import brand, cells, outwards, smarthost, webhost
from solicomm_build.foundation.hub.cluster import settings as cluster
from solicomm_build.foundation.hub.config import (
    FILE,
    LANGUAGES,
    SCOPES,
    Config,
    Dns,
    HostPort,
    Limits,
    MtaSts,
    Reach,
    host_port,
    is_domain,
)
from solicomm_build.foundation.logfile import Keeping
from solicomm_build.foundation.types import FARTHEST, HUB_ID, SLUG
from solicomm_build.foundation.yamlsafe import scalar

SCHEMA = "solicomm/hub@1"
MOST_PEERS = 10
"""Hubs that one search asks beside its own: each may cost its reader 30 KB."""

_DNS_WORD = re.compile(r"off|system|[0-9A-Za-z.:\[\]-]{1,80}")
_FRONT = re.compile(r"[0-9A-Fa-f.:]{2,45}")
_TAKE = re.compile(r"stick|zim")
_THEME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_PEER = re.compile(r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\])(?::\d{1,5})?(?:/[\w.~/-]*)?", re.ASCII)  # fmt: skip # noqa: E501
"""The address of a hub as a Content-Security-Policy can name it (CSP Level 3, 2.3.1)."""
_NETWORK = re.compile(r"[0-9A-Fa-f.:/]{2,49}")
_REGION = re.compile(r"[0-9]{3}")
_AUTHSERV_ID = re.compile(r"[A-Za-z0-9._-]{1,253}")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()]{1,64}@[a-z0-9.-]{1,253}", re.IGNORECASE)


_LOWEST = {"message_bytes": 65_536, "recipients": 100, "command_bytes": 512, "line_bytes": 1000}
"""What the standards make a server take at least (RFC 5321 4.5.3.1)."""
_HIGHEST = asdict(FARTHEST) | {
    "timeout": 86_400,
    "free_disk_percent": 99,
    "quarantine_days": 700_000,
}
"""What is read of a message at most, so that none can hurt the hub; then what a day, a disk and
the years since 1 have."""


def load(root: Path) -> Config:
    """The settings of the hub at `root`, whose own features are there from now on. Raises
    ConfigError with every fault; HubError."""
    hooks.adopt(root / hooks.FOLDER)
    try:
        data = (root / FILE).read_bytes()
    except OSError as error:
        raise HubError(f"{root / FILE} cannot be read: {error.strerror}") from error
    return parse(data, root)


def parse(data: bytes | str, root: Path) -> Config:
    """The settings in the text of a hub.yaml. Raises ConfigError with every fault."""
    try:
        top = schema.open_file(data, file=FILE)
    except ContentError as error:
        raise ConfigError([error]) from error
    top.schema(SCHEMA, required=False)
    tls = _tls(top, root)
    languages = top.languages("languages", LANGUAGES)
    peers, mirror = _search(top)
    config = Config(
        root=root,
        name=top.text("name", required=True, example="Workers' hub", longest=100),
        domain=_domain(top),
        url=_url(top),
        languages=languages,
        brand=brand.read(top, languages[0]),
        http=top.parsed("http", host_port, ("127.0.0.1", 8080), "Write `http: 127.0.0.1:8080`"),
        smtp=top.parsed("smtp", host_port, ("127.0.0.1", 8025), "Write `smtp: 127.0.0.1:8025`"),
        lmtp=top.parsed(
            "lmtp", _lmtp, None, "Write `lmtp: unix:/run/solicomm/lmtp` or leave it out"
        ),
        mail_domains=_mail_domains(top),
        dovecot=top.parsed(
            "dovecot", _lmtp, None, "Write `dovecot: unix:/run/dovecot/lmtp` or leave it out"
        ),
        delivery=top.choice("delivery", ("sink", "relay"), "sink"),
        relay=smarthost.relay(top),
        smarthost=smarthost.read(top),
        themes=top.words("themes", pattern=_THEME, example="[notmyidea]"),
        fronts=_fronts(top),
        pages=_pages(top),
        operator=top.parsed("operator", _address, None, "Write `operator: you@example.org`"),
        tls=tls[0],
        tls_on_web=tls[1],
        mta_sts=cast(MtaSts, top.choice("mta_sts", get_args(MtaSts), "testing")),
        dns=_dns(top),
        authserv_id=top.parsed(
            "authserv_id", _authserv_id, None, "Write what your mail server calls itself there"
        ),
        authserv_peers=_authserv_peers(top),
        arc=top.choice("arc", ("on", "off"), "off") == "on",
        timezone=top.parsed(
            "timezone", _zone, "UTC", "Write for example `timezone: Europe/Madrid`"
        ),
        limits=_limits(top),
        take=top.words("take", pattern=_TAKE, example="[stick, zim]"),
        metrics=top.choice("metrics", ("loopback", "off"), "off") == "loopback",
        log=_log(top),
        cms=_cms(top),
        search_peers=peers,
        search_mirror=mirror,
        network=_reach(top),
        activitypub=outwards.read(top),
        cells=top.integer("cells", 1, low=1, high=cells.MOST),
        cluster=cluster.read(top),
    )
    top.close()
    top.raise_faults(ConfigError)
    return config


def _cms(top: schema.Section) -> HostPort | None:
    """Where Decap CMS was served, and now leads to the studio; nowhere when it is not named."""
    section = top.section("cms")
    where = section.parsed("http", host_port, None, "Write `cms: {http: 127.0.0.1:8090}`")
    section.close()
    return where


def _lmtp(text: str) -> str | None:
    if text in {"none", "off"}:
        return None
    if not (text.startswith("unix:") and len(text) > len("unix:")):
        host_port(text)
    return text


def _address(text: str) -> str:
    domain = text.rpartition("@")[2].lower()
    if not (_ADDRESS.fullmatch(text) and is_domain(domain)):
        raise ValueError(f"{text!r} is not an e-mail address")
    return text


def _zone(text: str) -> str:
    try:
        if text != "UTC":
            ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{text!r} is not a time zone that this machine knows") from None
    return text


def _domain(top: schema.Section) -> str:
    said = top.text("domain", required=True, example="hub.example.org")
    domain = said.lower().rstrip(".")
    if said and not is_domain(domain):
        top.fault(
            "domain",
            f"{said!r} is not a domain name",
            "Write it in letters, digits, dots and hyphens; other scripts as xn--...",
        )
    return domain


def _mail_domains(top: schema.Section) -> dict[str, str]:
    section = top.section("mail_domains")
    found: dict[str, str] = {}
    for name in section.values:
        union, domain = section.text(name), name.lower().rstrip(".")
        if not is_domain(domain) or domain == top.values.get("domain"):
            remedy = "Name a union's domain in letters, digits, dots and hyphens, not the hub's"
            section.fault(name, f"`mail_domains`: {name!r} cannot stand here", remedy)
        elif not SLUG.fullmatch(union):
            remedy = f"Write the id of a union: `{name}: dockers`"
            section.fault(name, f"`mail_domains`: {union!r} is not the id of a union", remedy)
        else:
            found[domain] = union
    return found


def _fronts(top: schema.Section) -> tuple[str, ...]:
    """Servers in front that are not on this machine; one that is needs no word."""
    found = []
    for word in top.words("fronts", pattern=_FRONT, example="[192.0.2.10]"):
        try:
            found.append(str(ipaddress.ip_address(word)))
        except ValueError:
            remedy = "Write the address of the proxy or mail server, `fronts: [192.0.2.10]`"
            top.fault("fronts", f"`fronts`: {word!r} is not an IP address", remedy)
    return tuple(found)


def _pages(top: schema.Section) -> str | None:
    """The pages domain: never the domain of mail, git and login (security of one origin each)."""
    if not top.has("pages"):
        return None
    section = top.section("pages")
    said = section.text("domain", required=True, example="unions.example")
    domain = said.lower().rstrip(".")
    hub = urlsplit(_own_url(top)).hostname
    if said and (not is_domain(domain) or "." not in domain):
        remedy = "Write it in letters, digits, dots and hyphens; other scripts as xn--..."
        section.fault("domain", f"`pages`: {said!r} is not a domain name", remedy)
    elif domain in (hub, top.values.get("domain")):
        remedy = "Take a domain of its own, such as unions.example"
        section.fault("domain", f"`pages`: {domain} is the hub's own domain", remedy)
    section.close()
    return domain or None


def _url(top: schema.Section) -> str:
    example = "https://hub.example.org"
    if not top.text("url", required=True, example=example):
        return ""
    return top.parsed("url", _web_url, "", f"Write for example `url: {example}`")


def _own_url(top: schema.Section) -> str:
    """The hub's address, for comparing others with it; "" while it is none, which is told once."""
    try:
        return _web_url(str(top.values.get("url", "")))
    except ValueError:
        return ""


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    plain = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    if not plain or parts.query or parts.fragment or re.search(r"[\s<>\"'\\]", text):
        raise ValueError(f"{text!r} is not the address of a web site")
    _ = parts.port  # raises ValueError when it is no number
    return webhost.ascii_url(text.rstrip("/"))


def _tls(top: schema.Section, root: Path) -> tuple[tuple[Path, Path] | None, bool]:
    """The files, and whether the web server uses them, too."""
    if not top.has("tls"):
        return None, True
    section = top.section("tls")
    certificate = section.text("certificate", required=True, example="/etc/ssl/hub.pem")
    key = section.text("key", required=True, example="/etc/ssl/private/hub.key")
    on_web = section.choice("web", ("on", "off"), "on") == "on"
    section.close()
    return (root / certificate, root / key), on_web


def _dns(top: schema.Section) -> Dns:
    """Whom to ask. While nothing is sent nobody is asked either, unless the file says so."""
    words = top.words("dns", pattern=_DNS_WORD, example="[127.0.0.1:53]")
    if not words:
        return "system" if top.values.get("delivery") == "relay" else "off"
    if words == ("off",):
        return "off"
    if words == ("system",):
        return "system"
    servers = []
    for word in words:
        try:
            host, port = host_port(word)
            if not port:
                raise ValueError(word)
            servers.append((str(ipaddress.ip_address(host)), port))
        except ValueError:
            top.fault(
                "dns",
                f"`dns`: {word!r} is not the IP address and port of a server",
                "Write `dns: off`, `dns: system` or `dns: [127.0.0.1:53]`",
            )
    return tuple(servers)


def _authserv_id(text: str) -> str:
    """RFC 8601 2.2 and 5: a name that only our own mail server writes."""
    if not _AUTHSERV_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not an authserv-id")
    return text.lower()


def _authserv_peers(top: schema.Section) -> tuple[str, ...]:
    """Addresses and networks of the mail server in front; never all of the internet."""
    found = []
    for word in top.words("authserv_peers", pattern=_NETWORK, example="[192.0.2.25]"):
        try:
            network = ipaddress.ip_network(word)
            if network.num_addresses > 2 ** (network.max_prefixlen // 2):
                raise ValueError(word)
            found.append(str(network))
        except ValueError:
            top.fault(
                "authserv_peers",
                f"`authserv_peers`: {word!r} is not the IP address or small network of a server",
                "Write the addresses of your mail server, such as `authserv_peers: [192.0.2.25]`",
            )
    return tuple(found)


def _limits(top: schema.Section) -> Limits:
    section = top.section("limits")
    numbers = {
        item.name: section.integer(
            item.name,
            default,
            low=_LOWEST.get(item.name, 1),
            high=_HIGHEST.get(item.name, 10**15),
            things=not item.name.endswith("_bytes"),
        )
        for item in fields(Limits)
        if isinstance(default := item.default, int)
    }
    section.close()
    return Limits(**numbers)


def _log(top: schema.Section) -> Keeping:
    section, usual = top.section("log"), Keeping()
    keeping = Keeping(
        section.integer("file_bytes", usual.file_bytes, low=65_536),
        section.integer("file_days", usual.file_days, low=1, high=366),
        section.integer("keep_days", usual.keep_days, low=1, high=3660),
        section.integer("keep_bytes", usual.keep_bytes, low=65_536),
        section.choice("debug", ("on", "off"), "off") == "on",
    )
    section.close()
    return keeping


def _search(top: schema.Section) -> tuple[tuple[str, ...], tuple[str, ...]]:
    section = top.section("search")
    mirror = section.words("mirror", pattern=HUB_ID, example="[water-3fk2q7ab]", most=MOST_PEERS)
    example = "[https://hub.example.org]"
    peers = tuple(
        peer.rstrip("/") for peer in section.words("peers", pattern=_PEER, example=example)
    )
    for peer in peers:
        try:
            _ = urlsplit(peer).port
        except ValueError as error:
            section.fault("peers", f"`peers`: {peer!r}: {error}", f"Write {example}")
    own = _own_url(top)
    if own and own in peers:
        section.fault("peers", f"`peers` names this hub itself, {own!r}", "Remove it")
    if len(peers) > MOST_PEERS:
        section.fault(
            "peers",
            f"`peers` names {len(peers)} hubs; every search asks all of them",
            f"Keep the {MOST_PEERS} that matter most",
        )
    section.close()
    return peers, mirror


def _reach(top: schema.Section) -> Reach:
    """Where the hub stands in a network; what its card says of it."""
    section = top.section("network")
    reach = Reach(
        section.choice("scope", SCOPES) if section.has("scope") else "",
        section.words("regions", pattern=_REGION, example="[014]", most=50),
        section.words("parents", pattern=HUB_ID, example="[water-3fk2q7ab]", most=5),
    )
    section.close()
    return reach


def template(
    name: str,
    domain: str,
    *,
    url: str = "http://127.0.0.1:8080",
    languages: tuple[str, ...] = LANGUAGES,
) -> str:
    """The text of a new hub.yaml, each setting explained; `parse` reads it without a fault."""
    return data.beside(__file__, "hub.yaml.txt").format(
        name=scalar(name), domain=scalar(domain), url=scalar(url), languages=", ".join(languages)
    )
