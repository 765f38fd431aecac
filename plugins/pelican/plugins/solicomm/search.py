"""The page that searches, and the words it says. What it finds is not in it: the page's script
reads the index (docs/formats/search.md), so no post ever rewrites this page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pelican.plugins.solicomm.members import offer

from solicomm_build.features.search.engine import stemmerjs
from solicomm_build.foundation.i18n import gettext, pgettext
from solicomm_build.post.pages import HubFacts, Page

URL = "/search/"
_TOGETHER = dict.fromkeys(("es", "fr", "pt"), "romance")


def box(lang: str, hub: HubFacts) -> dict[str, str]:
    """`hub.search` of the templates: the address of the page, and what its button says."""
    shown = lang if lang in hub.languages else hub.languages[0]
    return {
        "url": URL if shown == hub.languages[0] else f"/{shown}{URL}",
        "label": gettext(lang, "Search"),
    }


def stemmers() -> dict[str, str]:
    """The scripts of the theme that have a stemmer, by language."""
    return {lang: f"stem-{_TOGETHER.get(lang, lang)}.js" for lang in stemmerjs.LANGUAGES}


def search(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """The page."""
    lang = page.lang
    return {
        "indexes": page.facts["indexes"],
        "stemmers": stemmers(),
        "command": "find",
        "address": f"solicomm@{hub.domain}",
        "say": _sentences(lang),
        "words": _words(lang),
        "examples": _examples(lang),
        "members": offer(lang),
    }


def by_mail(lang: str, hub: HubFacts) -> dict[str, str]:
    """How to search without the web, for other pages."""
    return {
        "words": gettext(lang, "Search by mail:"),
        "address": f"solicomm@{hub.domain}",
        "how": gettext(
            lang,
            "send a message with the subject “find” and your words. The best results come back.",
        ),
    }


def _sentences(lang: str) -> dict[str, str]:
    """What the script says, by the name it knows it by."""
    return {
        "busy": gettext(lang, "Searching …"),
        "found": gettext(lang, "Results:"),
        "leaf": gettext(lang, "Page %(number)s", number="{number}"),
        "none": gettext(lang, "Nothing was found. Try other words, or fewer."),
        "in": pgettext(lang, "to search in", "Where"),
        "when": gettext(lang, "Year"),
        "language": gettext(lang, "Language"),
        "who": gettext(lang, "Written by"),
        "most": gettext(lang, "After them come texts that have most of the words."),
        "relaxed": gettext(lang, "No text has all of these words. These have some of them."),
        "newest": gettext(lang, "Only the newest {last} of {total} texts were searched."),
        "reached": gettext(
            lang,
            "Older texts were searched: {first} to {last} of {total}, counted from the newest.",
        ),
        "older": gettext(lang, "Search older posts"),
        "meant": gettext(lang, "Did you mean {words}?"),
        "partial": gettext(
            lang, "Part of the index could not be loaded, so something may be missing."
        ),
        "newer": gettext(lang, "The index is newer than this page. Please load the page again."),
        "absent": gettext(lang, "{name} does not answer and was left out."),
        "empty": gettext(lang, "Type one or more words."),
        "stopwords": gettext(lang, "Words as frequent as these are not searched for. Add another."),
        "negated": gettext(lang, "Say also which words the texts should have."),
        "failed": gettext(lang, "The search does not work just now. You can also ask by mail."),
    }


def _words(lang: str) -> dict[str, str]:
    """What the page itself says."""
    return {
        "search": gettext(lang, "Search"),
        "query": gettext(lang, "Words to look for"),
        "where": pgettext(lang, "to search in", "Where"),
        "everywhere": gettext(lang, "Everywhere"),
        "more": gettext(lang, "Show more results"),
        "older": gettext(lang, "Search older posts"),
        "results": gettext(lang, "Results"),
        "narrow": gettext(lang, "Narrow the results"),
        "help": gettext(lang, "Search more exactly"),
        "other": gettext(lang, "Other ways to find something"),
        "browse": gettext(lang, "Look through the lists:"),
        "mail": gettext(lang, "Search by mail:"),
        "mail_how": gettext(
            lang,
            "send a message with the subject “find” and your words. The best results come back.",
        ),
        "conferences": gettext(lang, "Conferences"),
        "lists": gettext(lang, "Lists"),
        "libraries": gettext(lang, "Libraries"),
        "unions": gettext(lang, "Unions"),
    }


def _examples(lang: str) -> tuple[tuple[str, str], ...]:
    """What can be typed, and what it means."""
    return (
        ("strike fund", gettext(lang, "texts that have both words")),
        ("+strike fund", gettext(lang, "the first word must be there, the second may")),
        ("strike -fund", gettext(lang, "without the second word")),
        ("title:strike author:ana", gettext(lang, "only in titles, only in names")),
        ("organi*", gettext(lang, "every word that begins like this; three letters at least")),
        ("strike^3 fund", gettext(lang, "the first word counts more")),
        ("in:organising", gettext(lang, "only in this conference, list, library or union")),
        ("after:2025 before:2026-03", gettext(lang, "by date")),
    )
