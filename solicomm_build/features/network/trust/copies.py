"""What of another hub is kept here as a copy: a line of `copies` in peers.yaml. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from solicomm_build.foundation.hub.identity import ID
from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.types import SLUG
from solicomm_build.foundation.yamlsafe import Node

FILES = ("on-demand", "whole")
FILE = re.compile(r"([a-z0-9-]+)\.([a-z]{2,20})\.([a-z0-9-]+)\.bundle")
"""The name of one in a packet: its home, kind and id."""
_REPO = re.compile(r"([a-z]{2,20})/(.+)")


@dataclass(frozen=True, slots=True)
class Copy:
    """A repository of the hub `home`, such as `libraries/agreements`; `name` is what it is called
    here, and `files` whether files outside of git are fetched all, or when somebody wants one."""

    repo: str
    home: str
    name: str
    files: str = FILES[0]

    @property
    def kind(self) -> str:
        """`libraries` or `unions`."""
        return self.repo.partition("/")[0]

    @property
    def id(self) -> str:
        """What its home calls it."""
        return self.repo.partition("/")[2]

    @property
    def key(self) -> str:
        """Which of all copies it is: two hubs may have a library of one name."""
        return f"{self.repo}@{self.home}"

    @property
    def file(self) -> str:
        """The same as the name of a file in a packet."""
        return f"{self.home}.{self.kind}.{self.id}.bundle"


def is_copied(text: str) -> bool:
    """Whether this names something of which hubs may keep copies: `libraries/<id>`. Which kinds
    there are the features say."""
    found = _REPO.fullmatch(text)
    return found is not None and found[1] != "conferences" and bool(SLUG.fullmatch(found[2]))


def read(one: Section) -> Copy:
    """A line of the file."""
    found = Copy(
        repo=one.text("repo", required=True, example="libraries/agreements"),
        home=one.text("home", required=True, example="water-3fk2q7ab", pattern=ID),
        name=one.text("name", required=True, example="agreements"),
        files=one.choice("files", FILES, FILES[0]),
    )
    if found.repo and not is_copied(found.repo):
        one.fault(
            "repo", f"`repo` is {found.repo!r}", "Write it as in `repo: libraries/agreements`"
        )
    one.close()
    return found


def written(copy: Copy) -> Node:
    """The line of one."""
    return {"repo": copy.repo, "home": copy.home, "name": copy.name, "files": copy.files}
