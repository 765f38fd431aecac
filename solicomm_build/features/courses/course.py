"""A course: weeks that open by themselves, and what is kept of each that did. Pure.

When a week of `calendar` (conference.yaml) is due, the hub writes `calendar/<week>-<version>.yaml`
into the conference and then the week's post, whose Message-ID is made of conference, week, version
and the hub's key: nobody else can make it, and made again it is the same. The file says for good
that the week has opened; whatever else changes in the calendar, it does not open again, until its
`version` is raised.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from solicomm_build.foundation import schema, yamlsafe
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.post.conference import Conference, Week

SCHEMA = "solicomm/course-week@1"
OPENS_AT = time(8)
"""In the conference's `zone`, else UTC."""
LATE = timedelta(days=7)
"""So long after its time a week opens that was put into the calendar too late."""

_PATH = re.compile(r"calendar/([0-9]{3})-([0-9]{1,2})\.yaml")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{3,250}")


@dataclass(frozen=True, slots=True)
class Opened:
    """A week that has opened: the Message-ID of its post, and when."""

    week: int
    version: int
    message_id: str
    at: datetime

    @property
    def post(self) -> PostId:
        """The post, which is the topic's first."""
        return post_id(self.message_id)


def opens_at(week: Week, zone: str) -> datetime:
    """The moment a week opens, in UTC; on the first day that there is, the first moment."""
    where = ZoneInfo(zone) if zone else UTC
    at = datetime.combine(date.fromisoformat(week.opens), OPENS_AT, where)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def is_due(week: Week, zone: str, now: datetime, planned: datetime) -> bool:
    """Whether a week shall open now. `planned` is when the settings were changed last: a week that
    was over by then is one of the past and stays closed, one that came due while the hub was down
    opens all the same."""
    due = opens_at(week, zone)
    return due <= now and (planned <= due or planned - due <= LATE)


def message_id(key: bytes, conference: str, week: Week, domain: str) -> str:
    """The Message-ID of a week's post."""
    name = f"{conference} {week.week} {week.version}"
    mark = hmac.new(key, f"course {name}".encode(), hashlib.sha256).hexdigest()[:24]
    return f"week{week.week}.{week.version}.{mark}@{conference}.course.{domain}"


def path(week: int, version: int) -> str:
    """Where it is kept that a week has opened."""
    return f"calendar/{week:03}-{version}.yaml"


def parse_path(text: str) -> tuple[int, int] | None:
    """(week, version) of such a path, or None."""
    match = _PATH.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def encode(opened: Opened) -> bytes:
    """The file of a week that has opened."""
    values: dict[str, yamlsafe.Node] = {
        "schema": SCHEMA,
        "week": str(opened.week),
        "version": str(opened.version),
        "message_id": opened.message_id,
        "opened": f"{opened.at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return yamlsafe.dump(values).encode()


def decode(blob: bytes, file: str) -> Opened:
    """What a file says. Raises ContentErrors."""
    try:
        top = schema.open_file(blob, file=file)
    except ContentError as error:
        raise ContentErrors([error]) from error
    top.schema(SCHEMA)
    found = Opened(
        top.integer("week", 1, low=1, high=200),
        top.integer("version", 1, low=1, high=99),
        top.text("message_id", required=True),
        top.parsed(
            "opened", _moment, datetime(1970, 1, 1, tzinfo=UTC), "Write 2026-04-06T08:00:00Z"
        ),
    )
    if not _MESSAGE_ID.fullmatch(found.message_id):
        top.fault("message_id", "`message_id` is none", "Write it without angle brackets")
    top.close()
    top.raise_faults()
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def newest(opened: list[Opened]) -> dict[int, Opened]:
    """The newest version of each week that has opened."""
    return {one.week: one for one in sorted(opened, key=lambda one: (one.week, one.version))}


def weeks(conference: Conference) -> list[Week]:
    """The weeks in the order in which they open."""
    return sorted(conference.calendar, key=lambda week: (week.opens, week.week))
