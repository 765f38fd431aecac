"""What an erasure would take, as a second operator is shown it (people/operators/second.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from solicomm_build.cli.asking import masked
from solicomm_build.features.privacy import erasable, erasures
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.second import Wanted

_ALWAYS = datetime.min.replace(tzinfo=UTC)


def erased(config: Config, what: str, reason: str, by: str) -> Wanted:
    """A message, or all that is kept of a person. Raises HubError when nothing here is called so,
    and nothing was erased that was."""
    words = ("erase", what, "--reason", reason, "--by", by)
    kept = ("erase", masked(what), masked(f"--reason={reason}"))
    try:
        order = erasable.order_for(config, what, reason, by)
    except HubError:
        mine = [(one.reason, one.by) == (reason, by) for one in erasures.undone(config)]
        if not any(mine) and not _since(config, reason, by)(_ALWAYS):
            raise
        done = _since(config, reason, by)
        return Wanted("erase", what, words, kept, is_begun=any(mine), is_done=done)
    kind = "erase-person" if order.address else "erase-message"
    holds = {"member": order.member} if order.address else {"messages": _digest(order.mids)}
    return Wanted(
        kind,
        what,
        words,
        kept,
        names={"reason": reason},
        counts={"messages": len(order.mids)},
        holds=holds,
        person=order.address,
        is_done=_since(config, reason, by),
    )


def _since(config: Config, reason: str, by: str) -> Callable[[datetime], bool]:
    def is_done(since: datetime) -> bool:
        return any(
            (one.reason, one.by) == (reason, by) and datetime.fromisoformat(one.at) >= since
            for one in erasures.receipts(config)
            if one.done
        )

    return is_done


def _digest(mids: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(mids).encode()).hexdigest()[:16]
