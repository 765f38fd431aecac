"""`make walk`: does what the how-tos say, line by line, on a bare Debian.

    python -m tests.walk [FOLDER [--stay]]

FOLDER (`build/walk`) keeps what was fetched, so the next walk begins sooner. Each block of code of
the pages is either done or left out for a reason that is written down: one that nobody thought of
is a fault, and so is whatever does not hold. With --stay it waits at each fault.
Needs root, mmdebstrap and iproute2; minutes and 3 GB of disk.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.walk import howto
from tests.walk.machine import SCRIPT, Machine
from tests.walk.plan import PAGES, WALK
from tests.walk.step import Also, Step, Walk
from tests.walk.world import World

MORE = (
    "openssh-server",
    "curl",
    "age",
)  # what the pages take to be there, or leave to their reader
ROOT = Path(__file__).parents[2]
ENOUGH = 12  # faults; what comes then comes of them


def main(words: list[str]) -> int:
    """Walks; 1 when anything was not as the pages say."""
    folder = Path(words[0] if words else ROOT / "build" / "walk").resolve()
    blocks = {page: howto.blocks(ROOT / page) for page in PAGES}
    needed = howto.packages([ROOT / page for page in PAGES])
    begun = time.monotonic()
    subprocess.run([SCRIPT, "make", folder, *needed, *MORE], check=True)
    fresh, source = folder / "now", folder / "world" / "srv" / "source.git"
    for old in (fresh, source):
        shutil.rmtree(old, ignore_errors=True)
    subprocess.run(["cp", "-a", folder / "machine", fresh], check=True)
    clone = ["git", "clone", "-q", "--bare", "--no-hardlinks", ROOT, source]
    subprocess.run(clone, check=True)
    walk = Walk(Machine(fresh), World(folder / "world"), stays="--stay" in words)
    try:
        print(f"made in {time.monotonic() - begun:.0f} s", flush=True)
        _begin(walk)
        _walk(walk, blocks)
    finally:
        walk.machine.stop()
        walk.world.stop()
    print(f"{walk.did} commands and files in {time.monotonic() - begun:.0f} s")
    print("\n".join(f"FAULT      {fault}" for fault in walk.faults) or "no faults")
    return 1 if walk.faults else 0


def _begin(walk: Walk) -> None:
    """Switches on machine and world, and connects them."""
    walk.machine.boot()
    walk.world.begin()
    walk.machine.connect(walk.world.pid)
    walk.machine.path("/etc/resolv.conf").write_text("nameserver 192.0.2.1\n")
    walk.world.serve()
    walk.page = "before"
    walk.machine.path("~/roots.pem").write_text(walk.world.roots())
    walk.machine.path("~/server.pem").write_text(walk.world.server_certificate())


def _walk(walk: Walk, blocks: dict[str, list[howto.Block]]) -> None:
    left = {page: list(found) for page, found in blocks.items()}
    for page, steps in WALK:
        walk.page = page
        for step in steps:
            if len(walk.faults) >= ENOUGH and not walk.stays:
                return
            try:
                _take(walk, step, left.get(page, []))
            except Exception as error:
                walk.expect(False, f"{error!r} at {step}")
    for page, unknown in left.items():
        walk.page = page
        for block in unknown:
            walk.expect(False, f"line {block.line}: nobody walks {block.text.splitlines()[0]!r}")


def _take(walk: Walk, step: Step, left: list[howto.Block]) -> None:
    """Does one step; its block, if it has one, is taken out of what is left of the page."""
    if isinstance(step, Also):
        print(f"{walk.page}: {step.what}", flush=True)
        step.do(walk)
        return
    block = next((block for block in left if block.text.startswith(step.begins)), None)
    if block is None:
        walk.expect(False, f"no block begins with {step.begins!r}")
        return
    left.remove(block)
    print(f"{walk.page}:{block.line} {block.text.splitlines()[0]}", flush=True)
    step.take(walk, block)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
