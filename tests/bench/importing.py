"""Import of an mbox: parsed, rendered to Markdown, committed, durable.

Once as a plain list has it, once as office programs send it, with HTML and files.

Beside it `git fast-import` alone, which writes the same octets unparsed, one commit each: the
limit. It runs before and after, because a machine is not equally fast all the time. And
public-inbox, which keeps the same in git and makes an index, too.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import officemail
from tests.bench.corpus import Corpus, id_of
from tests.bench.hub import git, hub
from tests.bench.peers import publicinbox
from tests.bench.result import Result


def measure(corpus: Corpus) -> Iterator[Result]:
    """The rate and the memory of one import."""
    count = len(corpus.messages)
    with hub() as place:
        before = fast_import(corpus, place.folder / "limit.git")
        ran = place.take(corpus)
        after = fast_import(corpus, place.folder / "limit.git")
        inbox = publicinbox.absent() or publicinbox.take(corpus, place.folder)
        sound = all(_is_sound(repo) for repo in (place.repo, place.mail_repo))
        posts = place.posts()
    ids = {id_of(message) for message in corpus.messages}
    yield Result(
        f"import {count:,} messages",
        count / ran.seconds,
        "messages/s",
        peer="git fast-import, unparsed",
        peer_value=2 * count / (before + after),
        goal="≥ 700/s, ratio ≥ 0.5",
        details={
            "corpus": corpus.name,
            "seconds": ran.seconds,
            "cpu_seconds": ran.cpu_seconds,
            "peer_seconds": [before, after],
            "distinct_message_ids": len(ids),
            "posts": posts,
            "fsck_strict": "clean" if sound else "NOT clean",
        },
    )
    yield Result(
        f"import {count:,} messages",
        count / ran.seconds,
        "messages/s",
        peer=inbox if isinstance(inbox, str) else "public-inbox, with its index",
        peer_value=None if isinstance(inbox, str) else count / inbox[0],
        goal="ratio ≥ 5",
        details={} if isinstance(inbox, str) else {"seconds": inbox[0], "messages": inbox[1]},
    )
    yield Result(
        f"import {count:,} messages: memory of the importer",
        ran.main_rss / 2**20,
        "MiB",
        more_is_better=False,
        goal="≤ 300 MiB",
    )
    yield Result(
        f"import {count:,} messages: memory, readers and git included",
        ran.tree_pss / 2**20,
        "MiB",
        more_is_better=False,
    )


def measure_office(corpus: Corpus) -> Iterator[Result]:
    """The rate of mail as union members write it."""
    office = officemail.dressed(corpus)
    count = len(office.messages)
    with hub() as place:
        before = fast_import(office, place.folder / "limit.git")
        ran = place.take(office)
        after = fast_import(office, place.folder / "limit.git")
    yield Result(
        f"import {count:,} messages of HTML, Outlook and files",
        count / ran.seconds,
        "messages/s",
        peer="git fast-import, unparsed",
        peer_value=2 * count / (before + after),
        goal="≥ 900/s, ratio ≥ 0.7",
        details={
            "corpus": office.name,
            "octets": sum(map(len, office.messages)),
            "seconds": ran.seconds,
            "cpu_seconds": ran.cpu_seconds,
            "peer_seconds": [before, after],
        },
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
