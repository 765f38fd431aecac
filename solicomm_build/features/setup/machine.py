"""The machine that becomes a hub: its files, its programs, and what it was before.

Everything that setup changes goes through here. Before a file of the machine is replaced for the
first time, it is kept in `/var/lib/solicomm-setup/before`, so that `--remove` can bring it back; a
file that was not there is noted in `/var/lib/solicomm-setup/journal.json`, and what else was new
(packages, an account). The journal is written before the change, durable: after a power cut it
knows at least what was changed. `root` is another folder in tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.setup import beneath
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError

MEMORY = "/var/lib/solicomm-setup"
"""What setup remembers: root's alone."""
_JOURNAL = f"{MEMORY}/journal.json"
_BEFORE = f"{MEMORY}/before"
HOME = "/srv/solicomm"
"""Here the hub's user may write, and root follows no link."""
USER = "solicomm"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and what was to be read of it."""

    code: int
    text: str


Run = Callable[[Sequence[str], str], Ended]
"""Runs words with a text as standard input."""


def run(words: Sequence[str], typed: str = "") -> Ended:
    """Runs a program, its environment as of a login of root without a terminal. Blocking."""
    env = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": os.environ.get("HOME", "/root"),
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    try:
        done = subprocess.run(
            list(words),
            input=typed.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            check=False,
        )
    except OSError as error:
        return Ended(127, f"{words[0]}: {error.strerror}")
    return Ended(done.returncode, done.stdout.decode("utf-8", "replace"))


class Machine:
    """One machine. Methods block. Raises HubError where a program of it refuses."""

    def __init__(self, root: Path = Path("/"), runs: Run = run, patience: float = 60.0) -> None:
        self.root, self._run, self.patience = root, runs, patience

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """For whoever changes the machine: one at a time. Raises HubError while another does."""
        with safeio.locked(self.path(f"{MEMORY}/.lock"), blocking=False) as is_alone:
            if not is_alone:
                raise HubError(
                    "another `solicomm setup` is at work on this machine. Wait until it has ended,"
                    " then run it again"
                )
            self.path(MEMORY).chmod(0o700)
            yield

    # -- programs -------------------------------------------------------------------------------

    def tries(self, *words: str, typed: str = "") -> Ended:
        """Runs a program, however it ends."""
        return self._run(words, typed)

    def must(self, *words: str, typed: str = "") -> str:
        """What a program says; it has to end well."""
        ended = self._run(words, typed)
        if ended.code:
            last = "\n".join(ended.text.strip().splitlines()[-12:])
            raise HubError(f"`{' '.join(words)}` ended with {ended.code}:\n{last}")
        return ended.text

    def is_active(self, unit: str) -> bool:
        """Whether systemd runs a unit."""
        return self.tries("systemctl", "--quiet", "is-active", unit).code == 0

    def until(self, holds: Callable[[], bool]) -> bool:
        """Whether something holds at last, within the patience."""
        ends = time.monotonic() + self.patience
        while not holds():
            if time.monotonic() > ends:
                return False
            time.sleep(0.3)
        return True

    # -- files ----------------------------------------------------------------------------------

    def path(self, inside: str) -> Path:
        """Where a file of the machine lies."""
        return self.root / inside.lstrip("/")

    def read(self, inside: str) -> str | None:
        """A text file, of which octets that are no UTF-8 come back as they were; None when there is
        none. Raises HubError for a link below HOME."""
        octets = self._octets(inside)
        return None if octets is None else octets.decode("utf-8", "surrogateescape")

    def write(self, inside: str, text: str, *, mode: int = 0o644, group: int = -1) -> None:
        """Puts a file there in one step, and keeps what was there before setup. Below HOME it is
        the hub's user's, elsewhere root's and of `group`, from its first moment on."""
        path = self.path(inside)
        if self.read(inside) == text and path.lstat().st_mode & 0o777 == mode:
            return
        self._keep(inside)
        octets = text.encode("utf-8", "surrogateescape")
        if below := _below(inside):
            uid, gid = self.user()
            beneath.write(self.path(HOME), below, octets, mode=mode, owner=(uid, gid))
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        safeio.write_atomic(path, octets, mode=mode, owner=(os.geteuid(), group))

    def user(self) -> tuple[int, int]:
        """The numbers of the hub's user and group; who runs this where there is no such user."""
        if os.geteuid() == 0:
            try:
                found = pwd.getpwnam(USER)
            except KeyError:
                pass
            else:
                return found.pw_uid, found.pw_gid
        return os.geteuid(), os.getegid()

    def _octets(self, inside: str) -> bytes | None:
        try:
            if below := _below(inside):
                return beneath.read(self.path(HOME), below)
            return self.path(inside).read_bytes()
        except FileNotFoundError:
            return None

    def link(self, inside: str, to: Path) -> None:
        """A symbolic link, in one step."""
        path = self.path(inside)
        if path.is_symlink() and Path(os.readlink(path)) == to:
            return
        self._keep(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(to)
        fresh.replace(path)

    def drop(self, inside: str) -> None:
        """Takes a file away, and keeps it."""
        path = self.path(inside)
        if path.exists() or path.is_symlink():
            self._keep(inside)
            path.unlink()

    def put_back(self, inside: str) -> None:
        """Makes a file what it was before setup: the old one, or none. Nothing happens to one that
        setup has not changed."""
        path, kept = self.path(inside), self.path(f"{_BEFORE}{inside}")
        if inside in self.noted("fresh"):
            path.unlink(missing_ok=True)
        elif kept.exists() or kept.is_symlink():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.before")
            fresh.unlink(missing_ok=True)
            _copy(kept, fresh)
            fresh.replace(path)
            kept.unlink()
        self.forget("fresh", inside)

    def _keep(self, inside: str) -> None:
        """Once for each file; what setup itself has written is not kept."""
        path, kept = self.path(inside), self.path(f"{_BEFORE}{inside}")
        if inside in self.noted("fresh") or kept.exists() or kept.is_symlink():
            return
        if not (path.exists() or path.is_symlink()):
            self.note("fresh", inside)
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        self.path(MEMORY).chmod(0o700)
        half = kept.with_name(f".{kept.name}.half")
        half.unlink(missing_ok=True)
        if _below(inside):
            half.write_bytes(self._octets(inside) or b"")
        else:
            _copy(path, half)
        half.replace(kept)
        safeio.fsync_dir(kept.parent)

    # -- memory ---------------------------------------------------------------------------------

    def note(self, kind: str, *names: str) -> None:
        """Remembers that setup has brought something new, durable on return."""
        known = self._journal()
        known[kind] = sorted({*known.get(kind, ()), *names})
        self._remember(known)

    def noted(self, kind: str) -> tuple[str, ...]:
        """What of a kind setup has brought."""
        return tuple(self._journal().get(kind, ()))

    def forget(self, kind: str, *names: str) -> None:
        """Takes back what was noted."""
        known = self._journal()
        if set(names) & set(known.get(kind, ())):
            known[kind] = sorted(set(known[kind]) - set(names))
            self._remember(known)

    def _journal(self) -> dict[str, list[str]]:
        text = self.read(_JOURNAL)
        if text is None:
            return {}
        try:
            return {str(kind): list(names) for kind, names in json.loads(text).items()}
        except (ValueError, AttributeError) as error:
            raise HubError(
                f"{self.path(_JOURNAL)} cannot be read ({error}). Take it away; --remove then"
                " leaves what it would have named"
            ) from error

    def _remember(self, known: dict[str, list[str]]) -> None:
        path = self.path(_JOURNAL)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        safeio.write_atomic(path, (json.dumps(known, indent=1) + "\n").encode(), mode=0o600)


def _below(inside: str) -> str:
    """What a path is below HOME; empty for one elsewhere."""
    return inside.removeprefix(f"{HOME}/") if inside.startswith(f"{HOME}/") else ""


def _copy(source: Path, to: Path) -> None:
    if source.is_symlink():
        to.symlink_to(os.readlink(source))
        return
    shutil.copy2(source, to)
    if os.geteuid() == 0:
        found = source.stat()
        os.chown(to, found.st_uid, found.st_gid)
