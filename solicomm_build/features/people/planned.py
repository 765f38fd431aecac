"""The directory of people: who wants to be seen, as cards that each chose to show.

    /people/                       everybody, by name
    /people/country/ke/            by country
    /people/language/sw/           by language
    /people/<card>/                one card
    /people/<card>/photo.webp, photo.jpg

All but the photos in every language of the hub. Nothing here is listed by search engines or in the
search index, so that who withdraws a card is not found any more. A card whose file has a fault is
left out and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from solicomm_build.builder.apart import oldpictures
from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.sources import LazyFacts, Planned, Sources, digest
from solicomm_build.features.people import peoplecards, personaddress
from solicomm_build.features.people.peoplecards import Kept
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.post.pages import Page

SECTION = "people"
URL = "/people/"
A_PAGE = 100


class PeoplePages:
    """Plans the pages of the directory. `faults` are (file, reason), after planning."""

    def __init__(self, sources: Sources, config: Config, contents: Contents, env: str) -> None:
        self._sources, self._config, self._contents, self._env = sources, config, contents, env
        self._languages = config.languages
        self.faults: list[tuple[str, str]] = []

    def everything(self) -> Iterator[Planned]:
        """All pages there are."""
        kept = sorted(self._kept(), key=lambda one: (one.card.name.casefold(), one.card.id))
        there = {
            kind: sorted({value for one in kept for value in values_of(one.card)})
            for kind, values_of in _FACETS.items()
        }
        yield from self._lists(URL, kept, {}, there)
        for kind, values in there.items():
            for value in values:
                some = [one for one in kept if value in _FACETS[kind](one.card)]
                yield from self._lists(f"{URL}{kind}/{value.lower()}/", some, {kind: value}, there)
        for one in kept:
            for lang in self._languages:
                url = self._in(one.card.url, lang)
                yield Planned(url, SECTION, 0, partial(self._person, one, lang, url))
            if one.photo is not None:
                url = _photo(one.card)
                yield Planned(url, SECTION, 0, partial(_blob, url, one.photo, self._env))
                yield Planned(_plain(one.card), SECTION, 0, partial(self._jpeg, one))

    def _kept(self) -> Iterator[Kept]:
        commit = self._contents.ones.get(SECTION)
        if commit is None:
            return
        reader = self._sources.reader(self._config.people_repo)
        for one in peoplecards.read(reader, commit):
            if isinstance(one, Kept):
                yield one
            else:
                self.faults.append((f"content/people.git/{one[0]}", one[1]))

    def _lists(
        self, url: str, kept: list[Kept], chosen: dict[str, str], there: dict[str, list[str]]
    ) -> Iterator[Planned]:
        """The cards of a list, a hundred a page, in each language."""
        last = max(1, -(-len(kept) // A_PAGE))
        for number in range(1, last + 1):
            some = kept[(number - 1) * A_PAGE : number * A_PAGE]
            for lang in self._languages:
                place = self._in(_numbered(url, number), lang)
                make = partial(self._list, place, url, lang, some, chosen, there, number, last)
                yield Planned(place, SECTION, 1, make)

    def _list(
        self,
        place: str,
        url: str,
        lang: str,
        kept: list[Kept],
        chosen: dict[str, str],
        there: dict[str, list[str]],
        number: int,
        last: int,
    ) -> Page:
        pager = {
            "number": number,
            "count": last,
            "prev": self._in(_numbered(url, number - 1), lang) if number > 1 else None,
            "next": self._in(_numbered(url, number + 1), lang) if number < last else None,
        }
        facts = {
            "people": [self._line(one, lang) for one in kept],
            "chosen": chosen,
            "all": self._in(URL, lang),
            "facets": {
                kind: [(value, self._in(f"{URL}{kind}/{value.lower()}/", lang)) for value in values]
                for kind, values in there.items()
            },
            "pager": pager,
            "address": f"solicomm@{self._config.domain}",
        }
        key = digest(self._env, "people", place, facts, [one.blob for one in kept])
        title = gettext(lang, "People")
        alternates = self._alternates(_numbered(url, number))
        return Page(
            place, "people", SECTION, lang, title, key, facts, alternates=alternates, indexed=False
        )

    def _line(self, one: Kept, lang: str) -> dict[str, Any]:
        card = one.card
        tag, text = card.about_in(lang)
        return {
            "name": card.name,
            "url": self._in(card.url, lang),
            "union": self._union(card, lang),
            "country": card.country,
            "languages": card.languages,
            "roles": card.roles,
            "about": text,
            "about_lang": tag,
            "photo": _photo(card) if one.photo is not None else "",
            "plain_photo": _plain(card) if one.photo is not None else "",
        }

    def _person(self, one: Kept, lang: str, url: str) -> Page:
        card = one.card
        local = personaddress.of_card(card.id)
        texts = {tag: text for tag in (lang, *card.about) if (text := card.about.get(tag))}
        facts = self._line(one, lang) | {
            "all": self._in(URL, lang),
            "texts": list(texts.items()),
            "introduction": card.introduction,
            "since": card.since,
            "address": f"{local}@{self._config.domain}" if card.is_reachable else "",
        }
        key = digest(self._env, "person", url, facts, one.blob)
        return Page(
            url,
            "person",
            SECTION,
            lang,
            card.name,
            key,
            facts,
            alternates=self._alternates(card.url),
            indexed=False,
        )

    def _jpeg(self, one: Kept) -> Page:
        """The photo for browsers that know no WebP."""

        def load() -> dict[str, bytes]:
            reader = self._sources.reader(self._config.people_repo)
            return {"data": oldpictures.jpeg(reader.blob(Oid(one.photo or "")))}

        key = digest("jpeg", oldpictures.VERSION, one.photo)
        return Page(_plain(one.card), "bytes", SECTION, "en", "", key, LazyFacts(load))

    def _union(self, card: Card, lang: str) -> dict[str, str]:
        """What the card calls the union, with the address of its site if it has one here."""
        wanted = card.union.casefold()
        for name, place in self._contents.of("union").items() if wanted else ():
            site = place.settings
            titles = {site.title_in(tag).casefold() for tag in (lang, *site.languages)}
            if wanted in titles | {name}:
                return {"title": site.title_in(lang), "url": f"/unions/{name}/"}
        return {"title": card.union, "url": ""}

    def _in(self, url: str, lang: str) -> str:
        return front_url(url, lang, self._languages[0])

    def _alternates(self, url: str) -> tuple[tuple[str, str], ...]:
        return tuple((code, self._in(url, code)) for code in self._languages)


_FACETS: dict[str, Callable[[Card], tuple[str, ...]]] = {
    "country": lambda card: (card.country,) if card.country else (),
    "language": lambda card: card.languages,
}


def _numbered(url: str, number: int) -> str:
    return url if number == 1 else f"{url}page/{number}/"


def _photo(card: Card) -> str:
    return f"{card.url}photo.webp"


def _plain(card: Card) -> str:
    return f"{card.url}photo.jpg"


def _blob(url: str, oid: str, env: str) -> Page:
    return Page(url, "blob", SECTION, "en", "", digest(env, "photo", oid), {"oid": oid})
