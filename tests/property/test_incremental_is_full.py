"""However a hub came to be what it is, its pages are those of a build from nothing, byte for byte.

Random histories: posts that answer what never came, roots that come late, answers that name nobody,
equal subjects, months in any order, changed and deleted posts, attachments that come and go,
settings that change or break, pages of the hub, a union and a library. Builds happen in between.
Pages are made small here, so that a few posts fill several.
"""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from solicomm_build import builder
from solicomm_build.builder import follow
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import TopicId
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post import conference
from solicomm_build.post import event as topic_events
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.post.reading import topicpages
from solicomm_build.testing import hubs, manifest, smallhub
from solicomm_build.testing.budget import examples

CONFERENCES = ("bar", "ice")
NAMES = tuple(f"m{number}" for number in range(9))
SUBJECTS = ("Water", "Re: Water", "AW: water", "Heat", "Re: Heat", "[bar] Re: Water", "")
EVENTS = (*topic_events.FORMS, "nonsense")
BROKEN = b"id: [bar"
CITES = "See lib:2026-aaaaaaaa.\n"
FILES = tuple(
    hubs.attached(text.encode(), name)
    for text, name in (
        ("one\n", "one.txt"),
        ("two\n", "two words.txt"),
    )
)


@dataclass(frozen=True)
class Write:
    """A post comes in; when there is one of this name already, it is replaced (redacted)."""

    conference: str
    name: str
    answers: tuple[str, ...]
    subject: str
    author: str
    hours: int
    delay: int
    file: int | None = None
    with_file: bool = True
    cites: bool = False


@dataclass(frozen=True)
class Delete:
    conference: str
    name: str


@dataclass(frozen=True)
class Double:
    """A second file of a post's mid comes into another thread, or goes (`words` is None)."""

    conference: str
    name: str
    words: str | None


@dataclass(frozen=True)
class Event:
    """A moderator (or somebody who may not) acts on the topic of a post, or on the post; or takes
    the act back by `undo`. `other` is a second topic, post or conference that it names."""

    conference: str
    name: str
    kind: str
    hours: int = 1
    undo: bool = False
    other: str = "m2"
    by: str = "operator"


@dataclass(frozen=True)
class Attachment:
    """A file of attachments comes or goes by itself."""

    conference: str
    file: int
    there: bool


@dataclass(frozen=True)
class Settings:
    """A conference is renamed, hidden, or its settings break."""

    conference: str
    title: str
    visibility: str


@dataclass(frozen=True)
class File:
    """A file of the hub's own pages, the union or the library changes or goes."""

    repo: str
    path: str
    text: str | None


class Build:
    def __repr__(self) -> str:
        return "Build()"


BUILD = Build()
Step = Write | Delete | Double | Event | Attachment | Settings | File | Build

conference_ids = st.sampled_from(CONFERENCES)
names = st.sampled_from(NAMES)
writes = st.builds(
    Write,
    conference_ids,
    names,
    st.lists(names, max_size=2, unique=True).map(tuple),
    st.sampled_from(SUBJECTS),
    st.sampled_from(("Ana", "Bea")),
    st.sampled_from((0, 1, 2, 24, 24 * 20, 24 * 45, 24 * 75, 24 * 120)),
    st.sampled_from((0, 5, 60 * 24 * 9, -30)),
    st.sampled_from((None, None, None, 0, 1)),
    st.booleans(),
)
files = st.one_of(
    st.builds(
        File,
        st.just("site"),
        st.sampled_from(("about.en.md", "index.en.md")),
        st.sampled_from(
            (
                "---\ntitle: One\n---\nOne\n",
                "---\ntitle: Two\n---\nTwo\n",
                "---\ntitle: [\n---\n",
                None,
            )
        ),
    ),
    st.builds(
        File,
        st.just("union"),
        st.sampled_from(("pages/about.md", "news/2026-03-01-won.md", "site.yaml")),
        st.sampled_from(
            (
                "---\ntitle: One\ndate: 2026-03-01\n---\nOne\n",
                hubs.UNION.decode(),
                "---\ntitle: [\n---\n",
                None,
            )
        ),
    ),
    st.builds(
        File,
        st.just("library"),
        st.sampled_from(("entries/2026-aaaaaaaa/entry.md", "library.yaml")),
        st.sampled_from(
            (
                hubs.CARD.format(id="2026-aaaaaaaa", title="A", text="One."),
                hubs.LIBRARY.decode(),
                "id: [",
                None,
            )
        ),
    ),
)
steps = st.one_of(
    writes,
    writes,
    writes,
    writes,
    st.builds(Delete, conference_ids, names),
    st.builds(Double, conference_ids, names, st.sampled_from(("Sold out", "Won", None))),
    *[
        st.builds(
            Event,
            conference_ids,
            names,
            st.sampled_from(EVENTS),
            st.integers(1, 3),
            st.sampled_from((False, False, False, True)),
            names,
            st.sampled_from(("operator", "operator", "operator", "p_else")),
        )
    ]
    * 2,
    st.builds(Attachment, conference_ids, st.integers(0, 1), st.booleans()),
    st.builds(
        Settings,
        conference_ids,
        st.sampled_from(("Bar", "Foo")),
        st.sampled_from(("public", "unlisted", "members", "broken")),
    ),
    files,
    st.just(BUILD),
    st.just(BUILD),
)


