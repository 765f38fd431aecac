"""From when on a repository's posts are mailed: lists as ever, conferences since the hub does it.

A hub of before mailed no posts of conferences and left their cursors where founding had put them.
The first courier that finds no moment (store/deliverysince.py) moves them to the tip and writes it
down; a kill in between does the same again. The moment stays as a guard: a conference that comes
back from an old backup, with the cursor of then, mails nobody its archive.
"""

from __future__ import annotations

import contextlib
from datetime import datetime

from solicomm_build import clock, faults
from solicomm_build.config import Config
from solicomm_build.errors import SoliCommError
from solicomm_build.maillog import MailLog
from solicomm_build.model import conference as conference_file
from solicomm_build.model.conference import Conference
from solicomm_build.store import deliverysince
from solicomm_build.store.cursor import COURIER, Cursor
from solicomm_build.store.history import following
from solicomm_build.store.log import Commit
from solicomm_build.store.reader import Reader
from solicomm_build.store.repo import Repo, open_repo
from solicomm_build.types import Oid


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
    return commit.trailer("Source") == "mail" and (settings.is_list or commit.committed >= begun)


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
