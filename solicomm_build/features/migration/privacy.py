"""Messages that waited for a moderator where a list comes from are their authors'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.message.auth.authorship import writers
from solicomm_build.message.parse import parse
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking


def _every(config: Config) -> Iterator[tuple[str, bytes]]:
    if (config.private / "migration").is_dir():
        from solicomm_build.features.migration import heldfile

        yield from heldfile.every(config)


def _is_by(raw: bytes, addresses: Iterable[str]) -> bool:
    """Whether a message names one of the addresses as its author."""
    try:
        senders = writers(parse(raw))
    except MessageError:
        return False
    return not {*map(key, senders)}.isdisjoint(map(key, addresses))


def _told(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    return [
        {"list": name, "subject": _subject(raw), "message": raw.decode("utf-8", "replace")}
        for name, raw in _every(config)
        if _is_by(raw, addresses)
    ]


def _subject(raw: bytes) -> str:
    try:
        return parse(raw).field("Subject") or ""
    except MessageError:
        return ""


def _held(config: Config) -> Iterator[bytes]:
    for _, raw in _every(config):
        yield raw


def _keeps(config: Config, address: str) -> bool:
    return any(_is_by(raw, (address,)) for _, raw in _every(config))


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if not (config.private / "migration").is_dir():
        return
    from solicomm_build.features.migration import heldfile

    whose = (gone.address,) if gone.address else ()
    if count := heldfile.take_out(config, lambda raw: gone.bears(raw) or _is_by(raw, whose)):
        taking.counted("private/migration", count)


FACTS = {"held_before_moving": _told}
HOLDS = (_held,)
KEEPS = (_keeps,)
ERASE = _erase
