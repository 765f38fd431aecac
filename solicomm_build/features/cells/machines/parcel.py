"""What all other machines need of the first before they can follow it, in one tar file that is
carried there by hand: hub.yaml, `private/keys`, and what is the hub's own in plain files that no
follower keeps (pictures of the brand, letters, features, themes)."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path, PurePosixPath

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import FILE, Config

FOLDERS = ("private/keys", "brand", "letters", "plugins", "themes")
_MOST = 8 << 20
"""Octets of one file, and of them all sixteen times as many."""


def path(config: Config) -> Path:
    """Where it is on the first machine. It lies in no backup and goes to no follower."""
    return config.state / lease.FOLDER / "join.tar"


def write(config: Config, text: str) -> Path:
    """Makes it, with this hub.yaml; for the hub's user alone."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        _add(tar, FILE, text.encode())
        for folder in FOLDERS:
            for file in sorted((config.root / folder).rglob("*")):
                name = file.relative_to(config.root).as_posix()
                if file.is_file() and not file.is_symlink() and _has_place(name):
                    _add(tar, name, file.read_bytes())
    target = path(config)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(target, made.getvalue(), mode=0o600)
    return target


def read(octets: bytes) -> tuple[str, dict[str, bytes]]:
    """The text of hub.yaml, and the other files by path in a hub. Raises UsageError when it
    is anything else."""
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


def lay(root: Path, text: str, files: dict[str, bytes]) -> None:
    """Writes it into a hub's folder, which is made; files that are there are replaced. Raises
    HubError."""
    try:
        for folder in (root, root / "private", root / "private" / "keys", root / "state"):
            folder.mkdir(mode=0o711 if folder == root else 0o700, parents=True, exist_ok=True)
        for name, octets in files.items():
            (root / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            safeio.write_atomic(root / name, octets, mode=0o600)
        safeio.write_atomic(root / FILE, text.encode(), mode=0o600)
    except OSError as error:
        raise HubError(f"{error.filename} cannot be written: {error.strerror}") from error


def _has_place(name: str) -> bool:
    """Whether a file of this path goes along: nothing hidden, nothing that Python made."""
    path = PurePosixPath(name)
    if any(part.startswith(".") or part == "__pycache__" for part in path.parts):
        return False
    return any(PurePosixPath(folder) in path.parents for folder in FOLDERS)


def _add(tar: tarfile.TarFile, name: str, octets: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(octets), 0o600
    tar.addfile(info, io.BytesIO(octets))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """The octets of a file that may be there. Raises ValueError."""
    if not member.isreg() or not (member.name == FILE or _has_place(member.name)):
        raise ValueError(f"{member.name[:80]!r} has no place in it")
    if member.size > _MOST or member.offset > 16 * _MOST:
        raise ValueError(f"{member.name[:80]!r} is too large")
    file = tar.extractfile(member)
    return file.read() if file is not None else b""
