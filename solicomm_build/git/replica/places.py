"""Git servers that have what this machine has, and the git processes that speak with them.

A place is a folder on a git server, a follower of hub.yaml or this machine's own; a repository has
the same path in it as in the hub. Git speaks ssh with the key `private/keys/cluster` and the hosts
of `private/keys/cluster_known_hosts`, and keeps one connection to each for a minute; what https
needs may stand in `private/keys/cluster.gitconfig`. Nothing else of the machine's settings counts.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote, unquote

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.replica import emptyrepo
from solicomm_build.git.replica.connections import ssh
from solicomm_build.git.repo import Repo, environment

PATIENCE = 5.0  # seconds for one push; a mail server waits minutes for its 250
_SHORTEST, _LONGEST = 8.0, 30.0  # seconds in which one that did not answer is left alone
_MOMENT = 0.5  # seconds for who is late when it is known already what there is
_TICK = 0.003
_STALE = 0.5  # seconds after which a lock of a ref is nobody's
CREATE = "solicomm-place"
"""What the account of a follower runs to begin a repository (deploy/cluster)."""

_MISSING = re.compile(r"fatal: .{0,500}(?:does not appear to be a git repository|' not found)")
"""git's own words, and no others: who cannot be reached has not said that nothing is there."""
_VAGUE = (
    "fatal: Could not read from remote repository",
    "Please make sure you have the correct access rights",
    "and the repository exists",
)
"""What git adds to the words of ssh, which say more."""
_REFUSED = ("stale info", "rejected]", "cannot lock ref")
_FULL = ("unpacker error", "No space left on device")
"""It answers, and can keep nothing: as if it did not."""
_QUICK = ("-c", "pack.window=0", "-c", "pack.threads=1")
"""No search for deltas: a step is small, and a follower's garbage collection makes up for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one git process: `ok`, `refused` (the fence is elsewhere), `missing` (there is
    no repository yet) or `silent`; and git's words."""

    kind: str
    said: str


@dataclass(eq=False, slots=True)
class Place:
    """One of them. `is_own` is this machine's."""

    address: str
    is_own: bool = False
    _quiet: float = 0.0
    _until: float = field(default=0.0)

    @property
    def folder(self) -> Path | None:
        """Where it lies, when that is a folder here."""
        text = self.address.removeprefix("file://")
        return Path(text) if text.startswith("/") else None

    def url(self, path: str) -> str:
        """The address of the repository at this path in a hub."""
        return f"{self.address}/{path}"

    @property
    def is_down(self) -> bool:
        """Whether it did not answer just now, and is not asked for a moment."""
        return time.monotonic() < self._until

    def heard(self, answered: bool) -> None:
        """Notes whether it answered: one that does not is left alone for longer each time."""
        self._quiet = 0.0 if answered else min(_LONGEST, self._quiet * 2 or _SHORTEST)
        self._until = time.monotonic() + self._quiet if self._quiet else 0.0


