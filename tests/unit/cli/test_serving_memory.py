"""What the supervisor and its stages share is not copied by being used, nor kept in vain."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from solicomm_build.cli.serving import immortal, mapped

_PYTHONS = [sys.executable, *(f"python3.{minor}" for minor in (12, 13)), "/usr/bin/python3"]
_USE = """
import gc, os, runpy, sys
import argparse, asyncio, dataclasses, email.message, http.server, logging, sqlite3, ssl
names = runpy.run_path(sys.argv[1])
shared = gc.get_objects()
count = names["make_immortal"]() if sys.argv[2] == "immortal" else 0
shared.clear()
gc.freeze()

def own():
    with open("/proc/self/smaps_rollup") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_D"))

if (child := os.fork()) == 0:
    before = own()
    held = [[one, *gc.get_referents(one)] for one in gc.get_objects()]
    held = [list(vars(module).values()) for module in sys.modules.values()]
    counts = [sys.getrefcount(one) for one in (argparse, ssl.create_default_context, str.join)]
    uncounted = all(one == sys.getrefcount(None) for one in counts)
    print(count, uncounted, own() - before, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


def _told(python: str, how: str) -> tuple[int, bool, int]:
    """How many objects are immortal; whether well-known ones are; KiB copied by using all."""
    command = [python, "-c", _USE, immortal.__file__, how]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    count, uncounted, copied = done.stdout.split()
    return int(count), uncounted == "True", int(copied)


def _version(python: str) -> tuple[int, ...]:
    """That of an interpreter; () when there is none."""
    if shutil.which(python) is None:
        return ()
    asked = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", asked], check=False, capture_output=True, text=True)
    return tuple(map(int, done.stdout.split()))


@pytest.mark.parametrize("python", _PYTHONS)
def test_who_uses_what_is_shared_does_not_copy_it(python: str) -> None:
    """In a Python that bears it; any other one is left as it is. Both end in order."""
    version = _version(python)
    if not version:
        pytest.skip(f"{python} is not here")
    count, uncounted, copied = _told(python, "immortal")
    if version in immortal._TRIED:
        assert count > 20_000
        assert uncounted
        assert copied < _told(python, "as ever")[2] / 4
    else:
        assert (count, uncounted) == (0, False)


def test_python_is_looked_at_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that keeps counts another way is left as it is, whatever its version."""
    monkeypatch.setattr(immortal, "_TRIED", (sys.version_info[:2],))
    monkeypatch.setattr(immortal, "_memory", lambda: bytearray(0))
    for name, value in (("maxsize", 2**31 - 1), ("byteorder", "big")):
        with monkeypatch.context() as patch:
            patch.setattr(sys, name, value)
            assert not immortal.is_known()
            assert immortal.make_immortal() == 0


_LET_GO = """
import hashlib, sqlite3, ssl, sys
from pathlib import Path
from solicomm_build.cli.serving import mapped

def used():
    ssl.create_default_context()
    sqlite3.connect(":memory:").execute("SELECT lower('A')").fetchone()
    return hashlib.sha3_256(b"x").hexdigest()

def held():
    with open("/proc/self/smaps_rollup") as lines:
        return sum(int(line.split()[1]) for line in lines if "_Clean" in line)

first = used()
before = held()
print(mapped.let_go(), held() < before / 2, used() == first)
"""


def test_what_is_let_go_of_is_there_again() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _LET_GO], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert int(told[0]) > 1 << 20
    assert told[1:] == ["True", "True"]


def test_only_what_files_still_have_is_let_go_of() -> None:
    """Not what is written to, what was, what has no file, what nobody runs, nor what the kernel
    gave."""
    lines = [
        "1000-2000 r-xp 00000000 fe:00 17 /usr/lib/libone.so (deleted)\n",
        "Rss:   4 kB\n",
        "Anonymous:   0 kB\n",
        "2000-3000 rw-p 00001000 fe:00 17 /usr/lib/libone.so\n",
        "Anonymous:   0 kB\n",
        "3000-4000 r--p 00002000 fe:00 17 /usr/lib/libone.so\n",
        "Anonymous:   4 kB\n",
        "4000-5000 r--p 00000000 00:00 0 \n",
        "Anonymous:   0 kB\n",
        "5000-6000 r-xp 00000000 00:00 0 [vdso]\n",
        "Anonymous:   0 kB\n",
        "6000-9000 r--p 00000000 fe:00 18 /usr/lib/a name.so\n",
        "Anonymous:   0 kB\n",
        "9000-a000 r-xp 00003000 fe:00 18 /usr/lib/a name.so\n",
        "Anonymous:   4 kB\n",
        "a000-b000 r--s 00000000 fe:00 19 /var/lib/solicomm/one.pack\n",
        "Anonymous:   0 kB\n",
    ]
    assert list(mapped.untouched(lines)) == [(0x1000, 0x2000), (0x6000, 0x9000)]


def test_a_system_that_does_not_say_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mapped, "_SMAPS", tmp_path / "none")
    assert mapped.let_go() == 0
