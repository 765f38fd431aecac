"""Objects of other people's repositories: fetched into a repository of ours, or written as a bundle
(git-fetch, git-bundle).

What comes from outside is bounded in time, memory and octets, checked object by object
(fetch.fsckObjects), and lands below a prefix of refs that nothing else reads.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.repo import Repo

_SETTINGS = (
    "fetch.fsckObjects=true",
    "fetch.unpackLimit=1",  # always a pack: one fsync, and never a blob whole in memory
    "transfer.fsckObjects=true",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.followRedirects=false",  # a peer leads nowhere else
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=60",
    "pack.threads=1",
    "core.packedGitWindowSize=32m",
    "core.packedGitLimit=256m",
)
_MODEST = (
    "pack.threads=1",
    "core.bigFileThreshold=1m",
    "core.packedGitWindowSize=1m",
    "core.packedGitLimit=16m",
    "core.deltaBaseCacheLimit=16m",
    "pack.deltaCacheSize=4m",  # git takes 256 MiB: twice the memory, and no less time
    "pack.windowMemory=16m",
)
_UNCOMPRESSED = (
    "--no-reuse-object",
    "--compression=0",
    "--window=3",  # more costs half as much again, and gives a thirtieth
    "--delta-base-offset",
)
_COMPRESSED = ("--delta-base-offset",)
_NO_DUMB = ("--depth=2147483647",)
"""All of a history, which git asks nobody for who serves plain files (git's dumb protocol): what it
got so it would neither bound nor check, and leave as loose objects. Not where ours is cut short."""
_PLAIN = "its server hands out plain files, and does not speak git's smart protocol"
CUT_OFF = re.compile(r"RPC failed|unexpected disconnect|early EOF|hung up|transfer closed")
"""What git says when a line broke: among others, so that its last words tell less."""
_MEMORY = 2 * 1024 * 1024  # KiB of address space
_CPU = 600  # seconds
_TRIES = 3
_WORDS = 1 << 16  # octets of what git says that are looked at
_LONGEST = 500  # characters of a line of that which are handed on


def fetch(
    repo: Repo,
    source: str,
    refspecs: Iterable[str],
    *,
    most: int,
    seconds: float = 1800.0,
    token: str = "",
) -> None:
    """Fetches from an address over HTTP or from a bundle file. `most` is octets of what is written
    to disk; `token` lets us in there (RFC 6750), and no list of processes shows it. Raises
    StoreError with git's last words, or what bound was passed. Blocking."""
    is_far = source.startswith(("https://", "http://"))
    protocols = "https:http" if is_far else "file"
    is_cut, loose = (repo.path / "shallow").exists(), _loose(repo)
    _run(
        repo,
        (
            "fetch",
            "-q",
            "--no-tags",
            "--no-write-fetch-head",
            *(_NO_DUMB if is_far and not is_cut else ()),
            "--end-of-options",
            source,
            *refspecs,
        ),
        protocols,
        most,
        seconds,
        secret=f"Authorization: Bearer {token}" if token else "",
    )
    if is_far and _loose(repo) > loose:
        raise StoreError(f"{repo.path.name}: git fetch failed: {_PLAIN}")


def _loose(repo: Repo) -> int:
    """How many objects lie alone: what is fetched is always a pack."""
    return sum(1 for _ in (repo.path / "objects").glob("[0-9a-f][0-9a-f]/*"))


def copy(repo: Repo, source: Repo, refspecs: Iterable[str], *, most: int) -> None:
    """Fetches from another repository of ours, whose objects were looked at when they came. Raises
    StoreError. Blocking."""
    quick = ("fetch.fsckObjects=false", "transfer.fsckObjects=false", "pack.window=0")
    words = ("fetch", "-q", "--no-tags", "--no-write-fetch-head", "--end-of-options")
    _run(repo, (*words, str(source.path), *refspecs), "file", most, 1800.0, quick)


def bundle(
    repo: Repo,
    out: Path,
    names: Iterable[str],
    without: Iterable[str],
    *,
    compressed: bool = False,
) -> None:
    """Writes a bundle (gitformat-bundle, v2) of refs and their histories, less what `without`
    reaches. Nothing in its pack is `compressed`, so that who compresses the file makes it half as
    long as git would; unless it stays as it is. Raises StoreError, also when nothing would be in
    it. An erasure that comes in between is waited for: it has another history bundled. Blocking."""
    names, without = list(names), list(without)
    for left in reversed(range(_TRIES)):
        tips = [(repo.ref(ref), ref) for ref in names]
        if not tips or any(tip is None for tip, _ in tips):
            raise StoreError(f"{repo.path}: there is nothing to bundle")
        try:
            _bundle(repo, out, tips, without, _COMPRESSED if compressed else _UNCOMPRESSED)
            return
        except StoreError:
            there = [one for one in without if repo.succeeds("cat-file", "-e", one)]
            moved = [repo.ref(ref) for ref in names] != [tip for tip, _ in tips]
            if not left or not (moved or there != without):
                raise
            without = there  # somebody erased something meanwhile, and history is another one


def _bundle(
    repo: Repo,
    out: Path,
    tips: Sequence[tuple[Oid | None, str]],
    without: Sequence[str],
    how: tuple[str, ...],
) -> None:
    known = [f"^{one}" for one in without]
    asked = "\n".join([*(str(tip) for tip, _ in tips), *known, ""]).encode()
    lines = [*(_edge(repo, asked) if known else ()), *(f"{tip} {ref}" for tip, ref in tips)]
    with open(out, "wb") as file:
        file.write("\n".join(["# v2 git bundle", *lines, "\n"]).encode())
        file.flush()
        _packed(repo, asked, ("--revs", "--stdout", "--thin", *how), file.fileno())


def _edge(repo: Repo, asked: bytes) -> list[str]:
    """The commits that a bundle goes on from. Git maps all of a pack where it may."""
    settings = [word for setting in _MODEST for word in ("-c", setting)]
    listed = repo.git(*settings, "rev-list", "--boundary", "--stdin", input=asked)
    return [line for line in listed.decode("ascii").splitlines() if line.startswith("-")]


def pack(repo: Repo, into: Repo) -> None:
    """Copies what was fetched into a repository that borrows of `into`, less what is there: git
    does not look at what these objects reach, which would take as long as fetching them. Durable on
    return. Raises StoreError. Blocking."""
    found = [
        line.split(" ")[1]
        for index in sorted((repo.path / "objects" / "pack").glob("pack-*.idx"))
        for line in repo.git("show-index", input=index.read_bytes()).decode("ascii").splitlines()
    ]
    base = into.path / "objects" / "pack" / "pack"
    how = ("--local", "--non-empty", "--window=0", str(base))
    _packed(repo, "\n".join([*found, ""]).encode(), how, subprocess.DEVNULL)


def pack_of(repo: Repo, into: Repo, objects: Iterable[str]) -> None:
    """Packs some objects of a repository into another that borrows of the same, less what both
    borrow. Raises StoreError. Blocking."""
    how = ("--local", "--non-empty", "--window=0", str(into.path / "objects" / "pack" / "pack"))
    _packed(repo, "\n".join([*objects, ""]).encode(), how, subprocess.DEVNULL)


def _packed(repo: Repo, asked: bytes, how: tuple[str, ...], out: int) -> None:
    settings = [word for setting in _MODEST for word in ("-c", setting)]
    command = repo.command(*settings, "pack-objects", "-q", *how)
    environment = repo.environment()
    done = subprocess.run(
        command, input=asked, stdout=out, stderr=subprocess.PIPE, env=environment, check=False
    )
    if done.returncode:
        raise StoreError(
            f"{repo.path}: git pack-objects failed: {done.stderr.decode(errors='replace')}"
        )


def bundled(repo: Repo, path: Path) -> list[str]:
    """The refs that a bundle file brings. Raises StoreError for what is no bundle."""
    told = repo.git("bundle", "list-heads", str(path.absolute())).decode("utf-8", "replace")
    return [line.split(" ", 1)[1] for line in told.splitlines() if " " in line]


def _clear(repo: Repo) -> None:
    """Takes away the locks of refs whose holders are dead: git gives up at one."""
    for lock in (repo.path / "refs").rglob("*.lock"):
        name = lock.relative_to(repo.path).as_posix().removesuffix(".lock")
        refs.clear_stale(repo.path, name)


def _run(
    repo: Repo,
    words: tuple[str, ...],
    protocols: str,
    most: int,
    seconds: float,
    more: tuple[str, ...] = (),
    *,
    secret: str = "",
) -> None:
    _clear(repo)
    settings = [word for setting in (*_SETTINGS, *more) for word in ("-c", setting)]
    blocks = max(1, most // 512)
    bounds = f'ulimit -v {_MEMORY}; ulimit -t {_CPU}; ulimit -f {blocks}; exec "$@"'
    command = ["sh", "-c", bounds, "sh", *repo.command(*settings, *words)]
    environment = repo.environment() | {"GIT_ALLOW_PROTOCOL": protocols}
    if secret:
        names = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0")
        environment |= dict(zip(names, ("1", "http.extraHeader", secret), strict=True))
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            said = _last_words(process, seconds)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, 9)
            raise StoreError(f"{repo.path.name}: nothing whole came in {seconds:.0f} s") from error
        except BaseException:
            os.killpg(process.pid, 9)
            raise
    if process.returncode:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        last = next((one for one in lines if CUT_OFF.search(one)), (lines or [""])[-1])
        last = last[:_LONGEST] or str(process.returncode)
        if "dumb http" in last:
            last = _PLAIN
        raise StoreError(f"{repo.path.name}: git {words[0]} failed: {last}")


def _last_words(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """The end of what a process says, once it has ended: git hands on whatever a server says, and
    that may be without end. Raises subprocess.TimeoutExpired."""
    end, said = time.monotonic() + seconds, b""
    assert process.stderr is not None  # noqa: S101 - as it was started
    with selectors.DefaultSelector() as ready:
        ready.register(process.stderr, selectors.EVENT_READ)
        while (left := end - time.monotonic()) > 0 and ready.select(left):
            octets = os.read(process.stderr.fileno(), _WORDS)
            if not octets:
                process.wait(max(0.0, end - time.monotonic()))
                return said
            said = (said + octets)[-_WORDS:]
    raise subprocess.TimeoutExpired(process.args, seconds)
