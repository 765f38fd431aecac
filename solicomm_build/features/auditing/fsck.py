"""Is what operators did sound."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.errors import ContentError
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.people.operators import acts
from solicomm_build.post.store.hooks import Checked, Fault


def _acts(reader: Reader, where: str) -> Iterator[Fault]:
    for item in reader.tree(MAIN, recursive=True):
        try:
            acts.decode(reader.blob(item.oid), item.path)
        except ContentError as error:
            yield Fault(f"{where}/{item.path}", error.public, "Bring it back from a backup")


REPOSITORIES = (Checked("mail", lambda config: (acts.path_of(config.root),), _acts),)
