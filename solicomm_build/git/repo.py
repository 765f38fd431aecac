"""One bare repository: made, opened, and the only place where a git process is started.

Creating and configuring goes through GitPython; everything that runs often is a git process with a
clean environment (no system or user configuration, no hooks, no file system monitor,
no work tree). Revisions and paths are always passed after `--end-of-options` or `--`.
"""

from __future__ import annotations

import configparser
import contextlib
import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError, LockedOutError, NoRepositoryError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.lock import RepoLock

HEADS: Final = "refs/heads/"
MAIN: Final = "refs/heads/main"

SETTINGS: Final[dict[str, str]] = {
    "core.hooksPath": "/dev/null",
    "core.logAllRefUpdates": "false",
    "core.protectNTFS": "true",
    "core.protectHFS": "true",
    "core.symlinks": "false",
    "core.bigFileThreshold": str(8 << 20),  # larger blobs are streamed, never deltas
    "core.fsync": "objects,derived-metadata,reference",
    "core.fsyncMethod": "fsync",
    "fastimport.unpackLimit": "0",  # a pack per checkpoint: one fsync, not one per object
    "fetch.fsckObjects": "true",
    "gc.auto": "0",  # git/maintenance.py decides when
    "maintenance.auto": "false",
    "pack.threads": "1",
    "pack.windowMemory": str(64 << 20),
    "receive.denyDeletes": "true",
    "receive.denyNonFastForwards": "true",
    "receive.fsckObjects": "true",
    "receive.maxInputSize": str(20 << 20),
    "transfer.fsckObjects": "true",
    "transfer.hideRefs": "refs/solicomm",  # cursors are the hub's own affair
    "uploadpack.allowAnySHA1InWant": "false",
}
"""What every repository is configured with (docs/formats/store.md); `store.fsck` compares. Numbers
are plain, since other implementations of git do not know `64m`.
"""

STREAMED = (
    "core.packedGitWindowSize=1048576",
    "core.packedGitLimit=16777216",
    "core.deltaBaseCacheLimit=16777216",
)
"""What git may hold in memory, octets, for who reads all of a history: it would keep all of the
packs it ever read, and 96 MiB of trees that come once."""
_ALWAYS = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "safe.bareRepository=explicit",
)


