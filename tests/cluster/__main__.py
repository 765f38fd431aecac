"""Random faults on three machines, one after the other in one run, while mail comes in.

    python -m tests.cluster [--faults 100] [--seed N] [--only NAME]… [--minutes M]

Each fault meets a machine that is picked at random, lasts for a random time, and is mended. Then
mail has to be taken again, every acknowledged mail has to be a post, once, and all followers have
to have it. The first that fails ends the run with exit code 1; a seed repeats what was picked, not
the moments.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster import trouble, watching
from tests.cluster import world as worlds
from tests.cluster.sending import Sender
from tests.cluster.trouble import Fault
from tests.cluster.world import TTL, World

_LONGEST = 2.5 * TTL


def _one(world: World, sender: Sender, fault: Fault, pick: random.Random) -> str:
    """One fault, and what came of it."""
    owner = watching.owner(world)
    others = [host for host in world.hosts if host is not owner]
    host = owner if pick.random() < 0.5 else pick.choice(others)
    role = f"{host.name}, {'which has it' if host is owner else 'stands by'}"
    lasts = pick.uniform(0.2, _LONGEST)
    began, had = time.monotonic(), len(sender.acknowledged)
    with fault(world, host):
        time.sleep(lasts)
    ended = time.monotonic()
    meanwhile = len(sender.acknowledged) - had
    owner = watching.whole(world, sender)
    whole = time.monotonic() - ended
    gap = sender.longest_gap(began)
    return (
        f"{fault.__name__:14} {role} for {ended - began:4.1f} s; {meanwhile:3} mails meanwhile,"
        f" longest silence {gap:4.1f} s, whole {whole:4.1f} s after; {owner.name} has it"
    )


def main() -> int:
    """The exit code."""
    options = _options()
    if reason := worlds.missing():
        print(f"SKIPPED  {reason}")
        return 0
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    pick = random.Random(seed)
    faults = [one for one in trouble.FAULTS if not options.only or one.__name__ in options.only]
    end = time.monotonic() + 60 * options.minutes if options.minutes else None
    done, order = 0, [*faults]
    print(f"seed {seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))  # nothing is left behind
    with (
        tempfile.TemporaryDirectory(prefix="cluster-") as folder,
        worlds.world(Path(folder) / "w") as world,
        Sender(world, rate=4) as sender,
    ):
        watching.after(world, sender, 5)
        while done < options.faults and (end is None or time.monotonic() < end):
            if done % len(order) == 0:
                pick.shuffle(order)  # each as often as the others
            fault = order[done % len(order)]
            done += 1
            try:
                print(f"{done:3} {_one(world, sender, fault, pick)}", flush=True)
            except (AssertionError, TimeoutError) as error:
                print(f"{done:3} {fault.__name__}: {error}", flush=True)
                return 1
        count = len(sender.acknowledged)
        print(f"{done} faults, {count} mails acknowledged, 0 lost, 0 there twice")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--faults", type=int, default=100, help="so many")
    parser.add_argument("--seed", type=int, help="the choices of an earlier run")
    parser.add_argument("--only", action="append", help="only this fault (may be repeated)")
    parser.add_argument("--minutes", type=float, help="no new one after so long")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
