"""`solicomm restore PLACE DIR`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.backup import bringing, engines
from solicomm_build.features.backup import key as keys
from solicomm_build.features.backup.engines import Back
from solicomm_build.features.backup.errors import BackupError
from solicomm_build.features.backup.key import Key
from solicomm_build.features.backup.place import Snapshot
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.people import memberstore
from solicomm_build.post.store import erasing


def key_of(named: Path | None) -> Key | None:
    """The key in the file that was named, else of the hub in SOLICOMM_HUB, or None. Raises
    BackupError for a file that holds none."""
    if named is not None:
        return keys.of_file(named)
    here = Path(os.environ.get("SOLICOMM_HUB") or ".").absolute()
    try:
        if (here / FILE).is_file() and keys.path_of(config := hubyaml.load(here)).exists():
            return keys.of_hub(config)
    except (SoliCommError, OSError):  # another user's, or damaged: then say --key
        return None
    return None


def bring(
    folder: Path, place: str, *, key: Key | None, as_of: str, progress: engines.Progress
) -> Iterator[str]:
    """Brings the whole hub back, and says what to do next. Raises BackupError, UsageError."""
    wanted, asked = bringing.moment(as_of), engines.key_asked(place, key)

    def ready(hub: Config, snapshot: Snapshot) -> None:
        _ready(hub)
        _remember(hub, place, asked, snapshot)

    back = engines.bring(place, asked, folder, wanted, progress, ready)
    hub = f"--hub {folder}"
    yield f"{back.config.name}, as of {back.snapshot.at:%Y-%m-%d %H:%M} UTC, is in {folder}"
    yield "It mails nobody until you say so. Next:"
    for words in ("fsck", "build --full", "mta-maps"):
        yield f"  solicomm {words} {hub}"
    yield "Start it; and, only when the old machine will not come back:"
    yield f"  solicomm deliver --here {hub}"
    yield from _here_again(place, asked, back)


def _ready(hub: Config) -> None:
    memberstore.pass_over_numbers(hub)
    erasing.restored(hub)


def _remember(hub: Config, place: str, key: Key, snapshot: Snapshot) -> None:
    """Has the next erasure take what newer backups say was erased: who is cut before that is told
    has a hub, and no second try."""
    with contextlib.suppress(SoliCommError, OSError):  # it is told what cannot be read
        later = engines.newer(place, key, snapshot, erasing.RECEIPTS)
        list(erasing.again(hub, later))


def _here_again(place: str, key: Key, back: Back) -> Iterator[str]:
    """What was erased since the backup, as far as a newer one there says it."""
    try:
        later = engines.newer(place, key, back.snapshot, erasing.RECEIPTS)
    except BackupError as error:
        yield f"What newer backups say of erasures cannot be read: {error.public}"
        later = {}
    at = f"{back.snapshot.at:%Y-%m-%d %H:%M} UTC"
    yield f"Whatever was erased after {at} is here again: erase it once more"
    yield from erasing.again(back.config, later)