@dataclass
class History:
    """A hub and what was done to it."""

    config: Config
    posts: dict[tuple[str, str], Post] = field(default_factory=dict)
    files: dict[tuple[Path, str], bytes] = field(default_factory=dict)
    writers: dict[Path, Writer] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        """Commits what the step says; one that changes nothing makes no commit."""
        match step:
            case Write():
                self._write(step)
            case Delete():
                made = self.posts.pop((step.conference, step.name), None)
                if made is not None:
                    self._commit(self._repo(step.conference), Change(hubs.path_of(made), None))
            case Double():
                self._double(step)
            case Event():
                self._event(step)
            case Attachment():
                _, change = FILES[step.file]
                gone = Change(change.path, None)
                self._commit(self._repo(step.conference), change if step.there else gone)
            case Settings():
                self._settings(step)
            case File():
                repo = {
                    "site": self.config.site_repo,
                    "union": self.config.union_repo("docks"),
                    "library": self.config.library_repo("books"),
                }[step.repo]
                text = step.text
                self._commit(repo, Change(step.path, None if text is None else text.encode()))

    def _write(self, step: Write) -> None:
        made = hubs.post(
            step.name,
            *(name for name in step.answers if name != step.name),
            subject=step.subject,
            author=step.author,
            minutes=step.hours * 60,
            body=f"{step.author} says {step.subject}\n{CITES if step.cites else ''}",
        )
        key = (step.conference, step.name)
        if key in self.posts:  # stays where it is, so it keeps its references
            old = self.posts[key]
            made = replace(made, in_reply_to=old.in_reply_to, references=old.references)
        changes = []
        if step.file is not None:
            row, change = FILES[step.file]
            made = replace(made, attachments=(row,))
            changes += [change] if step.with_file else []
        self.posts[key] = made
        received = hubs.after(step.hours * 60 + step.delay)
        self._commit(self._repo(step.conference), hubs.change(made), *changes, at=received)

    def _double(self, step: Double) -> None:
        made = hubs.post(step.name, subject=step.words or "", body="Forged\n", author="Eve")
        path = posts.path(TopicId(f"zz{made.mid[2:]}"), made.mid)
        blob = None if step.words is None else posts.encode(made)
        if blob is not None or (self._repo(step.conference), path) in self.files:
            self._commit(self._repo(step.conference), Change(path, blob), at=hubs.after(9000))

    def _event(self, step: Event) -> None:
        made = self.posts.get((step.conference, step.name), hubs.post(step.name))
        other = self.posts.get((step.conference, step.other), hubs.post(step.other))
        said = {
            "post": made.mid,
            "title": f"Title {step.hours}",
            "reason": "Asked for",
            "topic": hubs.tid_of(other),
            "of": other.mid,
            "lang": "sw",
            "blob": "0" * 40,
            "to": "ice" if step.hours < 3 else step.conference,
            "covers": "March",
            "add": "Wages" if step.hours < 3 else ("Law", "wages"),
        }
        data = {key: said[key] for key in topic_events.FORMS.get(step.kind, ()) if key in said}
        event = topic_events.make(
            step.kind, at=hubs.after(step.hours * 60), by="operator", data=data
        )
        blob = None if step.undo else topic_events.encode(event)
        path = topic_events.path(hubs.tid_of(made), event)
        self._commit(self._repo(step.conference), Change(path, blob))

    def _settings(self, step: Settings) -> None:
        blob = BROKEN
        if step.visibility != "broken":
            title = {"en": step.title}
            blob = conference.encode(
                Conference(step.conference, title, posting="open", visibility=step.visibility)
            )
        self._commit(self._repo(step.conference), Change(conference.FILE, blob))

    def _repo(self, name: str) -> Path:
        return self.config.conference_repo(name)

    def _commit(self, repo: Path, *changes: Change, at: datetime = hubs.START) -> None:
        fresh = [c for c in changes if self.files.get((repo, c.path)) != c.data]
        if not fresh:
            return
        for change in fresh:
            if change.data is None:
                del self.files[repo, change.path]
            else:
                self.files[repo, change.path] = change.data
        if repo not in self.writers:
            self.writers[repo] = Writer(open_repo(repo))
        self.writers[repo].commit(fresh, author_name="Ana", when=at, message="Change\n")

    def done(self) -> None:
        """Makes all commits so far visible."""
        while self.writers:
            self.writers.popitem()[1].close()


