"""A poll that is pushed: its question and rules, by a moderator. All other files of a poll, above
all ballots, are the hub's own; only an operator who brings in a whole history may push them.
"""

from __future__ import annotations

from solicomm_build.features.polls.values import poll as polls
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, Findings, SoliCommError, listed
from solicomm_build.gate.conferencefiles import other_id


def is_pushed(path: str) -> bool:
    """Whether it is a poll's question and rules."""
    return _kind(path) == "poll"


def is_hubs(path: str) -> bool:
    """Whether it is any other file of a poll."""
    return _kind(path) not in ("", "poll")


def _kind(path: str) -> str:
    found = polls.parse_path(path)
    return found[1] if found else ""


def misplaced(_path: str) -> None:
    """What has no place in a poll has none in a conference; the words for that will do."""


def not_pushed(path: str) -> ContentError:
    """The fault of a ballot, and of all else that only the hub adds to a poll."""
    remedy = "Take it out; push poll.yaml alone, and let people vote by mail"
    return ContentError("only the hub adds this file to a poll", file=path, remedy=remedy)


def check(blob: bytes, path: str, *, is_history: bool = False) -> Findings:
    """`polls/<id>/poll.yaml` as somebody pushes it; of `is_history` the poll may have ended."""
    identifier = path.split("/")[1]
    try:
        poll = polls.decode(blob, path)
    except SoliCommError as error:
        return Findings(listed(error, path))
    if poll.id != identifier:
        return Findings([other_id(poll.id, identifier, path)])
    if not is_history and poll.closes <= clock.now():
        fault = f"`closes: {polls.stamp(poll.closes)}` is over, so nobody could vote"
        return Findings([ContentError(fault, file=path, remedy="Write a later moment, in UTC")])
    return Findings()
