"""Which address of a union's site is agreed: where its form for joining sends what people write.

    private/contacts/<union>.json      {"agreed": address, "asked": address, "erased": digest}

`site.yaml` says what editors want, and whoever has stolen a token is an editor. So a new address
counts only after the one before it agreed, or the operator did; the first one after it has answered
itself. A hub that has no such folder yet is older than the rule: what its sites say is agreed.

Who was erased while a site names them as its contact is asked no more, though the site's editors
may leave the address there: `erased` is a digest of it, with a salt of its own, for as long as they
do.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.sites.values import site as sites
from solicomm_build.features.sites.values.site import Site
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.address import key


@dataclass(frozen=True, slots=True)
class Contact:
    """The address that is `agreed`, and the one that was `asked` about; empty for none. Where what
    is kept `is_damaged`, nobody knows it, and nobody is asked: the operator says it anew. `erased`
    knows the address of who was erased (`was_erased`)."""

    agreed: str = ""
    asked: str = ""
    is_damaged: bool = False
    erased: str = ""

    def was_erased(self, address: str) -> bool:
        """Whether somebody of this address was erased while the site named them."""
        salt, _, digest = self.erased.partition(":")
        return bool(digest) and _digest(salt, address) == digest


def erased(address: str) -> str:
    """By what an address is known that is kept nowhere."""
    salt = secrets.token_hex(8)
    return f"{salt}:{_digest(salt, address)}"


def _digest(salt: str, address: str) -> str:
    return hashlib.sha256(f"{salt} {key(address)}".encode()).hexdigest()


def site_of(config: Config, union: str) -> Site | None:
    """A union's settings as they are now; None when there are none that can be read."""
    path = config.union_repo(union)
    if not SLUG.fullmatch(union) or not path.is_dir():
        return None
    with Reader(open_repo(path)) as reader:
        blob = reader.at(MAIN, sites.FILE)
    try:
        return sites.decode_site(blob, union=union) if blob else None
    except SoliCommError:
        return None


def unions(config: Config) -> Iterator[str]:
    """The ids of all unions with a site."""
    names = sorted(path.stem for path in config.unions.glob("*.git"))
    return filter(SLUG.fullmatch, names)


def begin(config: Config) -> None:
    """Takes for agreed what the sites of an older hub say; once. Durable on return."""
    if _folder(config).is_dir():
        return
    for union in unions(config):
        site = site_of(config, union)
        if site is not None and site.contact.email:
            write(config, union, Contact(site.contact.email))
    _folder(config).mkdir(parents=True, exist_ok=True)


def read(config: Config, union: str) -> Contact:
    """What is agreed for a union; nothing when nobody was asked yet."""
    try:
        found = json.loads((_folder(config) / f"{union}.json").read_text("utf-8"))
        said = str(found.get("erased", ""))
        return Contact(str(found["agreed"]), str(found["asked"]), erased=said)
    except FileNotFoundError:
        return Contact()
    except (ValueError, KeyError, TypeError, AttributeError):
        return Contact(is_damaged=True)


def every(config: Config) -> Iterator[tuple[str, Contact]]:
    """What is kept of each union, also of one that is here no more."""
    for path in sorted(_folder(config).glob("*.json")):
        yield path.stem, read(config, path.stem)


def write(config: Config, union: str, contact: Contact) -> None:
    """Keeps what is agreed. Durable on return."""
    _folder(config).mkdir(parents=True, exist_ok=True)
    told = {"agreed": contact.agreed, "asked": contact.asked}
    told |= {"erased": contact.erased} if contact.erased else {}
    text = json.dumps(told, ensure_ascii=False)
    safeio.write_atomic(_folder(config) / f"{union}.json", f"{text}\n".encode(), mode=0o600)


def agreed(config: Config, site: Site) -> str:
    """Where letters to the union of a site go; empty while no address is agreed."""
    if not _folder(config).is_dir():
        return site.contact.email
    return read(config, site.union).agreed


def _folder(config: Config) -> Path:
    return config.private / "contacts"
