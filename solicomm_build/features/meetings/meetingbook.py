"""What nobody but the hub knows of a meeting: `private/meetings/<conference>/<mid>/`.

    salt                          what ids of this meeting are made with
    chair                         the number of the moderator who set it
    told/<turn>/<hash>.txt        the numbers of the members who have a letter: `s0` is the
                                  invitation, `s1` and on are its changes, `r0` and on reminders
    answers/<number>/<ts>.yaml    an answer: choice, when it came, the offset of its author's clock

Plain files. Whoever writes is the desk, through its ledger.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.desk.plan import Write
from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.foundation import frontmatter, safeio
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.frontmatter import Word
from solicomm_build.foundation.hub.config import Config

FOLDER = "meetings"
SCHEMA = "solicomm/meeting-answer@1"

_FRESH = 2_000_000_000
"""Nanoseconds within which a file system may not tell two changes apart (git/tips.py)."""
_CHOICE = re.compile("yes|maybe|no|none")
_NUMBER = re.compile(r"[0-9]{1,9}")
_OFFSET = re.compile(r"[+-]?[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member answered, when it came, and the offset from UTC of the clock it was written by,
    in minutes; None where the mail did not say."""

    choice: str
    at: datetime
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """One meeting's private part."""

    conference: str
    meeting: str
    folder: Path

    @property
    def _below(self) -> str:
        return f"{FOLDER}/{self.conference}/{self.meeting}"

    def begun(self) -> Write:
        """The salt, for a new meeting."""
        return Write.to_private(f"{self._below}/salt", secrets.token_hex(16))

    def chaired(self, number: int) -> Write:
        """The number of the moderator who set the meeting."""
        return Write.to_private(f"{self._below}/chair", f"{number}\n")

    def chair(self) -> int:
        """The same; 0 when it is not known any more, or the file is damaged."""
        path = self.folder / "chair"
        return next(iter(_numbers(path)), 0) if path.exists() else 0

    def invitee(self, number: int) -> str:
        """The id of a member in this meeting; empty when it cannot be known any more."""
        path = self.folder / "salt"
        if not path.exists():
            return ""
        octets = hmac.digest(path.read_bytes(), number.to_bytes(4, "big"), "sha256")
        return "i_" + base64.b32encode(octets).decode("ascii").lower()[:10]

    def told(self, turn: str) -> set[int]:
        """The numbers of those who have their letter of a turn, as far as files are not damaged."""
        paths = (self.folder / "told" / turn).glob("*.txt")
        return {number for path in paths for number in _numbers(path)}

    def invited(self) -> set[int]:
        """The numbers of all who were invited."""
        turns = (path.name for path in (self.folder / "told").glob("s*"))
        return set[int]().union(*map(self.told, turns))

    def telling(self, turn: str, numbers: Iterable[int]) -> Write:
        """Notes who gets a letter of a turn now."""
        rows = sorted(numbers)
        text = "".join(f"{number}\n" for number in rows)
        name = hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
        return Write.to_private(f"{self._below}/told/{turn}/{name}.txt", text)

    def answering(self, number: int, answer: Answer) -> Write:
        """Keeps an answer."""
        head = {
            "schema": Word(SCHEMA),
            "choice": Word(answer.choice or "none"),
            "at": Word(answer.at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"),
        }
        if answer.offset is not None:
            head["offset"] = Word(str(answer.offset))
        name = f"{answer.at.astimezone(UTC):%Y%m%dT%H%M%S%f}Z.yaml"
        path = f"{self._below}/answers/{number}/{name}"
        return Write.to_private(path, frontmatter.write_head(head))

    def answers(self, number: int) -> list[Answer]:
        """All that a member has answered, the oldest first."""
        return sorted(self._read(self.folder / "answers" / str(number)), key=lambda one: one.at)

    def last(self) -> dict[int, Answer]:
        """The last answer of each who has answered, by number."""
        places = (path for path in (self.folder / "answers").glob("*") if path.name.isdigit())
        found = {int(path.name): self.answers(int(path.name)) for path in places}
        return {number: answers[-1] for number, answers in found.items() if answers}

    def said(self, since: datetime) -> dict[int, str]:
        """What each member says now, by number; an answer from before `since`, to another time,
        says nothing any more."""
        return {who: one.choice for who, one in self.last().items() if one.at >= since}

    def stamp(self) -> tuple[tuple[str, int], ...] | None:
        """What is another whenever somebody was told or answered, or was taken out since; None
        while that may not be seen, since something has just changed. Opens no file."""
        looked, found = time.time_ns(), list[tuple[str, int]]()
        for part in ("told", "answers"):
            with contextlib.suppress(FileNotFoundError), os.scandir(self.folder / part) as folders:
                found += [(f"{part}/{one.name}", one.stat().st_mtime_ns) for one in folders]
        if any(looked - changed <= _FRESH for _, changed in found):
            return None
        return tuple(sorted(found))

    def forget_member(self, number: int) -> bool:
        """Takes a member out; whether there was anything. Safe to call twice."""
        place, had = self.folder / "answers" / str(number), False
        if place.exists():
            shutil.rmtree(place)
            had = True
        if self.chair() == number:
            (self.folder / "chair").unlink()
            had = True
        for path in (self.folder / "told").glob("*/*.txt"):
            rows = _numbers(path)
            if number in rows:
                rest = "".join(f"{row}\n" for row in rows if row != number)
                safeio.write_atomic(path, rest.encode("ascii"), mode=0o600)
                had = True
        return had

    def _read(self, place: Path) -> Iterator[Answer]:
        for path in sorted(place.glob("*.yaml")):
            try:
                read = frontmatter.record(path.read_bytes(), SCHEMA, file=path.name)
                choice, offset = read.word("choice", _CHOICE), read.optional("offset")
                known = int(offset) if _OFFSET.fullmatch(offset) else None
                yield Answer("" if choice == "none" else choice, read.moment("at"), known)
            except ContentError:
                continue  # a damaged file; the answer before it counts


def _numbers(path: Path) -> list[int]:
    """The numbers of members in a file; what else a damaged one has is passed over."""
    rows = path.read_text("ascii", "replace").split()
    return [int(row) for row in rows if _NUMBER.fullmatch(row)]


def book(config: Config, conference: str, meeting: str) -> Book:
    """The private part of a meeting, whether there is one or not."""
    return Book(conference, meeting, config.private / FOLDER / conference / meeting)


def books(config: Config) -> Iterator[Book]:
    """Those of all meetings that have one."""
    for path in sorted((config.private / FOLDER).glob("*/*")):
        if path.is_dir() and meetings.parse_path(f"meetings/{path.name}/0.yaml"):
            yield book(config, path.parent.name, path.name)
