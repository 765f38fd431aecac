"""Takes away at once what was made of something that is no longer for everybody.

Each file is noted with the repositories that it was made of and where they stood (record.py). A
file goes when one of them is not public or not there any more, or when since then a post was
hidden, a topic moved, a document withdrawn or closed, or anything deleted: a post, a page, a card,
a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
from solicomm_build.post.store import hooks

_LIBRARIES = "libraries"
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
    shows = _shows(path)
    try:
        changed = log.diff(repo, Oid(old), Oid(new))
        with Reader(repo) as reader:
            return any(
                _takes_away(reader, one) or _hides(reader, one, old, shows) for one in changed
            )
    except StoreError:
        return True


def _takes_away(reader: Reader, changed: Changed) -> bool:
    if not changed.oid:
        return True
    if event.parse_path(changed.path) is None:
        return False
    try:
        return event.decode(reader.blob(changed.oid)).type in _TAKE_AWAY
    except ContentError:
        return False  # it counts nowhere


def _shows(path: str) -> Callable[[str, bytes], bool] | None:
    """What says of files of a repository whether everybody may read what they describe."""
    is_library = path.startswith(f"{choice.KINDS[_LIBRARIES]}/")
    return hooks.settings_of(_LIBRARIES).shows if is_library else None


def _hides(
    reader: Reader, changed: Changed, old: str, shows: Callable[[str, bytes], bool] | None
) -> bool:
    """Whether everybody could read what a file describes, and cannot any more. What describes
    others is a text with front matter: no document is read for it."""
    if shows is None or not changed.path.endswith(".md"):
        return False
    if shows(changed.path, reader.blob(changed.oid)):
        return False
    before = reader.at(old, changed.path)
    return before is not None and shows(changed.path, before)
