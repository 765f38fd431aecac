"""Large files of a library, outside git's history: `content/libraries/<id>.files/<aa>/<sha256>`.

A file's name is the SHA-256 of its octets, so it is written once, never changed, can be checked.
Written under another name, synced, then renamed; two writers of the same file do no harm. The card
that names a file is committed after the file is here.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

IN_GIT = 1 << 20
"""Octets up to which a file lies beside its card in git, so that clones stay small."""

_CHUNK = 1 << 20


def mark(library: str) -> str:
    """Under which it is noted that files of a library came that cards name (outside.py)."""
    return f"library-{library}"


class FileStore:
    """The large files of one library."""

    def __init__(self, config: Config, library: str) -> None:
        self.folder = config.libraries / f"{library}.files"

    def path(self, sha256: str) -> Path | None:
        """Where the file of this name is, or None when it is not here."""
        path = self.place(sha256)
        return path if path.is_file() else None

    def place(self, sha256: str) -> Path:
        """Where the file of this name belongs, here or not."""
        return self._path(sha256)

    def put(self, source: BinaryIO) -> tuple[str, int]:
        """Keeps what `source` gives; returns its SHA-256 and size in octets. Durable on return."""
        self.folder.mkdir(parents=True, exist_ok=True)
        incoming = self.folder / f".{os.getpid()}.{os.urandom(6).hex()}.tmp"
        digest, size = hashlib.sha256(), 0
        try:
            with incoming.open("xb") as target:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            path = self._path(digest.hexdigest())
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True)
                safeio.fsync_dir(self.folder)
            os.replace(incoming, path)
            safeio.fsync_dir(path.parent)
        finally:
            incoming.unlink(missing_ok=True)
        return digest.hexdigest(), size

    def damaged(self, sha256: str) -> bool:
        """Whether the file is missing or its octets are no longer those of its name."""
        path = self.path(sha256)
        if path is None:
            return True
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != sha256

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256
