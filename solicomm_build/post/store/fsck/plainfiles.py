"""Plain files that no repository has: is each what its name says. A part of `solicomm fsck`.

Readers of many of them go on as if nothing were there when one is damaged, so that a hub does not
stand still for it; others end. Here each is named before that is noticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import HubError, SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import receiving
from solicomm_build.people.kept import firstfree
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store import deliverysince
from solicomm_build.post.store.hooks import Fault

_FACTS = "Bring it back from a backup; `solicomm docs formats/store` says what it holds"
_PLAN = (
    "The desk sets it aside when it starts: `solicomm quarantine list` names it, and what may be of"
    " it. Put the mail and the letters back that are needed, then delete the file"
)


def faults(config: Config) -> Iterator[Fault]:
    """The faults of hooks, keys, and facts that are kept as JSON. Reads only."""
    for name in receiving.unfit(config):
        remedy = "Run `solicomm gate install`: without it pushes by path are not checked"
        yield Fault(f"hooks/{name}", "it is missing, or nobody can run it", remedy)
    for name, remedy in keys.damaged(config.keys):
        yield Fault(f"private/keys/{name}", "it is no key any more", remedy)
    if not (config.keys / keys.TOKEN_KEY).exists() and _has_written(config):
        remedy = "Bring it back from a backup before the hub makes a new one by itself"
        where = f"private/keys/{keys.TOKEN_KEY}"
        yield Fault(where, "it is missing: no link in a mail sent so far is good", remedy)
    try:
        deliverysince.read(config)
    except HubError:
        remedy = "Write the moment from which on members of conferences get new posts by mail"
        where = f"private/{deliverysince.NAME}"
        yield Fault(where, "it holds no moment such as 2026-11-24T12:00:00Z", remedy)
    try:
        firstfree.read(config.private)
    except StoreError:
        remedy = "Write a number there that no member has had yet, such as 9000000"
        where = f"private/{firstfree.FILE}"
        yield Fault(where, "it says no number: nobody new can join", remedy)
    spools = (config.spool_out / "again", config.spool_desk / "plans")
    for path in (one for top in (config.private, *spools) for one in _facts(top)):
        where = path.relative_to(config.root).as_posix()
        try:
            json.loads(path.read_bytes())
        except FileNotFoundError:
            continue  # it went meanwhile
        except (OSError, ValueError):
            remedy = _PLAN if path.is_relative_to(config.spool_desk) else _FACTS
            yield Fault(where, "it is damaged: no JSON", remedy)


def _has_written(config: Config) -> bool:
    """Whether the hub had the key before: its desk has run here, or has asked somebody something,
    or another key took its place."""
    if (config.state / "answers.sqlite").exists() or any(config.keys.glob("token-*.key")):
        return True
    if not config.roster_repo.is_dir():
        return False
    store = RosterStore.of(config)
    try:
        return any(True for _ in store.roster().tokens.facts)
    except SoliCommError:
        return False  # fsck.py names what is wrong with the roster
    finally:
        store.close()


def _facts(top: Path) -> Iterator[Path]:
    """All files of JSON below a folder but for those in repositories."""
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(one for one in folders if not one.endswith(".git"))
        for name in sorted(names):
            if name.endswith((".json", ".todo")) and not name.startswith("."):
                yield Path(folder, name)
