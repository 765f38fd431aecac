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
from datetime import date
from functools import partial
from textwrap import shorten

from solicomm_build.builder.apart import oldpictures
from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.sources import LazyFacts, Planned, Sources, digest
from solicomm_build.features.people import elsewhere, peoplecards, personaddress
from solicomm_build.features.people.facts import (
    Choice,
    Facet,
    Line,
    PeopleFacts,
    PersonFacts,
    Text,
    UnionFacts,
)
from solicomm_build.features.people.peoplecards import Kept
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.post.faces import face
from solicomm_build.post.pages import Page

SECTION = "people"
URL = "/people/"
SAID = 140
"""Characters of a card's text that stand in lists."""
A_PAGE = 100


class PeoplePages:
    """Plans the pages of the directory. `faults` are (file, reason), after planning."""

    def __init__(self, sources: Sources, config: Config, contents: Contents, env: str) -> None:
        self._sources, self._config, self._contents, self._env = sources, config, contents, env
        self._languages = config.languages
        self.faults: list[tuple[str, str]] = []

    def everything(self) -> Iterator[Planned]:
        """All pages there are."""
        kept = sorted(
            (*self._kept(), *self._elsewhere()),
            key=lambda one: (one.card.name.casefold(), one.card.id),
        )
        there = {
            kind: sorted({value for one in kept for value in values_of(one.card)})
            for kind, values_of in _FACETS.items()
        }
        yield from self._lists(URL, kept, {}, there)
        for kind, values in there.items():
            for value in values:
                some = [one for one in kept if value in _FACETS[kind](one.card)]
                yield from self._lists(f"{URL}{kind}/{value.lower()}/", some, {kind: value}, there)
        for one in (one for one in kept if not one.hub):
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

    def _elsewhere(self) -> Iterator[Kept]:
        """The cards that other hubs of the network share; each has its page at its hub."""
        for one in elsewhere.all_of(self._config):
            yield Kept(one.card, Oid(digest(one)), None, one.hub, one.url)

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
        facts = PeopleFacts(
            tuple(self._line(one, lang) for one in kept),
            tuple(self._facet(kind, values, chosen, lang) for kind, values in there.items()),
            "".join(_NAMES[kind](value, lang) for kind, value in chosen.items()),
            self._in(URL, lang),
            pager,
            f"solicomm@{self._config.domain}",
        )
        key = digest(self._env, "people", place, facts, [one.blob for one in kept])
        title = gettext(lang, "People")
        alternates = self._alternates(_numbered(url, number))
        return Page(
            place, "people", SECTION, lang, title, key, facts, alternates=alternates, indexed=False
        )

    def _facet(self, kind: str, values: list[str], chosen: dict[str, str], lang: str) -> Facet:
        """What there is to choose from, by name in the page's language."""
        items = [
            Choice(
                _NAMES[kind](value, lang),
                self._in(f"{URL}{kind}/{value.lower()}/", lang),
                chosen.get(kind) == value,
            )
            for value in values
        ]
        items.sort(key=lambda item: item.label.casefold())
        label = gettext(lang, "Countries") if kind == "country" else gettext(lang, "Languages")
        return Facet(kind, label, tuple(items))

    def _line(self, one: Kept, lang: str) -> Line:
        card = one.card
        return Line(
            card.name,
            one.url if one.hub else self._in(card.url, lang),
            UnionFacts(card.union, "") if one.hub else self._union(card, lang),
            i18n.country_name(card.country, lang) if card.country else "",
            tuple(i18n.language_name(tag, lang) for tag in card.languages),
            card.roles,
            _photo(card) if one.photo is not None else "",
            _plain(card) if one.photo is not None else "",
            face(card.name),
            _beginning(card, lang),
            one.hub,
        )

    def _person(self, one: Kept, lang: str, url: str) -> Page:
        card, line = one.card, self._line(one, lang)
        local = personaddress.of_card(card.id)
        texts = {tag: text for tag in (lang, *card.about) if (text := card.about.get(tag))}
        facts = PersonFacts(
            line.name,
            line.union,
            line.country,
            line.languages,
            line.roles,
            line.photo,
            line.plain_photo,
            line.face,
            self._in(URL, lang),
            tuple(Text(tag, _paragraphs(text)) for tag, text in texts.items()),
            card.introduction,
            date.fromisoformat(card.since) if card.since else None,
            f"{local}@{self._config.domain}" if card.is_reachable else "",
        )
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

    def _union(self, card: Card, lang: str) -> UnionFacts:
        """What the card calls the union, with the address of its site if it has one here."""
        wanted = card.union.casefold()
        for name, place in self._contents.of("union").items() if wanted else ():
            site = place.settings
            titles = {site.title_in(tag).casefold() for tag in (lang, *site.languages)}
            if wanted in titles | {name}:
                return UnionFacts(site.title_in(lang), f"/unions/{name}/")
        return UnionFacts(card.union, "")

    def _in(self, url: str, lang: str) -> str:
        return front_url(url, lang, self._languages[0])

    def _alternates(self, url: str) -> tuple[tuple[str, str], ...]:
        return tuple((code, self._in(url, code)) for code in self._languages)


_FACETS: dict[str, Callable[[Card], tuple[str, ...]]] = {
    "country": lambda card: (card.country,) if card.country else (),
    "language": lambda card: card.languages,
}


_NAMES: dict[str, Callable[[str, str], str]] = {
    "country": i18n.country_name,
    "language": i18n.language_name,
}


def _beginning(card: Card, lang: str) -> tuple[str, str]:
    """How a card's text begins in a language, or in the first it has, and which that is."""
    for tag in (lang, *card.about):
        if text := " ".join(card.about.get(tag, "").split()):
            return tag, shorten(text, SAID, placeholder=" …")
    return "", ""


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("\n\n") if part.strip())


def _numbered(url: str, number: int) -> str:
    return url if number == 1 else f"{url}page/{number}/"


def _photo(card: Card) -> str:
    return f"{card.url}photo.webp"


def _plain(card: Card) -> str:
    return f"{card.url}photo.jpg"


def _blob(url: str, oid: str, env: str) -> Page:
    return Page(url, "blob", SECTION, "en", "", digest(env, "photo", oid), {"oid": oid})
