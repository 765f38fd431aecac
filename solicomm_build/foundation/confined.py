"""Shuts a child in before it reads what strangers sent: no keys, no network, no other program.

A fault in a reader of pictures or documents then shows its finder that one file and nothing of the
hub. Two walls of the kernel, each put up where it is there; both stay for the life of the process
and of whatever it starts:

    landlock (Linux 5.13, landlock(7))  of the disk only what is named, for reading or for writing
    seccomp (Linux 3.5, seccomp(2))     no socket, no other program, no look into other processes

Foundation; imports nothing of ours. The calls have no names in Python's library, so they are made
by number; the numbers of landlock's are the same on every machine, those of seccomp's stand here
for the two that hubs run on, and elsewhere that wall is missing.
"""

from __future__ import annotations

import ctypes
import os
import platform
import stat
import struct
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

LANDLOCK, SECCOMP = "landlock", "seccomp"

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FIRST_VERSION = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_READ = _READ_FILE | _READ_DIR
_NET = 0b11  # bind and connect by TCP, from version 4 on
_SCOPES = 0b11  # abstract sockets and signals of others, from version 6 on

_ARCHES: Mapping[str, tuple[int, tuple[int, ...]]] = {
    # machine: (AUDIT_ARCH_…, socket, connect, execve, execveat, ptrace, process_vm_readv, keyctl,
    #           io_uring_setup, bpf)
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 310, 250, 425, 321)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 270, 219, 425, 280)),
}
_PROGRAMS = slice(2, 4)  # of each row
_X32 = 0x40000000
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # EPERM

_libc = ctypes.CDLL(None, use_errno=True)


@cache
def python_reads() -> tuple[Path, ...]:
    """What a Python child reads of the machine itself: its library, ours, the time zone. Not the
    folder of a checkout, which may have a hub in it. Nothing that lies in a folder named here is
    named again: each costs every child a little."""
    packages = (one for one in sys.path if Path(one).name in ("site-packages", "dist-packages"))
    places = {sys.prefix, sys.base_prefix, *packages, "/usr", "/lib", "/lib64"}
    ours = Path(__file__).resolve().parents[1]
    more = (ours, ours.parent / "plugins", Path("/etc/localtime"), Path("/dev/urandom"))
    found: list[Path] = []
    for place in sorted({*map(Path, places), *more}):
        if not any(place.is_relative_to(one) for one in found):
            found.append(place)
    return tuple(found)


def shut_in(
    reads: Iterable[Path] = (), writes: Iterable[Path] = (), *, programs: bool = False
) -> frozenset[str]:
    """Leaves this process nothing of the disk but `reads` and `writes` (with what lies below), no
    network, and with `programs` off no other program. Names the walls that stand; what is missing
    on this machine is left out, since a hub must run without, too. What is open stays open.
    """
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    found = set()
    if _landlock(reads, writes, programs=programs):
        found.add(LANDLOCK)
    if _seccomp(programs=programs):
        found.add(SECCOMP)
    return frozenset(found)


def walls() -> frozenset[str]:
    """The walls that this machine has, without putting up any."""
    found = {LANDLOCK} if _version() > 0 else set()
    if platform.machine() in _ARCHES and Path("/proc/sys/kernel/seccomp").exists():
        found.add(SECCOMP)
    return frozenset(found)


def _version() -> int:
    return int(_libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(_ASK_VERSION)))


def _landlock(reads: Iterable[Path], writes: Iterable[Path], *, programs: bool) -> bool:
    version = _version()
    if version < 1:
        return False
    handled = _FIRST_VERSION
    handled |= _REFER if version >= 2 else 0
    handled |= _TRUNCATE if version >= 3 else 0
    handled |= _IOCTL if version >= 5 else 0
    rules = struct.pack("QQQ", handled, _NET if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _libc.syscall(_CREATE, ctypes.c_char_p(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        reading = _READ | (_EXECUTE if programs else 0)
        for path in reads:
            _allow(ruleset, path, reading & handled)
        for path in writes:
            _allow(ruleset, path, handled & ~_EXECUTE)
        return int(_libc.syscall(_RESTRICT, ruleset, 0)) == 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, access: int) -> None:
    """A path that is not there is nothing to allow."""
    with suppress(OSError):
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(fd).st_mode):
                access &= _OF_FILES
            rule = struct.pack("=Qi", access, fd)
            _libc.syscall(_ADD, ruleset, _BENEATH, ctypes.c_char_p(rule), 0)
        finally:
            os.close(fd)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _seccomp(*, programs: bool) -> bool:
    known = _ARCHES.get(platform.machine())
    if known is None:
        return False
    arch, numbers = known
    refused = [n for n in numbers if not programs or n not in numbers[_PROGRAMS]]
    # the machine, another one is refused; the number: x32's, then each that is refused
    steps = [(_LOAD, 0, 0, 4), (_EQUALS, 1, 0, arch), (_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, 0)]
    left = len(refused)
    steps.append((_AT_LEAST, left + 1, 0, _X32))
    for n in refused:
        steps.append((_EQUALS, left, 0, n))
        left -= 1
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    kept = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(steps), ctypes.addressof(kept))
    return int(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0)) == 0