def begin(root: Path, conferences: tuple[str, ...]) -> History:
    """A hub of some conferences, a union, a library and two pages of its own."""
    config = smallhub.make(
        root, *(Conference(name, {"en": name.capitalize()}, posting="open") for name in conferences)
    )
    for repo in (config.union_repo("docks"), config.library_repo("books")):
        create(repo)
    history = History(config)
    for step in (
        File("union", "site.yaml", hubs.UNION.decode()),
        File("union", "pages/about.md", "---\ntitle: About\n---\nUs\n"),
        File("library", "library.yaml", hubs.LIBRARY.decode()),
    ):
        history.take(step)
    return history


@pytest.fixture(autouse=True, scope="module")
def small_pages() -> Iterator[None]:
    """Three posts or two topics fill a page."""
    sizes = {
        "POSTS_A_PAGE": 3,
        "TOPICS_A_PAGE": 2,
        "FRONT_TOPICS": 3,
        "FEED_POSTS": 3,
        "LATEST_TOPICS": 3,
        "TALKED": 2,
        "WAITING": 1,
        "FRONT_PINNED": 1,
    }
    with pytest.MonkeyPatch.context() as patch:
        for info in pkgutil.walk_packages(builder.__path__, f"{builder.__name__}."):
            module = importlib.import_module(info.name)
            for name in sizes.keys() & vars(module).keys():
                patch.setattr(module, name, sizes[name])
        patch.setattr(topicpages, "PAGE_POSTS", 3)
        yield


