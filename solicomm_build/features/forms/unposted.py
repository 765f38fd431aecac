"""What is not public of answers whose posts never came: thrown away, or let in by nobody.

It lies there before its post does (formstore.py). A mail that is discarded is not kept, so neither
is this, for longer than an answer waits for its post (formhome.WAITS). Posts may be in another
conference by now; what waits for a moderator, and what can be brought back, keeps all.
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta

from solicomm_build.features.forms import formhome, formstore
from solicomm_build.foundation import clock, safeio, timekeeping
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId
from solicomm_build.git import history
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import postplaces

_NOTED = "forms/unposted.json"
"""Below `private/`: what the last look found, and when that was."""
_DAY = timedelta(days=1)


def let_go(config: Config) -> None:
    """Takes it out of all history, once a day; what two looks have found, so that a post which is
    on its way when a hub comes back after a long time is not overtaken. Blocking."""
    path = config.private / _NOTED
    now, (at, before) = clock.now(), _noted(config)
    if at is not None and abs(now - at) < _DAY:
        return
    if not path.parent.is_dir() or not timekeeping.is_sure(config.state):
        return
    found: set[str] = set()
    if all(one.kind != "conferences" for one in removed.every(config)):
        for conference, repo in formstore.repositories(config):
            with contextlib.suppress(SoliCommError):  # damaged: nothing is known of its posts
                lacking = _lacking(config, conference)
                if gone := lacking & before:
                    _forget(repo, gone)
                found |= lacking - gone
    kept = {"at": now.isoformat(), "found": sorted(found)}
    safeio.write_atomic(path, json.dumps(kept).encode("ascii"), mode=0o600)


def _noted(config: Config) -> tuple[datetime | None, frozenset[str]]:
    try:
        kept = json.loads((config.private / _NOTED).read_bytes())
        return datetime.fromisoformat(kept["at"]), frozenset(map(str, kept["found"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None, frozenset()


def _lacking(config: Config, conference: str) -> set[str]:
    """The old answers of a conference, by id, whose posts are nowhere. Raises StoreError."""
    if not config.conference_repo(conference).exists():
        return set()
    old = clock.now() - formhome.WAITS
    mids = {
        PostId(one.mid)
        for one in formstore.private_answers(config, conference)
        if one.mid and _came(one.at, old) < old
    }
    own = config.conference_repo(conference)
    for path in [
        own,
        *(other for other in sorted(config.conferences.glob("*.git")) if other != own),
    ]:
        repo = open_repo(path)
        if mids and repo.ref() is not None:
            mids -= postplaces.places(repo, MAIN, mids).keys()
    with Reader(hubmail.repo_of(config, conference)) as mail:
        return {
            str(mid) for mid in mids if mail.oid_at(MAIN, f"held/{conference}/{mid}.json") is None
        }


def _came(text: str, otherwise: datetime) -> datetime:
    """When an answer came; `otherwise` where it does not say."""
    try:
        return datetime.fromisoformat(text).astimezone(otherwise.tzinfo)
    except ValueError:
        return otherwise


def _forget(repo: Repo, mids: set[str]) -> None:
    paths = frozenset(map(formstore.private_path, mids))
    history.rewrite(repo, Cut(paths=paths, message=lambda _: b"Forgotten\n\nSource: desk\n"))
    history.scrub(repo)
