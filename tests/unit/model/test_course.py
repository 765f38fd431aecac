"""When weeks open, what is kept of it, and settings that are wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.features.courses import course
from solicomm_build.features.courses.course import Opened
from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.post import conference
from solicomm_build.post.conference import Conference, Week

WEEK = Week(3, "2026-03-30", {"en": "X"})


def test_a_record_reads_back() -> None:
    one = Opened(3, 2, "week3.2.abc@c.course.hub.example", datetime(2026, 3, 30, 8, tzinfo=UTC))
    where = course.path(3, 2)
    assert course.parse_path(where) == (3, 2)
    assert course.decode(course.encode(one), where) == one
    with pytest.raises(ContentErrors):
        course.decode(b"schema: solicomm/course-week@1\nmessage_id: '<a b>'\n", where)
    with pytest.raises(ContentErrors):
        course.decode(b"[", where)


def test_ids_are_the_hubs_own() -> None:
    one = course.message_id(b"key", "c", WEEK, "hub.example")
    assert one == course.message_id(b"key", "c", WEEK, "hub.example")
    assert one != course.message_id(b"other", "c", WEEK, "hub.example")
    assert one.endswith("@c.course.hub.example")


def test_summer_time_counts_where_the_conference_is() -> None:
    assert course.opens_at(WEEK, "Europe/Paris") == datetime(2026, 3, 30, 6, tzinfo=UTC)
    winter = Week(1, "2026-01-05", {})
    assert course.opens_at(winter, "Europe/Paris") == datetime(2026, 1, 5, 7, tzinfo=UTC)


def test_settings_of_a_course_read_back_and_name_what_is_wrong() -> None:
    made = Conference(
        "c",
        {"en": "C"},
        calendar=(Week(1, "2026-04-06", {"en": "A"}, task="B", version=2),),
        zone="Africa/Nairobi",
        weekly_summary=True,
    )
    assert conference.decode(conference.encode(made)) == made
    with pytest.raises(ContentErrors) as found:
        conference.decode(
            "schema: solicomm/conference@1\nid: c\ntitle: C\nzone: Mars/Base\n"
            "rhythm: {summary: hourly}\ncalendar:\n  - {week: 1, opens: 2026-02-30}\n"
            "  - {week: 1, opens: 2026-03-01}\n"
        )
    said = str(found.value)
    for word in ("Mars/Base", "hourly", "2026-02-30", "week 1 twice"):
        assert word in said


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_a_zone_moves_out_of_all_days_is_refused(day: str) -> None:
    made = Conference("c", {"en": "C"}, calendar=(Week(1, "2026-04-06", {}),), zone="Asia/Tokyo")
    blob = conference.encode(made).replace(b"2026-04-06", day.encode())
    with pytest.raises(ContentErrors, match="is not a day"):
        conference.decode(blob)
