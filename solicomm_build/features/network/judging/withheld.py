"""Files of posts that were erased here: they do not come back with the log of a hub that has them.

A file lies under the SHA-256 of its octets, and only posts say whose it is. So what an erased post
names is held back where that log brings it with the post or later; it comes all the same when a
post that is here names it, too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.gate import conferencefiles
from solicomm_build.git.log import Changed, Commit
from solicomm_build.git.reader import Reader
from solicomm_build.post import post as post_file
from solicomm_build.post.reading import versions

_SHA256 = 64  # characters; a small picture has more behind


class Withheld:
    """What is held back of one log, whose commits are passed in their order."""

    def __init__(self, there: Reader, is_erased: Callable[[PostId], bool]) -> None:
        self._there, self._is_erased = there, is_erased
        self._names: set[str] = set()
        self._held: list[Commit] = []

    def note(self, commit: Commit) -> None:
        """A commit of the log, also one of which nothing is taken, is the next."""
        for change in commit.changes:
            if change.oid and (ids := post_file.parse_path(change.path)):
                gone = (ids[1], versions.apart_mid(change.oid))
                if any(self._is_erased(mid) for mid in gone):
                    self._names |= self._files(change.oid)

    def rest(self, commit: Commit) -> Commit:
        """The commit without the files that are held back."""
        held = tuple(one for one in commit.changes if self._is_held(one))
        if not held:
            return commit
        subject = commit.message.split("\n")[0]
        self._held.append(dataclasses.replace(commit, message=subject, changes=held))
        rest = tuple(one for one in commit.changes if one not in held)
        return dataclasses.replace(commit, changes=rest)

    def named(self, posts: Callable[[], Iterable[bytes]]) -> Iterator[Commit]:
        """What was held back and a post that is here names, as the commits that brought it. `posts`
        are read only where something was."""
        left = {_name(one) for commit in self._held for one in commit.changes}
        found = set[str]()
        for blob in posts() if left else ():
            found |= {name for name in left - found if name.encode("ascii") in blob}
        for commit in self._held:
            changes = tuple(one for one in commit.changes if _name(one) in found)
            if changes:
                yield dataclasses.replace(commit, changes=changes)

    def _is_held(self, change: Changed) -> bool:
        return conferencefiles.place(change.path) == "file" and _name(change) in self._names

    def _files(self, oid: Oid) -> set[str]:
        """The files that a post names; none of one that cannot be read."""
        try:
            if self._there.size(oid) > conferencefiles.MAX_TEXT:
                return set()
            return {one.sha256 for one in post_file.decode(self._there.blob(oid)).attachments}
        except SoliCommError:
            return set()


def _name(change: Changed) -> str:
    return change.path.rpartition("/")[2][:_SHA256]
