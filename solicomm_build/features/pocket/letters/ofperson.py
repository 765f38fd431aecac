"""Letters of sticks that this hub holds for another hub: whom they name as their author gets them
and has them erased. Nothing else here knows of them: no post and no member need be behind one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from solicomm_build.features.pocket.letters import aside, onward
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Bears, Erased, Taking


def told(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """The letters in the name of these addresses: for which conference, since when they lie here,
    why its home refused one, and what they say."""
    found = []
    for path, message in _by(config, {key(one) for one in addresses}):
        facts = {
            "conference": path.stem,
            "since": datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(),
            "subject": message.field("Subject") or "",
            "message": path.read_bytes().decode("utf-8", "replace"),
        }
        why = aside.why(path)
        found.append({**facts, "refused": why} if why else facts)
    return found


def held(config: Config) -> Iterator[bytes]:
    """All of them, whole."""
    for path in _all(config):
        with suppress(FileNotFoundError):  # it has gone meanwhile
            yield path.read_bytes()


def keeps(config: Config, address: str) -> bool:
    """Whether there is one in the name of an address."""
    return any(_by(config, {key(address)}))


def erase(config: Config, gone: Erased, taking: Taking) -> None:
    """Takes away those in the name of who goes, and those that have inside what goes. Blocking;
    safe to do again."""
    theirs = {path for path, _ in _by(config, {key(gone.address)})} if gone.address else set()
    for path in _all(config):
        if path in theirs or _bears(path, gone.bears):
            aside.forget(path)
            taking.counted(f"private/{path.parent.relative_to(config.private).as_posix()}", 1)


def _bears(path: Path, bears: Bears) -> bool:
    return path.exists() and bears(path.read_bytes())


def _all(config: Config) -> list[Path]:
    return [*onward.waiting(config), *aside.kept(config)]


def _by(config: Config, keys: set[str]) -> Iterator[tuple[Path, Message]]:
    for path in _all(config):
        try:
            message = parse(path.read_bytes(), config.limits)
        except (MessageError, FileNotFoundError):
            continue  # it has gone meanwhile
        who = author(message)
        if who and key(who) in keys:
            yield path, message
