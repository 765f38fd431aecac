"""`index`, `get` and `search`: the archive by mail (docs/mail-rules.md#commands).

What the pages show is what comes: the stored post, with masked addresses. Subjects are those of the
log, so nothing is read that is not shown. Posts are named by the first letters of their id.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from solicomm_build.desk import commands, vocabulary
from solicomm_build.desk.commands import Command
from solicomm_build.desk.hooks import gets
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Attached, Case, Letter, Plan
from solicomm_build.desk.words import line
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.people import grants
from solicomm_build.post import event as topic_event
from solicomm_build.post import post as post_file
from solicomm_build.post.post import Post
from solicomm_build.post.store import topicplaces
from solicomm_build.post.store.poststore import topic_state
from solicomm_build.post.store.readers import is_reader

_SHOWN = 20
_MOST_GOT = 10
_LONGEST_POST = 50_000
_MOST_ATTACHED = 10_000_000
"""Octets in one mail; most providers take 20 MB, and base64 needs a third more."""
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


@dataclass(frozen=True, slots=True)
class _Kept:
    """A post's file and what it says; None when it cannot be read."""

    path: str
    post: Post | None

    @property
    def attachments(self) -> tuple[post_file.Attached, ...]:
        """What is attached to it."""
        return self.post.attachments if self.post is not None else ()


