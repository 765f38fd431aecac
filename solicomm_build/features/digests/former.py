"""Digests of hubs from before `page` was the default form: their readers miss nothing.

Who has the default of before, `mime`, has no form in the roster, so that a new version makes
groups of `page` of them at once. Each begins where its former group was, not where the fan-out is:
what waited for the next digest comes in it, and numbers go on (sending.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.features.digests.digest import Group
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import Repo


def takeover(repo: Repo, groups: Iterable[Group], log: MailLog) -> None:
    """Gives each group without a cursor that of its former group. Durable on return; to be called
    before cursors of groups without members go. Safe to do again."""
    for group in groups:
        cursor = Cursor(repo, group.name)
        if not group.former or cursor.read() is not None:
            continue
        at = Cursor(repo, group.former).read()
        if at is not None:
            cursor.advance(None, at)
            log.event("digest-begins", conference=repo.path.stem, group=group.name)
