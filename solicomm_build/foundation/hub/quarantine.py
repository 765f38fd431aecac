"""What was set aside: `spool/quarantine`, for the operator's commands and the numbers.

Foundation; imports spool. What a message there is called and what lies beside it says spool.py.
What is no message, such as a post that holds the builder, is a file that watch.py knows.
Putting back is for after a mend: the stage that set something aside takes it again and, if nothing
has changed, sets it aside again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation import clock, watch
from solicomm_build.foundation.errors import HubError, StoreError
from solicomm_build.foundation.safeio import fsync_dir
from solicomm_build.foundation.spool import REASON, SUFFIX, Item, Spool

FOLDERS = ("in", "desk", "bounces", "out")
"""The spools that files may go back to. What an import set aside is called `import-…` and does not:
it would go out as new mail."""
_HALF = 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class Aside:
    """One file that was set aside. `at` is when, by the file system; `item` is what a stage calls
    it, empty for messages."""

    path: Path
    folder: str
    reason: str
    at: datetime
    octets: int
    item: str = ""

    @property
    def id(self) -> str:
        """What people call it: its file name."""
        return self.path.name.removesuffix(".mail").removesuffix(watch.ITEM)

    def items(self) -> list[Item]:
        """The messages in it. Raises StoreError when it is damaged, HubError when it is gone."""
        if self.item:
            return []
        try:
            return Spool(self.path.parent).read(self.path)
        except FileNotFoundError as error:
            raise self.gone() from error

    def gone(self) -> HubError:
        """What is said when somebody was faster."""
        return HubError(f"{self.id} is not set aside any more: it was put back or dropped just now")


@dataclass(frozen=True, slots=True)
class Counted:
    """How much was set aside, its octets, and since when (seconds since 1970); None: nothing."""

    files: int
    octets: int
    first: float | None


def aside(folder: Path) -> list[Aside]:
    """Everything in the quarantine `folder`, what came first first."""
    return sorted(_found(folder), key=lambda one: (one.at, one.path.name))


def counted(folder: Path) -> Counted:
    """The same in numbers, for who asks again and again: reads no reasons."""
    files, octets, first = 0, 0, None
    for _, facts in _mails(folder):
        files, octets = files + 1, octets + facts.st_size
        first = facts.st_mtime if first is None else min(first, facts.st_mtime)
    for one in _items(folder):
        files, at = files + 1, one.at.timestamp()
        first = at if first is None else min(first, at)
    return Counted(files, octets, first)


def put_back(one: Aside) -> Path:
    """Puts a file back in line and rings; durable on return. What is no message is only no longer
    passed over. Raises HubError when it is gone, or that would not help: what came from an import,
    and a post that has nobody to go to."""
    if one.item:
        one.path.unlink(missing_ok=True)
        fsync_dir(one.path.parent)
        return one.path
    if one.folder not in FOLDERS:
        raise HubError(f"{one.id} came from an import. Import the archive again instead")
    if one.folder == "out" and not any(item.envelope.rcpt_tos for item in _readable(one)):
        raise HubError(
            f"{one.id} has no recipients: it is a post of which no copies could be made. After a "
            "mend send it with `solicomm deliver --go-to COMMIT LIST`"
        )
    spool = Spool(one.path.parent.parent / one.folder)
    try:
        return spool.retry(one.path)
    except FileNotFoundError as error:
        raise one.gone() from error
    finally:
        spool.close()


def drop(one: Aside) -> None:
    """Deletes a file and its reason, for good. What is no message stays where its stage found it,
    is passed over for good, and is told no more."""
    if one.item:
        watch.tell_no_more(one.path)
        return
    one.path.unlink(missing_ok=True)
    one.path.with_name(one.path.name + REASON).unlink(missing_ok=True)
    fsync_dir(one.path.parent)


def tidy(folder: Path) -> int:
    """Takes away reasons of what is not there any more: who put it back, or dropped it, was killed
    in between. One that is being set aside has its reason first, so the last hour's stay. How many
    went."""
    oldest, gone = clock.timestamp() - _HALF, 0
    for note in folder.glob(f"*{SUFFIX}{REASON}"):
        with contextlib.suppress(FileNotFoundError):
            is_old = note.stat().st_mtime < oldest
            if is_old and not note.with_name(note.name.removesuffix(REASON)).exists():
                note.unlink()
                gone += 1
    return gone


def _readable(one: Aside) -> list[Item]:
    try:
        return one.items()
    except StoreError as error:
        raise HubError(f"{one.id} cannot be put back: {error.public}") from error


def _found(folder: Path) -> Iterator[Aside]:
    for entry, facts in _mails(folder):
        reason = ""
        note = f"{entry.path}{REASON}"
        with (
            contextlib.suppress(FileNotFoundError),  # none was left, or it goes just now
            open(note, encoding="utf-8", errors="replace") as file,
        ):
            reason = file.read().rstrip("\n")
        at = datetime.fromtimestamp(facts.st_mtime, UTC)
        kind = entry.name.partition("-")[0]
        yield Aside(Path(entry.path), kind, reason, at, facts.st_size)
    yield from _items(folder)


def _mails(folder: Path) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    """The files with messages, in no order; none where there is no folder."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIX):
                with contextlib.suppress(FileNotFoundError):
                    yield entry, entry.stat()


def _items(folder: Path) -> Iterator[Aside]:
    """What is no message."""
    for path in folder.glob(f"*{watch.ITEM}"):
        said = watch.passed_facts(path)
        if said.get("item") and not said.get("seen"):
            stage, reason = path.name.rpartition("-")[0], str(said.get("reason", ""))
            with contextlib.suppress(FileNotFoundError):
                at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                yield Aside(path, stage, reason, at, 0, str(said["item"]))
