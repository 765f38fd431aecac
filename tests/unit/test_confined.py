"""A child that is shut in reaches no key, no network, no other program and no other process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from solicomm_build.foundation import confined

_PROBE = """
import os, sys
from pathlib import Path
from solicomm_build.foundation import confined
here = Path(sys.argv[1])
reads = [*confined.python_reads(), here / "read"]
walls = confined.shut_in(reads, [here / "write"], programs={programs})
print(",".join(sorted(walls)))
def tried(name, work):
    try:
        work()
    except OSError as error:
        print(name, "refused", error.errno)
    else:
        print(name, "done")
tried("key", lambda: (here / "key").read_bytes())
tried("listing", lambda: os.listdir(here))
tried("read", lambda: (here / "read" / "one").read_bytes())
tried("read-write", lambda: (here / "read" / "two").write_bytes(b"x"))
tried("write", lambda: (here / "write" / "two").write_bytes(b"x"))
tried("replace", lambda: os.replace(here / "write" / "two", here / "write" / "three"))
os.symlink(here / "key", here / "write" / "four")
tried("link", lambda: (here / "write" / "four").read_bytes())
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    tried(f"socket{{int(family)}}", lambda: socket.socket(family, socket.SOCK_STREAM).close())
tried("program", lambda: os.posix_spawn("/bin/true", ["true"], {{}}))
tried("memory", lambda: open(f"/proc/{{os.getppid()}}/mem", "rb").close())
tried("thread", lambda: __import__("threading").Thread(target=len, args=("",)).start())
"""


_WITHOUT_NAMESPACES = (
    *("unshare", "--user", "--map-root-user", "sh", "-c"),
    'echo 0 > /proc/sys/user/max_user_namespaces || exit 3; unshare --user true && exit 4; "$@"',
    "sh",
)
"""Runs what follows where nobody may make a namespace of users, as Ubuntu's AppArmor has it."""


def _probe(
    tmp_path: Path, *, programs: bool = False, below: tuple[str, ...] = ()
) -> dict[str, str]:
    for name in ("read", "write"):
        (tmp_path / name).mkdir()
    (tmp_path / "key").write_text("secret")
    (tmp_path / "read" / "one").write_text("1")
    code = _PROBE.replace("{programs}", str(programs)).replace("{{", "{").replace("}}", "}")
    done = subprocess.run(
        [*below, sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    return {"walls": first} | dict(line.split(" ", 1) for line in rest)


@pytest.mark.skipif(not confined.walls(), reason="this kernel has neither landlock nor seccomp")
def test_what_is_not_named_is_out_of_reach(tmp_path: Path) -> None:
    found = _probe(tmp_path)
    assert found["walls"] == ",".join(sorted(confined.walls()))
    done = {name for name, said in found.items() if said == "done"}
    assert {"read", "write", "replace", "thread"} <= done
    if confined.LANDLOCK in confined.walls():
        assert not done & {"key", "listing", "read-write", "link", "memory"}
    if confined.SECCOMP in confined.walls():
        assert not done & {"socket2", "socket10", "socket1", "program"}


@pytest.mark.skipif(not confined.walls(), reason="this kernel has neither landlock nor seccomp")
def test_other_programs_run_where_that_is_meant_and_are_shut_in_too(tmp_path: Path) -> None:
    found = _probe(tmp_path, programs=True)
    assert found["program"] == "done"
    assert found["socket2"] != "done"


@pytest.mark.skipif(not confined.walls(), reason="this kernel has neither landlock nor seccomp")
@pytest.mark.skipif(
    subprocess.run(["unshare", "--user", "true"], check=False, capture_output=True).returncode != 0,
    reason="no namespace of users can be made here to forbid them in",
)
def test_the_walls_need_no_namespace_of_users(tmp_path: Path) -> None:
    found = _probe(tmp_path, below=_WITHOUT_NAMESPACES)
    assert found["walls"] == ",".join(sorted(confined.walls()))
    assert found["read"] == "done"
    for refused in ("key", "socket2", "program"):
        assert found[refused] != "done"


def test_a_machine_without_walls_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "_version", lambda: -1)
    monkeypatch.setattr("platform.machine", lambda: "abacus")
    pid = os.fork()
    if not pid:
        os._exit(0 if confined.shut_in() == frozenset() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
