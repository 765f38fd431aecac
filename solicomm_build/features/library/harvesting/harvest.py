"""Harvests another library by OAI-PMH 2.0: its records become cards, its deletions withdraw them.

All answers are read first and written as one commit, so a harvest that breaks off leaves no gap.
How far the last one came is the newest datestamp among the cards of that provider and set
(`provenance.source` is `oai:<provider>#<identifier> <datestamp> [set=<set>] <digest>`), so it is
known in every clone and nothing else must be kept. Datestamps are asked for inclusively: what has
the newest one comes again, and changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.exchange import harvesting
from solicomm_build.features.library.exchange.harvesting import Page
from solicomm_build.features.library.exchange.reading import Faulty, Found, Gone
from solicomm_build.features.library.harvesting.acquisition import Taken, is_ahead, take
from solicomm_build.foundation.errors import ContentError, UsageError
from solicomm_build.foundation.fetching import checked_url, fetch
from solicomm_build.git.reader import Reader

MAX_RECORDS = 200_000
"""Records of one harvest; about 4 KB of memory each."""
_MAX_URL = 250  # of the provider's address, which is in every card


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a provider had since `since` ("" for all), and what became of it."""

    provider: str
    since: str
    taken: Taken
    faulty: tuple[ContentError, ...] = field(default=())


def harvest(
    store: CardStore,
    url: str,
    *,
    when: datetime,
    lang: str,
    of: str = "",
    since: str | None = None,
    progress: Callable[[int, int], None] = lambda came, total: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Harvest:
    """Brings the library up to date with the set `of` (all, when empty) of the provider at `url`.

    `since` is an ISO day, "" for everything, None for what is new since the last time, which counts
    also where it is before that day: what lies between would never be asked for. `progress`
    hears after each answer how many records came, and of how many (0 when nobody says). Durable on
    return. Raises ContentError and FetchError before anything is written.
    """
    url = checked_url(url)
    if "?" in url or len(url) > _MAX_URL:
        raise UsageError(f"{url[:_MAX_URL]} is no baseURL: give the address without a question")
    if any(char.isspace() for char in of) or len(of) > 60:
        raise UsageError(f"{of[:60]!r} is no set. Ask the provider with ?verb=ListSets")

    def asked(**arguments: str) -> bytes:
        return fetch(f"{url}?{urlencode(arguments, quote_via=quote)}", sleep=sleep)

    provider = harvesting.provider(asked(verb="Identify"), url)
    known = last(store, url, of, when)
    begin = known if since is None else since
    if since and known[:10] < since:
        begin = known or since
    arguments = {"metadataPrefix": "oai_dc"}
    if begin:
        arguments["from"] = begin[:10] if provider.days else begin
    if of:
        arguments["set"] = of
    note = f"set={of}" if of else ""
    walk = _Walk(url, progress)
    while arguments:
        data = asked(verb="ListRecords", **arguments)
        token = walk.see(harvesting.page(data, url, lang, note))
        arguments = {"resumptionToken": token} if token else {}
    taken = take(store, walk.records.values(), via="harvest", when=when)
    return Harvest(provider.name, begin, taken, tuple(walk.faulty))


def last(store: CardStore, url: str, of: str, when: datetime) -> str:
    """The newest datestamp among the cards that came from a provider's set, "" when none did; of
    days that have come by `when`."""
    head, newest = f"oai:{url}#", ""
    with CardIndex(store.config) as index, Reader(store.repo) as reader:
        index.follow(store.id, reader)
        for row in index.rows(store.id, "published", "withdrawn", "draft"):
            source = index.entry(store.id, row.key).provenance.source
            if not source.startswith(head):
                continue
            _, stamp, *parts = source.split(" ")
            is_its = parts[:-1] == ([f"set={of}"] if of else [])
            if is_its and not is_ahead(stamp, when):
                newest = max(newest, stamp)
    return newest


class _Walk:
    """The answers to one ListRecords, with a guard against lists that do not end."""

    def __init__(self, url: str, progress: Callable[[int, int], None]) -> None:
        self.records: dict[str, Found | Gone] = {}
        self.faulty: list[ContentError] = []
        self._url = url
        self._progress = progress
        self._tokens: set[str] = set()
        self._seen: set[str] = set()

    def see(self, page: Page) -> str:
        """Takes in an answer; the token of the next, "" at the end. A record that comes twice
        counts as it came last."""
        before = len(self._seen)
        self._seen |= page.identifiers
        for item in page.items:
            if isinstance(item, Faulty):
                self.faulty.append(item.error)
            else:
                self.records[item.source] = item
        self._progress(len(self._seen), page.total)
        if page.token in self._tokens or (page.token and len(self._seen) == before):
            raise ContentError(
                "its list goes round in circles",
                file=self._url,
                remedy="Tell the provider; nothing was taken",
            )
        if len(self._seen) > MAX_RECORDS:
            raise ContentError(
                f"it has more than {MAX_RECORDS:,} records",
                file=self._url,
                remedy="Harvest its sets one by one: --set",
            )
        self._tokens.add(page.token)
        return page.token
