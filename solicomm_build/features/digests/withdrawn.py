"""Digests that were withdrawn because of one of their posts, to be sent again without it.

    spool/out/again/<name>.json    key, issue, posts (ids), subject facts and who has not had it

The note is left before the spool file `<name>.mail` goes (post/store/withdraw.py); the courier
makes the digest anew (features/digests/sending.py) once that file is gone, and the note goes last.
A note names posts and recipients and holds no text. Killed anywhere, nobody is left without a
digest.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from solicomm_build.features.digests.octets import KEY_FIELD, POSTS_FIELD
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import fsync_dir, write_atomic
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.address import key
from solicomm_build.message.split import split
from solicomm_build.post.store.erasing import Bears


@dataclass(frozen=True, slots=True)
class Note:
    """A digest to be made anew. `issue` is volume and number, `members` are numbers beside
    `rcpt_tos` (or empty), `at` is when it was made first (ISO)."""

    key: str
    issue: tuple[int, int]
    posts: tuple[str, ...]
    rcpt_tos: tuple[str, ...]
    members: tuple[int, ...]
    at: str

    @property
    def list_id(self) -> str:
        """Whose digest it is."""
        return self.key.split("/")[0]

    def envelope(self, mail_from: str | None) -> Envelope:
        """Who is to get it, as it waits in the spool."""
        at = datetime.fromisoformat(self.at)
        envelope = Envelope(mail_from, self.rcpt_tos, at, list_id=self.list_id)
        return replace(envelope, members=self.members)


def note_of(item: Item) -> Note | None:
    """What a waiting digest holds, from the fields that we gave it; None for any other mail."""
    found: dict[str, str] = {}
    with contextlib.suppress(MessageError):
        found = {field.name: field.value for field in split(item.raw).fields}
    words = found.get(POSTS_FIELD, "").split()
    if KEY_FIELD not in found or not words or not item.envelope.list_id:
        return None
    volume, _, number = words[0].partition(".")
    if not (volume.isdecimal() and number.isdecimal()):
        return None
    envelope = item.envelope
    return Note(
        found[KEY_FIELD].strip(),
        (int(volume), int(number)),
        tuple(words[1:]),
        envelope.rcpt_tos,
        tuple(envelope.members),
        envelope.received_at.isoformat(),
    )


def leave(out: Path, name: str, note: Note) -> None:
    """Keeps a note beside the spool; durable on return."""
    folder = out / "again"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = json.dumps(asdict(note), ensure_ascii=False)
    write_atomic(folder / f"{name}.json", data.encode("utf-8", "surrogateescape"), mode=0o600)


def left(out: Path) -> list[Path]:
    """The files of all notes, the oldest first."""
    return sorted((out / "again").glob("*.json"))


def read(path: Path) -> Note:
    """What a note says. Raises FileNotFoundError, and ContentError for one that is damaged."""
    facts = safeio.facts_of(path)
    lists = {name: tuple(facts[name]) for name in ("issue", "posts", "rcpt_tos", "members")}
    return Note(**facts | lists)


def notes(out: Path) -> Iterator[tuple[Path, Note]]:
    """Every note, the oldest first. Raises ContentError at one that is damaged."""
    return ((path, read(path)) for path in left(out))


def done(path: Path) -> None:
    """The note has been acted on."""
    path.unlink(missing_ok=True)
    fsync_dir(path.parent)


def remember(config: Config, name: str, item: Item, bears: Bears) -> None:
    """Has a digest made anew without the posts that go."""
    note = note_of(item)
    posts = _without(note, bears) if note else ()
    if note and posts:
        leave(config.spool_out, name, replace(note, posts=posts))


def _without(note: Note, bears: Bears) -> tuple[str, ...]:
    return tuple(
        mid
        for mid in note.posts
        if not bears(f"X-SoliComm-Post: {note.list_id}/{mid}\r\n\r\n".encode("ascii", "replace"))
    )


def from_notes(config: Config, bears: Bears) -> None:
    """Takes posts out of digests that are to be made anew."""
    for path, note in notes(config.spool_out):
        posts = _without(note, bears)
        if not posts:
            done(path)
        elif posts != note.posts:
            leave(config.spool_out, path.stem, replace(note, posts=posts))


def not_to(config: Config, wanted: str) -> int:
    """Takes an address, by its key, out of the recipients of digests that are to be made anew; how
    many copies that were."""
    return sum(_not_to(config, path, note, wanted) for path, note in [*notes(config.spool_out)])


def _not_to(config: Config, path: Path, note: Note, wanted: str) -> int:
    """Takes an address out of the recipients of a digest that is to be made anew."""
    places = [place for place, one in enumerate(note.rcpt_tos) if key(one) != wanted]
    gone = len(note.rcpt_tos) - len(places)
    if not places:
        done(path)
    elif gone:
        left = tuple(note.rcpt_tos[place] for place in places)
        members = tuple(note.members[place] for place in places) if note.members else ()
        leave(config.spool_out, path.stem, replace(note, rcpt_tos=left, members=members))
    return gone
