"""New places from the starters of the project: plain files of `content/starters` become the first
commit of a bare repository, which the gate guards from then on. Used where a place is founded: by
commands, and by the studio of sites.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation import clock, data, formernames
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.language.languagetag import TAG
from solicomm_build.foundation.types import SLUG
from solicomm_build.git import receiving
from solicomm_build.git import repo as repos
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post import conference as conferences

_FOLDERS = {
    "conference": "conferences",
    "list": "conferences",
    "library": "libraries",
    "union": "unions",
}
_THERE = "%s exists already. Choose another id"


def has_begun(repo: Path) -> bool:
    """Whether there is a place, and not only what who founds it, or was killed at that, has made:
    a repository without a commit."""
    return repo.exists() and open_repo(repo).ref() is not None


def first_commit(made: Repo, changes: list[Change], message: str) -> None:
    """Has a repository begin with these files; a conference's or list's is followed by the courier
    from here on. Raises HubError when it has begun: of two who do at once, one."""
    with Writer(made) as writer:
        if writer.begin() is not None:
            raise HubError(_THERE % made.path.stem)
        writer.commit(
            changes,
            author_name="SoliComm",
            when=clock.now(),
            message=f"{message}\n\nSource: cli\n",
        )
        first = writer.checkpoint()
    if first is not None and any(change.path == conferences.FILE for change in changes):
        Cursor(made, COURIER).advance(None, first)


def files(folder: Path) -> Iterator[Path]:
    """The files below a folder, by name, but for hidden ones."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not any(part.startswith(".") for part in file.parts[-3:]):
            yield file


def starter(kind: str, name: str, title: str, lang: str, found: Config) -> dict[str, bytes]:
    """The files of a new place by path. Raises UsageError for what is no id or no language."""
    if not SLUG.fullmatch(name):
        raise UsageError(
            f"{name!r} is not an id. Use up to 28 of a-z, 0-9 and -, first a letter or digit"
        )
    if not TAG.fullmatch(lang):
        raise UsageError(f"{lang[:20]!r} is not a language. Write its tag, such as en, fr or es")
    former = formernames.now(found.private, _FOLDERS[kind])
    if name in former:
        raise UsageError(f"{name} is what {former[name]} was called before. Choose another id")
    folder = data.folder("content") / "starters" / kind
    if kind == "union":
        spoken = folder / lang.partition("-")[0]
        folder = spoken if spoken.is_dir() else folder / "en"
    today = f"{clock.now():%Y-%m-%d}"
    words = {
        "@ID@": name,
        "@TITLE@": _quoted(title or name.replace("-", " ").capitalize()),
        "@LANG@": lang,
        "@DOMAIN@": found.domain,
        "@TODAY@": today,
        "@YEAR@": today[:4],
    }
    made: dict[str, bytes] = {}
    for file in files(folder):
        text = file.read_text("utf-8")
        plain = file.suffix != ".yaml"
        for mark, word in words.items():
            text = text.replace(mark, title or name if plain and mark == "@TITLE@" else word)
        path = file.relative_to(folder).as_posix()
        made[path.replace("@LANG@", lang).replace("@YEAR@", today[:4])] = text.encode()
    return made


def _quoted(title: str) -> str:
    """A title as a YAML double-quoted scalar, whatever is in it."""
    return json.dumps(" ".join(title.split()), ensure_ascii=False)


def begin(found: Config, repo: Path, made: dict[str, bytes], description: str) -> Path:
    """A new repository with these files, guarded by the gate. Raises HubError when it is there, or
    was removed lately: a new one would get its members and mail."""
    if has_begun(repo):
        raise HubError(_THERE % repo.stem)
    if removed.find(found, repo.parent.name, repo.stem) is not None:
        raise HubError(
            f"{repo.stem} was removed lately, and its name is taken until that ends. Choose another"
            " id, or bring it back: solicomm remove … --undo"
        )
    receiving.install(found)
    begun = repos.open_or_create(repo, description=description)
    receiving.guard(found, begun)
    point("place.created")
    changes = [Change(path, blob) for path, blob in made.items()]
    first_commit(begun, changes, f"Begin {description}")
    return repo
