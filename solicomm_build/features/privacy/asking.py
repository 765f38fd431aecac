"""Copies of the hub elsewhere are asked to forget what was erased, until each says that it has.

    erased here → asked (todo as it was) → all answer: the todo names nobody any more → asked again
                → all are gone: the todo goes

The todo stays as long as a copy is silent, for who comes back has to be told what is sought. Then
its own words have to go from copies of the todo, too, so all are asked once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from solicomm_build.features.privacy import erasures
from solicomm_build.features.privacy.erasures import Order, Receipt
from solicomm_build.features.privacy.unfinished import is_open
from solicomm_build.foundation import clock, faults
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, warning
from solicomm_build.foundation.safeio import locked
from solicomm_build.post.store import erasing
from solicomm_build.post.store.erasing import Gone

_WORDS = {
    "gone": "nothing is left",
    "ready": "it goes by itself",
    "asked": "it goes by itself",
    "silent": "NOT GONE",
    "told": "",
}


_AGAIN, _LATER = timedelta(minutes=2), timedelta(minutes=10)
"""After these who will say so by itself, and who was silent, is asked again."""


def is_due(config: Config) -> bool:
    """Whether copies are to be asked now. Quick where nothing is open."""
    return is_open(config) and any(
        _is_due(receipt)
        for order in erasures.undone(config)
        if (receipt := erasures.receipt(config, order.id)) is not None and receipt.done
    )


def _is_due(receipt: Receipt) -> bool:
    asked = [datetime.fromisoformat(one["at"]) for one in receipt.copies.values()]
    is_silent = any(one["state"] == "silent" for one in receipt.copies.values())
    return not asked or clock.now() - max(asked) >= (_LATER if is_silent else _AGAIN)


def ask(config: Config, *, waits: bool = True) -> None:
    """Asks the copies of all erasures that are done here and open elsewhere. Blocking, for minutes;
    safe to do again. Unless it `waits`, nothing is done while somebody else is at it."""
    if not is_open(config):
        return
    with locked(erasures.folder(config) / ".lock", blocking=waits) as mine:
        for order in erasures.undone(config) if mine else ():
            receipt = erasures.receipt(config, order.id)
            if receipt is not None and receipt.done:
                _ask(config, order, receipt)


def _ask(config: Config, order: Order, receipt: Receipt) -> None:
    kept = erasures.receipt_file(config, order.id)
    found = list(erasing.copies(config, _gone(receipt)))
    at = clock.now().isoformat(timespec="seconds")
    receipt.copies = {one.name: {"state": one.state, "said": one.said, "at": at} for one in found}
    states = {one.state for one in found}
    if states <= {"gone", "ready"} and not receipt.since:
        erasures.keep(erasures.todo(config, order.id), asdict(_of_nobody(order)))
        receipt.since = at
    erasures.keep(kept, asdict(receipt))
    faults.point("erase.after-copies")
    if states <= {"gone"}:
        erasures.end(config, order.id)


def _of_nobody(order: Order) -> Order:
    return replace(order, message_ids=(), address="", needles=(), cards=(), earlier=())


def _gone(receipt: Receipt) -> Gone:
    said = ("gone",) if receipt.since else ("gone", "ready")
    return Gone(
        receipt.id,
        datetime.fromisoformat(receipt.done or receipt.at),
        receipt.messages,
        tuple(place for place in receipt.removed if place.endswith(".git")),
        tuple(receipt.objects),
        datetime.fromisoformat(receipt.since) if receipt.since else None,
        frozenset(name for name, one in receipt.copies.items() if one["state"] in said),
    )


def lines(config: Config, receipt: Receipt) -> Iterator[str]:
    """How each copy of what was erased stands, for people."""
    for name, one in receipt.copies.items():
        yield _line(name, one["state"], one["said"])
    for copy in erasing.told(config, _gone(receipt)):
        yield _line(copy.name, copy.state, copy.said)


def _line(name: str, state: str, said: str) -> str:
    return f"{name}: {'; '.join(filter(None, (_WORDS.get(state), said)))}"


def wrong(config: Config) -> Iterator[Finding]:
    """The copies that have something still of what was erased."""
    for order in erasures.undone(config) if is_open(config) else ():
        receipt = erasures.receipt(config, order.id)
        if receipt is None or not receipt.done:
            yield warning(
                f"that of {order.at[:10]} is not done here",
                "It was killed: type it again, or any other",
                about=order.id,
            )
            continue
        for name in receipt.open:
            if receipt.copies[name]["state"] == "silent":
                words = f"{name} has something still of what was erased on {order.at[:10]}"
                yield warning(
                    f"{words}: {receipt.copies[name]['said']}",
                    "It is asked again each ten minutes; `solicomm erase --status` asks now",
                    about=f"{order.id} {name}",
                )
