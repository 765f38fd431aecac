"""The welcome to a list: how to write, leave and get less, and the topics to read first.

Which those are has the builder written down (builder/conferences/starting.py); without its file, as
on a hub that has not built yet, the welcome does without.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from solicomm_build.desk import letters, vocabulary
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter
from solicomm_build.desk.words import line
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.membership import option

_MOST = 3
_MOST_OCTETS = 64 * 1024


def welcome(
    office: Office, conference: str, to: str, lang: str, options: Mapping[str, str]
) -> Letter:
    """You are on the list."""
    title = office.title(conference, lang)
    return letters.letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Welcome to %(list)s", list=title),
        gettext(
            lang,
            "You are now on the list “%(list)s”. It is good to have you with us.",
            list=title,
        ),
        letters.mode(office, conference, lang, options),
        *_less(office, conference, lang, options),
        first_reads(office, conference, lang),
        *letters.ways(office, conference, lang),
    )


def _less(office: Office, conference: str, lang: str, options: Mapping[str, str]) -> Iterator[str]:
    """How to get less, for who gets each message by itself."""
    each = option(options, "mail") == "on" and option(options, "digest") == "none"
    if not each or option(options, "paused"):
        return
    rows = [f"{vocabulary.setting(*one, lang)}" for one in _LESS]
    where = line(office.address(f"{conference}-request"))
    first = gettext(lang, "To get less, send one of these lines to:")
    yield "\n".join([first, where, *(line(row) for row in rows)])


_LESS = (("mail", "answers"), ("digest", "daily"), ("digest", "weekly"))


def first_reads(office: Office, conference: str, lang: str) -> str:
    """A paragraph with links; empty where there is nothing to read."""
    found = office.conference(conference)
    if found is None or found.archive == "none":
        return ""
    root = office.config.member_pages if found.visibility == "members" else office.config.public
    rows = [
        f"{line(title)}\n{line(office.config.url + url)}"
        for title, url in _topics(root / "conferences" / conference / "start.json")
    ]
    if not rows:
        return ""
    return "\n".join(
        [gettext(lang, "If you want to know what is talked about, read first:"), *rows]
    )


def _topics(path: Path) -> list[tuple[str, str]]:
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_MOST_OCTETS))
        return [(str(one["title"]), str(one["url"])) for one in told["topics"]][:_MOST]
    except (OSError, ValueError, KeyError, TypeError):
        return []
