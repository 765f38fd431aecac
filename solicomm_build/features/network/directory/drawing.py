"""The directory as a tree: below each hub those that it vouches for. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, timedelta

from solicomm_build.features.network.directory import mapping, placing
from solicomm_build.features.network.directory.facts import HubLine, NetworkFacts, Region, Shared
from solicomm_build.features.network.directory.placing import Entry
from solicomm_build.features.network.trust.card import Card
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import SCOPES
from solicomm_build.foundation.i18n import gettext

MOST = 300
"""Hubs on the page; those next to us come first."""
_MOST_STRANGERS = 50
_MOST_OFFERS = 50
_DEEPEST = 4
_SILENT = timedelta(days=30)


def silent(entries: Iterable[Entry], today: date) -> frozenset[str]:
    """The hubs of which there was no sign for long: one that is there signs its card every week."""
    cards = (one.card for one in entries)
    return frozenset(card.id for card in cards if card.at and today - card.at.date() > _SILENT)


def drawn(entries: Iterable[Entry], lang: str, gone: frozenset[str] = frozenset()) -> NetworkFacts:
    """What the page of a language shows. `gone` are the hubs that are silent."""
    all_ = [*entries]
    near = [one for one in all_ if one.standing != placing.UNKNOWN]
    strangers = [one for one in all_ if one.standing == placing.UNKNOWN]
    tree = _Tree(near[:MOST], lang, gone)
    return NetworkFacts(
        tree.whole(),
        tuple(tree.line(one) for one in strangers[:_MOST_STRANGERS]),
        len(near[MOST:]) + len(strangers[_MOST_STRANGERS:]),
        len(near),
        tuple(_regions(near[:MOST], lang)),
        mapping.mapped(near, lang, gone),
    )


class _Tree:
    """Each hub stands once: below the widest one that vouches for it, else at the top."""

    def __init__(self, entries: list[Entry], lang: str, gone: frozenset[str]) -> None:
        self._lang, self._gone = lang, gone
        self._entries = {one.card.id: one for one in sorted(entries, key=_order)}
        self._placed: set[str] = set()
        self._below: dict[str, list[str]] = {hub: [] for hub in self._entries}
        above = dict[str, str]()
        for hub, entry in self._entries.items():
            for one in entry.card.vouches:
                if one in self._entries and one not in above and not _leads(above, hub, one):
                    above[one] = hub
        for one in self._entries:
            if one in above:
                self._below[above[one]].append(one)
        self._tops = [one for one in self._entries if one not in above]

    def whole(self) -> tuple[HubLine, ...]:
        """All of it."""
        return tuple(self._branch(one, 1) for one in self._tops)

    def line(self, entry: Entry, below: tuple[HubLine, ...] = ()) -> HubLine:
        """One hub."""
        card = entry.card
        by = self._entries.get(entry.by)
        return HubLine(
            card.id,
            card.name,
            card.url.rstrip("/") + "/" if entry.standing != placing.UNKNOWN else "",
            entry.standing,
            by.card.name if by else "",
            tuple(_words(card, self._lang)),
            card.at,
            tuple(_offers(card)) if entry.standing != placing.UNKNOWN else (),
            below,
            card.id in self._gone,
        )

    def _branch(self, hub: str, depth: int) -> HubLine:
        """A hub with those below it; what is deeper than a page can show stands beside it."""
        below: list[HubLine] = []
        for one in self._below[hub]:
            line = self._branch(one, depth + 1)
            if depth < _DEEPEST:
                below.append(line)
            else:
                below += [dataclasses.replace(line, below=()), *line.below]
        return self.line(self._entries[hub], tuple(below))


def _leads(above: dict[str, str], start: str, end: str) -> bool:
    """Whether who goes up from `start` comes to `end`: two hubs may vouch for each other."""
    at: str | None = start
    while at is not None:
        if at == end:
            return True
        at = above.get(at)
    return False


def _order(entry: Entry) -> tuple[int, str, str]:
    scope = SCOPES.index(entry.card.scope) if entry.card.scope in SCOPES else len(SCOPES)
    return scope, entry.card.name.casefold(), entry.card.id


def _words(card: Card, lang: str) -> Iterable[str]:
    scopes = {
        "global": gettext(lang, "Global"),
        "regional": gettext(lang, "Regional"),
        "sub-regional": gettext(lang, "Sub-regional"),
        "union": gettext(lang, "Of one union"),
    }
    if card.scope in scopes:
        yield scopes[card.scope]
    yield from (i18n.country_name(one, lang) for one in card.regions)
    yield from (i18n.language_name(one, lang) for one in card.languages)


def _regions(entries: Iterable[Entry], lang: str) -> Iterable[Region]:
    found: dict[str, dict[str, str]] = {}
    for one in sorted(entries, key=_order):
        for code in one.card.regions:
            name = i18n.country_name(code, lang)
            found.setdefault(name, {})[one.card.id] = one.card.name
    if len(found) > 1:
        for name in sorted(found, key=str.casefold):
            yield Region(name, tuple(found[name].items()))


def _offers(card: Card) -> Iterable[Shared]:
    own = sorted(repo for repo, home in card.offers.items() if home == card.id)
    for repo in own[:_MOST_OFFERS]:
        kind, _, name = repo.partition("/")
        yield Shared(kind, name, f"{card.url.rstrip('/')}/{repo}/")