@given(st.lists(steps, min_size=4, max_size=25))
@settings(max_examples=examples(8), phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_incremental_build_equals_full_build(history: list[Step]) -> None:
    check(history)


def answer(name: str, *answers: str, hours: int = 0, conference: str = "bar", **more: Any) -> Write:
    """A post without surprises."""
    plain: dict[str, Any] = {"subject": "Water", "author": "Ana", "delay": 5} | more
    return Write(conference, name, answers, hours=hours, **plain)


MONTH = [answer(name, subject=name, hours=hour) for hour, name in enumerate(NAMES[:3])]
THREAD = [answer("m0"), *(answer(name, "m0", hours=n) for n, name in enumerate(NAMES[1:5], 1))]

FOUND = {
    "a month's page is full and another begins": [*MONTH, BUILD, answer("m3", hours=3)],
    "a numbered page is full": [*MONTH[:2], BUILD, MONTH[2], BUILD, answer("m3", hours=3)],
    "a root comes late": [answer("m1", "m0", hours=3), BUILD, answer("m0", hours=1)],
    "a missing parent joins": [answer("m1", "m0"), BUILD, answer("m2", "m0", hours=2000)],
    "an older Re: takes the thread over": [
        answer("m1", subject="Re: Water", hours=24),
        BUILD,
        answer("m0", hours=1),
        BUILD,
        answer("m2", subject="Re: Water", hours=2),
    ],
    "a post of which a moderator had spoken": [
        Event("bar", "m4", "unsplit"),
        BUILD,
        answer("m4", "m8"),
    ],
    "a post goes of which a moderator had spoken": [
        Event("bar", "m4", "unsplit"),
        answer("m4", "m8"),
        BUILD,
        Delete("bar", "m4"),
    ],
    "two topics become one": [*MONTH, BUILD, answer("m4", "m0", "m1", hours=9)],
    "a post between others": [*THREAD[:2], *THREAD[3:], BUILD, THREAD[2]],
    "a changed name on an earlier page": [
        *THREAD,
        answer("m5", "m0", "m1", hours=6),
        BUILD,
        answer("m1", "m0", hours=1, author="Bea"),
    ],
    "a changed date": [*THREAD, BUILD, answer("m1", "m0", hours=3000)],
    "an attachment is redacted": [answer("m0", file=0), BUILD, answer("m0")],
    "an attachment is deleted": [answer("m0", file=0), BUILD, Attachment("bar", 0, False)],
    "an attachment comes late": [
        answer("m0", file=0, with_file=False),
        BUILD,
        Attachment("bar", 0, True),
    ],
    "an attachment comes with another post": [
        answer("m0", file=0, with_file=False),
        BUILD,
        answer("m1", subject="Heat", file=0),
    ],
    "an attachment of two posts": [
        answer("m0", file=0),
        answer("m1", subject="Heat", file=0),
        BUILD,
        answer("m1"),
    ],
    "a second file of a post, and then the first one goes": [
        *THREAD,
        BUILD,
        Double("bar", "m1", "Sold out"),
        BUILD,
        Double("bar", "m1", "Won"),
        BUILD,
        Delete("bar", "m1"),
        BUILD,
        answer("m1", "m0", hours=7),
        BUILD,
        Double("bar", "m1", None),
    ],
    "posts are deleted": [*THREAD, *MONTH, BUILD, Delete("bar", "m0"), BUILD, Delete("bar", "m4")],
    "the last post is deleted": [answer("m0"), BUILD, Delete("bar", "m0")],
    "deleted, and back": [answer("m0"), BUILD, Delete("bar", "m0"), BUILD, answer("m0")],
    "a topic is retitled, that old addresses lead to": [
        answer("m1", "m0"),
        answer("m2", "m1", hours=2),
        BUILD,
        Event("bar", "m1", "retitle"),
    ],
    "retitled, and taken back": [
        *THREAD,
        BUILD,
        Event("bar", "m0", "retitle"),
        BUILD,
        Event("bar", "m0", "retitle", undo=True),
    ],
    "a post with an attachment is hidden": [
        answer("m0"),
        answer("m1", "m0", hours=1, file=0),
        *THREAD[2:],
        BUILD,
        Event("bar", "m1", "hide"),
    ],
    "a topic is joined to an older one, and let go": [
        answer("m0", subject="Heat"),
        *THREAD[1:4],
        BUILD,
        Event("bar", "m0", "merge", other="m1"),
        BUILD,
        answer("m6", "m1", hours=7),
        BUILD,
        Event("bar", "m1", "unmerge", 2, other="m1"),
    ],
    "a topic is joined to one that comes later": [
        answer("m4", subject="Heat", hours=9),
        Event("bar", "m4", "merge", other="m0"),
        BUILD,
        *THREAD[:3],
    ],
    "an answer begins a topic of its own": [
        *THREAD,
        answer("m5", "m0", "m2", hours=8),
        BUILD,
        Event("bar", "m2", "split"),
        BUILD,
        answer("m6", "m0", "m2", "m5", hours=9),
        BUILD,
        Event("bar", "m2", "retitle", 2),
        BUILD,
        Event("bar", "m2", "unsplit", 3),
    ],
    "a topic moves to another conference, and back": [
        *THREAD,
        *MONTH,
        BUILD,
        Event("bar", "m0", "move"),
        BUILD,
        answer("m6", "m0", hours=9),
        BUILD,
        Event("bar", "m0", "move", 3),
    ],
    "a topic moves to a conference that is for members then": [
        *THREAD,
        Event("bar", "m0", "move"),
        BUILD,
        Settings("ice", "Ice", "members"),
        BUILD,
        Settings("ice", "Ice", "public"),
    ],
    "labels come and go": [
        *MONTH,
        Event("bar", "m0", "label"),
        BUILD,
        Event("bar", "m1", "label", 3),
        BUILD,
        Event("bar", "m2", "label"),
        BUILD,
        Event("bar", "m0", "label", undo=True),
        BUILD,
        Event("bar", "m1", "retitle"),
    ],
    "summaries, answers and translations": [
        *THREAD,
        BUILD,
        Event("bar", "m1", "summary"),
        Event("bar", "m4", "answer"),
        BUILD,
        Event("bar", "m2", "translation", other="m0"),
        Event("bar", "m3", "lang"),
        BUILD,
        Event("bar", "m2", "summary", 2),
        BUILD,
        Event("bar", "m2", "hide", 3),
        BUILD,
        Event("bar", "m1", "unsummary", 3),
        Event("bar", "m4", "alias"),
    ],
    "a post comes when its topic is closed": [
        *THREAD[:2],
        Event("bar", "m0", "close"),
        BUILD,
        answer("m5", "m0", hours=1),
        answer("m6", "m0", hours=30),
    ],
    "who may not has no effect": [
        *THREAD,
        BUILD,
        Event("bar", "m2", "split", by="p_else"),
        Event("bar", "m0", "pin", by="p_else"),
    ],
    "hidden before it comes": [
        answer("m0"),
        Event("bar", "m1", "hide"),
        BUILD,
        answer("m1", "m0", hours=1),
        BUILD,
        Event("bar", "m1", "unhide", 2),
    ],
    "a first post is hidden and shown": [
        *THREAD,
        BUILD,
        Event("bar", "m0", "hide"),
        BUILD,
        Event("bar", "m0", "unhide", 2),
    ],
    "hidden, and another joins": [
        *THREAD[:2],
        Event("bar", "m1", "hide"),
        BUILD,
        answer("m6", subject="Heat", hours=9),
        BUILD,
        answer("m7", "m1", "m6", hours=12),
    ],
    "closed, pinned, and a post comes": [
        *THREAD,
        Event("bar", "m0", "close"),
        BUILD,
        Event("bar", "m0", "pin"),
        BUILD,
        answer("m5", "m0", hours=30),
    ],
    "members read": [
        Settings("bar", "Bar", "members"),
        *THREAD,
        BUILD,
        *MONTH,
        BUILD,
        answer("m6", "m1", hours=2000),
        BUILD,
        Event("bar", "m1", "hide"),
        BUILD,
        Settings("bar", "Foo", "members"),
        BUILD,
        Delete("bar", "m2"),
    ],
    "members read, then nobody": [
        Settings("bar", "Bar", "members"),
        *THREAD,
        BUILD,
        Settings("bar", "Bar", "encrypted"),
        BUILD,
        answer("m6", "m1", hours=3),
        BUILD,
        Settings("bar", "Bar", "members"),
    ],
    "a conference is renamed": [*THREAD, BUILD, Settings("bar", "Foo", "public")],
    "hidden and shown again": [
        *THREAD,
        BUILD,
        Settings("bar", "Bar", "members"),
        BUILD,
        Settings("bar", "Bar", "public"),
    ],
    "broken and mended": [
        *THREAD,
        BUILD,
        Settings("bar", "Bar", "broken"),
        BUILD,
        Settings("bar", "Bar", "public"),
    ],
    "posts while it is hidden": [
        answer("m0"),
        BUILD,
        Settings("bar", "Bar", "members"),
        BUILD,
        answer("m1", "m0"),
        BUILD,
        Settings("bar", "Bar", "unlisted"),
    ],
    "a hub page goes": [
        File("site", "about.en.md", "---\ntitle: A\n---\nA\n"),
        BUILD,
        File("site", "about.en.md", None),
    ],
    "a union breaks and mends": [
        BUILD,
        File("union", "site.yaml", "---\ntitle: [\n---\n"),
        BUILD,
        File("union", "site.yaml", hubs.UNION.decode()),
    ],
    "a card goes": [
        File(
            "library",
            "entries/2026-aaaaaaaa/entry.md",
            hubs.CARD.format(id="2026-aaaaaaaa", title="A", text="One."),
        ),
        BUILD,
        File("library", "entries/2026-aaaaaaaa/entry.md", None),
    ],
}
"""What is easily got wrong; the first ones that were have given the others their place."""


def _has_files(history: list[Step]) -> bool:
    return any(isinstance(step, File) for step in history)


@dataclass(frozen=True)
class Known:
    """A hub with all known histories of conferences, each in a conference of its own; `own` says
    which is whose. No build saw them grow. `anew` is what a build from nothing makes of it at this
    moment. Not to be changed."""

    hub: Config
    own: dict[str, str]
    moment: datetime
    anew: dict[str, str]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, small_pages: None) -> Known:
    names = [name for name in FOUND if not _has_files(FOUND[name])]
    own = {f"c{number}": name for number, name in enumerate(names)}
    hub = begin(tmp_path_factory.mktemp("known") / "hub", tuple(own))
    for conference_id, name in own.items():
        for step in FOUND[name]:
            if not isinstance(step, Build):
                hub.take(replace(step, conference=conference_id))  # type: ignore[call-arg]
    hub.done()
    moment = clock.now()
    with clock.fixed(moment):
        return Known(hub.config, own, moment, hubs.built_anew(hub.config))


