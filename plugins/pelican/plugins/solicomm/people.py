"""The directory of people for Pelican: lists of cards, and one card."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from pelican.plugins.solicomm.generator import PageGenerator, Presenter

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import HubFacts, Page


def directory(lang: str, hub: HubFacts) -> dict[str, str]:
    """Where the directory is, and how a link to it says so."""
    shown = lang if lang in hub.languages else hub.languages[0]
    return {
        "url": "/people/" if shown == hub.languages[0] else f"/{shown}/people/",
        "label": gettext(lang, "People who take part here"),
    }


def _facets(page: Page) -> list[dict[str, Any]]:
    """The countries and languages to choose from, by name in the page's language."""
    lang, chosen = page.lang, page.facts["chosen"]
    names = {"country": i18n.country_name, "language": i18n.language_name}
    labels = {"country": gettext(lang, "Countries"), "language": gettext(lang, "Languages")}
    found = []
    for kind, values in page.facts["facets"].items():
        items = [
            {
                "label": names[kind](value, lang),
                "url": url,
                "is_chosen": chosen.get(kind) == value,
            }
            for value, url in values
        ]
        items.sort(key=lambda item: str(item["label"]).casefold())
        found.append({"kind": kind, "label": labels[kind], "items": items})
    return found


def _shown(line: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A card's line with the names of country and languages."""
    country = line["country"]
    return {
        **line,
        "country": i18n.country_name(country, lang) if country else "",
        "languages": [i18n.language_name(tag, lang) for tag in line["languages"]],
    }


def people(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """A list of cards."""
    lang, facts = page.lang, page.facts
    chosen = [
        i18n.country_name(value, lang) if kind == "country" else i18n.language_name(value, lang)
        for kind, value in facts["chosen"].items()
    ]
    return {
        "people": [_shown(line, lang) for line in facts["people"]],
        "facets": _facets(page),
        "chosen": "".join(chosen),
        "all": facts["all"],
        "pager": facts["pager"],
        "address": facts["address"],
        "words": {
            "people": gettext(lang, "People"),
            "lede": gettext(
                lang, "People who take part here and want to be seen. They wrote this themselves."
            ),
            "none": gettext(lang, "Nobody has shown a card yet. You can be the first."),
            "how": gettext(
                lang,
                "To show a card of your own, send a mail with the word “card” to this address. "
                "Nothing is shown before you have seen it and agreed.",
            ),
            "everybody": gettext(lang, "Everybody"),
            "choose": gettext(lang, "Choose by country or language"),
        },
    }


def person(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """One card."""
    lang, facts = page.lang, page.facts
    texts = [
        {"lang": tag, "paragraphs": [part for part in text.split("\n\n") if part.strip()]}
        for tag, text in facts["texts"]
    ]
    since = facts["since"]
    return {
        **_shown(facts, lang),
        "texts": texts,
        "since": date.fromisoformat(since) if since else None,
        "words": {
            "people": gettext(lang, "People"),
            "role": gettext(lang, "Role"),
            "union": gettext(lang, "Union"),
            "country": gettext(lang, "Country"),
            "languages": gettext(lang, "Languages"),
            "since": gettext(lang, "Here since"),
            "introduction": gettext(lang, "How this person introduced themselves"),
            "write": gettext(lang, "Write to this person"),
            "relay": gettext(
                lang,
                "Your mail goes through this hub. Neither of you sees the other’s address; the "
                "answer comes back the same way.",
            ),
            "own": gettext(
                lang,
                "This person chose to show this card, and can take it back at any time. Is it "
                "yours? Send the word “card” to the hub to change it.",
            ),
        },
    }


class PeopleGenerator(PageGenerator):
    """Pages of the section `people`."""

    kind = "people"
    presenters: ClassVar[Mapping[str, Presenter]] = {"people": people, "person": person}
