"""Which files a branch has, by name, in little memory: for whoever asks about all of them.

Every message that comes in is looked for: is a post of its mid there, in whatever thread? This set
holds 64 bits per name, eight octets for each that was there when it was first asked, and is brought
up to date by what differs instead of being read anew when another process has written.

Of a large repository the set is kept beside it, so that the first message after a start does not
wait until a million names are read. The file is derived: `solicomm.names-<folder>` says up to which
commit, and a sum over all, so a part of it that went with the power is seen.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo

NAMES = "solicomm.names-"
_MANY = 50_000
"""Names that are worth a file; reading fewer takes a twentieth of a second."""
_VERSION = b"1"
_PATH = re.compile(rb"[^\0]+")


class KnownNames:
    """The stems of all file names under `folder` of a branch: `topics/…/abc.md` counts as `abc`."""

    def __init__(self, repo: Repo, folder: str, reader: Reader | None = None) -> None:
        """A `reader` of the repository saves the processes where there are few."""
        self._repo, self._folder, self._reader = repo, folder, reader
        self._file = repo.path / (NAMES + folder.replace("/", "-"))
        self._tip: Oid | None = None
        self._first = array("q")  # sorted: the names that were there at first
        self._names: set[int] = set()

    def sync(self, tip: Oid | None) -> None:
        """Takes up what has come since the last call; `tip` is where the branch is now. Blocking:
        a tenth of a second for 100,000 names the first time, seconds for a million unless they are
        kept."""
        if tip is None or tip == self._tip:
            return
        if not (self._tip is None and self._take(tip)):
            since = self._since(tip)
            if since is None:
                self._first, self._names = array("q", sorted(map(_hash, self._all(tip)))), set()
                self._keep(tip)
            else:
                self._names.update(_hash(_stem(c.path)) for c in since if c.oid)
        self._tip = tip

    def moved(self, tip: Oid | None) -> None:
        """Says that we made the commits up to `tip` ourselves and have `add`ed what they hold."""
        self._tip = tip

    def add(self, name: str) -> None:
        """Takes up one name."""
        self._names.add(_hash(name.encode(*_CODE)))

    def __contains__(self, name: str) -> bool:
        """True when a file of this stem is there (wrong for one name in 10^12 of them)."""
        wanted = _hash(name.encode(*_CODE))
        if wanted in self._names:
            return True
        at = bisect_left(self._first, wanted)
        return at < len(self._first) and self._first[at] == wanted

    def _since(self, tip: Oid) -> list[log.Changed] | None:
        """What differs from the last call; None when all is to be read."""
        if self._tip is not None:
            with contextlib.suppress(StoreError):  # erased since: then all is read again
                changed = log.diff(self._repo, self._tip, tip, reader=self._reader)
                inside = f"{self._folder}/"
                return [one for one in changed if one.path.startswith(inside)]
        return None

    def _all(self, tip: Oid) -> Iterator[bytes]:
        if self._reader is not None:
            few = self._reader.few_files(tip, self._folder)
            if few is not None:
                return (_stem(entry.path) for entry in few)
        listed = self._repo.git(
            "ls-tree", "-r", "-z", "--name-only", "--end-of-options", tip, "--", f"{self._folder}/"
        )
        return (_stem_of(found[0]) for found in _PATH.finditer(listed))

    # the file

    def _take(self, tip: Oid) -> bool:
        """Begins with the names that are kept, if nothing went since; whether it did."""
        try:
            head, _, body = self._file.read_bytes().partition(b"\n")
            version, at, total = head.split()
            if version != _VERSION or int(total) != zlib.crc32(body):
                return False
            self._first = array("q", body)
            self._tip = Oid(at.decode("ascii"))
        except (OSError, ValueError):
            return False
        since = self._since(tip)
        if since is None or not all(one.oid for one in since):  # the name may be elsewhere still
            self._tip = None
            return False
        self._names = {_hash(_stem(one.path)) for one in since}
        if len(self._names) > _MANY:
            self._first = array("q", sorted({*self._first, *self._names}))
            self._names = set()
            self._keep(tip)
        return True

    def _keep(self, tip: Oid) -> None:
        """Keeps the names, where there are many."""
        with contextlib.suppress(OSError):
            if len(self._first) < _MANY:
                self._file.unlink(missing_ok=True)
                return
            body = self._first.tobytes()
            head = b"%s %s %d\n" % (_VERSION, tip.encode("ascii"), zlib.crc32(body))
            safeio.write_atomic(self._file, head + body, durable=False)


_CODE = ("utf-8", "surrogateescape")


def _stem(path: str) -> bytes:
    return _stem_of(path.encode(*_CODE))


def _stem_of(path: bytes) -> bytes:
    name = path[path.rfind(b"/") + 1 :]
    return name[:dot] if (dot := name.rfind(b".")) > 0 else name


def _hash(name: bytes) -> int:
    """64 bits of a name's hash, the same in every process."""
    digest = hashlib.blake2b(name, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
