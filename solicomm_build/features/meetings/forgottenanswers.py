"""What meetings keep of a person who was erased: the answer counts on, and nothing says whose.

The name goes out of the published answers, in every commit that has them; what is kept in
`private/meetings` goes, above all the tie between the member and the answer.
"""

from __future__ import annotations

from dataclasses import replace

from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings.meetingbook import Book, books
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.post.store import pastfiles
from solicomm_build.post.store.erasing import Cutter


def from_meetings(config: Config, number: int, cut: Cutter) -> int:
    """Takes a member out of every meeting; how many meetings had the member. Safe to call again:
    what is private goes last."""
    known = list(books(config))
    for book in known:
        repo, invitee = pastfiles.of_conference(config, book.conference), book.invitee(number)
        if invitee and repo is not None:
            _from_answers(repo, book, invitee, cut)
    return sum(book.forget_member(number) for book in known)


def _from_answers(repo: Repo, book: Book, invitee: str, cut: Cutter) -> None:
    blobs: dict[Oid, bytes] = {}
    tip = repo.ref()
    with Reader(repo) as reader:
        for commit in log.commits(repo, None, tip) if tip else ():
            for change in commit.changes:
                if not change.oid or meetings.parse_path(change.path) != (book.meeting, "answers"):
                    continue
                try:
                    batch = meetings.decode_answers(reader.blob(change.oid))
                except SoliCommError:
                    continue
                said = batch.answers.get(invitee)
                if said is not None and said.name:
                    bare = {**batch.answers, invitee: replace(said, name="")}
                    made = meetings.encode_answers(replace(batch, answers=bare))
                    blobs[change.oid] = made
    cut(repo, Cut(blobs=blobs), blobs, len(blobs))
