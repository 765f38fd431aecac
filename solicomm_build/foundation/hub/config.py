"""A hub's settings and the layout of its folder: one frozen Config.

Foundation; imports brand, errors, logfile. What `hub.yaml` says becomes a Config in hubyaml.py.
Secrets are not among the settings: keys lie in `private/keys`.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.brand import Brand
from solicomm_build.foundation.hub.cluster.settings import Cluster
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.foundation.hub.smarthost import Smarthost
from solicomm_build.foundation.logfile import Keeping
from solicomm_build.foundation.types import Bounds

FILE = "hub.yaml"
LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")
"""The languages the interface is translated into, and the default of a hub."""

HostPort = tuple[str, int]

# A host name of LDH labels (RFC 5321 2.3.5, RFC 1123 2.1); the whole is at most 253 characters.
_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")  # fmt: skip # noqa: E501
_HOST_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})", re.ASCII)


def named(address: HostPort) -> str:
    """An address as hub.yaml and URLs write it: IPv6 in brackets (RFC 3986 3.2.2)."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_domain(text: str) -> bool:
    """Whether it is a host name in small letters, other scripts as A-labels (RFC 5321 2.3.5)."""
    return _DOMAIN.fullmatch(text) is not None


def host_port(text: str) -> HostPort:
    """`127.0.0.1:8025` or `[::1]:8025`, for files and command lines. Raises ValueError."""
    match = _HOST_PORT.fullmatch(text)
    host = match[1].strip("[]") if match else ""
    if not match or int(match[2]) > 65535 or not _is_host(host):
        raise ValueError(f"{text!r} is not HOST:PORT")
    return host, int(match[2])


def _is_host(text: str) -> bool:
    """Whether it is an IP address, or can be a name; no name is all of digits (RFC 1123 2.1)."""
    if ":" not in text and re.search("[A-Za-z]", text):
        return is_domain(text.lower().removesuffix("."))
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(text))
    return False


Dns = Literal["off", "system"] | tuple[HostPort, ...]


@dataclass(frozen=True, slots=True)
class Limits(Bounds):
    """How much one client, message or process may ask for. What a message may be is in Bounds.

    Sizes are octets, times seconds. The defaults of a message: 25 MiB, since a base64 attachment of
    18 MB still fits (18 x 4/3 x 78/76).
    """

    message_bytes: int = 25 * 1024 * 1024
    recipients: int = 100
    connections: int = 200
    connections_per_ip: int = 50
    command_bytes: int = 2048
    line_bytes: int = 1024 * 1024
    timeout: int = 300
    free_disk_percent: int = 5
    spool_files: int = 10_000
    quarantine_days: int = 180
    push_bytes: int = 20 * 1024 * 1024
    library_push_bytes: int = 200 * 1024 * 1024
    delivery_bytes: int = 30 * 1024 * 1024
    deposits_a_day: int = 20
    site_file_bytes: int = 8 * 1024 * 1024
    site_files: int = 20_000
    site_bytes: int = 128 * 1024 * 1024
    history_bytes: int = 2 * 1024 * 1024 * 1024
    pushes_an_hour: int = 120


