"""A hub with nothing in it but what tests of the store and of ingest need. Quick to make."""

from __future__ import annotations

import fcntl
import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.git import log, receiving
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people.rosterevents import Event
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference

DOMAIN = "hub.example"
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def config(root: Path, *, operator: str | None = None) -> Config:
    """What `make` says of the hub that it makes at `root`."""
    return Config(
        root=root, name="Test", domain=DOMAIN, url="http://hub.example", operator=operator
    )


def make(root: Path, *conferences: Conference, operator: str | None = None) -> Config:
    """A hub at `root` with these conferences; without any, one that is open and called `bar`."""
    made = config(root, operator=operator)
    for path in (made.site_repo, made.mail_repo, made.roster_repo):
        create(path)
    receiving.install(made)
    for conference in conferences or (Conference("bar", {"en": "Bar"}, posting="open"),):
        add_conference(made, conference)
    return made


def add_conference(config: Config, conference: Conference) -> None:
    """One more conference."""
    repo = create(config.conference_repo(conference.id))
    receiving.guard(config, repo)
    first = Change(settings.FILE, settings.encode(conference))
    write_once(repo, [first], message="Begin\n", when=BEGUN)


def add_events(config: Config, events: Iterable[Event]) -> None:
    """New facts in the roster."""
    store = RosterStore(open_repo(config.roster_repo))
    try:
        store.append(list(events), at=BEGUN, subject="Test")
    finally:
        store.close()


def mail(
    text: str = "hello",
    *fields: str,
    msgid: str | None = "<1@union.example>",
    subject: str = "Hello",
    sender: str = "Ana <ana@union.example>",
) -> bytes:
    """A plain message with CRLF line ends."""
    lines = [f"From: {sender}", "To: bar@hub.example", f"Subject: {subject}"]
    lines += ["Date: Wed, 04 Mar 2026 06:12:00 +0000", *fields]
    if msgid is not None:
        lines.append(f"Message-ID: {msgid}")
    return "\r\n".join([*lines, "", text, ""]).encode()


def item(
    raw: bytes, *to: str, mail_from: str | None = "ana@union.example", proved: bool = False
) -> Item:
    """A message as the bridge spools it, to `bar@hub.example` unless said otherwise; `proved` when
    its author was asked and said that he wrote it."""
    received = datetime(2026, 3, 4, 6, 13, tzinfo=UTC)
    return Item(Envelope(mail_from, to or (f"bar@{DOMAIN}",), received, proved=proved), raw)


def tree(repo: Repo, what: str = "topics") -> str:
    """What git calls a folder or file of a repository's branch; "" for none. Made to be asked
    again and again: git is asked once for each commit."""
    tip = repo.ref() if repo.path.exists() else None
    return _tree(repo, tip, what) if tip else ""


@functools.lru_cache(maxsize=64)
def _tree(repo: Repo, tip: str, what: str) -> str:
    name = f"{tip}:{what}"
    there = repo.succeeds("rev-parse", "-q", "--verify", name)
    return repo.git("rev-parse", name).decode("ascii").strip() if there else ""


def files(path: Path, folder: str = "") -> dict[str, bytes]:
    """Every file of a repository's branch below `folder`, with its octets."""
    with Reader(open_repo(path)) as reader:
        entries = reader.tree(MAIN, folder, recursive=True)
        blobs = list(reader.blobs(entry.oid for entry in entries))
    return {entry.path: blob for entry, blob in zip(entries, blobs, strict=True)}


def sources(path: Path) -> list[str]:
    """The `Source` of each commit of a repository that names a message, oldest first."""
    repo = open_repo(path)
    tip = repo.ref()
    commits = log.commits(repo, None, tip) if tip else iter(())
    return [commit.trailer("Source") or "" for commit in commits if commit.trailer("Message")]


def is_followed(repo: Repo) -> bool:
    """Whether somebody holds a history as it is just now (git/history.py::following)."""
    with (repo.path / "solicomm.history").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
