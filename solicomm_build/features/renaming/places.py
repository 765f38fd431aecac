"""Gives a conference, list, library or union another id.

    private/renamed.json ─→ roster.git: `renamed` ─→ content/conferences/<old>.git → <new>.git
      written down           its members, roles,       and `id` in conference.yaml
                             tokens, as if always        ─→ mail.git, private/…, roles ─→ done

Written down first, so that what was killed is done by the next desk, or by the same command again;
each step is safe to do twice. From the first moment the old address, its pages and its git lead to
the new ones (foundation/formernames.py). Ingest waits meanwhile: it takes mail.git's lock first.
A library or a union has no members and no mail of its own: there the roster and mail.git are left
alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from solicomm_build.desk.chores import Looked
from solicomm_build.features.renaming import moving, telling
from solicomm_build.features.renaming.moving import CONFERENCES
from solicomm_build.foundation import clock, faults, formernames, safeio
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.formernames import Renaming
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG
from solicomm_build.git import placeid
from solicomm_build.git.repo import open_repo
from solicomm_build.people import address, grants, rosterevents
from solicomm_build.people.memberstore import OPERATOR
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.cells import dividing, hubmail
from solicomm_build.post.store import hooks

KINDS = {
    "conference": CONFERENCES,
    "list": CONFERENCES,
    "library": "libraries",
    "union": "unions",
}
"""The words of the command, and the folders."""
_WORDS = {CONFERENCES: "conference or list", "libraries": "library", "unions": "union"}
_REST = 30.0  # seconds between two looks
_LATE = timedelta(hours=1)
"""So long after a renaming what still came under the old name is looked for."""


def consequences(config: Config, kind: str, old: str, new: str) -> list[str]:
    """What happens, a sentence each. Raises HubError or UsageError when it cannot be."""
    _refuse(config, kind, old, new)
    pages = f"its pages are {config.url}/{kind}/{new}/; old links, feeds and clones are led there"
    of_kind = {
        CONFERENCES: [
            f"{new}@{config.domain} is its address; mail to {old}@{config.domain} goes there, too, "
            "and who writes to the old one is told once",
            pages,
            "members, roles, votes, what people follow and every link in mails go on",
        ],
        "libraries": [
            f"{new}+deposit@{config.domain} takes documents; {old}+deposit@{config.domain} does, "
            "too",
            pages,
            "cards keep their numbers: what cites them (lib:…) and what catalogues elsewhere have "
            "fetched stay right; documents that wait, and tokens, go on",
        ],
        "unions": [
            f"site-{new}@{config.domain} is where its editors write; site-{old}@{config.domain} "
            "goes on",
            f"{pages}{_own_origin(config, old, new)}",
            "its domains, addresses of its people, drafts and tokens go on",
        ],
    }[kind]
    return [*of_kind, f"nothing new can be called {old}; `--undo` takes it back at any time"]


def rename(config: Config, old: str, new: str, kind: str = CONFERENCES) -> None:
    """Renames it; durable on return. Raises HubError or UsageError."""
    with formernames.alone(config.private):
        _refuse(config, kind, old, new)
        one = Renaming(kind, old, new, clock.now())
        formernames.note(config.private, one)
        faults.point("rename.after-note")
        _carry_out(config, one)


def before(config: Config, kind: str, name: str) -> str:
    """What a place was called before its last renaming. Raises HubError."""
    found = formernames.rows(config.private)
    for one in reversed([row for row in found if row.kind == kind]):
        if one.new == name and formernames.now(config.private, kind).get(one.old) == name:
            return one.old
    raise HubError(f"{name} was called nothing else before")


def finish(config: Config, looked: Looked[None] | None = None) -> bool:
    """Does what a renaming that was killed left undone, and takes along what came under the old
    name in its last moment; whether there was any. Blocking."""
    if looked is not None and looked.rests(_REST):
        return False
    if not formernames.rows(config.private):
        return False
    with formernames.alone(config.private):
        return _finished(config)


def _finished(config: Config) -> bool:
    found = False
    for one in formernames.rows(config.private):
        if not one.done:
            _carry_out(config, one)
            found = True
        elif clock.now() - one.at < _LATE:
            now = formernames.now(config.private, one.kind).get(one.old)
            if now is not None:  # else it was taken back, and the name is that of today
                moving.private(config, replace(one, new=now))
    return found


def _carry_out(config: Config, one: Renaming) -> None:
    if one.kind == CONFERENCES:
        telling.begin(config)
    with dividing.still(config):  # else its mail is sought in one cell while it goes to another
        if not _repository(config, one.kind, one.new).is_dir():
            dividing.keep_place(config, one.kind, one.old, one.new)
        if one.kind == CONFERENCES:
            _conference(config, one)
        else:
            _moved(config, one)
            moving.private(config, one)
            faults.point("rename.after-private")
    formernames.settle(config.private, one)


def _conference(config: Config, one: Renaming) -> None:
    with hubmail.repo_of(config, one.new).lock():
        _say(config, one)
        faults.point("rename.after-event")
        _moved(config, one)
    moving.mail(config, one)
    moving.private(config, one)
    faults.point("rename.after-private")
    grants.begin_again(config)


def _say(config: Config, one: Renaming) -> None:
    store = RosterStore.of(config)
    try:
        now = clock.now()
        if store.roster().names.now.get(one.old) != one.new:
            event = rosterevents.renamed(one.old, one.new, at=now, by=OPERATOR)
            store.append([event], at=now, subject=f"Call {one.old} {one.new}")
    finally:
        store.close()


def _moved(config: Config, one: Renaming) -> None:
    """Its repository under the new name, between two commits of whoever writes there, with the new
    id in its settings."""
    old, new = (_repository(config, one.kind, name) for name in (one.old, one.new))
    if old.is_dir() and not new.exists():
        with open_repo(old).lock():
            os.rename(old, new)
    safeio.fsync_dir(new.parent)
    faults.point("rename.after-move")
    if new.is_dir():  # else it was removed meanwhile
        moving.settings(open_repo(new), one)


def _repository(config: Config, kind: str, name: str) -> Path:
    folders = {
        CONFERENCES: config.conferences,
        "libraries": config.libraries,
        "unions": config.unions,
    }
    return folders[kind] / f"{name}.git"


def _own_origin(config: Config, old: str, new: str) -> str:
    if config.pages is None:
        return ""
    return f"; {old}.{config.pages} leads to {new}.{config.pages}"


def _refuse(config: Config, kind: str, old: str, new: str) -> None:
    if not _repository(config, kind, old).is_dir():
        now = formernames.now(config.private, kind).get(old)
        remedy = f". It is called {now} now" if now else ""
        raise HubError(f"there is no {_WORDS[kind]} {old}{remedy}")
    if not SLUG.fullmatch(new):
        raise UsageError(
            f"{new!r} is not an id. Use up to 28 of a-z, 0-9 and -, first a letter or digit"
        )
    if taken := _taken(config, kind, old, new):
        raise UsageError(f"{taken}. Choose another id")
    asked: tuple[Callable[[Config, str, str], str], ...] = hooks.renaming("REFUSES")
    for why_not in asked:
        if said := why_not(config, kind, old):
            raise HubError(said)
    file, key = moving.settings_of(kind)
    if not placeid.stands(open_repo(_repository(config, kind, old)), file, key, old):
        raise HubError(f"{file} of {old} has no line `{key}: {old}`. Mend it first")


def _taken(config: Config, kind: str, old: str, new: str) -> str:
    """Why the new name is not free, as a sentence; "" when it is, as its own old one is."""
    former = formernames.now(config.private, kind).get(new)
    if former is not None and former != old:
        return f"{new} is what {former} was called before"
    if removed.find(config, kind, new) is not None:
        return f"{new} was removed lately, and its name is taken until that ends"
    if kind != CONFERENCES:
        is_there = _repository(config, kind, new).exists()
        return f"{new} is a {_WORDS[kind]} already" if is_there else ""
    lists = {path.stem for path in config.conferences.glob("*.git")}
    return address.why_not(new) or address.clash(
        new, lists=lists - {old}, mailboxes=_mailboxes(config)
    )


def _mailboxes(config: Config) -> Iterator[str]:
    store = RosterStore.of(config)
    try:
        yield from [name for name in store.roster().mailboxes if "@" not in name]
    finally:
        store.close()