def index(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The latest messages of the list, the newest first."""
    if refused := _refused(office, case, person):
        return refused
    rows = list(deque(_rows(office, case.conference, person.lang, lately=True), _SHOWN))
    if not rows:
        return Result(person, (gettext(person.lang, "Nothing has been written there yet."),))
    text = gettext(person.lang, "The latest messages, the newest first:")
    return Result(person, (_table(text, reversed(rows)), _how(person.lang)))


def search(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The messages whose subject or author has all of the words, the newest first."""
    if refused := _refused(office, case, person):
        return refused
    said = (vocabulary.plain(word).strip(commands.END_MARKS) for word in command.words)
    wanted = [word for word in said if word]
    if not wanted:
        text = gettext(person.lang, "Please write what to look for after the word.")
        return Result(person, (text,))
    rows = _rows(office, case.conference, person.lang)
    found = deque((row for row in rows if _matches(row, wanted)), _SHOWN)
    if not found:
        return Result(person, (gettext(person.lang, "No subject has these words."),))
    text = gettext(person.lang, "Messages with these words in their subject, the newest first:")
    return Result(person, (_table(text, reversed(found)), _how(person.lang)))


def get(office: Office, case: Case, person: Person, command: Command) -> Result:
    """The texts of messages named by their ids; where nobody can open pages, what is attached to
    them comes in a mail of its own for each. With a word of a feature's behind it, what that
    makes of the first one."""
    if refused := _refused(office, case, person):
        return refused
    said = [word.lower().strip("#,.") for word in command.words[:_MOST_GOT]]
    as_what = next((word for word in said if word in gets()), "")
    wanted = [word for word in said if _ID.fullmatch(word) and word != as_what]
    found = list(_found(office, case.conference, wanted, person.lang)) if wanted else []
    if not found:
        return Result(
            person, (gettext(person.lang, "There is no such message."), _how(person.lang))
        )
    place = post_file.parse_path(found[0].path)
    if as_what and place:
        return gets()[as_what](office, case, person, place[1])
    texts = tuple(_text(office, case.conference, one, person.lang) for one in found)
    sent = [] if _has_pages(office, case.conference) else [one for one in found if one.attachments]
    return Result(
        person, texts, Plan(letters=tuple(_enclosing(office, case, person, one) for one in sent))
    )


def _refused(office: Office, case: Case, person: Person) -> Result | None:
    """Archives that are for members are for who may read them on the web, and is sure to ask."""
    settings = office.conference(case.conference)
    if settings is not None and settings.visibility in ("public", "unlisted"):
        return None
    if (
        settings is not None
        and settings.visibility == "members"
        and _may_read(office, person, case)
    ):
        return None
    return Result(person, (gettext(person.lang, "This is for members only."),))


def _may_read(office: Office, person: Person, case: Case) -> bool:
    known = person.member if person.proven else None
    return known is not None and is_reader(office.roster(), known.number, case.conference)


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
            if kept is not None and not states.has(*kept):
                yield _Row(
                    mid=kept[1],
                    path=change.path,
                    subject=commit.message.partition("\n")[0],
                    author=commit.author_name,
                    day=i18n.format_date(lang, commit.committed),
                )


class _Hidden:
    """The posts that moderators hid, or moved with their topic to where others may read. The topics
    with events are asked for once."""

    def __init__(self, office: Office, conference: str) -> None:
        self._repo, self._known = office.repo(conference), dict[TopicId, frozenset[PostId]]()
        self._away, is_any_moved = topicplaces.Away(), False
        with Reader(self._repo) as reader:
            paths = (
                f"{folder}/{entry.path}"
                for folder in topic_event.FOLDERS
                for entry in reader.tree(MAIN, folder, recursive=True)
            )
            for path in paths:
                found = topic_event.parse_path(path)
                if found is not None and found[0] not in self._known:
                    state = topic_state(reader, found[0])
                    self._known[found[0]] = frozenset(state.hidden)
                    is_any_moved = is_any_moved or bool(state.moved)
        if is_any_moved:
            known = grants.read(office.config, settled=True)
            self._away = topicplaces.away(office.config, conference, known)

    def has(self, tid: TopicId, mid: PostId) -> bool:
        """Whether a post of a stored topic is not shown here."""
        return self._away.has(tid, mid) or mid in self._known.get(tid, ())


def _table(text: str, rows: Iterable[_Row]) -> str:
    return text + "\n" + "\n".join(_lines(row) for row in rows)


def _lines(row: _Row) -> str:
    subject = row.subject if len(row.subject) <= 58 else row.subject[:57] + "…"
    return f"{line(f'{row.mid[:8]}  {subject}')}\n{line(f'          {row.author}, {row.day}')}"


def _how(lang: str) -> str:
    word = vocabulary.shown(vocabulary.COMMANDS, "get", lang)
    return gettext(
        lang,
        "To get one, send us the word “%(word)s” and the letters in front of its subject:",
        word=word,
    ) + ("\n" + line(f"{word} abcd2345"))


def _found(office: Office, conference: str, wanted: list[str], lang: str) -> Iterator[_Kept]:
    """The posts as the archive has them."""
    repo = office.repo(conference)
    paths = {row.path: row.mid for row in _rows(office, conference, lang)}
    with Reader(repo) as reader:
        for name in wanted:
            path = next((path for path, mid in paths.items() if mid.startswith(name)), None)
            blob = reader.at(MAIN, path) if path else None
            if path and blob:
                yield _Kept(path, _decoded(blob))


def _decoded(blob: bytes) -> Post | None:
    try:
        return post_file.decode(blob)
    except SoliCommError:
        return None


def _has_pages(office: Office, conference: str) -> bool:
    settings = office.conference(conference)
    return settings is not None and settings.visibility in ("public", "unlisted")


def _enclosing(office: Office, case: Case, person: Person, one: _Kept) -> Letter:
    """A mail with what is attached to a post, as far as it is not too large for a mail."""
    parts: list[Attached] = []
    size = 0
    with Reader(office.repo(case.conference)) as reader:
        for attached in one.attachments:
            octets = reader.at(MAIN, post_file.attachment_path(attached.sha256))
            size += len(octets or b"")
            if octets and size <= _MOST_ATTACHED:
                parts.append(Attached(_plain_type(attached.type), octets, attached.name))
    return letter(
        office,
        "lists/attached",
        person.address,
        person.lang,
        conference=case.conference,
        kind=f"get:{one.path}",
        attached=tuple(parts),
        subject=one.post.subject if one.post is not None else "",
        all=len(parts) == len(one.attachments),
    )


def _plain_type(kind: str) -> str:
    """The type for a leaf part; what is odd goes as octets."""
    is_plain = re.fullmatch(r"(?!message/|multipart/)[a-z0-9.+-]+/[a-z0-9.+-]+", kind)
    return kind if is_plain or kind == "message/rfc822" else "application/octet-stream"


def _text(office: Office, conference: str, one: _Kept, lang: str) -> str:
    """Header, text, where it is on the web."""
    post = one.post
    if post is None:
        return gettext(lang, "There is no such message.")
    kept = post_file.parse_path(one.path)
    link = f"{office.config.url}/conferences/{conference}/t/{kept[0]}/#{kept[1]}" if kept else ""
    when = i18n.format_datetime(lang, post.date) if post.date else post.date_raw or ""
    head = "\n".join(line(text) for text in (post.subject, f"{post.name}, {when}", link) if text)
    return (
        head
        + "\n\n"
        + "\n".join(f"  {row}".rstrip() for row in post.body[:_LONGEST_POST].split("\n"))
    )
