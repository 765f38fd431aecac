"""Import of an mbox: parsed, rendered to Markdown, committed, durable.

Once as a plain list has it, once as office programs send it, with HTML and files.

Beside it `git fast-import` alone, which writes the same octets unparsed, one commit each: the
limit. It runs before and after, because a machine is not equally fast all the time; where that is
short, five times in turn, each time into a new hub. And public-inbox, which keeps the same in git
and makes an index, too.
"""

from __future__ import annotations

import hashlib
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import officemail, process
from tests.bench.corpus import Corpus, id_of
from tests.bench.hub import Hub, git, hub
from tests.bench.peers import publicinbox
from tests.bench.result import Result, turns


@dataclass(frozen=True, slots=True)
class _Rounds:
    """Imports and, around each, the seconds of git fast-import."""

    ours: list[process.Ran]
    peer: list[float]

    @property
    def median(self) -> process.Ran:
        """The import in the middle by its time."""
        return sorted(self.ours, key=lambda one: one.seconds)[len(self.ours) // 2]

    def result(self, what: str, corpus: Corpus, goal: str, **details: object) -> Result:
        """The line of the rate beside git's."""
        count = len(corpus.messages)
        return Result(
            what,
            count / self.median.seconds,
            "messages/s",
            peer="git fast-import, unparsed",
            peer_value=count / statistics.median(self.peer),
            goal=goal,
            details={
                "corpus": corpus.name,
                "seconds": [one.seconds for one in self.ours],
                "cpu_seconds": [one.cpu_seconds for one in self.ours],
                "peer_seconds": self.peer,
                **details,
            },
        )


def _in_turn(corpus: Corpus, place: Hub) -> _Rounds:
    """The first into the hub that is there."""
    limit = place.folder / "limit.git"
    rounds = _Rounds([], [fast_import(corpus, limit)])
    for turn in range(turns(len(corpus.messages))):
        if turn == 0:
            rounds.ours.append(place.take(corpus))
        else:
            with hub() as another:
                rounds.ours.append(another.take(corpus))
        rounds.peer.append(fast_import(corpus, limit))
    return rounds


def measure(corpus: Corpus) -> Iterator[Result]:
    """The rate and the memory of an import."""
    count = len(corpus.messages)
    with hub() as place:
        rounds = _in_turn(corpus, place)
        inbox = publicinbox.absent() or publicinbox.take(corpus, place.folder)
        sound = all(_is_sound(repo) for repo in (place.repo, place.mail_repo))
        posts = place.posts()
    what, ran = f"import {count:,} messages", rounds.median
    yield rounds.result(
        what,
        corpus,
        "ratio ≥ 0.85",
        distinct_message_ids=len({id_of(message) for message in corpus.messages}),
        posts=posts,
        fsck_strict="clean" if sound else "NOT clean",
    )
    yield Result(
        what,
        count / ran.seconds,
        "messages/s",
        peer=inbox if isinstance(inbox, str) else "public-inbox, with its index",
        peer_value=None if isinstance(inbox, str) else count / inbox[0],
        goal="ratio ≥ 5",
        details={} if isinstance(inbox, str) else {"seconds": inbox[0], "messages": inbox[1]},
    )
    yield Result(
        f"{what}: memory of the importer",
        ran.main_rss / 2**20,
        "MiB",
        more_is_better=False,
        goal="≤ 300 MiB",
    )
    yield Result(
        f"{what}: memory, readers and git included",
        ran.tree_pss / 2**20,
        "MiB",
        more_is_better=False,
    )


def measure_office(corpus: Corpus) -> Iterator[Result]:
    """The rate of mail as union members write it."""
    office = officemail.dressed(corpus)
    with hub() as place:
        rounds = _in_turn(office, place)
    yield rounds.result(
        f"import {len(office.messages):,} messages of HTML, Outlook and files",
        office,
        "≥ 900/s, ratio ≥ 0.7",
        octets=sum(map(len, office.messages)),
    )


def fast_import(corpus: Corpus, repo: Path) -> float:
    """Seconds that git takes to write the messages, one commit each."""
    shutil.rmtree(repo, ignore_errors=True)
    started = time.perf_counter()
    subprocess.run(["git", "init", "-q", "--bare", repo], check=True)
    command = ["git", "--git-dir", str(repo), "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for number, raw in enumerate(corpus.messages):
            name = hashlib.sha1(raw).hexdigest().encode()
            process.stdin.write(
                b"commit refs/heads/main\ncommitter x <x@x> %d +0000\ndata 0\n"
                b"M 100644 inline %s/%s\ndata %d\n%b\n\n" % (number, name[:2], name, len(raw), raw)
            )
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - started


def _is_sound(repo: Path) -> bool:
    try:
        git(repo, "fsck", "--strict", "--no-dangling")
    except subprocess.CalledProcessError:
        return False
    return True
