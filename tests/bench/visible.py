"""From "250" to the page: posts sent one at a time, each awaited by asking the web for its topic.

Every third post opens a topic, the others answer: one a topic of the archive, one the newest. Files
that a post writes are counted by looking at all of public/ before and after. Beside it what MHonArc
and Hugo need to show one more message.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import re
import smtplib
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from tests.bench.corpus import Corpus, id_of
from tests.bench.hub import CONFERENCE, DOMAIN, Hub, Served, hub, served
from tests.bench.peers import hugo, mhonarc
from tests.bench.result import Result

POSTS = 30
_LOOK_SECONDS = 0.004
_PATIENCE_SECONDS = 30
_ANSWERS = re.compile(rb"^(?:References|In-Reply-To):", re.M | re.I)
_RE = re.compile(rb"^Subject:\s*(?:re|aw|sv)\b", re.M | re.I)
_IDS = re.compile(rb"<([^<>\s]+)>")


@dataclass(frozen=True, slots=True)
class _Seen:
    accepted: float  # seconds from the end of DATA to 250
    visible: float  # seconds from 250 to the page
    settled: float  # seconds from 250 to the last page that mentions it
    pages: int
    siblings: int
    octets: int


def measure(corpus: Corpus, counts: tuple[int, ...]) -> Iterator[Result]:
    """The same posts into hubs of different sizes."""
    for count in counts:
        seen = list(_sent(corpus.first(count)))
        visible = sorted(one.visible for one in seen)
        details = {
            "corpus": corpus.name,
            "posts": len(seen),
            "visible_s": [round(one.visible, 4) for one in seen],
            "accepted_s": [round(one.accepted, 4) for one in seen],
            "settled_median_s": statistics.median(one.settled for one in seen),
        }
        yield Result(
            f"accepted to visible, {count:,} posts: median",
            statistics.median(visible),
            "s",
            more_is_better=False,
            goal="≤ 0.04 s",
            details=details,
        )
        yield from _peers(corpus.first(count), statistics.median(visible), count)
        yield Result(
            f"accepted to visible, {count:,} posts: p95",
            visible[-(-len(visible) * 95 // 100) - 1],
            "s",
            more_is_better=False,
            goal="≤ 0.08 s",
        )
        yield Result(
            f"page files written per post, {count:,} posts: most",
            max(one.pages for one in seen),
            "files",
            more_is_better=False,
            goal="≤ 12",
            details={
                "pages": [one.pages for one in seen],
                "compressed_siblings": [one.siblings for one in seen],
                "octets": [one.octets for one in seen],
            },
        )


def _peers(corpus: Corpus, ours: float, count: int) -> Iterator[Result]:
    """What adding one message costs others that make static pages."""
    one = corpus.messages[len(corpus.messages) // 2].replace(b"Message-ID: <", b"Message-ID: <new.")
    what = f"accepted to visible, {count:,} posts: median"
    with tempfile.TemporaryDirectory(prefix="solicomm-peers-") as name:
        folder = Path(name)
        peers = (
            ("MHonArc -add", "ratio ≥ 4", mhonarc.absent(), _mhonarc),
            ("Hugo, built again", "ratio ≥ 60", hugo.absent(), _hugo),
        )
        for peer, goal, missing, add in peers:
            seconds = None if missing else add(corpus, one, folder)
            yield Result(what, ours, "s", False, missing or peer, seconds, goal)


def _mhonarc(corpus: Corpus, one: bytes, folder: Path) -> float:
    mhonarc.build(corpus, folder)
    return mhonarc.add(one, folder)


def _hugo(corpus: Corpus, one: bytes, folder: Path) -> float:
    hugo.build(corpus, folder)
    return hugo.add(one, len(corpus.messages), folder)


def _sent(corpus: Corpus) -> Iterator[_Seen]:
    with hub() as place:
        place.take(corpus)
        place.run("build", "--once")
        yield from sent(place, corpus)


def sent(place: Hub, corpus: Corpus, counted: int = POSTS) -> Iterator[_Seen]:
    """Posts to a hub that has this mail, and its pages. What they write is counted for the first
    so many: among millions of files a look at all takes a minute."""
    roots = _roots(corpus)
    with served(place) as running:
        running.settle()
        connection = running.connection()
        first = f"warm-up.{time.time_ns()}@bench.example"
        _post(running, connection, first, None, counts=False)
        running.settle()
        last = first
        for number in range(POSTS):
            mine = f"{number}.{time.time_ns()}@bench.example"
            parent = (None, last, roots[number % len(roots)] if roots else last)[number % 3]
            yield _post(running, connection, mine, parent, counts=number < counted)
            last = mine if parent is None else last
        connection.close()


def post_each(running: Served, ids: Sequence[str]) -> None:
    """Posts that open topics, one after the other, each awaited until its page shows it."""
    connection = running.connection()
    for mine in ids:
        _post(running, connection, mine, None, counts=False)
    connection.close()


def _roots(corpus: Corpus) -> list[str]:
    """Messages that open a topic of few answers: it has one page, whose address is known."""
    heads = [message.partition(b"\n\n")[0] for message in corpus.messages]
    named = Counter(mid for head in heads for mid in set(_IDS.findall(head)))
    found = []
    for head in reversed(heads):
        mid = id_of(head)
        if mid and named[mid] < 4 and not _ANSWERS.search(head) and not _RE.search(head):
            found.append(mid.decode("ascii", "replace"))
        if len(found) == POSTS:
            break
    return found


def _post(
    running: Served,
    connection: http.client.HTTPConnection,
    mine: str,
    parent: str | None,
    *,
    counts: bool,
) -> _Seen:
    public = running.hub.root / "public"
    before = _files(public) if counts else {}
    begun = time.perf_counter()
    accepted = _send(running, mine, parent)
    address = f"/conferences/{CONFERENCE}/t/{_hash(parent or mine)}/"
    end = accepted + _PATIENCE_SECONDS
    mark = f'id="{_hash(mine)}"'.encode()
    while not _shows(connection, address, mark):
        if time.perf_counter() > end:
            raise TimeoutError(f"{address} does not show the post after {_PATIENCE_SECONDS} s")
        time.sleep(_LOOK_SECONDS)
    visible = time.perf_counter()
    running.settle()
    settled = time.perf_counter()
    after = _files(public) if counts else {}
    changed = [path for path, facts in after.items() if before.get(path) != facts]
    changed += [path for path in before if path not in after]
    siblings = sum(path.endswith((".br", ".gz")) for path in changed)
    octets = sum(after[path][2] for path in changed if path in after)
    return _Seen(
        accepted - begun,
        visible - accepted,
        settled - accepted,
        len(changed) - siblings,
        siblings,
        octets,
    )


def _send(running: Served, mine: str, parent: str | None) -> float:
    """Sends one post; returns the moment of the 250."""
    subject = "Which form do we hand in?" if parent is None else "Re: Which form do we hand in?"
    answers = f"In-Reply-To: <{parent}>\r\nReferences: <{parent}>\r\n" if parent else ""
    text = (
        f"From: Ana <ana@union.example>\r\nTo: {CONFERENCE}@{DOMAIN}\r\n"
        f"Subject: {subject} ({mine[:12]})\r\nMessage-ID: <{mine}>\r\n{answers}"
        f"Date: {formatdate()}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "Friends,\r\n\r\nthe employer says that only the old form counts.\r\n"
        "> the new one is on the portal\r\nIs that so with you as well?\r\n\r\nAna\r\n"
    )
    with smtplib.SMTP("127.0.0.1", running.smtp, timeout=30) as client:
        client.sendmail("ana@union.example", [f"{CONFERENCE}@{DOMAIN}"], text.encode())
        return time.perf_counter()


def _shows(connection: http.client.HTTPConnection, address: str, mark: bytes) -> bool:
    for _ in range(3):  # the address of a joined topic leads to its own
        try:
            connection.request("GET", address)
            answer = connection.getresponse()
        except http.client.RemoteDisconnected:  # it was kept open too long; the next one is new
            connection.close()
            continue
        page = answer.read()
        if answer.status not in (301, 302, 307, 308):
            return answer.status == 200 and mark in page
        address = answer.headers["Location"]
    return False


def _files(public: Path) -> dict[str, tuple[int, int, int]]:
    """What distinguishes a written file: inode, time, size; by path. The search index, made after
    the pages and counted by itself (searching.py), is left out."""
    found: dict[str, tuple[int, int, int]] = {}
    waiting, index = [os.fspath(public)], os.fspath(public / "search" / "index")
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.path != index:
                        waiting.append(entry.path)
                else:
                    facts = entry.stat(follow_symlinks=False)
                    found[entry.path] = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
    return found


def _hash(message_id: str) -> str:
    """A post's id: lower-case base32 of the SHA-1 of its Message-ID."""
    return base64.b32encode(hashlib.sha1(message_id.encode()).digest()).decode().lower()
