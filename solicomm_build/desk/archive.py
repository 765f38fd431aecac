"""`index`, `get` and `search`: the archive by mail (mail.md E5.4).

What the pages show is what comes: the stored post, with masked addresses. Subjects are those of the
log, so nothing is read that is not shown. Posts are named by the first letters of their id.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from solicomm_build import i18n
from solicomm_build.desk import vocabulary
from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case
from solicomm_build.desk.words import line, say
from solicomm_build.errors import SoliCommError
from solicomm_build.model import event as topic_event
from solicomm_build.model import post as post_file
from solicomm_build.store import log
from solicomm_build.store.poststore import topic_state
from solicomm_build.store.reader import Reader
from solicomm_build.store.repo import MAIN
from solicomm_build.types import Oid, TopicId

_SHOWN = 20
_MOST_GOT = 10
_LONGEST_POST = 50_000
_LATELY = 2000
_ID = re.compile(r"[a-z2-7]{4,32}")


@dataclass(frozen=True, slots=True)
class _Row:
    """A post in the log: its id, its file, and what it says it is about."""

    mid: str
    path: str
    subject: str
    author: str
    day: str


def index(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The latest messages of the list, the newest first."""
    if refused := _refused(office, case, person):
        return refused
    rows = list(deque(_rows(office, case.conference, person.lang, lately=True), _SHOWN))
    if not rows:
        return Result(person, (say(person.lang, "Nothing has been written there yet."),))
    text = say(person.lang, "The latest messages, the newest first:")
    return Result(person, (_table(text, reversed(rows)), _how(person.lang)))


def search(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The messages whose subject or author has all of the words, the newest first."""
    if refused := _refused(office, case, person):
        return refused
    wanted = [vocabulary.plain(word) for word in command.words]
    if not wanted:
        text = say(person.lang, "Please write what to look for behind the word.")
        return Result(person, (text,))
    rows = _rows(office, case.conference, person.lang)
    found = deque((row for row in rows if _matches(row, wanted)), _SHOWN)
    if not found:
        return Result(person, (say(person.lang, "No subject has these words."),))
    text = say(person.lang, "Messages with these words in their subject, the newest first:")
    return Result(person, (_table(text, reversed(found)), _how(person.lang)))


def get(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The texts of messages named by their ids."""
    if refused := _refused(office, case, person):
        return refused
    wanted = [word.lower().strip("#,.") for word in command.words[:_MOST_GOT]]
    wanted = [word for word in wanted if _ID.fullmatch(word)]
    texts = list(_texts(office, case.conference, wanted, person.lang)) if wanted else []
    if not texts:
        return Result(person, (say(person.lang, "There is no such message."), _how(person.lang)))
    return Result(person, tuple(texts))


def _refused(office: Office, case: Case, person: Person) -> Result | None:
    """Archives that are not public are for proven members."""
    settings = office.conference(case.conference)
    if settings is not None and settings.visibility in ("public", "unlisted"):
        return None
    is_member = person.proven and person.options is not None
    if settings is not None and settings.visibility == "members" and is_member:
        return None
    return Result(person, (say(person.lang, "This is for members of the list only."),))


def _matches(row: _Row, wanted: list[str]) -> bool:
    text = vocabulary.plain(f"{row.subject} {row.author}")
    return all(word in text for word in wanted)


def _rows(office: Office, conference: str, lang: str, *, lately: bool = False) -> Iterator[_Row]:
    """The posts in the order they came, from the log alone."""
    repo = office.repo(conference)
    tip = repo.ref()
    if tip is None:
        return
    since: Oid | None = log.back(repo, tip, _LATELY) if lately else None
    states = _Hidden(office, conference)
    for commit in log.commits(repo, since, tip):
        for change in commit.changes:
            kept = post_file.parse_path(change.path) if change.status == "A" else None
            if kept is not None and kept[1] not in states.of(kept[0]):
                yield _Row(
                    mid=kept[1],
                    path=change.path,
                    subject=commit.message.partition("\n")[0],
                    author=commit.author_name,
                    day=i18n.format_date(lang, commit.committed),
                )


class _Hidden:
    """The posts that moderators hid, by topic. The topics with events are asked for once."""

    def __init__(self, office: Office, conference: str) -> None:
        self._repo, self._known = office.repo(conference), dict[TopicId, frozenset[str]]()
        with Reader(self._repo) as reader:
            for entry in reader.tree(MAIN, "topics", recursive=True):
                found = topic_event.parse_path(f"topics/{entry.path}")
                if found is not None and found[0] not in self._known:
                    self._known[found[0]] = frozenset(topic_state(reader, found[0]).hidden)

    def of(self, tid: TopicId) -> frozenset[str]:
        """The hidden posts of a topic."""
        return self._known.get(tid, frozenset())


def _table(text: str, rows: Iterable[_Row]) -> str:
    return text + "\n" + "\n".join(_lines(row) for row in rows)


def _lines(row: _Row) -> str:
    subject = row.subject if len(row.subject) <= 58 else row.subject[:57] + "…"
    return f"{line(f'{row.mid[:8]}  {subject}')}\n{line(f'          {row.author}, {row.day}')}"


def _how(lang: str) -> str:
    word = vocabulary.shown(vocabulary.COMMANDS, "get", lang)
    return say(
        lang,
        "To get one, send us the word “%(word)s” and the letters in front of its subject:",
        word=word,
    ) + ("\n" + line(f"{word} abcd2345"))


def _texts(office: Office, conference: str, wanted: list[str], lang: str) -> Iterator[str]:
    """The posts as the archive has them: header, text, where it is on the web."""
    repo = office.repo(conference)
    paths = {row.path: row.mid for row in _rows(office, conference, lang)}
    with Reader(repo) as reader:
        for name in wanted:
            path = next((path for path, mid in paths.items() if mid.startswith(name)), None)
            blob = reader.at(MAIN, path) if path else None
            if path and blob:
                yield _text(office, conference, path, blob, lang)


def _text(office: Office, conference: str, path: str, blob: bytes, lang: str) -> str:
    try:
        post = post_file.decode(blob)
    except SoliCommError:
        return say(lang, "There is no such message.")
    kept = post_file.parse_path(path)
    link = f"{office.config.url}/conferences/{conference}/t/{kept[0]}/#{kept[1]}" if kept else ""
    when = i18n.format_datetime(lang, post.date) if post.date else post.date_raw or ""
    head = "\n".join(line(text) for text in (post.subject, f"{post.name}, {when}", link) if text)
    return (
        head
        + "\n\n"
        + "\n".join(f"  {row}".rstrip() for row in post.body[:_LONGEST_POST].split("\n"))
    )