class Places:
    """All places of a hub."""

    def __init__(self, config: Config) -> None:
        said = config.cluster.git
        self.ack, self.needed = said.ack, said.needed
        self.own = Place(said.own, is_own=True) if said.own else None
        self.others = [Place(one) for one in said.followers]
        by_address = {place.address: place for place in self.others}
        self._by_name = {name: by_address[address] for name, address in said.names.items()}
        self.is_divided = config.cluster.divided
        self._root = config.root
        self._marks = config.state / lease.FOLDER / lease.BEHIND
        self._suspect = config.state / lease.FOLDER / "suspect"
        is_far = any(one.startswith("ssh://") for one in said.followers)
        far = {"GIT_SSH_COMMAND": shlex.join(ssh(config))} if is_far else {}
        self._environment = environment() | far
        more = config.keys / "cluster.gitconfig"
        self._more = (*_QUICK, *(("-c", f"include.path={more}") if more.exists() else ()))

    @property
    def all(self) -> list[Place]:
        """The own one first."""
        return [*([self.own] if self.own else []), *self.others]

    @property
    def mine(self) -> tuple[Place, Path]:
        """The own one, and its folder. Raises StoreError when there is none."""
        if self.own is None or self.own.folder is None:
            raise StoreError("`cluster.git.own` names no folder, which cells of their own need")
        return self.own, self.own.folder

    def of(self, node: str) -> Place | None:
        """That of another machine, by its name."""
        return self._by_name.get(node)

    def path(self, repo: Repo) -> str:
        """Where a repository lies in the hub."""
        return repo.path.relative_to(self._root).as_posix()

    def ask(
        self,
        repo: Repo,
        wanted: Sequence[tuple[Place, Sequence[str]]],
        patience: float = PATIENCE,
        *,
        enough: int | None = None,
    ) -> dict[Place, Answer]:
        """Runs one git process for each place, all at once, the place's address for each `{}` among
        its words. Who is down is not asked. Once our own place and `enough` others have answered,
        the rest get a moment more. Blocking."""
        path, end = self.path(repo), time.monotonic() + patience
        running: dict[Place, _Asked] = {}
        answers: dict[Place, Answer] = {}
        for place, words in wanted:
            if place.is_down or (place.folder and not place.folder.is_dir()):
                answers[place] = Answer("silent", "it did not answer a moment ago")
                continue
            if place.folder and not (place.folder / path).exists():
                answers[place] = Answer("missing", "it has no folder of that name")
                continue
            full = [place.url(path) if word == "{}" else word for word in words]
            env = repo.environment() | self._environment
            running[place] = _Asked(repo.command(*self._more, *full), env)
        return self._gather(running, answers, end, patience, enough)

    def listing(self, path: str, patience: float = PATIENCE) -> dict[Place, Answer]:
        """The refs of the repository at this path, at each place, which need not be here; who is
        down is asked as well. Blocking."""
        words = ["git", *self._more, "ls-remote", "--quiet", "--refs"]
        gone = [place for place in self.all if place.folder and not place.folder.is_dir()]
        running = {
            place: _Asked([*words, place.url(path)], self._environment)
            for place in self.all
            if place not in gone
        }
        answers = {place: Answer("silent", "its folder is not there") for place in gone}
        return self._gather(running, answers, time.monotonic() + patience, patience, None)

    def _gather(
        self,
        running: dict[Place, _Asked],
        answers: dict[Place, Answer],
        end: float,
        patience: float,
        enough: int | None,
    ) -> dict[Place, Answer]:
        is_hurried = False
        while running:
            for place, asked in list(running.items()):
                if (answer := asked.answer(time.monotonic() >= end, patience)) is not None:
                    answers[place] = answer
                    place.heard(answer.kind != "silent" or place.is_own)  # no step goes without
                    del running[place]
            if enough is not None and not is_hurried and self.has_heard(answers, enough):
                end, is_hurried = min(end, time.monotonic() + _MOMENT), True
            if running:
                time.sleep(_TICK)
        return answers

    def has_heard(self, answers: Mapping[Place, Answer], enough: int) -> bool:
        """Whether our own place and so many others said something; that there is nothing, too."""
        heard = [place for place, answer in answers.items() if answer.kind in ("ok", "missing")]
        others = sum(not place.is_own for place in heard)
        return (self.own is None or self.own in heard) and others >= enough

    def note(self, repo: Repo, *, everywhere: bool, since: Oid | None = None) -> None:
        """Remembers that some place lacks the last step of a repository, or that none does; `since`
        is the fence before, which every place had."""
        mark = self._marks / quote(self.path(repo), safe="")
        if everywhere:
            mark.unlink(missing_ok=True)
        elif not mark.exists():
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark.write_text(since or "")

    def behind(self) -> list[str]:
        """The repositories that some place lacks something of, by path in the hub."""
        try:
            return sorted(unquote(name) for name in os.listdir(self._marks))
        except FileNotFoundError:
            return []

    def had(self, repo: Repo) -> str | None:
        """The fence of a repository that every place had when one was last found to lack a step;
        empty when that is not known, None when none lacks any."""
        try:
            return (self._marks / quote(self.path(repo), safe="")).read_text("ascii")
        except FileNotFoundError:
            return None

    @property
    def is_suspect(self) -> bool:
        """Whether some place may lack more than is known."""
        return self._suspect.exists()

    def suspect(self, *, is_so: bool) -> None:
        """Notes that a place lacks what it had, as after its disk was lost: it may lack the same of
        every repository. Or that all of these are noted as behind now."""
        if is_so:
            self._suspect.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._suspect.touch()
        else:
            self._suspect.unlink(missing_ok=True)

    def unlock(self, repo: Repo, place: Place) -> None:
        """Takes away locks of refs at a place that a git left there which was killed: git itself
        never does. Who is alive holds one for milliseconds. At others, deploy/cluster does it."""
        if place.folder is None:
            return
        there = place.folder / self.path(repo)
        for lock in (*there.glob("*.lock"), *there.glob("refs/**/*.lock")):
            with contextlib.suppress(FileNotFoundError):
                made = lock.stat().st_mtime_ns
                time.sleep(_STALE)
                if lock.stat().st_mtime_ns == made:
                    lock.unlink()

    def create(self, repo: Repo, place: Place) -> bool:
        """Begins the repository at a place; whether that could be done. Blocking."""
        path = self.path(repo)
        if place.folder is not None:
            return begin(place.folder / path)
        if not place.address.startswith("ssh://"):
            return True  # a server that begins repositories does it at the first push
        done = self.tell(place, CREATE, path)
        return done is not None and done.returncode == 0

    def tell(
        self, place: Place, word: str, path: str, asked: str = "", patience: float = PATIENCE
    ) -> subprocess.CompletedProcess[str] | None:
        """Has a follower's account do what a word of ours means; None when it did not end in time.
        Blocking."""
        host, _, folder = place.address.removeprefix("ssh://").partition("/")
        host, _, port = host.partition(":")
        ssh = shlex.split(self._environment["GIT_SSH_COMMAND"])
        words = [*ssh, *(["-p", port] if port else []), host, word, f"/{folder}/{path}"]
        return run(words, asked, patience, self._environment)


