"""The calendar of a course for Pelican."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from solicomm_build.foundation import i18n
from solicomm_build.post.pages import HubFacts, Page


def _spoken(lang: str, message: str) -> str:
    return i18n.gettext(lang, message, domain="people")


def _name(lang: str, number: str, title: str) -> str:
    if not title:
        return _spoken(lang, "Week %(number)s") % {"number": number}
    return _spoken(lang, "Week %(number)s: %(title)s") % {"number": number, "title": title}


def course(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """All weeks, each with its day, what is read, and its topic once it has opened."""
    lang, facts = page.lang, page.facts
    about = facts["conference"]
    return {
        "conference": asdict(about) | {"feed": about.feed},
        "weeks": [
            {
                **line,
                "opens": date.fromisoformat(line["opens"]),
                "name": _name(lang, str(line["week"]), line["title"]),
            }
            for line in facts["weeks"]
        ],
        "ics": facts["ics"],
        "words": {
            "course": _spoken(lang, "The course, week by week"),
            "ics": _spoken(lang, "All weeks for your calendar"),
            "opens": _spoken(lang, "Opens on"),
            "opened": _spoken(lang, "Open since"),
            "read": _spoken(lang, "To read:"),
            "do": _spoken(lang, "To do:"),
        },
    }
