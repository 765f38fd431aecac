"""What the new commits of a push bring, one after the other: names, types, sizes, identities.

Whoever clones gets every commit, so each is looked at, not only the last: a link that one commit
adds and the next takes away is in the history for good. Contents are looked at later, as they are
in the end (`hooks.py::Kind.check`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.quarantine import Difference, NewCommit, Walk, new_commits
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.message.address import is_valid
from solicomm_build.post import filenames

_BRACKETS = re.compile(r"<([^<>\s]{3,254})>")
# Domains that nobody's mail goes to (RFC 2606, RFC 6761), and forges' stand-ins for an address.
_NOBODY = re.compile(
    r"(.+\.)?(invalid|example|test|localhost|example\.(com|net|org)|users\.noreply\..+|noreply\..+)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs by kind: whether a path has a place, how many octets a file may have, what a
    commit's message must not say. With `exact`, a place says every character of a name, and the
    general rules for names have nothing to add (events of topics have T and Z in theirs)."""

    misplaced: Callable[[str], ContentError | None]
    most: Callable[[str], int]
    message: Callable[[NewCommit], ContentError | None] = lambda _: None
    exact: bool = False


@dataclass(slots=True)
class History:
    """Reads the new commits of one push, and notes the e-mail `addresses` of who made them, those
    that are `said` in names and messages, as by `git commit -s`, and what they `changed`: each path
    with the object it got, empty where it was taken away."""

    repo: Repo
    reader: Reader
    rules: Rules
    walk: Walk
    addresses: dict[str, None] = field(default_factory=dict)
    said: dict[str, None] = field(default_factory=dict)
    changed: set[tuple[str, Oid]] = field(default_factory=set)

    def faults(self, tips: Sequence[Oid]) -> Iterator[ContentError]:
        """Every fault, each file once. Raises ContentError past the limits of `walk`."""
        seen: set[tuple[str, str, Oid]] = set()
        for commit in new_commits(self.repo, list(tips)):
            self.said |= dict.fromkeys(_said(commit))
            self.addresses |= dict.fromkeys(address for _, address in commit.identities)
            if (fault := self.rules.message(commit)) is not None:
                yield fault
            for change in self.differences(commit):
                key = change.path, change.mode, change.oid
                self.changed.add((change.path, change.oid))
                if change.mode and key not in seen:
                    seen.add(key)
                    fault = self._fault(change)
                    if fault is not None:
                        yield fault
        for folder, names in self.walk.folders.items():
            yield from filenames.twins(folder, names)

    def differences(self, commit: NewCommit) -> Iterator[Difference]:
        """What a commit changes against its first parent."""
        parent = self.reader.oid_at(commit.parents[0]) if commit.parents else None
        return self.walk.differences(parent, commit.tree)

    def _fault(self, change: Difference) -> ContentError | None:
        fault = filenames.check_mode(change.path, change.mode)
        misplaced = self.rules.misplaced(change.path)
        if misplaced or not self.rules.exact:
            fault = fault or filenames.check_path(change.path) or misplaced
        if fault is not None:
            return fault
        size, most = self.reader.size(change.oid), self.rules.most(change.path)
        if size > most:
            remedy = f"At most {most:,}"
            return ContentError(f"the file has {size:,} bytes", file=change.path, remedy=remedy)
        return None


def check_addresses(found: History, allowed: str) -> Iterator[ContentError]:
    """A fault for each address in the new commits that mail could reach: whoever copies the
    repository reads it. `allowed` is the one that the site shows anyway."""
    remedies = dict.fromkeys(found.said, _TAKE_OUT) | dict.fromkeys(found.addresses, _REMEDY)
    for address, remedy in remedies.items():
        domain = address.rpartition("@")[2]
        if "." in domain and not _NOBODY.fullmatch(domain) and address.lower() != allowed.lower():
            shown = filenames.shown(address)[:80]
            yield ContentError(f"the commits name the e-mail address {shown}", remedy=remedy)


def _said(commit: NewCommit) -> Iterator[str]:
    """The addresses in the names of who made a commit, and in brackets in its message."""
    for name, _ in commit.identities:
        yield from (word for word in name.split() if is_valid(word))
    yield from filter(is_valid, _BRACKETS.findall(commit.message))


_TAKE_OUT = "Take it out"
_REMEDY = (
    "Everybody could read it. Do: git config user.email me@users.hub.invalid, then: git rebase "
    "origin/main --exec 'git commit --amend --no-edit --reset-author', then push again"
)
