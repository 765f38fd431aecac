"""What a welcome says beside how to write and leave: the topics to read first.

Which they are has the builder written down (builder/conferences/starting.py); without its file, as
on a hub that has not built yet, the welcome does without.
"""

from __future__ import annotations

import json
from pathlib import Path

from solicomm_build.desk.office import Office
from solicomm_build.desk.words import line
from solicomm_build.foundation.i18n import gettext

_MOST = 3
_MOST_OCTETS = 64 * 1024


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
