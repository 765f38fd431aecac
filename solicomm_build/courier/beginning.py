"""From when on a repository's posts are mailed: lists as ever, conferences since the hub does it.

A hub of before mailed no posts of conferences and left their cursors where founding had put them.
The first courier that finds no moment (post/store/deliverysince.py) moves them to the tip and
writes it
down; a kill in between does the same again. The moment stays as a guard: a conference that comes
back from an old backup, with the cursor of then, mails nobody its archive.
"""

from __future__ import annotations

import contextlib
from datetime import datetime

from solicomm_build.courier import composed
from solicomm_build.foundation import clock, faults
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.history import following
from solicomm_build.git.log import Commit
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.post import conference as conference_file
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import deliverysince


def since(config: Config, log: MailLog) -> datetime:
    """The moment from which on posts of conferences go out. The first time it is now, and the
    conferences begin at their tips. Blocking."""
    found = deliverysince.read(config)
    if found is not None:
        return found
    for path in sorted(config.conferences.glob("*.git")):
        with contextlib.suppress(SoliCommError):  # the look at it says what is wrong
            repo = open_repo(path)
            with following(repo):
                _to_tip(repo, path.stem, log)
    faults.point("courier.before-since")
    return deliverysince.begin(config, clock.now())


def is_mailed(settings: Conference, commit: Commit, begun: datetime) -> bool:
    """Whether the posts of a commit, made under these settings, go out to members."""
    source = commit.trailer("Source")
    return source in composed.SOURCES and (settings.is_list or commit.committed >= begun)


def _to_tip(repo: Repo, name: str, log: MailLog) -> None:
    tip, cursor = repo.ref(), Cursor(repo, COURIER)
    done = cursor.read()
    if tip is None or done is None or done == tip or not _is_conference(repo, tip):
        return
    cursor.advance(done, tip)
    log.event("fanout-begins", conference=name, commit=tip)


def _is_conference(repo: Repo, tip: Oid) -> bool:
    with Reader(repo) as reader:
        blob = reader.at(tip, conference_file.FILE)
        return blob is not None and not conference_file.decode(blob).is_list
