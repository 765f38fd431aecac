"""Whatever comes in, by whatever way, the words that are shown under a `#mid` stay what they were.

    push ─→ gate ─┐
    mail ─────────┼→ conference ─→ index ─→ the text under the mid
    import, move ─┘

Real repositories, real hooks, builds in between. A push may be refused; what it would have changed
is looked at all the same. Mail of an id that is taken is kept under another, so nothing is lost.
"""

from __future__ import annotations

import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solicomm_build.features.founding import founding
from solicomm_build.features.topics import move as topicmove
from solicomm_build.features.topics.orders import Moving
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Oid, PostId, TopicId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.importer import run_import
from solicomm_build.ingest.run import ingest
from solicomm_build.people import grants
from solicomm_build.post import post
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.budget import examples
from solicomm_build.testing.clones import Author

CONFERENCES = ("bar", "pub")
NAMES = ("1", "2", "3")
THREADS = ("", "1", "2", "zz")


@dataclass(frozen=True)
class Pushed:
    """A member pushes files of posts, one commit each; with `back`, a last one undoes them all."""

    to: str
    posts: tuple[tuple[str, str, str], ...]  # name, thread, words
    back: bool


@dataclass(frozen=True)
class Mailed:
    to: str
    name: str
    thread: str
    words: str
    imported: bool


@dataclass(frozen=True)
class Moved:
    source: str
    name: str


class Built:
    def __repr__(self) -> str:
        return "Built()"


places = st.sampled_from(CONFERENCES)
written = st.tuples(st.sampled_from(NAMES), st.sampled_from(THREADS), st.sampled_from("ab"))
steps = st.one_of(
    st.builds(Pushed, places, st.lists(written, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(
        Mailed,
        places,
        st.sampled_from(NAMES),
        st.sampled_from(("", "1", "2")),
        st.sampled_from("ab"),
        st.booleans(),
    ),
    st.builds(Moved, places, st.sampled_from(NAMES)),
    st.just(Built()),
)


def made(folder: Path) -> Config:
    """A hub with hooks and two conferences."""
    hub = founding.found_hub(folder / "hub", name="Hub", domain="hub.example", sample=False)
    for name in CONFERENCES:
        smallhub.add_conference(hub, Conference(name, {"en": name}, posting="open"))
    return hub


def thread_of(name: str, thread: str) -> TopicId:
    """Where a pusher puts it: under itself, under another post, or in a place of her own making."""
    mid = hubs.mid(name)
    return TopicId(f"zz{mid[2:]}" if thread == "zz" else hubs.mid(thread or name))


def push(hub: Config, step: Pushed) -> None:
    with tempfile.TemporaryDirectory() as folder:
        author = Author(hub, f"conferences/{step.to}", Path(folder) / "clone", "member", "mallory")
        before = author.git("rev-parse", "HEAD").stdout.strip()
        for name, thread, words in step.posts:
            written_post = hubs.post(name, body=f"pushed {words}\n", author="Mallory")
            path = post.path(thread_of(name, thread), written_post.mid)
            author.put({path: post.encode(written_post)})
        if step.back:
            author.git("checkout", "-q", before, "--", ".")
            author.git("read-tree", "-u", "--reset", before)
            author.git("commit", "-qm", "As before", "--allow-empty")
        author.git("push", "origin", "HEAD:main")


def mailed(hub: Config, step: Mailed) -> None:
    fields = [f"References: <{step.thread}@union.example>"] if step.thread else []
    raw = smallhub.mail(f"mailed {step.words}", *fields, msgid=f"<{step.name}@union.example>")
    if step.imported:
        file = hub.root / "archive.mbox"
        file.write_bytes(b"From a Thu Jan  1 00:00:00 1970\n" + raw.replace(b"\r\n", b"\n") + b"\n")
        run_import(hub, step.to, [file])
        return
    Spool(hub.spool_in).put([smallhub.item(raw, f"{step.to}@hub.example")])
    ingest(hub, once=True, log=maillog.to_nobody())


def take(hub: Config, step: Pushed | Mailed | Moved | Built) -> None:
    match step:
        case Pushed():
            push(hub, step)
        case Mailed():
            mailed(hub, step)
        case Moved():
            (to,) = {*CONFERENCES} - {step.source}
            topic = TopicId(hubs.mid(step.name))
            topicmove.copy(hub, Moving(step.source, to, topic), grants.read(hub))
        case Built():
            pass


def shown(hub: Config) -> dict[tuple[str, str], bytes]:
    """The file that is shown under each mid of each conference, by the index of the pages."""
    hubs.build(hub)
    with sqlite3.connect(hub.state / "pages.sqlite") as db:
        rows = db.execute("SELECT conf, mid, blob FROM post").fetchall()
    found = {}
    for conf, mid, blob in rows:
        with Reader(open_repo(hub.conference_repo(conf))) as reader:
            found[conf, mid] = reader.blob(Oid(blob))
    return found


def check(history: list[Pushed | Mailed | Moved | Built]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hub = made(Path(folder))
        known: dict[tuple[str, str], bytes] = {}
        for step in history:
            take(hub, step)
            now = shown(hub)
            assert {key: now.get(key) for key in known} == known, step
            known = now
        assert [str(fault) for fault in fsck.check(hub)] == []
        (hub.state / "pages.sqlite").unlink()
        assert shown(hub) == known, "a full build shows what the incremental ones showed"


@settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=2, max_size=6))
def test_no_push_mail_import_or_move_changes_the_words_under_a_mid(
    history: list[Pushed | Mailed | Moved | Built],
) -> None:
    check(history)


def test_words_are_doubled_in_every_way() -> None:
    """What chance may not try: each way in, after each other."""
    first = Mailed("bar", "1", "", "a", imported=False)
    check([first, Pushed("bar", (("1", "zz", "b"),), back=False)])
    check([first, Pushed("bar", (("1", "zz", "b"), ("1", "", "b")), back=True)])
    forged = Pushed("bar", (("1", "zz", "b"),), back=False)
    check([forged, first, Mailed("bar", "1", "2", "b", imported=True)])
    check([Mailed("pub", "1", "", "a", imported=True), forged, first, Moved("pub", "1")])


def test_a_pushed_post_does_not_stand_for_mail_that_comes_later() -> None:
    """Whoever reads a message in one conference may push its id to another, where it comes, too."""
    with tempfile.TemporaryDirectory() as folder:
        hub = made(Path(folder))
        mailed(hub, Mailed("pub", "1", "", "a", imported=False))
        push(hub, Pushed("bar", (("1", "", "b"),), back=False))
        for imported in (False, True):
            mailed(hub, Mailed("bar", "1", "", "a", imported=imported))
            found = sorted(post.decode(blob).body for blob in shown(hub).values())
            assert found == ["mailed a\n", "mailed a\n", "pushed b\n"]
        assert [str(fault) for fault in fsck.check(hub)] == []


def test_mail_whose_id_somebody_pushed_before_is_a_post_of_its_own() -> None:
    with tempfile.TemporaryDirectory() as folder:
        hub = made(Path(folder))
        push(hub, Pushed("bar", (("1", "zz", "b"),), back=False))
        mailed(hub, Mailed("bar", "1", "", "a", imported=False))
        texts = {post.decode(blob).body for blob in shown(hub).values()}
        assert texts == {"pushed b\n", "mailed a\n"}
        mailed(hub, Mailed("bar", "1", "", "a", imported=True))
        assert len(shown(hub)) == 2
        assert PostId(post_id("1@union.example")) in {mid for _, mid in shown(hub)}
