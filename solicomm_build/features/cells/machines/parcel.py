"""What the second machine and all others need of the first before they can follow it: hub.yaml and
`private/keys`, in one tar file that somebody carries there."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path, PurePosixPath

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import FILE, Config

_KEYS = PurePosixPath("private/keys")
_MOST = 1 << 20
"""Octets of one file, and of them all sixteen times as many: keys are small."""


def path(config: Config) -> Path:
    """Where it is on the first machine. It lies in no backup and goes to no follower."""
    return config.state / lease.FOLDER / "join.tar"


def write(config: Config, text: str) -> Path:
    """Makes it, with this hub.yaml; for the hub's user alone."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        _add(tar, FILE, text.encode())
        for file in sorted(config.keys.rglob("*")):
            is_hidden = file.name.startswith(".")
            if file.is_file() and not file.is_symlink() and not is_hidden:
                _add(tar, file.relative_to(config.root).as_posix(), file.read_bytes())
    target = path(config)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(target, made.getvalue(), mode=0o600)
    return target


def read(octets: bytes) -> tuple[str, dict[str, bytes]]:
    """The text of hub.yaml, and the keys by path in a hub. Raises UsageError when it is anything
    else."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(octets), mode="r:") as tar:
            for member in tar:
                found[member.name] = _content(tar, member)
        text = found.pop(FILE).decode("utf-8")
    except (tarfile.TarError, KeyError, ValueError, EOFError) as error:
        raise UsageError(
            f"this is not what `solicomm cluster init` wrote ({error}). Bring "
            "state/cluster/join.tar from the machine that has the hub"
        ) from error
    return text, found


def lay(root: Path, text: str, keys: dict[str, bytes]) -> None:
    """Writes it into a hub's folder, which is made; keys that are there are replaced. Raises
    HubError."""
    try:
        for folder in (root, root / "private", root / "private" / "keys", root / "state"):
            folder.mkdir(mode=0o755 if folder == root else 0o700, parents=True, exist_ok=True)
        for name, octets in keys.items():
            (root / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            safeio.write_atomic(root / name, octets, mode=0o600)
        safeio.write_atomic(root / FILE, text.encode(), mode=0o640)
    except OSError as error:
        raise HubError(f"{error.filename} cannot be written: {error.strerror}") from error


def _add(tar: tarfile.TarFile, name: str, octets: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(octets), 0o600
    tar.addfile(info, io.BytesIO(octets))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """The octets of a file that may be there. Raises ValueError."""
    name = PurePosixPath(member.name)
    is_key = _KEYS in name.parents and ".." not in name.parts
    if not member.isreg() or not (is_key or member.name == FILE) or os.sep + "." in member.name:
        raise ValueError(f"{member.name[:80]!r} has no place in it")
    if member.size > _MOST or member.offset > 16 * _MOST:
        raise ValueError(f"{member.name[:80]!r} is too large")
    file = tar.extractfile(member)
    return file.read() if file is not None else b""
