"""Files of a copied library that lie outside of git, as sticks and mails carry them.

`state/library/<id>.asked` has those that somebody wanted to open and that could not be fetched: of
a copy whose files come on demand these are brought. It may be deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from solicomm_build.features.library.cards.filestore import FileStore, mark
from solicomm_build.features.library.copies import fetched
from solicomm_build.foundation import outside, safeio
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Beside
from solicomm_build.git.repo import MAIN

_MOST_ASKED = 1000


def named(config: Config, library: str, at: str = MAIN) -> Mapping[str, int]:
    """The octets of each file that everybody may have and that lies outside of git, by SHA-256."""
    return {
        file.sha256: file.size
        for card, beside in fetched.cards(config, library, at)
        for file in fetched.open_files(card)
        if file.name not in beside
    }


def lacking(config: Config, library: str) -> Sequence[str]:
    """What a copy wants and has not: all, or what somebody asked for."""
    home = elsewhere.of(config, "libraries", library)
    if home is None or not config.library_repo(library).is_dir():
        return ()
    wanted = None if home.whole else {*_asked(config, library)}
    if wanted is not None and not wanted:
        return ()
    store = FileStore(config, library)
    return [
        sha256
        for sha256 in named(config, library)
        if (wanted is None or sha256 in wanted) and store.path(sha256) is None
    ]


def ask(config: Config, library: str, sha256: str) -> None:
    """Remembers that somebody wanted a file. Those that came since are forgotten."""
    before, store = _asked(config, library), FileStore(config, library)
    if sha256 in before:
        return
    left = [one for one in before if store.path(one) is None]
    path = _file(config, library)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps([*left, sha256][-_MOST_ASKED:]).encode()
    safeio.write_atomic(path, data, durable=False)


def keep(config: Config, library: str, sha256: str, path: Path) -> None:
    """Has the file here; durable on return. Raises ContentError when it is another."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise ContentError(
                "the file is not what its card says",
                file=path.name,
                remedy="Have the stick written again",
            )
        file.seek(0)
        FileStore(config, library).put(file)
    outside.changed(config, mark(library))


def _place(config: Config, library: str, sha256: str) -> Path | None:
    return FileStore(config, library).path(sha256)


def _asked(config: Config, library: str) -> list[str]:
    try:
        found = json.loads(_file(config, library).read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _file(config: Config, library: str) -> Path:
    return config.state / "library" / f"{library}.asked"


BESIDE = Beside(named, _place, lacking, keep)
"""How the network carries them (git/elsewhere.py)."""
