"""What waits for a list's owners: `private/bounces/<conference>/`, never served.

    <32 hex digits>.eml     a message that nobody understands, or without a good tag, as it came
    <32 hex digits>.note    `ended` or `complaint`, a tab, the address it was about

Names are made of the contents, so the same thing is kept once. The weekly summary takes both away
(bouncechores.py). More than 200 messages of one list are not kept: owners would not read them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.bouncemail import Week
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people.membership import Bounce
from solicomm_build.people.roster import Roster

BY = "bounces"
"""Who does it, in the roster's events, and the reason of a state."""

_MOST = 200


def keep(config: Config, name: str, raw: bytes) -> bool:
    """Keeps a message for the owners, durable on return; False when too many wait."""
    path = _path(config, name, raw, "eml")
    if path.exists():
        return True
    if len(list(path.parent.glob("*.eml"))) >= _MOST:
        return False
    safeio.write_atomic(path, raw, mode=0o600)
    return True


def remember(config: Config, name: str, what: str, address: str) -> None:
    """Keeps a line for the next summary, durable on return. Safe to do again."""
    line = f"{what}\t{address}".encode("utf-8", "replace")
    safeio.write_atomic(_path(config, name, line, "note"), line, mode=0o600)


def forget(config: Config, address: str) -> int:
    """Takes away what names an address, whichever list it waits for; how many files. Durable on
    return, safe to do again."""
    names = {one.encode("utf-8", "replace").lower() for one in (address, key(address))}
    found = re.compile(rb"(?<![\w.+-])(?:%s)(?![\w-]|\.\w)" % b"|".join(map(re.escape, names)))
    gone = [
        path
        for path in (config.private / "bounces").glob("*/*")
        if path.is_file() and found.search(path.read_bytes().lower())
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in gone}:
        safeio.fsync_dir(folder)
    return len(gone)


def week(
    config: Config, folded: Roster, name: str, span: tuple[str, str]
) -> tuple[Week, list[Path]]:
    """What to tell the owners of a list of a span, from one moment to another, both as events write
    them, and the files that say it."""
    told, (last, until) = Week(), span
    people = folded.subscriptions[name]
    idle = people.idle()
    for member, status in idle:
        is_ours = status.state == "disabled" and status.reason == BY
        if is_ours and last <= status.since <= until:
            told.stopped.append(member.address)
    resting = {member.number for member, _ in idle}
    for number, came in folded.ledger(Returns).of_list(name).items():
        counted = [one for one in came if one.at <= until]
        if not any(one.at >= last for one in counted) or number not in people:
            continue
        told.counts += Counter(one.kind for one in counted if one.at >= last)
        reached = None if number in resting else folded.members.get(number)
        if reached and _is_refused(counted, last):
            told.blocked.append(reached.address)
    folder = _folder(config, name)
    notes, mails = sorted(folder.glob("*.note")), sorted(folder.glob("*.eml"))
    for note in notes:
        what, _, who = note.read_text("utf-8", "replace").partition("\t")
        (told.complained if what == "complaint" else told.ended).append(who)
    told.unknown = [mail.read_bytes() for mail in mails]
    return told, [*notes, *mails]


def _is_refused(found: list[Bounce], last: str) -> bool:
    """Whether a provider still refuses everything, for a month by now."""
    days = [(rules.epoch_day(datetime.fromisoformat(one.at)), one.kind) for one in found]
    return bool(found) and found[-1].at >= last and rules.is_blocked(days, days[-1][0])


def _folder(config: Config, name: str) -> Path:
    return config.private / "bounces" / name


def _path(config: Config, name: str, octets: bytes, suffix: str) -> Path:
    folder = _folder(config, name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{hashlib.sha256(octets).hexdigest()[:32]}.{suffix}"
