"""Where a post stands in its list: its number within the day, what it says it is about.

Members' wishes (people/wishes.py) look at that. A day is one of UTC, as the log has it.
"""

from __future__ import annotations

from datetime import datetime

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.people import wishes
from solicomm_build.people.wishes import About
from solicomm_build.post import post as post_file
from solicomm_build.post.store.poststore import topic_state


def number_in_day(repo: Repo, commit: Oid, committed: datetime) -> int:
    """How many posts had come on the day of a commit when it was made, its own included: by mail,
    or from other hubs. One git process."""
    midnight = committed.replace(hour=0, minute=0, second=0, microsecond=0)
    told = repo.git(
        "rev-list",
        "--count",
        f"--since={int(midnight.timestamp())}",
        "--grep=^Source: mail$",
        "--grep=^Source: peer$",
        "--end-of-options",
        commit,
    )
    return max(1, int(told))


def about(reader: Reader, nth: int, tid: TopicId | None, mid: PostId, keywords: str = "") -> About:
    """The facts of a post that wishes look at. One that is kept on no page has no subject to go
    by, so it is about nothing."""
    if tid is None:
        return wishes.of_post(nth, "", [keywords])
    blob = reader.at(MAIN, post_file.path(tid, mid))
    try:
        subject = post_file.decode(blob).subject if blob else ""
    except SoliCommError:
        subject = ""
    return wishes.of_post(nth, subject, [keywords], sorted(topic_state(reader, tid).labels))
