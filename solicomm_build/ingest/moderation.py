"""Held mail: list it, let it in, or discard it. Wiring on the stores; commands and desks use it.

Held mail lies in mail.git under `held/<conference>/` (store/mailstore.py). Letting a message in is
three durable steps, each safe to do again: the message into `messages/`, the post into the
conference, the held copy away. A post let in goes out like any other (`Source: mail`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from solicomm_build import clock
from solicomm_build.config import Config
from solicomm_build.errors import HubError
from solicomm_build.faults import point
from solicomm_build.ingest import reading
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.placing import addition, place
from solicomm_build.message.parse import parse
from solicomm_build.store.mailstore import Held
from solicomm_build.types import PostId


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """What a moderator sees of a held message; `received_at` is UTC-aware."""

    conference: str
    mid: PostId
    rule: str
    reason: str
    name: str
    subject: str
    received_at: datetime


def list_held(config: Config, conference: str | None = None) -> list[HeldMessage]:
    """The messages that wait, of one conference or of all, oldest first."""
    stores = HubStores(config)
    try:
        found = [_shown(held) for held in stores.mail.held()]
    finally:
        stores.close()
    wanted = [held for held in found if conference in (None, held.conference)]
    return sorted(wanted, key=lambda held: (held.received_at, held.mid))


def accept(config: Config, conference: str, mid: PostId, *, by: str = "") -> None:
    """Lets a held message in, durable on return. Raises HubError when it is not held.

    `by` names who decided; it stays in the private repository.
    """
    stores = HubStores(config)
    try:
        _accept(stores, conference, mid, by)
    finally:
        stores.close()


def discard(config: Config, conference: str, mid: PostId, *, by: str = "") -> None:
    """Takes a held message away, durable on return. Raises HubError when it is not held."""
    stores = HubStores(config)
    try:
        stores.mail.begin()
        _held_raw(stores, conference, mid)
        stores.mail.release(conference, mid)
        stores.mail.checkpoint(
            "Discard", when=clock.now(), Verdict="discard", Conference=conference,
            Message=mid, By=by,
        )  # fmt: skip
    finally:
        stores.close()


def _accept(stores: HubStores, conference: str, mid: PostId, by: str) -> None:
    mail, posts = stores.mail, stores.posts(conference)
    mail.begin()
    posts.begin()
    raw = _held_raw(stores, conference, mid)
    facts = next(held for held in mail.held() if (held.conference, held.mid) == (conference, mid))
    rules = stores.conference(conference).attachments
    read = reading.of_message(parse(raw), rules)
    where = place(raw, read, conference=conference, rules=rules, mail=mail, posts=posts)
    if where.keep_as is not None:
        mail.add(where.keep_as, raw)
    notes = {"Verdict": "accept", "Conference": conference, "Message": mid, "By": by}
    mail.checkpoint("Accept", when=clock.now(), **notes)
    point("moderation.after-mail-commit")
    if not where.known:
        received = _shown(facts).received_at
        posts.add(addition(where.reading, clock.now(), source="mail", at=received))
    posts.checkpoint()
    point("moderation.after-post-commit")
    mail.begin()
    mail.release(conference, mid)
    mail.checkpoint("Release", when=clock.now(), **notes)


def _held_raw(stores: HubStores, conference: str, mid: PostId) -> bytes:
    raw = stores.mail.held_raw(conference, mid)
    if raw is None:
        raise HubError(f"{conference} holds no message {mid}. It may be decided already")
    return raw


def _shown(held: Held) -> HeldMessage:
    facts = held.facts
    return HeldMessage(
        conference=held.conference,
        mid=held.mid,
        rule=str(facts.get("rule", "")),
        reason=str(facts.get("reason", "")),
        name=str(facts.get("name", "")),
        subject=str(facts.get("subject", "")),
        received_at=datetime.fromisoformat(facts["envelope"]["received_at"]),
    )
