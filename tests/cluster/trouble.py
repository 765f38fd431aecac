"""Faults of one machine of several: each begins, lasts as long as its block, and is mended after.

A fault says what it does to which machine, and nothing about what follows: that is in watching.py.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from solicomm_build.testing import namespaces
from tests.cluster.world import Host, World

_SLOW = ("rate", "1mbit", "burst", "16kb", "latency", "200ms")
_LOSSY = 'type filter hook input priority 0; iifname "cable" numgen random mod 100 < 5 drop;'

Fault = Callable[[World, Host], AbstractContextManager[None]]


def _is_program(command: str) -> bool:
    return "solicomm_build" in command


def _is_etcd(command: str) -> bool:
    return "etcd --name" in command


def _is_ssh(command: str) -> bool:
    return "sshd" in command


def returns(world: World, host: Host) -> None:
    """A machine that died starts again, with the disk that it had."""
    namespaces.pull(host.place, out=False)
    world.etcd(host, again=True)
    world.sshd(host)
    world.serve(host)


@contextlib.contextmanager
def dies(world: World, host: Host) -> Iterator[None]:
    """At once, as by a power cut."""
    host.dies()
    yield
    returns(world, host)


@contextlib.contextmanager
def stands_still(_world: World, host: Host) -> Iterator[None]:
    """All that the program has there, the lease's keeper with it; then it goes on as if nothing
    had been."""
    host.signal(signal.SIGSTOP, _is_program)
    yield
    host.signal(signal.SIGCONT, _is_program)


@contextlib.contextmanager
def cut_off(_world: World, host: Host) -> Iterator[None]:
    """From the other machines; it still hears who sends mail."""
    namespaces.pull(host.place, out=True)
    yield
    namespaces.pull(host.place, out=False)


@contextlib.contextmanager
def cut_from_one(world: World, host: Host) -> Iterator[None]:
    """From the next machine alone: both reach the third, and etcd has its majority."""
    other = world.hosts[host.number % 3]
    ways = [(host, other.address), (other, host.address)]
    for here, there in ways:
        _ip(here, "route", "add", "blackhole", f"{there}/32")
    yield
    for here, there in ways:
        _ip(here, "route", "del", "blackhole", f"{there}/32")


@contextlib.contextmanager
def bad_line(_world: World, host: Host) -> Iterator[None]:
    """Its cable to the others carries 1 Mbit/s, each packet waits up to 0.2 s for its turn, and
    every twentieth that comes is lost. (netem, which does both, is not in every kernel.)"""
    _in(host, "tc", "qdisc", "add", "dev", "cable", "root", "tbf", *_SLOW)
    _in(host, "nft", f"table inet line {{ chain in {{ {_LOSSY} }}; }}")
    yield
    _in(host, "nft", "delete table inet line")
    _in(host, "tc", "qdisc", "del", "dev", "cable", "root")


@contextlib.contextmanager
def follows_nobody(_world: World, host: Host) -> Iterator[None]:
    """Its git server stands still: it keeps nothing for others."""
    host.signal(signal.SIGSTOP, _is_ssh)
    yield
    host.signal(signal.SIGCONT, _is_ssh)


@contextlib.contextmanager
def no_git_beside(world: World, host: Host) -> Iterator[None]:
    """The git servers of both others stand still."""
    with _others_still(world, host, _is_ssh):
        yield


@contextlib.contextmanager
def etcd_dies(world: World, host: Host) -> Iterator[None]:
    """Its member of three."""
    host.signal(signal.SIGKILL, _is_etcd)
    host.processes["etcd"].wait()
    yield
    world.etcd(host, again=True)


@contextlib.contextmanager
def no_majority(world: World, host: Host) -> Iterator[None]:
    """The members of etcd on both others stand still."""
    with _others_still(world, host, _is_etcd):
        yield


@contextlib.contextmanager
def _others_still(world: World, host: Host, which: Callable[[str], bool]) -> Iterator[None]:
    others = [one for one in world.hosts if one is not host]
    for one in others:
        one.signal(signal.SIGSTOP, which)
    yield
    for one in others:
        one.signal(signal.SIGCONT, which)


@contextlib.contextmanager
def program_dies(world: World, host: Host) -> Iterator[None]:
    """All of it at once, as by the out-of-memory killer; etcd and the git server go on."""
    host.signal(signal.SIGKILL, _is_program)
    host.processes["serve"].wait()
    yield
    world.serve(host)


@contextlib.contextmanager
def disk_full(_world: World, host: Host) -> Iterator[None]:
    """That on which it keeps what is the others'."""
    filler = host.git / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass
    yield
    filler.unlink()


@contextlib.contextmanager
def key_revoked(_world: World, host: Host) -> Iterator[None]:
    """It lets nobody in any more with the cluster's key; who was in is put out."""
    allowed = host.folder / "authorized_keys"
    text = allowed.read_text()
    allowed.write_text("")
    host.signal(
        signal.SIGKILL, lambda command: "sshd-session" in command or "sshd: root" in command
    )
    yield
    allowed.write_text(text)


@contextlib.contextmanager
def old_copy(world: World, host: Host) -> Iterator[None]:
    """Its disk is broken; it comes back with a copy of what it had when the fault began."""
    with _off(world, host):
        copy = host.folder / "copy"
        shutil.copytree(host.git, copy, symlinks=True)
    try:
        yield
    finally:
        with _off(world, host):
            _empty(host.git)
            shutil.copytree(copy, host.git, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(copy)


@contextlib.contextmanager
def empty_disk(world: World, host: Host) -> Iterator[None]:
    """It comes back with nothing of what the others had it keep."""
    with _off(world, host):
        _empty(host.git)
        yield


@contextlib.contextmanager
def _off(world: World, host: Host) -> Iterator[None]:
    host.dies()
    try:
        yield
    finally:
        returns(world, host)


def _empty(folder: Path) -> None:
    for one in folder.iterdir():
        shutil.rmtree(one)


def _ip(host: Host, *words: str) -> None:
    subprocess.run(["ip", "-n", host.place.name, *words], check=True, capture_output=True)


def _in(host: Host, *words: str) -> None:
    subprocess.run([*host.place.words, *words], check=True, capture_output=True)


FAULTS: tuple[Fault, ...] = (
    dies,
    stands_still,
    cut_off,
    cut_from_one,
    bad_line,
    follows_nobody,
    no_git_beside,
    etcd_dies,
    no_majority,
    program_dies,
    disk_full,
    key_revoked,
    old_copy,
    empty_disk,
)
"""All of them, for who picks at random."""
