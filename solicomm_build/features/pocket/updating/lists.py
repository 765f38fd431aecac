"""The lists of sticks that this hub wrote: `state/pocket/lists/<sum>.gz`, the newest of them. From
each of them an update can be written without the stick that it is for.

A state is named by the first signs of its list's sum, by the list itself, by a stick, or by the
small `stick.yaml` of one.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.pocket.stick import about, sums
from solicomm_build.features.pocket.updating import making
from solicomm_build.features.pocket.updating.making import State
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config

KEPT = 26
"""Lists that are kept: half a year of weeks."""
_SUM = re.compile(r"[0-9a-f]{8,64}")


def keep(config: Config, blob: bytes) -> None:
    """Keeps the list of a stick that was written now."""
    folder = _folder(config)
    path = folder / f"{hashlib.sha256(blob).hexdigest()}.gz"
    if path.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(path, gzip.compress(blob, 6, mtime=0))
    for old in _newest(folder)[KEPT:]:
        old.unlink(missing_ok=True)


def found(said: str, config: Config | None) -> State:
    """The state that is meant by a stick, its `SHA256SUMS` or `stick.yaml`, or the first signs of
    its sum. Raises UsageError, ContentError."""
    path = Path(said)
    if path.is_dir():
        path = path / sums.SUMS
    if path.is_file():
        if path.stat().st_size > sums.MOST:
            raise UsageError(f"{path} is too large to be of a stick")
        blob = path.read_bytes()
        if not blob.startswith(b"schema:"):
            return making.state_of(blob, str(path))
        sha = hashlib.sha256(blob).hexdigest()
        wanted = f"{sha}  {about.FILE}\n".encode()
        for state in _states(config):
            if wanted in state.blob:
                return state
    elif _SUM.fullmatch(said.lower()):
        for state in _states(config, said.lower()):
            return state
    raise UsageError(
        f"{said} is no stick that is known here. Name the stick, or its file {sums.SUMS}. Its "
        "stick.yaml or the first signs of its sum do, too, with --hub and the hub that wrote it"
    )


def _states(config: Config | None, begins: str = "") -> Iterator[State]:
    for path in _newest(_folder(config)) if config else ():
        if path.name.startswith(begins):
            yield making.state_of(gzip.decompress(path.read_bytes()))


def _newest(folder: Path) -> list[Path]:
    paths = [*folder.glob("*.gz")]
    return sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _folder(config: Config) -> Path:
    return config.state / "pocket" / "lists"
