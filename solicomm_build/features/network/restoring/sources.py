"""Where what a lost hub shared lies: a hub that answers over HTTP, or what it wrote for us.

Both have cards, the tags of offers, notices of erasures and the logs themselves. Nothing of it is
believed for who has it: restoring.py looks at who signed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from solicomm_build.features.network.carrying import wire, zipped
from solicomm_build.features.network.carrying.stepping import Way
from solicomm_build.features.network.carrying.zipped import Packet
from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.trust import adding, copies, signed
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust.card import Card
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import exchange
from solicomm_build.git.repo import Repo, open_repo

_MOST_NOTICES = 1000


class Source(Protocol):
    """One of them. Everything may raise SoliCommError."""

    where: str

    def hubs(self, repo: str) -> set[str]:
        """The ids of the hubs of which it has an offer of a repository (`conferences/water`)."""

    def repos(self) -> set[str]:
        """The repositories of which it has offers."""

    def cards(self) -> Iterable[Card]:
        """The cards that it has; each is signed by its own hub."""

    def notices(self) -> Iterable[bytes]:
        """Its notices of erasures."""

    def fetch(self, place: Repo, name: str, hub: str) -> None:
        """Brings the offer of a hub of the conference `name`, with its log, into a place."""

    def copies(self) -> Mapping[str, str]:
        """The copies of libraries and sites that it keeps, by `<repo>@<home>`: where git reads
        each, an address or a file."""

    def large(self) -> Mapping[str, Path]:
        """The files that lie outside of git and came with it, by their names in it."""


def check(where: str) -> None:
    """Raises UsageError for what is neither an address of a hub nor a file."""
    if _is_far(where):
        adding.check_address(where)
    elif not Path(where).is_file():
        raise UsageError(f"{where} is neither an address such as https://… nor a file")


def _is_far(where: str) -> bool:
    return where.startswith(("https://", "http://"))


@contextmanager
def opened(config: Config, where: str) -> Iterator[Source]:
    """The source at an address, or in a file of `solicomm peer bundle`. Raises SoliCommError."""
    check(where)
    if _is_far(where):
        yield _Wire(where.rstrip("/").removesuffix(cards.PATH))
        return
    with zipped.opened(config, Path(where)) as packet:
        yield _Stick(config, where, packet)


def fetch_far(place: Repo, source: str, hub: str) -> None:
    """Brings the offer of a hub that git reads at an address, or in a file, with its log. Raises
    SoliCommError."""
    if _is_far(source):
        quarantine.fetch_far(place, Way(source, wire.stones(source)), [hub])
    else:
        quarantine.fetch(place, source, hubs=[hub])


class _Wire:
    def __init__(self, url: str) -> None:
        self.where, self._url = url, url
        self._tags = wire.offers(url)

    def repos(self) -> set[str]:
        return {*self._tags}

    def hubs(self, repo: str) -> set[str]:
        return {*self._tags.get(repo, {})}

    def cards(self) -> Iterable[Card]:
        wanted = {hub for tags in self._tags.values() for hub in tags}
        for hub in sorted(wanted & wire.hubs(self._url).keys()):
            yield cards.read(wire.card_of(self._url, hub))

    def notices(self) -> Iterable[bytes]:
        for name in wire.notices(self._url)[:_MOST_NOTICES]:
            yield wire.notice(self._url, name)

    def fetch(self, place: Repo, name: str, hub: str) -> None:
        fetch_far(place, f"{self._url}/conferences/{name}.git", hub)

    def copies(self) -> Mapping[str, str]:
        return wire.copies(self._url)

    def large(self) -> Mapping[str, Path]:
        return {}  # each is asked for alone


class _Stick:
    def __init__(self, config: Config, where: str, packet: Packet) -> None:
        self.where, self._packet = where, packet
        self._any = open_repo(config.mail_repo)  # git looks at a bundle from within a repository

    def repos(self) -> set[str]:
        names = (name for name in self._packet.files if name.endswith(".bundle"))
        return {name.removesuffix(".bundle") for name in names}

    def hubs(self, repo: str) -> set[str]:
        path = self._packet.files.get(f"{repo}.bundle")
        refs = exchange.bundled(self._any, path) if path else []
        return {ref.removeprefix(offers.PREFIX) for ref in refs if ref.startswith(offers.PREFIX)}

    def cards(self) -> Iterable[Card]:
        for name, path in self._packet.files.items():
            if name.startswith("hubs/") and path.stat().st_size <= signed.MOST:
                yield cards.read(path.read_bytes(), file=name)

    def notices(self) -> Iterable[bytes]:
        for name, path in self._packet.files.items():
            if notices.NAME.fullmatch(name.removeprefix("erasures/")):
                yield path.read_bytes()

    def fetch(self, place: Repo, name: str, hub: str) -> None:
        path = self._packet.files[f"conferences/{name}.bundle"]
        quarantine.fetch(place, str(path), hubs=[hub])

    def copies(self) -> Mapping[str, str]:
        found = {}
        for name, path in self._packet.files.items():
            if match := copies.FILE.fullmatch(name.removeprefix("copies/")):
                found[f"{match[2]}/{match[3]}@{match[1]}"] = str(path)
        return found

    def large(self) -> Mapping[str, Path]:
        return self._packet.files


def card_of(sources: Iterable[Source], domain: str, lost: str, own: str = "") -> Card:
    """The newest card of the hub that was lost: the one named `lost`, else the one with this mail
    domain, but for the hub that is being restored, `own`, which may have given its new card before.
    Raises UsageError when there is none, or more than one such hub."""
    found: dict[str, Card] = {}
    for source in sources:
        try:
            for one in source.cards():
                fits = one.id == lost if lost else one.domain == domain and one.id != own
                if fits and (one.id not in found or found[one.id].seq < one.seq):
                    found[one.id] = one
        except SoliCommError as error:
            raise UsageError(f"{source.where}: {error.public}") from error
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        ids = ", ".join(sorted(found))
        raise UsageError(f"several hubs had mail @{domain}: {ids}. Say which: --lost ID")
    which = f"a hub {lost}" if lost else f"a hub with mail @{domain}"
    raise UsageError(
        f"nobody who was asked has a card of {which}. Ask another hub, or say what the lost one was"
        " called: --lost ID"
    )