MtaSts = Literal["off", "testing", "enforce"]
Carried = Literal["", "library", "hub", "zim"]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a hub stands in a network of hubs: its scope (one of `SCOPES`), its regions as codes of
    UN M49, and the ids of the hubs that it counts itself to."""

    scope: str = ""
    regions: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


SCOPES = ("global", "regional", "sub-regional", "union")
"""How far a hub reaches, the widest first."""


@dataclass(frozen=True)
class Config:
    """A hub's settings and where its things lie. `url` has no slash at its end; `mail_domains` are
    the unions by the domains whose addresses of people this hub serves beside its own. Below the
    domain `pages` each union's site has an origin of its own.
    """

    root: Path
    name: str
    domain: str
    url: str
    languages: tuple[str, ...] = LANGUAGES
    http: HostPort = ("127.0.0.1", 8080)
    smtp: HostPort = ("127.0.0.1", 8025)
    lmtp: str | None = None
    mail_domains: Mapping[str, str] = field(default_factory=dict)
    dovecot: str | None = None
    delivery: str = "sink"
    relay: HostPort = ("127.0.0.1", 25)
    smarthost: Smarthost | None = None
    """Where Postfix hands on what goes out."""
    operator: str | None = None
    themes: tuple[str, ...] = ()
    fronts: tuple[str, ...] = ()
    """IP addresses of servers in front on other machines: they speak for many clients."""
    pages: str | None = None
    tls: tuple[Path, Path] | None = None
    tls_on_web: bool = True
    """Whether `tls` is for the web server, too, and not for mail alone."""
    mta_sts: MtaSts = "testing"
    """What mail servers that bring mail are told of TLS (mailnames.py)."""
    dns: Dns = "off"
    authserv_id: str | None = None
    authserv_peers: tuple[str, ...] = ()
    """IP addresses and networks that the server named by `authserv_id` hands mail over from."""
    arc: bool = False
    timezone: str = "UTC"
    limits: Limits = field(default_factory=Limits)
    log: Keeping = field(default_factory=Keeping)
    metrics: bool = False
    take: tuple[str, ...] = ()
    """What of the whole hub is made once a week for everybody to fetch: `stick`, `zim`."""
    cms: HostPort | None = None
    search_peers: tuple[str, ...] = ()
    """The addresses of hubs that are searched with this one, without a slash at their ends."""
    search_mirror: tuple[str, ...] = ()
    """The ids of hubs whose search index is kept here."""
    network: Reach = field(default_factory=Reach)
    activitypub: Outwards = field(default_factory=Outwards)
    brand: Brand = field(default_factory=Brand)
    carried: Carried = ""
    """What is carried with no server behind it: a `library` in a folder (`solicomm shelf`), a `hub`
    in one (`solicomm stick`), or as a `zim`, whose reader searches. Empty for a hub that runs; no
    setting of hub.yaml."""
    borrows: Path | None = None
    """The root of the hub whose objects the repositories of one that is carried borrow."""
    cells: int = 1
    """How many cells the hub shall have; how many it has says foundation/hub/cells.py."""
    cluster: Cluster = field(default_factory=Cluster)
    """The machines that the hub may run on."""
    cell: int = 0
    """The cell whose folders these settings name; no setting of hub.yaml."""

    def in_cell(self, cell: int) -> Config:
        """The same hub with the folders of another cell."""
        return self if cell == self.cell else replace(self, cell=cell)

    @property
    def relays(self) -> tuple[HostPort, ...]:
        """The mail servers that copies go to with `delivery: relay`, in turn."""
        return self.cluster.relay or (self.relay,)

    @property
    def web_tls(self) -> tuple[Path, Path] | None:
        """Certificate and key of the web server; None when it speaks plain http."""
        return self.tls if self.tls_on_web else None

    @property
    def own_url(self) -> str:
        """Where the web server listens itself, without a slash at the end."""
        return f"http{'s' if self.web_tls else ''}://{named(self.http)}"

    @property
    def mail_fronts(self) -> tuple[str, ...]:
        """Servers in front that hand over mail of many: no peers that limits are for."""
        return (*self.fronts, *self.authserv_peers)

    @cached_property
    def spool_in(self) -> Path:
        return self.root / "spool" / (f"in-{self.cell}" if self.cell else "in")

    @cached_property
    def spool_out(self) -> Path:
        """What this cell's courier hands over."""
        return self.root / "spool" / (f"out-{self.cell}" if self.cell else "out")

    @cached_property
    def spool_desk(self) -> Path:
        """Commands by mail, which the desk answers."""
        return self.root / "spool" / "desk"

    @cached_property
    def spool_bounces(self) -> Path:
        """What came back, which the courier reads."""
        return self.root / "spool" / "bounces"

    @cached_property
    def spool_quarantine(self) -> Path:
        return self.root / "spool" / "quarantine"

    @cached_property
    def sink(self) -> Path:
        """The mbox (mboxrd) that gets what `delivery: sink` does not send."""
        return self.root / "spool" / "sink.mbox"

    @cached_property
    def state(self) -> Path:
        """Caches: deleting the folder costs time, never data."""
        return self.root / "state"

    @cached_property
    def mail_log(self) -> Path:
        """What happened to mail, a line an event (maillog.py)."""
        return self.state / "mail.log"

    @cached_property
    def public(self) -> Path:
        return self.root / "public"

    @cached_property
    def previews(self) -> Path:
        """Drafts of union sites, made from their branches; not in public/, which is copied on."""
        return self.root / "previews"

    @cached_property
    def members(self) -> Path:
        """Pages of conferences for members only, and what is known of them; mode 0700, derived."""
        return self.state / "members"

    @cached_property
    def member_pages(self) -> Path:
        """What the web server shows of them after a login."""
        return self.members / "pages"

    @cached_property
    def private(self) -> Path:
        """Never served, never mirrored, mode 0700."""
        return self.root / "private"

    @cached_property
    def conferences(self) -> Path:
        return self.root / "content" / "conferences"

    @cached_property
    def libraries(self) -> Path:
        return self.root / "content" / "libraries"

    @cached_property
    def unions(self) -> Path:
        return self.root / "unions"

    @cached_property
    def copies(self) -> Path:
        """Copies of repositories of other hubs that do not stand among ours, by kind."""
        return self.root / "content" / "copies"

    @cached_property
    def site_repo(self) -> Path:
        return self.root / "content" / "site.git"

    @cached_property
    def people_repo(self) -> Path:
        """The cards of the people's directory; made with the first card. Not served by git."""
        return self.root / "content" / "people.git"

    @cached_property
    def hubs_repo(self) -> Path:
        """The cards of hubs; made when this hub first knows another. Not served by git."""
        return self.root / "content" / "hubs.git"

    @cached_property
    def roster_repo(self) -> Path:
        return self.private / "roster.git"

    @cached_property
    def mail_repo(self) -> Path:
        """The verbatim mail of this cell's conferences; in cell 0 what belongs to none, too."""
        own = self.private / "cells" / str(self.cell) if self.cell else self.private
        return own / "mail.git"

    @cached_property
    def access_repo(self) -> Path:
        """Who may push where."""
        return self.private / "access.git"

    @cached_property
    def hooks(self) -> Path:
        """What git runs before and after a push; written by git/receiving.py."""
        return self.root / "hooks"

    @cached_property
    def mailboxes(self) -> Path:
        return self.private / "mailboxes"

    @cached_property
    def maildirs(self) -> Path:
        """What mailboxes keep as Maildirs, `<domain>/<local part>`, for an IMAP server."""
        return self.private / "maildirs"

    @cached_property
    def mirrors(self) -> Path:
        """Copies of conferences for other programs, made from the repositories (mirror/)."""
        return self.root / "mirrors"

    @property
    def all_domains(self) -> tuple[str, ...]:
        """The hub's domain, then those of unions."""
        return (self.domain, *sorted(self.mail_domains))

    @cached_property
    def keys(self) -> Path:
        return self.private / "keys"

    def conference_repo(self, conference: str) -> Path:
        """Its repository, also by a name that it had before."""
        return self._repo(self.conferences, conference)

    def library_repo(self, library: str) -> Path:
        """Likewise."""
        return self._repo(self.libraries, library)

    def union_repo(self, union: str) -> Path:
        """Likewise."""
        return self._repo(self.unions, union)

    def _repo(self, folder: Path, name: str) -> Path:
        return folder / f"{formernames.current(self.private, folder, name)}.git"


def find_hub(option: str | None) -> Path:
    """The hub's folder: the option, else $SOLICOMM_HUB, else the current directory.

    Raises HubError when there is no hub.yaml in it, UsageError for an option without a folder.
    """
    if option == "":  # a variable of a script is not set: not the hub that is meant
        raise UsageError("--hub is empty, and nothing was done. Name the hub's folder")
    root = Path(option or os.environ.get("SOLICOMM_HUB") or ".").absolute()
    if not (root / FILE).is_file():
        raise HubError(
            f"{root} is not a hub: it has no {FILE}. Name one with --hub DIR or SOLICOMM_HUB, "
            "or make one with `solicomm init DIR`"
        )
    return root
