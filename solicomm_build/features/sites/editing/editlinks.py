"""Links and cookies of editors: a grant, a site and an end, signed with the hub's key.

A cookie is not stored. Of a link that was used, its digest is kept in `state/editlinks.sqlite`
until the link would have ended anyway, so that it lets nobody in a second time, whatever is started
anew meanwhile. Deleting the file makes links of the last half hour good again.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import sqlite3
from datetime import UTC, datetime, timedelta

from solicomm_build.foundation import clock, formernames, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.gittoken import Grant

LINK = timedelta(minutes=30)
STAYS = timedelta(hours=12)
"""How long a cookie lets an editor in, which is as long as anything of this holds."""
_TABLE = "CREATE TABLE IF NOT EXISTS used (digest TEXT PRIMARY KEY, ends REAL) WITHOUT ROWID"


def link(config: Config, grant: Grant, union: str) -> str:
    """What stands at the end of a link that lets an editor in, once."""
    return sealed(config, "link", grant, union, LINK)


def use(config: Config, text: str, union: str) -> dict[str, object] | None:
    """The facts of a link to a site that is good and was not used; it is of no more use then."""
    facts = opened(config, "link", text)
    if facts is None:
        return None
    named = str(facts.get("union"))
    if formernames.current(config.private, config.unions, named) != union:
        return None
    now = clock.timestamp()
    path = config.state / "editlinks.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as db, db:
        db.execute(_TABLE)
        db.execute("DELETE FROM used WHERE ends <= ?", (now,))
        row = (hashlib.sha256(text.encode()).hexdigest(), now + LINK.total_seconds())
        try:
            db.execute("INSERT INTO used VALUES (?, ?)", row)
        except sqlite3.IntegrityError:
            return None
    return facts


def sealed(config: Config, kind: str, grant: Grant, union: str, span: timedelta) -> str:
    """Facts that nobody can make or change without the key."""
    ends = int((clock.now() + span).timestamp())
    facts = {"grant": grant.id, "union": union, "ends": ends, "n": secrets.token_hex(8)}
    text = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")
    return f"{text}.{signature(config, kind, text)}"


def opened(config: Config, kind: str, value: str) -> dict[str, object] | None:
    """The facts, if they are ours and not over; nor made by a clock that was ahead."""
    text, _, mac = value.partition(".")
    made = (_mac(one, kind, text) for one in keys.token_key(config.keys).accepted)
    if not value.isascii() or not any([hmac.compare_digest(mac, one) for one in made]):
        return None
    facts: dict[str, object] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    ends = facts.get("ends")
    if not isinstance(ends, int):
        return None
    span = LINK if kind == "link" else STAYS
    until = datetime.fromtimestamp(ends, UTC)
    return facts if clock.is_good(until, span, clock.now()) else None


def signature(config: Config, kind: str, text: str) -> str:
    """The MAC of a text of this kind."""
    return _mac(keys.token_key(config.keys).signing, kind, text)


def _mac(key: bytes, kind: str, text: str) -> str:
    return hmac.digest(key, f"editing\0{kind}\0{text}".encode(), "sha256").hex()[:40]
