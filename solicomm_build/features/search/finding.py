"""`find words` by mail: the ten best of what is public, ranked as the page /search/ ranks it.

It looks at everything that is public, whichever address is asked, and at the indexes of other hubs
that are kept here. Ours is the one that the builder keeps below public/; without one, and for
archives that are not public, `archive.search` looks at the subjects.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case
from solicomm_build.desk.words import line
from solicomm_build.features.lists import archive
from solicomm_build.features.search.engine.document import Row
from solicomm_build.features.search.engine.finding import Found, find
from solicomm_build.features.search.engine.reader import MANIFEST, OpenIndex, open_index
from solicomm_build.features.search.engine.tiers import whole
from solicomm_build.features.search.peers import mirroring
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext, ngettext

SHOWN = 10
_INDEX = Path("search") / "index"
_ELSEWHERE = re.compile(r"https?://")


def search(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The best of what has the words, from everything that is public, with links; at the address
    of a list that is not, the subjects of that list as well, for who may see them."""
    settings = office.conference(case.conference) if case.conference else None
    is_public = settings is not None and settings.visibility == "public"
    index = whole_of(office.config) if command.words else None
    if index is None:
        if case.conference:
            return archive.search(office, case, person, command)
        return Result(person, (_unanswered(person.lang, bool(command.words)),))
    found = _found(office.config, index, " ".join(command.words), person.lang)
    told = tuple(_told(office, person.lang, found))
    if is_public or not case.conference:
        return Result(person, told)
    own = archive.search(office, case, person, command)
    return Result(own.person, own.text + told, own.plan)


def best(office: Office, place: str, words: Sequence[str], lang: str, most: int) -> list[Row]:
    """What is public in a folder below the hub's root and has all of the words, the best first;
    nothing when it cannot be searched."""
    index = whole_of(office.config)
    if index is None:
        return []
    found = find([index], f"{' '.join(words)} in:{place}", lang, most)
    return [hit.row for hit in found.hits if found.every and hit.row.place == place]


def opened(config: Config) -> OpenIndex | None:
    """The public index, if it can be read: what is newest of a large one."""
    return opened_in(config.public / _INDEX)


def whole_of(config: Config) -> OpenIndex | None:
    """The public index with all of its tiers, if it can be read."""
    index = opened(config)
    return whole(index) if index else None


def opened_in(root: Path) -> OpenIndex | None:
    """The index in a folder, if it can be read."""

    def read(path: str) -> bytes | None:
        try:
            return (root / path).read_bytes()
        except OSError:
            return None

    if read(MANIFEST) is None:
        return None
    try:
        return open_index(read)
    except ContentError:
        return None


def _found(config: Config, own: OpenIndex, words: str, lang: str) -> Found:
    """In our index and those of other hubs; in our own when what another hub wrote cannot be
    searched."""
    kept = [opened_in(mirroring.folder(config, hub)) for hub in mirroring.kept(config)]
    others = [whole(index) for index in kept if index is not None]
    try:
        return find([own, *others], words, lang, SHOWN)
    except (LookupError, TypeError, ValueError, ArithmeticError):
        if not others:
            raise
        return replace(find([own], words, lang, SHOWN), incomplete=True)


def _told(office: Office, lang: str, found: Found) -> list[str]:
    if found.state != "done":
        return [_unanswered(lang, False)]
    told = []
    if not found.hits:
        told.append(gettext(lang, "No message and no page has these words."))
    elif found.every:
        told.append(
            ngettext(
                lang,
                "%(num)s text has these words:",
                "%(num)s texts have these words, the best first:",
                found.total,
            )
        )
    else:
        told.append(
            gettext(lang, "Nothing has all of these words. This has some of them, the best first:")
        )
    if found.suggestions:
        words = ", ".join(likely for _, likely in found.suggestions)
        told.append(gettext(lang, "Did you mean:") + "\n" + line(words))
    told += [_result(office, lang, hit.row) for hit in found.hits]
    if found.incomplete:
        told.append(_unanswered(lang, True))
    return told


def _unanswered(lang: str, has_words: bool) -> str:
    """Why a question has no answer: our fault, or the question's."""
    if has_words:
        return gettext(lang, "Some of the archive could not be searched just now.")
    return gettext(lang, "Please write one or more words that carry a meaning.")


def _result(office: Office, lang: str, row: Row) -> str:
    """Title, who and when, the first words, and where to read on."""
    when = i18n.format_date(lang, datetime.fromtimestamp(row.time, UTC)) if row.time else ""
    host = urlsplit(row.place).netloc if _ELSEWHERE.match(row.place) else ""
    by = ", ".join(text for text in (row.author, row.place.rpartition("/")[2], host, when) if text)
    link = row.address if host else f"{office.config.url}/{row.address}"
    return "\n".join(line(text) for text in (row.title, by, row.snippet, link) if text)
