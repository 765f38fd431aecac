"""Tells the authors of letters that the home of their conference never took: once each, by mail,
with the reason and what can be done.

    aside.py ─ every minute ─→ may the author be told? ─→ a letter, and `.told` beside theirs

Nothing proves who wrote a letter of a stick, so it counts as what unproven mail causes
(desk/limits.py), and says nothing of it but its subject. Addresses of hubs are no people: those
letters are left to the operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.limits import CLAIMED, Asker, in_all
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter, Plan, Write
from solicomm_build.features.pocket.letters import aside, onward
from solicomm_build.foundation import clock, network
from solicomm_build.foundation.errors import MessageError
from solicomm_build.message.address import is_valid
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import addresses
from solicomm_build.people.addresses import OtherHub

_REST = 60.0  # seconds
_REASONS = (("no conference", "gone"), ("larger than", "large"), (onward.LATE, "late"))
"""What a home's words have in them, and what the letter says for it; else it shows the words."""


def steps(office: Office, looked: Looked[None]) -> Iterator[Step]:
    """The letters to those who were not told yet and may be told now."""
    if looked.rests(_REST):
        return
    for path in aside.kept(office.config):
        if not aside.is_told(path) and (step := _step(office, path)) is not None:
            yield step


def _step(office: Office, path: Path) -> Step | None:
    try:
        message = parse(path.read_bytes(), office.config.limits)
    except FileNotFoundError:
        return None
    except MessageError:
        aside.note(path, aside.NOBODY)
        return None
    to = author(message) or ""
    if not is_valid(to) or office.is_ours(to) or _hub(office, to) is not None:
        aside.note(path, aside.NOBODY)
        return None
    cause, kind = f"stick-refused-{path.suffix[1:]}", f"not-arrived:{path.name}"
    asker = Asker(network.HERE, to, in_all(office.roster().active))
    if not office.limits.allow(to, kind, cause, clock.now(), CLAIMED, asker):
        return None
    told = Write.to_private(f"{aside.FOLDER}/{path.name}{aside.TOLD}", aside.BY_MAIL)
    letters = (_letter(office, path, message, to, kind),)
    return Step(cause, Plan(letters=letters, writes=(told,), subject="Tell who wrote on a stick"))


def _letter(office: Office, path: Path, message: Message, to: str, kind: str) -> Letter:
    place, hub = _place(office, message, path.stem)
    words = aside.why(path)
    return letter(
        office,
        "pocket/not-arrived",
        to,
        office.language_of(to, path.stem, hint=message.language or ""),
        kind=kind,
        address=place,
        home=hub.name if hub else "",
        site=hub.url if hub else "",
        subject=message.subject,
        why=next((known for part, known in _REASONS if part in words), ""),
        words=words,
        until=datetime.fromtimestamp(path.stat().st_mtime, UTC) + aside.KEPT,
    )


def _place(office: Office, message: Message, conference: str) -> tuple[str, OtherHub | None]:
    """The address that a letter was for, and the hub of that, where it is known still."""
    named = (box.addr_spec for box in (*message.to, *message.cc))
    found = [one for one in named if one.partition("@")[0].partition("+")[0].lower() == conference]
    at_hubs = ((one, hub) for one in found if (hub := _hub(office, one)) is not None)
    return next(at_hubs, (next(iter(found), conference), None))


def _hub(office: Office, address: str) -> OtherHub | None:
    return addresses.elsewhere(office.config, address.rpartition("@")[2])
