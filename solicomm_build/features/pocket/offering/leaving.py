"""Takes away at once what was made of something that is no longer for everybody.

Each file is noted with the repositories that it was made of and where they stood (record.py). A
file goes when one of them is not public or not there any more, or when since then a post was
hidden, a topic moved, a document withdrawn or closed, or anything deleted: a post, a page, a card,
a picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.pocket import choice
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.offering import record
from solicomm_build.features.pocket.offering.record import Made
from solicomm_build.foundation.errors import ContentError, SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.log import Changed
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post import event

_CARD = re.compile(re.escape(entries.path("*")).replace(r"\*", r"[^/]+"))
_TAKE_AWAY = frozenset({"hide", "move"})
"""Events after which readers see less."""


def withdraw(config: Config) -> None:
    """Takes away what is not wanted any more, and what holds more than the hub shows today.
    Blocking; reads only what changed since the look before."""
    record.tidy(config)
    made = record.read(config).made
    if not made:
        return
    now = _tips(config)
    after = {one: one._replace(tips=tuple(sorted(now.items()))) for one in made}
    record.change(config, {one: after[one] if _is_kept(config, one, now) else None for one in made})


def is_kept(config: Config, made: Made) -> bool:
    """Whether all that a file was made of is still for everybody."""
    return _is_kept(config, made, _tips(config))


def _is_kept(config: Config, made: Made, now: Mapping[str, str]) -> bool:
    return bool(made.tips) and all(
        path in now and not _took_away(config, path, old, now[path]) for path, old in made.tips
    )


def _tips(config: Config) -> Mapping[str, str]:
    """Where the public repositories stand; none where that cannot be said."""
    try:
        return dict(choice.repositories(config, Choice()))
    except SoliCommError:
        return {}


def _took_away(config: Config, path: str, old: str, new: str) -> bool:
    """Whether something went between two states; so it counts where the older is not there."""
    if old == new:
        return False
    repo = open_repo(config.root / path)
    try:
        changed = log.diff(repo, Oid(old), Oid(new))
        with Reader(repo) as reader:
            return any(_takes_away(reader, one, old) for one in changed)
    except StoreError:
        return True


def _takes_away(reader: Reader, changed: Changed, old: str) -> bool:
    if not changed.oid:
        return True
    if _CARD.fullmatch(changed.path):
        before = reader.at(old, changed.path)
        return _is_open(before) and not _is_open(reader.blob(changed.oid))
    if event.parse_path(changed.path) is None:
        return False
    try:
        return event.decode(reader.blob(changed.oid)).type in _TAKE_AWAY
    except ContentError:
        return False  # it counts nowhere


def _is_open(card: bytes | None) -> bool:
    """Whether everybody may read the document of a card."""
    try:
        entry = entryfile.decode(card or b"", "")
    except SoliCommError:
        return False
    return entry.status == "published" and entry.rights.access == "open"
