"""Erasure, for who has to erase posts because somebody else says so; and of tokens and keys."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import PostId
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import RECEIPTS, Erased, Taking

_WHOLE = 64 * 1024
"""Octets of a message that stands in the person's facts; they go out by mail."""
_WORD = re.compile(r"[^\s<>\"',;:=\[\]{}()#]++")


def _posts(config: Config, mids: Sequence[PostId], reason: str, by: str, log: MailLog) -> None:
    from solicomm_build.features.privacy import asking, erase
    from solicomm_build.features.privacy.settling import settle

    receipt = erase.erase_posts(config, mids, reason=reason, by=by, log=log)
    settle(config, receipt.objects)
    asking.ask(config)


def _here(config: Config) -> None:
    if (config.private / "erasures").is_dir():
        from solicomm_build.features.privacy import following

        following.follow(config)


def _awaits(config: Config, files: Collection[str]) -> bool:
    told = {path for path in files if path.startswith(RECEIPTS) and path.endswith(".json")}
    if not told:
        return False
    from solicomm_build.features.privacy import erasures

    known = erasures.known_here(config)
    names = {path.removeprefix(RECEIPTS).removesuffix(".json") for path in told}
    ended = {name for name in names if f"{RECEIPTS}{name}.todo" not in files}
    return not {*names, *(f"{name}.again" for name in ended)} <= known


def _keeps(config: Config, address: str) -> bool:
    from solicomm_build.features.privacy import pushers

    return pushers.is_kept(config, address)


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if gone.address:
        from solicomm_build.features.privacy import pushers

        pushers.erase(config, gone.address, taking)


def _again(config: Config, later: Mapping[str, bytes]) -> Iterator[str]:
    from solicomm_build.features.privacy import comeback

    yield from comeback.told(config, later)


def _set_aside(
    config: Config, members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """Mail that the person has written and that was set aside, whole unless it is large."""
    if not any(config.spool_quarantine.glob("*.mail")):
        return []
    from solicomm_build.features.privacy import erasable
    from solicomm_build.message.address import key
    from solicomm_build.people.directory import directory_of
    from solicomm_build.post.store import withdraw

    wanted, found = frozenset(map(key, addresses)), []
    resolve = directory_of(config, lambda: members).resolve
    for item in withdraw.aside_items(config):
        if (message := erasable.written_by(item, wanted, resolve)) is not None:
            facts = {
                "since": item.envelope.received_at.isoformat(),
                "to": list(item.envelope.rcpt_tos),
                "subject": message.subject,
                "octets": len(item.raw),
            }
            if len(item.raw) <= _WHOLE:
                facts["message"] = item.raw.decode("utf-8", "replace")
            found.append(facts)
    return found


def _stays(config: Config, addresses: Collection[str], _named: Collection[str]) -> Iterator[str]:
    """The hub's settings, which its operators write."""
    from solicomm_build.foundation.hub.config import FILE
    from solicomm_build.message.address import key

    with contextlib.suppress(OSError):
        text = (config.root / FILE).read_text("utf-8", "replace")
        words = (one for one in _WORD.findall(text) if "@" in one)
        if not {*map(key, words)}.isdisjoint(map(key, addresses)):
            yield f"{FILE} names the address. Take it out there"


FACTS = {"set_aside": _set_aside}
KEEPS = (_keeps,)
STAYS = (_stays,)
ERASE = _erase
POSTS = _posts
HERE = _here
AWAITS = _awaits
AGAIN = _again
