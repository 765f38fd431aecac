"""Which host name shows what: the hub itself, one union's site, or nothing of ours; and which
paths are on this hub.

Pure. A union's site has an origin of its own, `<union>.<pages domain>`, and perhaps a domain of the
union's, which counts only when the DNS has proved that the union wants it
(foundation/hub/domains.py).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from solicomm_build.foundation.types import SLUG

HUB = ""
"""Stands for the hub itself where others get the id of a union."""

_NAME = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_TWO_WAYS = frozenset("ßς\u200c\u200d")
_SUFFIX = re.compile(r":\d{1,5}$")
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "3": "e", "-": "", ".": ""})


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hub's names, and where unions are. `pages` is the pages domain; without one every name
    shows the hub, as the embedded server always did. `proven` are domains of unions."""

    url: str
    domain: str
    pages: str | None = None
    proven: Mapping[str, str] = field(default_factory=dict)

    def of(self, host: str) -> str | None:
        """The union shown at the value of a Host field (RFC 9110 7.2), HUB, or None for a name
        that is not ours. Whether there is such a union is for others to say."""
        name = plain(host)
        if name in self.proven:
            return self.proven[name]
        if self.pages is None or name in self.own or _is_machine(name):
            return HUB
        union = name.removesuffix(f".{self.pages}")
        return union if union != name and SLUG.fullmatch(union) else None

    @property
    def own(self) -> frozenset[str]:
        """The names of the hub itself."""
        return frozenset({self.domain, urlsplit(self.url).hostname or self.domain})

    def fault(self, domain: str) -> tuple[str, str] | None:
        """Why a union cannot have this domain, and what to do; None when it can."""
        if not _NAME.fullmatch(domain):
            return (
                f"{domain!r} is not a domain name",
                "Write it in letters, digits, dots and hyphens; other scripts as xn--...",
            )
        for mine in (*sorted(self.own), *([self.pages] if self.pages else [])):
            if domain == mine or domain.endswith(f".{mine}") or mine.endswith(f".{domain}"):
                return (
                    f"{domain} belongs to the hub's own {mine}",
                    "Choose a name that is the union's own",
                )
            if _skeleton(domain) == _skeleton(mine):
                return (
                    f"{domain} looks like the hub's own {mine}",
                    "Choose a name that nobody takes for the hub's",
                )
        return None


def ascii_url(url: str) -> str:
    """The address with its host in A-labels (RFC 5890 2.3.2.1), as browsers send it, certificates
    name it and header fields of mail need it. Raises ValueError for a host that is no name, or one
    that programs of before 2010 and of today read as two names (RFC 5894 7.2)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host.isascii():
        return url
    if set(host.lower()) & _TWO_WAYS:
        raise ValueError(f"{host!r} is read in two ways; write it as browsers show it, xn--...")
    made = host.encode("idna").decode("ascii").lower()
    port = f":{parts.port}" if parts.port is not None else ""
    return parts._replace(netloc=f"{made}{port}").geturl()


def shown(host: str) -> str:
    """A host as people read it, in its own letters."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def plain(host: str) -> str:
    """A Host field without its port, a final dot and capitals."""
    return _SUFFIX.sub("", host.strip().lower()).rstrip(".")


def origin(url: str, pages: str | None, union: str) -> str:
    """The origin of a union's site, in the scheme (and, where it names one, at the port) of the
    hub's `url`; empty without a pages domain."""
    if pages is None:
        return ""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{union}.{pages}{port}"


def absolute(hub: str, pages_domain: str | None, url: str) -> str:
    """The whole address of what lies at the root-relative `url` of the hub at `hub`.

    >>> absolute("https://hub.example", "pages.example", "/unions/metal/about/")
    'https://metal.pages.example/about/'
    """
    parts = url.split("/", 3)
    if pages_domain is None or len(parts) < 4 or parts[:2] != ["", "unions"]:
        return hub + url
    return f"{origin(hub, pages_domain, parts[2])}/{parts[3]}"


def _is_machine(name: str) -> bool:
    if name in ("localhost", ""):  # HTTP/1.0 names none
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _skeleton(name: str) -> str:
    """What a hasty eye sees: UTS 39's idea for the letters that a host name may have."""
    return shown(name).translate(_LETTERS).translate(_ALIKE).replace("rn", "m").replace("vv", "w")


_LETTERS = str.maketrans("аеорсухіјѕԁһӏΐαοѵνκτı", "aeopcyxijsdhliaovvkti")
"""Cyrillic and Greek letters that look like Latin ones."""


LONGEST_PATH = 300


def own_path(text: str) -> str:
    """The path, if a browser that is sent there stays on this hub; else nothing.

    >>> own_path("/conferences/board/t/abc/"), own_path("//elsewhere.example/"), own_path("https://x.example")
    ('/conferences/board/t/abc/', '', '')
    """
    if len(text) > LONGEST_PATH or not text.startswith("/") or not text.isascii():
        return ""
    odd = any(sign <= " " or sign in "\\\x7f#" for sign in text)
    if odd or text.startswith(("//", "/login", "/logout")):
        return ""
    return text
