"""The welcome to a list: how to write, leave and get less, and the topics to read first.

Which those are has the builder written down (builder/conferences/starting.py); without its file, as
on a hub that has not built yet, the welcome does without.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from solicomm_build.desk import lettering, letters, vocabulary
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter
from solicomm_build.people.membership import option

_MOST = 3
_MOST_OCTETS = 64 * 1024


def welcome(
    office: Office, conference: str, to: str, lang: str, options: Mapping[str, str]
) -> Letter:
    """You are on the list."""
    return lettering.letter(
        office,
        "lists/welcome",
        to,
        lang,
        conference=conference,
        mode=letters.mode(office, conference, lang, options),
        less=_less(lang, options),
        topics=_first_reads(office, conference),
    )


def _less(lang: str, options: Mapping[str, str]) -> list[str]:
    """What to write to get less, for who gets each message by itself."""
    each = option(options, "mail") == "on" and option(options, "digest") == "none"
    if not each or option(options, "paused"):
        return []
    return [vocabulary.setting(*one, lang) for one in _LESS]


_LESS = (("mail", "answers"), ("digest", "daily"), ("digest", "weekly"))


def _first_reads(office: Office, conference: str) -> list[tuple[str, str]]:
    """Topics and their links; none where there is nothing to read."""
    found = office.conference(conference)
    if found is None or found.archive == "none":
        return []
    root = office.config.member_pages if found.visibility == "members" else office.config.public
    told = _topics(root / "conferences" / conference / "start.json")
    return [(title, office.config.url + url) for title, url in told]


def _topics(path: Path) -> list[tuple[str, str]]:
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_MOST_OCTETS))
        return [(str(one["title"]), str(one["url"])) for one in told["topics"]][:_MOST]
    except (OSError, ValueError, KeyError, TypeError):
        return []