def run(
    words: Sequence[str], asked: str, patience: float, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str] | None:
    """A process that is given a text; None when it did not end in time. Blocking."""
    try:
        return subprocess.run(
            words,
            input=asked,
            text=True,
            errors="replace",
            capture_output=True,
            env=env or environment(),
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None


def _file() -> IO[bytes]:
    return tempfile.TemporaryFile()


class _Asked:
    """One git process, and what it says, in files: nobody has to read for it to go on."""

    def __init__(self, words: list[str], env: dict[str, str]) -> None:
        self._out, self._err = _file(), _file()
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            env=env,
            process_group=0,
        )

    def answer(self, is_late: bool, patience: float) -> Answer | None:
        """What became of it; None while it works and is not late, when it is ended."""
        if self._process.poll() is None:
            if not is_late:
                return None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._said()
            return Answer("silent", f"no answer in {patience:.0f} s")
        out, err = self._said()
        if self._process.returncode == 0:
            return Answer("ok", out)
        said = f"{out}\n{err}"
        if any(words in said for words in _FULL):
            return Answer("silent", last(said))
        if any(words in said for words in _REFUSED):
            return Answer("refused", last(said))
        if _MISSING.search(said):
            return Answer("missing", last(said))
        return Answer("silent", last(said))

    def _said(self) -> tuple[str, str]:
        found = []
        for file in (self._out, self._err):
            file.seek(0)
            found.append(file.read().decode("utf-8", "replace"))
            file.close()
        return found[0], found[1]


def last(said: str) -> str:
    """The line of what git said that tells most."""
    found = [line.strip() for line in said.splitlines() if line.strip()]
    lines = [line for line in found if not line.startswith(_VAGUE)] or found
    telling = [line for line in lines if "!" in line or line.startswith(("fatal", "error"))]
    return (telling or lines or ["git gave no reason"])[0][:300]


def begin(path: Path) -> bool:
    """Begins an empty repository of a place, with what makes a yes of it durable. Raises
    StoreError."""
    emptyrepo.begin(path, environment(), PATIENCE)
    return True
