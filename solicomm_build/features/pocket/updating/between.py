"""From one stick to another, both here: the second becomes what the first is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import IO

from solicomm_build.features.pocket.stick import sums
from solicomm_build.features.pocket.updating import apply, making
from solicomm_build.features.pocket.updating.apply import Done, Open, Refused, Update
from solicomm_build.features.pocket.updating.making import Progress
from solicomm_build.foundation.errors import ContentError, UsageError
from solicomm_build.foundation.hub import sshsig


def bring(source: Path, target: Path, progress: Progress = lambda done, of: None) -> Done:
    """Brings the stick `target` to what `source` is. Raises UsageError, ContentError; OSError when
    one was pulled out. Blocking; again, it goes on."""
    state, said, signature = making.proved(source)
    since = making.state_of(_list_of(target))
    changed = making.changed(since, state)
    files = [apply.New(name, state.files[name], _size(source / name)) for name in changed]
    gone = sorted(since.files.keys() - state.files.keys())
    opens = partial(_open, source)
    pieces: dict[int, list[tuple[Open, str]]] = {
        number: [(opens, one.name)] for number, one in enumerate(files)
    }
    at = making.moment(said)
    return _done(
        target,
        Update(said.hub, since.sum, state.sum, at, files, gone, signature, pieces),
        progress,
    )


def take(target: Path, paths: tuple[Path, ...], progress: Progress = lambda done, of: None) -> Done:
    """Brings a stick up to date by an update. Raises UsageError that says why it is not applied;
    OSError when the stick was pulled out. Blocking; again, it goes on."""
    try:
        update = apply.opened(list(paths))
    except Refused as error:
        raise _said(error) from error
    return _done(target, update, progress)


def _done(target: Path, update: Update, progress: Progress) -> Done:
    try:
        return apply.carry_out(target, update, _holds, progress)
    except Refused as error:
        raise _said(error) from error


def _open(folder: Path, name: str) -> IO[bytes]:
    return (folder / name).open("rb")


def _said(error: Refused) -> UsageError:
    text = str(error)
    return UsageError(text[:1].upper() + text[1:])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise making.not_as_written(path.name) from error


def _list_of(folder: Path) -> bytes:
    if not (folder / sums.SUMS).is_file():
        raise UsageError(f"{folder} is no stick of a hub: it has no {sums.SUMS}")
    return (folder / sums.SUMS).read_bytes()


def _holds(folder: Path, new: bytes, signature: str) -> bool:
    """Whether the key that the stick came with has signed the new list."""
    try:
        key = sshsig.verify(new, signature, sums.NAMESPACE)
        known = (folder / sums.SIGNERS).read_text("utf-8").split()
        return key == " ".join(known[2:4])
    except (ContentError, OSError):
        return False
