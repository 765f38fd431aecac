"""`make load`: four hours of mixed traffic, compressed, against a running `solicomm serve`.

    LOAD_SECONDS=60 python -m tests.load

Mail comes in, editors push, pages are read, people leave with one click and write commands, at the
rate of four hours in ten minutes; a shorter run is a part of that at the same rate. Afterwards the
hub comes to rest and everything must be there: each post once, each answer, each end of a
subscription, each push; nothing was refused, no stage died, and memory, open files and queues were
flat. The result is build/load/load.json.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.post.post import parse_path
from solicomm_build.post.store import fsck
from solicomm_build.testing import served, smallhub
from tests.faults import picture
from tests.faults.stages import roster_of
from tests.load import hub
from tests.load.traffic import HOURS, IN_ALL, WHOLE, Traffic
from tests.load.watching import Watch

BUILD = Path(__file__).parents[2] / "build" / "load"
_REST = 120.0  # seconds to come to rest


def main() -> int:
    """Runs it; 1 when anything was not as it should be."""
    seconds = float(os.environ.get("LOAD_SECONDS", WHOLE))
    with tempfile.TemporaryDirectory(prefix="solicomm-load-") as folder:
        facts = _run(Path(folder), seconds)
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "load.json").write_text(json.dumps(facts, indent=1) + "\n")
    for name in ("hours", "done", "slowest", "memory", "files", "waiting", "rest"):
        print(f"{name:10} {facts[name]}")
    print("\n".join(f"FAULT      {fault}" for fault in facts["faults"]) or "no faults")
    return 1 if facts["faults"] else 0


def _run(folder: Path, seconds: float) -> dict[str, object]:
    config = hub.founded(folder / "hub", IN_ALL["clicks"] + IN_ALL["commands"])
    log = folder / "serve.log"
    with served.serving(config, log=log) as running:
        watch, traffic = Watch(running), Traffic(running, seconds, folder)
        traffic.run(watch.look)
        rest = _rested(config, watch)
        code = running.end()
    faults = [*traffic.errors, *watch.faults(), *_missing(config, traffic.done), *_said(log)]
    if rest > _REST:
        faults.append("the hub does not come to rest")
    if code:
        faults.append(f"it ended with {code}")
    memory = [sample.memory for sample in watch.samples]
    return {
        "seconds": seconds,
        "hours": round(HOURS * seconds / WHOLE, 2),
        "done": dict(traffic.done),
        "slowest": {kind: round(took, 2) for kind, took in traffic.slowest.items()},
        "memory": {"first": memory[0], "most": max(memory), "last": memory[-1]},
        "files": {"most": max(sample.files for sample in watch.samples)},
        "waiting": {
            name: max(sample.waiting[name] for sample in watch.samples)
            for name in watch.samples[0].waiting
        },
        "rest": round(rest, 1),
        "faults": faults,
        "samples": [sample.json() for sample in watch.samples],
    }


def _rested(config: Config, watch: Watch) -> float:
    """Waits until nothing waits and the pages are at every tip; the seconds it took."""
    begun = time.monotonic()
    while time.monotonic() - begun < _REST:
        watch.look()
        if not any(watch.samples[-1].waiting.values()) and not _behind(config):
            return time.monotonic() - begun
        time.sleep(0.5)
    return _REST + 1


def _behind(config: Config) -> bool:
    pages = "refs/solicomm/cursors/pages"
    repos = [*config.conferences.glob("*.git"), *config.unions.glob("*.git")]
    return any((repo := open_repo(path)).ref(pages) != repo.ref() for path in repos)


def _missing(config: Config, done: Counter[str]) -> list[str]:
    """What was taken and is not there, or is there twice."""
    kept: Counter[str] = Counter()
    for name in (hub.CONFERENCE, hub.LIST):
        ids = map(parse_path, smallhub.files(config.conference_repo(name)))
        kept.update(found[1] for found in ids if found)
    wanted = {post_id(f"{n}@load.example") for n in range(done["mail"])}
    found = [f"{len(wanted - kept.keys())} posts are missing"] if wanted - kept.keys() else []
    found += [f"{mid} is there {count} times" for mid, count in kept.items() if count > 1]
    lists = sum(1 for n in range(done["mail"]) if n % 10 == 0)
    sent = picture.copies(config.sink)
    copies = sum(count for (sender, _), count in sent.items() if sender.startswith(f"{hub.LIST}-"))
    if copies != lists * hub.CREW:
        found.append(f"{copies} copies went out of {lists * hub.CREW}")
    answers = len(re.findall(rb"(?m)^In-Reply-To: <c\d+@union\.example>", config.sink.read_bytes()))
    if answers != done["commands"]:
        found.append(f"{answers} commands were answered of {done['commands']}")
    left = IN_ALL["clicks"] + IN_ALL["commands"] - len(roster_of(config).subscriptions[hub.NEWS])
    if left != done["clicks"]:
        found.append(f"{left} left with one click of {done['clicks']}")
    news = [path for path in smallhub.files(config.union_repo(hub.UNION)) if "/load-" in path]
    if len(news) != done["pushes"]:
        found.append(f"{len(news)} pushes are there of {done['pushes']}")
    found += [f"set aside: {reason}" for _, reason in Spool(config.spool_in).quarantined()]
    return found + [f"fsck: {fault}" for fault in fsck.check(config)]


def _said(log: Path) -> list[str]:
    """Faults of ours that the processes told of."""
    text = log.read_text("utf-8", "replace")
    words = ("Traceback", "starts again", "was killed", "could not start")
    return [line[:200] for line in text.splitlines() if any(word in line for word in words)]


if __name__ == "__main__":
    sys.exit(main())
