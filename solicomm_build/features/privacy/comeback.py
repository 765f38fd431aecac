"""What was erased and is in the hub again, since it came back from a backup of before.

    receipts of a newer backup ─→ those that this hub has not ─→ todo: the messages, by their ids
                                                              └→ a command to type, for each

Messages are known for sure by their ids, so the next erasure takes them. A member is known by the
number alone: whether that is the same person, the operator sees by the address.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import PurePosixPath

from solicomm_build.features.privacy import erasures
from solicomm_build.features.privacy.erasures import Order, Receipt
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.membership import Member
from solicomm_build.people.rosterstore import RosterStore


def told(config: Config, later: Mapping[str, bytes]) -> Iterator[str]:
    """Lines about what receipts of a newer backup, by path, say that is here again; what can be
    done by itself waits for the next erasure. Durable before it is said; safe to do again."""
    known = {one.id for one in erasures.receipts(config) if one.done}
    for path, octets in sorted(later.items()):
        receipt = erasures.decoded(octets)
        if receipt is None or PurePosixPath(path).stem != receipt.id or receipt.id in known:
            continue
        if receipt.messages:
            bare = Order(receipt.id, receipt.at, receipt.by, receipt.reason, receipt.messages)
            erasures.keep(erasures.todo(config, receipt.id), asdict(bare))
        yield from _lines(config, receipt)


def _lines(config: Config, receipt: Receipt) -> Iterator[str]:
    member = _member(config, receipt.member)
    what = member.address if member else next(iter(receipt.messages), "")
    day, count = receipt.at[:10], len(receipt.messages)
    if member:
        yield f"Erased on {day}, and here again: member {member.number}, {count} messages:"
    elif count:
        yield f"Erased on {day}, and here again where the backup had them: {count} messages:"
    else:
        yield f"Erased on {day}, and here again where it was in the backup: what one address had"
    if what:
        words = ("solicomm", "erase", what, "--reason", receipt.reason, "--hub", str(config.root))
        yield f"  {shlex.join(words)}"


def _member(config: Config, number: int | None) -> Member | None:
    if number is None:
        return None
    store = RosterStore.of(config)
    try:
        found = store.roster().members.get(number)
    finally:
        store.close()
    return found if found and found.state != "removed" else None