def test_known_histories_of_conferences(known: Known) -> None:
    """All side by side in one hub, with builds in between."""
    rounds: list[list[Step]] = []
    for conference_id, name in known.own.items():
        number = 0
        for step in FOUND[name]:
            if isinstance(step, Build):
                number += 1
                continue
            rounds += [[] for _ in range(number + 1 - len(rounds))]
            rounds[number].append(replace(step, conference=conference_id))  # type: ignore[call-arg]
    steps = [step for taken in rounds for step in (*taken, BUILD)]
    with tempfile.TemporaryDirectory() as folder, clock.fixed(known.moment):
        hub = shown_after(Path(folder), steps, tuple(known.own))
        different = manifest.differences(hubs.trees(hub.config), known.anew)
    wrong = {path.split("/")[1] for path in different}
    assert {name: known.own.get(name) for name in wrong} == {}


@pytest.mark.parametrize("commits", [1, 3])
def test_a_first_reading_in_parts_shows_the_same(
    tmp_path: Path, known: Known, commits: int
) -> None:
    """Of histories that no build saw grow: parts of so many commits, and all in one."""
    hub = hubs.copied(known.hub, tmp_path / "hub")
    with pytest.MonkeyPatch.context() as patch, clock.fixed(known.moment):
        patch.setattr(follow, "_AT_ONCE", commits)
        hubs.build(hub)
    assert manifest.differences(hubs.trees(hub), known.anew) == []


@pytest.mark.parametrize("name", [name for name in FOUND if _has_files(FOUND[name])])
def test_known_histories_of_other_places(name: str) -> None:
    check(FOUND[name])


def check(history: list[Step]) -> None:
    assert wrong_pages(history) == []


def wrong_pages(history: list[Step]) -> list[str]:
    """The files that differ between what the history's builds left and a build from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        hub = shown_after(Path(folder), history, CONFERENCES)
        shown = hubs.trees(hub.config)
        return manifest.differences(shown, hubs.built_anew(hub.config))


def shown_after(folder: Path, history: list[Step], conferences: tuple[str, ...]) -> History:
    """A hub in a folder that shows what the history's builds left, and one at its end."""
    hub = begin(folder / "hub", conferences)
    builder = Builder(hub.config, data.theme())
    try:
        for step in [*history, BUILD]:
            if isinstance(step, Build):
                hub.done()
                builder.build()
            else:
                hub.take(step)
    finally:
        builder.close()
    return hub
