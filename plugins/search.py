"""The page that searches, and the words it says. What it finds is not in it: the page's script
reads the index (docs/formats/search.md), so no post ever rewrites this page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins import members
from solicomm_build.features.search.engine import stemmerjs
from solicomm_build.foundation import i18n
from solicomm_build.post.pages import HubFacts, Page

URL = "/search/"
_TOGETHER = dict.fromkeys(("es", "fr", "pt"), "romance")


def _say(lang: str, message: str) -> str:
    return i18n.gettext(lang, message, domain="search")


def box(lang: str, hub: HubFacts) -> dict[str, str]:
    """`hub.search` of the templates: the address of the page, and what its button says."""
    shown = lang if lang in hub.languages else hub.languages[0]
    return {
        "url": URL if shown == hub.languages[0] else f"/{shown}{URL}",
        "label": _say(lang, "Search"),
    }


def search(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """The page."""
    lang = page.lang
    return {
        "indexes": page.facts["indexes"],
        "stemmers": {lang: f"stem-{_TOGETHER.get(lang, lang)}.js" for lang in stemmerjs.LANGUAGES},
        "command": "find",
        "address": f"solicomm@{hub.domain}",
        "say": _sentences(lang),
        "words": _words(lang),
        "examples": _examples(lang),
        "members": members.offer(lang),
    }


def by_mail(lang: str, hub: HubFacts) -> dict[str, str]:
    """How to search without the web, for other pages."""
    return {
        "words": _say(lang, "Search by mail:"),
        "address": f"solicomm@{hub.domain}",
        "how": _say(
            lang,
            "send a message with the subject “find” and your words. The best results come back.",
        ),
    }


def _sentences(lang: str) -> dict[str, str]:
    """What the script says, by the name it knows it by."""
    return {
        "busy": _say(lang, "Searching …"),
        "found": _say(lang, "Results:"),
        "none": _say(lang, "Nothing was found. Try other words, or fewer."),
        "relaxed": _say(lang, "No text has all of these words. These have some of them."),
        "meant": _say(lang, "Did you mean {words}?"),
        "partial": _say(
            lang, "Part of the index could not be loaded, so something may be missing."
        ),
        "newer": _say(lang, "The index is newer than this page. Please load the page again."),
        "absent": _say(lang, "{name} does not answer and was left out."),
        "empty": _say(lang, "Type one or more words."),
        "stopwords": _say(lang, "Words as frequent as these are not searched for. Add another."),
        "negated": _say(lang, "Say also which words the texts should have."),
        "failed": _say(lang, "The search does not work just now. You can also ask by mail."),
    }


def _words(lang: str) -> dict[str, str]:
    """What the page itself says."""
    return {
        "search": _say(lang, "Search"),
        "query": _say(lang, "Words to look for"),
        "where": _say(lang, "Where"),
        "everywhere": _say(lang, "Everywhere"),
        "more": _say(lang, "Show more results"),
        "results": _say(lang, "Results"),
        "help": _say(lang, "Search more exactly"),
        "other": _say(lang, "Other ways to find something"),
        "browse": _say(lang, "Look through the lists:"),
        "mail": _say(lang, "Search by mail:"),
        "mail_how": _say(
            lang,
            "send a message with the subject “find” and your words. The best results come back.",
        ),
        "conferences": _say(lang, "Conferences"),
        "lists": _say(lang, "Lists"),
        "libraries": _say(lang, "Libraries"),
        "unions": _say(lang, "Unions"),
    }


def _examples(lang: str) -> tuple[tuple[str, str], ...]:
    """What can be typed, and what it means."""
    return (
        ("strike fund", _say(lang, "texts that have both words")),
        ("+strike fund", _say(lang, "the first word must be there, the second may")),
        ("strike -fund", _say(lang, "without the second word")),
        ("title:strike author:ana", _say(lang, "only in titles, only in names")),
        ("organi*", _say(lang, "every word that begins like this; three letters at least")),
        ("strike^3 fund", _say(lang, "the first word counts more")),
        ("in:organising", _say(lang, "only in this conference, list, library or union")),
        ("after:2025 before:2026-03", _say(lang, "by date")),
    )
