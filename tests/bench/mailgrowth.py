"""What one more mail costs in a mail.git of many: `python -m tests.bench.mailgrowth [SIZE…]`.

A repository is filled with messages of a few octets, whose names are what counts; then mails of
4 KB come one at a time, each a commit that is on the disk before the next. Told are the processor
time and the octets of a pack for one of them, and the memory of the process that wrote them.
"""

from __future__ import annotations

import argparse
import base64
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.git.repo import Repo, create
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post.store.mailstore import MailStore, path
from tests.bench.process import high_water

SIZES = (1_000, 1_000_000, 4_000_000)
_AT_ONCE = 20_000
_MAILS = 300


def main() -> int:
    """Prints a row for each size; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="messages: 1000 1000000")
    parser.add_argument("--mails-into", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.mails_into:
        print(*_measured(Path(options.mails_into)))
        return 0
    print("messages | ms of a processor a mail | octets written a mail | MiB")
    for size in options.sizes:
        with tempfile.TemporaryDirectory(prefix="mailgrowth-") as folder:
            repo = create(Path(folder) / "mail.git")
            _fill(repo, size)
            told = subprocess.run(  # a process of its own, whose memory is its own
                [sys.executable, "-m", __spec__.name, "--mails-into", str(repo.path)],
                capture_output=True,
                text=True,
                check=True,
            )
            cost, octets, memory = told.stdout.split()
            print(f"{size:,} | {cost} | {octets} | {memory}", flush=True)
    return 0


def _fill(repo: Repo, size: int) -> None:
    some = random.Random(5)
    names = sorted(_name(some) for _ in range(size))
    with Writer(repo) as writer:
        for low in range(0, size, _AT_ONCE):
            changes = [Change(path(name), b"") for name in names[low : low + _AT_ONCE]]
            writer.commit(changes, author_name="SoliComm", when=clock.now(), message="Mail\n")
            writer.checkpoint()
    repo.git("gc", "--quiet")


def _measured(path: Path) -> tuple[str, int, int]:
    some = random.Random()
    store = MailStore(Repo(path))
    before = {one: one.stat().st_size for one in path.rglob("*.pack")}
    costs: list[float] = []
    for _ in range(_MAILS):
        raw = some.randbytes(4096)
        start = time.process_time()
        store.begin()
        store.add(_name(some), raw)
        store.checkpoint("Mail", when=clock.now())
        costs.append(time.process_time() - start)
    store.close()
    packs = [one.stat().st_size for one in path.rglob("*.pack") if one not in before]
    octets = round(statistics.mean(packs)) - 4096
    return f"{1000 * statistics.median(costs):.2f}", octets, high_water(_self()) >> 20


def _self() -> int:
    return int(Path("/proc/self").resolve().name)


def _name(some: random.Random) -> str:
    return base64.b32encode(some.randbytes(20)).decode("ascii").lower()


if __name__ == "__main__":
    sys.exit(main())