def environment() -> dict[str, str]:
    """The whole environment of a git process: nothing of the user's or the machine's settings."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    }


@dataclass(frozen=True, slots=True)
class GitProcess:
    """A running git with a pipe to write to and one to read from."""

    popen: subprocess.Popen[bytes]
    stdin: IO[bytes]
    stdout: IO[bytes]

    def wait(self) -> int:
        """Closes its input, waits for its end, and returns its exit status. Safe to call twice."""
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        status = self.popen.wait()
        self.stdout.close()
        return status

    def end(self) -> None:
        """Ends it at once, whatever it is doing."""
        self.popen.kill()
        self.wait()


def _settings(config: tuple[str, ...]) -> list[str]:
    return [word for setting in config for word in ("-c", setting)]


@dataclass(frozen=True, slots=True)
class Repo:
    """A bare repository at an absolute `path`. Cheap to make; holds nothing open."""

    path: Path

    def git(self, *args: str, input: bytes | None = None, config: tuple[str, ...] = ()) -> bytes:
        """The standard output of one git command. Raises StoreError with git's words. Blocking."""
        done = subprocess.run(
            self._command((*_settings(config), *args)),
            input=input,
            capture_output=True,
            env=self._environment(),
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise StoreError(
                f"{self.path}: git {args[0]} failed: {said[-1] if said else done.returncode}"
            )
        return done.stdout

    def has_commit(self, oid: str) -> bool:
        """Whether a commit is here. Blocking."""
        return bool(oid) and self.succeeds("rev-parse", "-q", "--verify", f"{oid}^{{commit}}")

    def succeeds(self, *args: str, config: tuple[str, ...] = ()) -> bool:
        """True when git exits with 0, False with 1; anything else is a StoreError. Blocking."""
        command = self._command((*_settings(config), *args))
        done = subprocess.run(command, capture_output=True, env=self._environment(), check=False)
        if done.returncode > 1:
            raise StoreError(
                f"{self.path}: git {args[0]} failed: {done.stderr.decode('utf-8', 'replace')}"
            )
        return done.returncode == 0

    def start(
        self,
        *args: str,
        config: tuple[str, ...] = (),
        more_environment: Mapping[str, str] | None = None,
        stderr: IO[bytes] | int = subprocess.DEVNULL,
    ) -> GitProcess:
        """A running git process. The caller ends it."""
        popen = subprocess.Popen(
            self._command((*_settings(config), *args)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=self._environment() | dict(more_environment or {}),
            process_group=0,  # a Ctrl-C is for us; git ends when its stdin does
        )
        if popen.stdin is None or popen.stdout is None:  # never: both were asked for
            raise StoreError("git was started without pipes")
        return GitProcess(popen, popen.stdin, popen.stdout)

    def ref(self, name: str = MAIN) -> Oid | None:
        """The commit a ref names now, or None. Reads files only."""
        return refs.read(self.path, name)

    def set_ref(self, name: str, new: Oid | None, old: Oid | None) -> None:
        """Compare-and-swap of a ref, durable on return, on other machines, too, where the hub has
        some (refs.py). Raises ConflictError when it moved."""
        refs.move(self.path, name, new, old)

    def octets(self) -> int:
        """About how much a clone fetches: the octets of all objects here, packed or not; those that
        are borrowed do not count. Blocking: reads folders only."""
        whole = 0
        for folder in os.listdir(self.path / "objects"):
            if folder != "pack" and len(folder) != 2:
                continue
            with os.scandir(self.path / "objects" / folder) as entries:
                for entry in entries:
                    if folder != "pack" or entry.name.endswith(".pack"):
                        with contextlib.suppress(FileNotFoundError):  # git packs meanwhile
                            whole += entry.stat().st_size
        return whole

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the repository for writing: every writer of ours does. Blocking, fair."""
        lock = RepoLock(self.path)
        try:
            lock.acquire()
            yield
        finally:
            lock.close()

    def settings(self) -> dict[str, str]:
        """What the repository's own configuration says, names as in `SETTINGS`, values as text.
        Raises StoreError where that, or what says that it is a repository, is damaged."""
        try:
            with _gitpython(self.path) as found, found.config_reader("repository") as reader:
                return {
                    f"{section}.{name}".lower(): str(value)
                    for section in reader.sections()
                    for name, value in reader.items(section)
                }
        except (OSError, ValueError, configparser.Error, _git_error()) as error:
            raise StoreError(f"{self.path}: its config or HEAD cannot be read") from error

    def environment(self) -> dict[str, str]:
        """The whole environment of its git processes."""
        return self._environment()

    def command(self, *args: str) -> list[str]:
        """The words that start git here, for who has to start it himself (exchange.py)."""
        return self._command(args)

    def _environment(self) -> dict[str, str]:
        return environment()

    def _command(self, args: tuple[str, ...]) -> list[str]:
        return ["git", *_ALWAYS, f"--git-dir={self.path}", *args]


def create(path: Path, *, description: str = "") -> Repo:
    """A new bare repository with our settings and no commit. Refuses a path that exists."""
    if path.exists():
        raise HubError(f"{path} exists already. Choose another name or take it away")
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        _begin(temporary)
        (temporary / "description").write_text((description or path.stem) + "\n", "utf-8")
        _make_durable(temporary)
        os.rename(temporary, path)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise HubError(f"{path} exists already: it was just made") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    safeio.fsync_dir(path.parent)
    return Repo(path)


def open_or_create(path: Path, *, description: str = "") -> Repo:
    """The repository at `path`, which is made where there is none; of two who do at once, one."""
    if not path.exists():
        try:
            return create(path, description=description)
        except HubError:
            if not path.exists():
                raise
    return open_repo(path)


def _begin(path: Path) -> None:
    """What git has in an empty repository, and our settings. Raises StoreError."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git  # 0.2 s: only those who create or check settings pay it

    try:
        with (
            contextlib.closing(
                git.Repo.init(
                    path,
                    bare=True,
                    initial_branch="main",
                    env=environment(),
                    template="",  # the option: a git in a wrapper may set the variable anew
                    allow_unsafe_options=True,  # all of them are ours
                )
            ) as made,
            made.config_writer() as config,
        ):
            for name, value in SETTINGS.items():
                section, _, key = name.partition(".")
                config.set_value(section, key, value)
    except git.GitError as error:  # a git that was killed, or found no room
        raise StoreError(f"{path}: git could not make it: {error}") from error


def _make_durable(folder: Path) -> None:
    """What git writes at `init` is not on the disk yet; a power cut must not leave half of it."""
    for file in (one for one in folder.iterdir() if one.is_file()):
        fd = os.open(file, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    safeio.fsync_dir(folder)


def _sweep(path: Path) -> None:
    """Takes away what processes that are dead had begun to make of the repository at `path`."""
    for left in path.parent.glob(f".{path.name}.*.new"):
        pid = left.name.split(".")[-2]
        if pid.isdigit() and (int(pid) == os.getpid() or not Path(f"/proc/{pid}").exists()):
            shutil.rmtree(left, ignore_errors=True)


def open_repo(path: Path) -> Repo:
    """The repository at `path`. Raises NoRepositoryError for none, LockedOutError when it cannot
    be read. Starts no process."""
    path = path.absolute()
    try:
        is_one = _is_repository(str(path))
    except PermissionError as error:
        raise LockedOutError(path) from error
    if not is_one:
        raise NoRepositoryError(path)
    return Repo(path)


def _is_repository(path: str) -> bool:
    """Asked for each reading of anything: three looks, without a Path for each. Raises
    PermissionError."""
    try:
        kinds = [os.stat(f"{path}/{name}").st_mode for name in ("HEAD", "objects", "refs")]
    except ValueError:
        return False
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return False
        raise
    return stat.S_ISREG(kinds[0]) and stat.S_ISDIR(kinds[1]) and stat.S_ISDIR(kinds[2])


def _git_error() -> type[Exception]:
    import git

    return git.GitError


@contextlib.contextmanager
def _gitpython(path: Path) -> Iterator["git.Repo"]:  # type: ignore[name-defined] # noqa: F821,UP037
    import git

    with contextlib.closing(git.Repo(path)) as porcelain:
        yield porcelain
