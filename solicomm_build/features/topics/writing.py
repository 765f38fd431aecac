"""Writes what orders about topics lead to: copies, events, and copies of hidden posts held back.

For commands; the desk has its ledger (desk/ledger.py), which does the same exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.features.topics import move as topicmove
from solicomm_build.features.topics.orders import Outcome
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people.grant import Grants
from solicomm_build.post.store import localevents, redact
from solicomm_build.post.store.conferencetopics import Placed


def write(config: Config, conference: str, outcomes: Iterable[Outcome], grants: Grants) -> None:
    """Carries orders out, durable on return."""
    found = [one for one in outcomes if one.placed is not None]
    for one in found:
        if one.move is not None:
            topicmove.copy(config, one.move, grants)
    files: dict[str, list[Placed]] = {}
    for one in found:
        for place, placed in [(conference, one.placed), *one.others]:
            if placed is not None:
                files.setdefault(place, []).append(placed)
    for place, those in files.items():
        repo = open_repo(config.conference_repo(place))
        changes = [
            Change(localevents.place(repo, placed.path), placed.text.encode("utf-8"))
            for placed in those
        ]
        message = compose("Moderate a topic", Source="cli")
        write_once(repo, changes, message=message, when=clock.now())
        for placed in those:
            if placed.event.type == "hide":
                post = PostId(str(placed.event.data["post"]))
                redact.hold_back(config, place, placed.tid, post)
