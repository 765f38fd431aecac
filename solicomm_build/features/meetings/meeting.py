"""Meetings of a conference: the files below `meetings/<mid>/`, read and written. Pure, but for
`mint`.

    <n>.yaml             what, when and where: version n, the last counts; SEQUENCE in calendars
    answers/<ts>.yaml    who answered what since the file before, by ids of this meeting alone
    minutes.yaml         the post that closes it

Files are added by the hub alone and never changed. Which id is whose is in `private/`
(features/meetings/meetingbook.py). The format is docs/formats/meeting.md.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from solicomm_build.features.meetings.rsvpaddress import MEETING_ID
from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.frontmatter import Word
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line

SCHEMA, ANSWERS = "solicomm/meeting@1", "solicomm/meeting-answers@1"
MINUTES = "solicomm/meeting-minutes@1"

YES, MAYBE, NO = "yes", "maybe", "no"
CHOICES = (YES, MAYBE, NO)
ON, CANCELLED = "on", "cancelled"
LONGEST_TITLE, LONGEST_PLACE = 200, 500

INVITEE = re.compile(r"i_[a-z2-7]{10}")
_PATH = re.compile(
    r"meetings/(m-[a-z0-9]{4,12})/(?:(0|[1-9][0-9]{0,3})|(minutes)|(answers)/[0-9]{8}T[0-9]{6}Z)\.yaml"
)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
_SHOWN = re.compile("shown|hidden")
_FLAG = re.compile("on|off")
_STATE = re.compile("on|cancelled")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")


@dataclass(frozen=True, slots=True)
class Meeting:
    """One version of a meeting. `zone` is an IANA name; `names` is whether everybody may read who
    comes; `remind` whether those who are invited hear of it the day before."""

    id: str
    title: str
    starts: datetime
    ends: datetime
    zone: str = "UTC"
    place: str = ""
    names: bool = False
    remind: bool = True
    sequence: int = 0
    state: str = ON
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place."""
        return self.state == CANCELLED

    @property
    def local(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered last: one of `CHOICES`, or "" for no answer any more; with the name
    where names are shown."""

    choice: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers that came since the batch before; `invited` is how many are, by then."""

    at: datetime
    invited: int
    answers: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Minutes:
    """The post that closes a meeting, by its Message-ID."""

    at: datetime
    message_id: str


# -- where ------------------------------------------------------------------------------------


def folder(meeting: str) -> str:
    """Where a meeting's files lie, with the last slash."""
    return f"meetings/{meeting}/"


def parse_path(path: str) -> tuple[str, str] | None:
    """(meeting, kind) of a path: kind is version, answers or minutes."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    return match[1], "version" if match[2] else match[3] or match[4]


def version_path(meeting: Meeting) -> str:
    """The path of a version."""
    return f"{folder(meeting.id)}{meeting.sequence}.yaml"


def answers_path(meeting: str, at: datetime) -> str:
    """The path of a batch of answers."""
    return f"{folder(meeting)}answers/{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.yaml"


def minutes_path(meeting: str) -> str:
    """The path of the note that says where the minutes are."""
    return f"{folder(meeting)}minutes.yaml"


def mint() -> str:
    """A new random id."""
    return "m-" + base64.b32encode(secrets.token_bytes(5)).decode("ascii").lower()


def stamp(at: datetime) -> str:
    """A moment as files have it, to the second."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


# -- versions ---------------------------------------------------------------------------------


def encode(meeting: Meeting) -> bytes:
    """The file of a version; `decode` reads it back."""
    return frontmatter.write_head(
        {
            "schema": Word(SCHEMA),
            "id": Word(meeting.id),
            "sequence": Word(str(meeting.sequence)),
            "state": Word(meeting.state),
            "at": Word(stamp(meeting.at)),
            "title": meeting.title,
            "starts": Word(stamp(meeting.starts)),
            "ends": Word(stamp(meeting.ends)),
            "zone": meeting.zone,
            "place": meeting.place,
            "names": Word("shown" if meeting.names else "hidden"),
            "remind": Word("on" if meeting.remind else "off"),
        }
    ).encode("utf-8", "replace")


def decode(blob: bytes, file: str = "0.yaml") -> Meeting:
    """Raises ContentError."""
    read = frontmatter.record(blob, SCHEMA, file=file)
    zone = read.word("zone", _ZONE)
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        raise read.fault("zone", "Write a name such as `zone: Africa/Nairobi`") from error
    made = Meeting(
        read.word("id", MEETING_ID),
        one_line(read.text("title"), LONGEST_TITLE),
        read.moment("starts"),
        read.moment("ends"),
        zone,
        one_line(read.optional("place"), LONGEST_PLACE),
        read.word("names", _SHOWN) == "shown",
        read.word("remind", _FLAG) == "on",
        int(read.word("sequence", _NUMBER)),
        read.word("state", _STATE),
        read.moment("at"),
    )
    if made.ends < made.starts:
        raise read.fault("ends", "It ends after it starts")
    return made


# -- answers ----------------------------------------------------------------------------------


def encode_answers(batch: Batch) -> bytes:
    """The file of a batch, in the order of ids, which says nothing."""
    head: dict[str, frontmatter.Value] = {
        "schema": Word(ANSWERS),
        "at": Word(stamp(batch.at)),
        "invited": Word(str(batch.invited)),
    }
    for known, said in sorted(batch.answers.items()):
        head[known] = f"{said.choice or 'none'} {said.name}".rstrip()
    return frontmatter.write_head(head).encode("utf-8", "replace")


def decode_answers(blob: bytes, file: str = "") -> Batch:
    """Raises ContentError."""
    read = frontmatter.record(blob, ANSWERS, file=file)
    found = {}
    for known, value in read.values.items():
        if known in ("schema", "at", "invited"):
            continue
        choice, _, name = value.partition(" ") if isinstance(value, str) else ("", "", "")
        if not INVITEE.fullmatch(known) or choice not in (*CHOICES, "none"):
            fault = f"{known!r} is no answer"
            raise ContentError(fault, file=file, remedy='Leave `i_abcdefghij: "yes"` to the hub')
        said = "" if choice == "none" else choice
        found[known] = Said(said, one_line(name, LONGEST_NAME))
    return Batch(read.moment("at"), int(read.word("invited", _NUMBER)), found)


# -- minutes ----------------------------------------------------------------------------------


def encode_minutes(minutes: Minutes) -> bytes:
    """The note that says where the minutes are."""
    head = {"schema": Word(MINUTES), "at": Word(stamp(minutes.at))}
    return frontmatter.write_head(head | {"message_id": minutes.message_id}).encode("utf-8")


def decode_minutes(blob: bytes, file: str = "minutes.yaml") -> Minutes:
    """Raises ContentError."""
    read = frontmatter.record(blob, MINUTES, file=file)
    return Minutes(read.moment("at"), read.text("message_id"))
