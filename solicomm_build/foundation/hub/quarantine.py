"""What was set aside: `spool/quarantine`, for the operator's commands and the numbers.

Foundation; imports spool. What a file there is called and what lies beside it says spool.py.
Putting back is for after a mend: the stage that set the message aside takes it again and, if
nothing has changed, sets it aside again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation.errors import HubError, StoreError
from solicomm_build.foundation.safeio import fsync_dir
from solicomm_build.foundation.spool import REASON, Item, Spool

FOLDERS = ("in", "desk", "bounces", "out")
"""The spools that files may go back to. What an import set aside is called `import-…` and does not:
it would go out as new mail."""


@dataclass(frozen=True, slots=True)
class Aside:
    """One file that was set aside. `at` is when, by the file system."""

    path: Path
    folder: str
    reason: str
    at: datetime
    octets: int

    @property
    def id(self) -> str:
        """What people call it: its file name."""
        return self.path.name.removesuffix(".mail")

    def items(self) -> list[Item]:
        """The messages in it. Raises StoreError when it is damaged."""
        return Spool(self.path.parent).read(self.path)


def aside(folder: Path) -> list[Aside]:
    """Everything in the quarantine `folder`, what came first first."""
    return sorted(_found(folder), key=lambda one: (one.at, one.path.name))


def put_back(one: Aside) -> Path:
    """Puts a file back in line and rings; durable on return. Raises HubError when that would not
    help: what came from an import, and a post that has nobody to go to."""
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
    finally:
        spool.close()


def drop(one: Aside) -> None:
    """Deletes a file and its reason, for good."""
    one.path.unlink(missing_ok=True)
    one.path.with_name(one.path.name + REASON).unlink(missing_ok=True)
    fsync_dir(one.path.parent)


def _readable(one: Aside) -> list[Item]:
    try:
        return one.items()
    except StoreError as error:
        raise HubError(f"{one.id} cannot be put back: {error.public}") from error


def _found(folder: Path) -> Iterator[Aside]:
    if not folder.is_dir():
        return
    for path in folder.glob("*.mail"):
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue
        note = path.with_name(path.name + REASON)
        reason = note.read_text("utf-8", "replace").rstrip("\n") if note.exists() else ""
        at = datetime.fromtimestamp(facts.st_mtime, UTC)
        yield Aside(path, path.name.partition("-")[0], reason, at, facts.st_size)
