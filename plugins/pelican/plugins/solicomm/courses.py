"""The calendar of a course for Pelican."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import HubFacts, Page


def _name(lang: str, number: str, title: str) -> str:
    if not title:
        return gettext(lang, "Week %(number)s", number=number)
    return gettext(lang, "Week %(number)s: %(title)s", number=number, title=title)


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
            "course": gettext(lang, "The course, week by week"),
            "ics": gettext(lang, "All weeks for your calendar"),
            "opens": gettext(lang, "Opens on"),
            "opened": gettext(lang, "Open since"),
            "read": gettext(lang, "To read:"),
            "do": gettext(lang, "To do:"),
        },
    }
