"""Moves what lies under a place's old id to its new one, in its settings, in mail.git and below
`private/`. Each is safe to do again."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.formernames import Renaming
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import placeid
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import conference as conferences
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import hooks

CONFERENCES = "conferences"


def settings_of(kind: str) -> tuple[str, str]:
    """The file of a place's settings, and the key that says its id."""
    if kind == CONFERENCES:
        return conferences.FILE, "id"
    found = hooks.settings_of(kind)
    return found.file, found.key


def settings(repo: Repo, one: Renaming) -> None:
    """Has the settings of a place say the new id."""
    placeid.change(repo, *settings_of(one.kind), (one.old, one.new))


def mail(config: Config, one: Renaming) -> None:
    """Moves mail that waits, decisions, and the conference's own versions of messages, to the cell
    that it is in now. Something may lie in another one when a renaming was killed and the hub cut
    anew before it was finished; what is here already counts."""
    home = hubmail.repo_of(config, one.new)
    _mail_of(home, home, one)
    for repo in hubmail.every_repo(config):
        if repo.path != home.path:
            _mail_of(repo, home, one)


def _mail_of(repo: Repo, home: Repo, one: Renaming) -> None:
    with Reader(repo) as reader:
        changes = [*_in_folders(reader, one), *_variants(reader, one)]
    if not changes:
        return
    message = compose("Rename a conference", Source="cli", Conference=one.new)
    if repo.path != home.path:
        with Reader(home) as reader:
            put = [change for change in changes if change.data is not None]
            there = reader.oids_at(MAIN, [change.path for change in put])
            new = [change for change in put if there[change.path] is None]
        if new:
            write_once(home, new, message=message, when=clock.now())
        changes = [change for change in changes if change.data is None]
    write_once(repo, changes, message=message, when=clock.now())


def _in_folders(reader: Reader, one: Renaming) -> Iterator[Change]:
    for folder in hubmail.FOLDERS:
        entries = reader.tree(MAIN, f"{folder}/{one.old}", recursive=True)
        for entry in entries:
            blob = reader.blob(entry.oid)
            if folder == "held" and entry.path.endswith(".json"):
                blob = _renamed(blob, one)
            yield Change(f"{folder}/{one.new}/{entry.path}", blob)
            yield Change(f"{folder}/{one.old}/{entry.path}", None)


def _renamed(blob: bytes, one: Renaming) -> bytes:
    facts = {**json.loads(blob), "conference": one.new}
    data = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return data.encode("utf-8", "backslashreplace")


def _variants(reader: Reader, one: Renaming) -> Iterator[Change]:
    mark = f"~{one.old}.eml"
    for entry in reader.tree(MAIN, "messages", recursive=True):
        if entry.path.endswith(mark):
            new = f"{entry.path.removesuffix(mark)}~{one.new}.eml"
            yield Change(f"messages/{new}", reader.blob(entry.oid))
            yield Change(f"messages/{entry.path}", None)


def private(config: Config, one: Renaming) -> None:
    """Moves what features keep below `private/`. Blocking."""
    for place in hooks.private_places(one.kind):
        _merge(config.private / (place % one.old), config.private / (place % one.new))
    for rename in hooks.renaming("RENAME"):
        rename(config, one.kind, one.old, one.new)


def _merge(old: Path, new: Path) -> None:
    """Moves a file or folder; into a folder that is there already, all that is not. What is there
    under the new name stays."""
    with contextlib.suppress(FileNotFoundError):
        if not new.exists():
            os.rename(old, new)
        elif old.is_dir() and not (old / "objects").is_dir():
            for path in sorted(old.iterdir()):
                _merge(path, new / path.name)
            with contextlib.suppress(OSError):
                old.rmdir()
