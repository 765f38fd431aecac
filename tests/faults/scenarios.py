"""Faults that are no kill and no full disk: locks left behind, a clock that jumps, two of a stage,
a relay that misbehaves, half files, broken packs, lost state, too little memory, a small disk."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import Repo
from solicomm_build.post.store import fsck
from tests.faults import picture, stages
from tests.faults.machine import Machine
from tests.faults.plan import Mode
from tests.faults.recovery import bring_back, mirrored
from tests.faults.relaying import Relayed
from tests.faults.trial import Row, Trials

_LOCKS = ("HEAD.lock", "refs/heads/main.lock", "packed-refs.lock", "config.lock", "shallow.lock")
_ROOM = (0, 16, 64, 192)  # KiB that are free on the small disk
_MEMORY = (4, 24, 96)  # MiB that a builder may have beyond what it has already
_SHORT = ("git locks left behind", "two at once", "half a spool file", "relay misbehaves")
_BY_MINUTES = timedelta(minutes=61)


class Scenarios:
    """What else a stage must live through; `trials` knows what it should make of its hub."""

    def __init__(self, machine: Machine, trials: Trials, folder: Path, *, short: bool) -> None:
        self._machine, self._trials, self._folder = machine, trials, folder
        self._stage, self._short = trials.stage, short

    def rows(self, wanted: Sequence[str] = ()) -> Iterator[Row]:
        """Those that apply to the stage; with `wanted`, only these."""
        every: list[tuple[str, Callable[[Row], None]]] = [
            ("git locks left behind", self._locks),
            ("clock jumps back", self._clock),
            ("two at once", self._two),
            ("lost state", self._state),
            ("a small disk", self._small_disk),
        ]
        if self._stage.name == "ingest":
            every += [("half a spool file", self._half), ("broken packs", self._packs)]
        if self._stage.name == "deliver":
            every += [("relay misbehaves", self._relay)]
        if self._stage.name == "build":
            every += [("out of memory", self._memory), ("full = incremental", self._full)]
        if self._short:
            every = [one for one in every if one[0] in _SHORT]
        for name, work in every:
            if wanted and name not in wanted:
                continue
            row = Row(self._stage.name, name)
            work(row)
            yield row

    def _work(self) -> None:
        self._stage.work(self._machine.root)

    def _settled(self, row: Row, what: str, *, starts: int = 1) -> None:
        """The stage runs undisturbed, and the hub is what it should be."""
        for _ in range(starts):
            row.runs += 1
            again = self._machine.run(self._work)
            if again.code:
                row.findings.append(f"{what}: the next start ended: {again.said[-400:]}")
        row.findings += [f"{what}: {one}" for one in self._trials.wrong(thorough=True)]

    def _locks(self, row: Row) -> None:
        """Each kind of lock that a git may leave, in every repository, and half a pack."""
        names = [*_LOCKS, "objects/pack/tmp_pack_x", "refs/solicomm/cursors/courier.lock"]
        for name in names[1:2] if self._short else names:
            self._machine.fresh(self._trials.kept)
            row.points += 1
            for repo in picture.repositories(self._machine.root):
                path = repo.path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"")
            self._settled(row, name)

    def _clock(self, row: Row) -> None:
        """Killed in the middle; the next start believes it is an hour earlier; then all is well."""
        count = len(self._trials.points)
        for target in (count // 2,) if self._short else (count // 4, count // 2, 3 * count // 4):
            self._machine.fresh(self._trials.kept)
            row.points += 1
            row.runs += 2
            self._machine.run(self._work, Mode.ALL, target)
            early = self._machine.run(lambda: self._earlier(self._work))
            if early.code:
                row.findings.append(f"an hour earlier: {early.said[-400:]}")
            self._settled(row, f"killed at {target}, then the clock went back")

    def _earlier(self, work: Callable[[], None]) -> None:
        stages.NOW -= _BY_MINUTES
        work()

    def _two(self, row: Row) -> None:
        """Two of the stage on one hub: one may say that the other is at work; nothing else."""
        for _ in range(1 if self._short else 3):
            self._machine.fresh(self._trials.kept)
            row.points += 1
            row.runs += 2
            first, second = (self._machine.start(self._work) for _ in range(2))
            for pid in (first, second):
                ended = self._machine.ended(pid, alone=pid == second)
                if ended.code and "Another" not in ended.said:
                    row.findings.append(f"one of two ended with {ended.code}: {ended.said[-400:]}")
            self._settled(row, "after two at once")

    def _state(self, row: Row) -> None:
        """state/ is lost, which costs time and nothing else."""
        self._machine.fresh(self._trials.kept)
        row.points += 1
        shutil.rmtree(self._machine.root / "state", ignore_errors=True)
        self._settled(row, "without state/")

    def _small_disk(self, row: Row) -> None:
        """A real file system with little room, for git and SQLite, too; then it gets more."""
        root = self._machine.root
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        for room in _ROOM[1:3] if self._short else _ROOM:
            if not _mounted(root, "64m"):
                row.skipped = "mounting a small file system is not permitted here"
                return
            try:
                self._machine.refill(self._trials.kept)
                free = os.statvfs(root)
                used = (free.f_blocks - free.f_bfree) * free.f_bsize // 1024
                _mounted(root, f"{used + room}k", again=True)
                row.points += 1
                row.runs += 1
                full = self._machine.run(self._work)
                _mounted(root, "64m", again=True)
                before = len(row.findings)
                self._settled(row, f"{room} KiB free")
                if len(row.findings) > before:
                    row.findings.append(f"it had said: {full.said[-700:]}")
            finally:
                subprocess.run(["umount", str(root)], check=True)

    def _half(self, row: Row) -> None:
        """A file of the spool, cut at every octet: never taken for whole, never in the way."""
        self._machine.fresh(self._trials.kept)
        spool = Spool(self._stage.config(self._machine.root).spool_in)
        path = spool.pending()[0]
        whole = path.read_bytes()
        for size in range(0, len(whole), 37 if self._short else 1):
            row.points += 1
            path.write_bytes(whole[:size])
            with contextlib.suppress(StoreError):
                spool.read(path)
                row.findings.append(f"half a file of {size} octets was taken for whole")
        row.runs += 1
        ended = self._machine.run(self._work)
        if ended.code or spool.pending():
            row.findings.append(f"half a file held up the others: {ended.said[-400:]}")

    def _packs(self, row: Row) -> None:
        """Broken packs are noticed by fsck, and come back from a mirror as the guide says."""
        self._machine.fresh(self._trials.kept)
        self._machine.run(self._work)
        config = self._stage.config(self._machine.root)
        (config.root / "hub.yaml").write_text(  # the guide's commands are those of an operator
            f"name: {config.name}\ndomain: {config.domain}\nurl: {config.url}\n"
            f"operator: {config.operator}\n"
        )
        copies = self._folder / "copies"
        shutil.rmtree(copies, ignore_errors=True)
        mirrored(config, copies)
        for repo in picture.repositories(self._machine.root):
            for name, harm in _HARMS.items():
                if not list(_packs(repo)) or (self._short and name != "a flipped octet"):
                    continue
                row.points += 1
                row.runs += 1
                where = repo.path.relative_to(config.root).as_posix()
                aside = self._folder / "aside.git"
                shutil.rmtree(aside, ignore_errors=True)
                shutil.copytree(repo.path, aside)
                harm(repo)
                if not any(fault.where.startswith(where) for fault in fsck.check(config)):
                    row.findings.append(f"{where}: fsck does not see {name}")
                try:
                    bring_back(config, copies, where)
                except subprocess.CalledProcessError as error:
                    said = (error.stdout + error.stderr)[-400:]
                    row.findings.append(f"{where}, {name}: the guide ends with: {said}")
                left = [str(fault) for fault in fsck.check(config) if fault.where.startswith(where)]
                row.findings += [f"{where}, brought back: {one}" for one in left]
                row.findings += [f"{where}: {one}" for one in self._trials.wrong(thorough=False)]
                shutil.rmtree(repo.path)
                shutil.copytree(aside, repo.path)

    def _relay(self, row: Row) -> None:
        """A relay that is not there, hangs, says 4xx, hangs up after the dot; then a good one."""
        self._machine.fresh(self._trials.kept)
        relayed = Relayed(self._stage.config(self._machine.root), self._folder / "relayed.json")
        for hour, manner in enumerate(relayed.MANNERS):
            row.points += 1
            row.runs += 1
            ended = self._machine.run(lambda h=hour, m=manner: relayed.deliver(h, m))  # type: ignore[misc]
            if ended.code:
                row.findings.append(f"a relay that is {manner}: {ended.said[-500:]}")
        row.findings += relayed.wrong(stages.BATCH)

    def _memory(self, row: Row) -> None:
        """A builder that gets no more memory fails or does without; the next one makes it good."""
        for more in _MEMORY[1:2] if self._short else _MEMORY:
            self._machine.fresh(self._trials.kept)
            row.points += 1
            row.runs += 1
            ended = self._machine.run(lambda m=more: self._with_memory(m))  # type: ignore[misc]
            if ended.code == 124:
                row.findings.append(f"with {more} MiB more the builder hangs")
            self._settled(row, f"{more} MiB more")

    def _with_memory(self, more: int) -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + (more << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        self._work()

    def _full(self, row: Row) -> None:
        """What was built step by step is what a build from nothing makes, byte for byte."""
        from solicomm_build.foundation import clock
        from solicomm_build.testing import hubs

        self._machine.fresh(self._trials.kept)
        self._machine.run(self._work)
        row.points, row.runs = 1, 2
        with clock.fixed(stages.NOW):
            row.findings += hubs.differences(self._stage.config(self._machine.root))


def _packs(repo: Repo) -> list[Path]:
    return sorted((repo.path / "objects" / "pack").glob("*.pack"))


def _flip(repo: Repo) -> None:
    for pack in _packs(repo):
        pack.chmod(0o644)
        octets = bytearray(pack.read_bytes())
        middle = len(octets) // 2
        octets[middle : middle + 8] = bytes(one ^ 0xFF for one in octets[middle : middle + 8])
        pack.write_bytes(octets)


def _cut(repo: Repo) -> None:
    pack = _packs(repo)[-1]
    pack.chmod(0o644)
    os.truncate(pack, pack.stat().st_size // 2)


def _lose(repo: Repo) -> None:
    for pack in _packs(repo):
        pack.unlink()


def _empty_ref(repo: Repo) -> None:
    (repo.path / "refs" / "heads" / "main").write_bytes(b"")


_HARMS: dict[str, Callable[[Repo], None]] = {
    "a flipped octet": _flip,
    "half a pack": _cut,
    "lost packs": _lose,
    "an empty branch": _empty_ref,
}


def _mounted(folder: Path, size: str, *, again: bool = False) -> bool:
    how = f"{'remount,' if again else ''}size={size}"
    command = ["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
