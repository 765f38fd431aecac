"""What a conference's health is counted from, with numbers small enough to count by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.features.health import health
from solicomm_build.features.health.health import Started
from solicomm_build.foundation.errors import ContentError

HOUR = 3600
MARCH = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
MONTHS = ("2026-02", "2026-03")


def topic(tid: str, hours: int = 0, *, closed: bool = False) -> Started:
    return Started(tid, f"About {tid}", "Ana", MARCH + hours * HOUR, closed)


def counted(topics: list[Started], posts: list[tuple[str, int, str, str]]) -> health.Health:
    timed = [(tid, MARCH + hours * HOUR, name, lang) for tid, hours, name, lang in posts]
    return health.health(MONTHS, topics, timed, target=72 * HOUR, decided={"2026-02": 60})


def test_answers_are_those_of_others_than_who_asked() -> None:
    found = counted(
        [topic("a"), topic("b", 10), topic("c"), topic("d", closed=True)],
        [
            ("a", 0, "Ana", "en"),
            ("a", 1, "ANA", "en"),
            ("a", 4, "Ben", "fr"),
            ("b", 10, "Ana", ""),
            ("b", 110, "Cy", "fr"),
            ("b", 111, "Ben", "fr"),
            ("c", 0, "Ana", "en"),
            ("x", 5, "Dee", "en"),
        ],
    )
    before, march = found.months
    assert (before.posts, before.median, before.decided) == (0, None, 60)
    assert (march.posts, march.people, march.topics) == (8, 4, 4)
    assert (march.answered, march.in_time) == (2, 1)
    assert (march.median, march.ninth) == (4 * HOUR, 100 * HOUR)
    assert [waiting.tid for waiting in found.waiting] == ["c"], "closed topics wait for nobody"
    assert found.languages == (("en", 4), ("fr", 3)), "a post that does not say is not counted"


def test_a_mail_that_was_dated_before_its_question_answers_at_once() -> None:
    march = counted([topic("a", 5)], [("a", 4, "Ben", ""), ("a", 5, "Ana", "")]).months[1]
    assert march.median == 0


def test_only_the_newest_that_wait_are_listed() -> None:
    found = counted([topic(f"t{n:03}", n) for n in range(60)], [])
    assert (found.waits, len(found.waiting), found.waiting[0].tid) == (60, health.WAITING, "t059")


@pytest.mark.parametrize(
    ("values", "part", "wanted"),
    [([], 50, None), ([7], 90, 7), ([1, 2, 3], 50, 2), (list(range(1, 11)), 90, 9)],
)
def test_percentiles_are_values_that_occurred(
    values: list[int], part: int, wanted: int | None
) -> None:
    assert health.percentile(values, part) == wanted


def test_months_go_back_over_the_year() -> None:
    assert health.last_months("2026-02", 3) == ["2025-12", "2026-01", "2026-02"]


def test_what_moderators_took_is_told_of_five_decisions_and_not_of_four() -> None:
    assert health.encode([1, 2, 3, 4]) is None
    text = health.encode([50, 10, 30, 20, 40])
    assert text is not None
    assert health.decode(text.encode()) == 30


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"decisions": 4, "median_seconds": 9}',
        '{"decisions": 9, "median_seconds": -1}',
        '{"decisions": true, "median_seconds": 1}',
        '{"decisions": 9, "median_seconds": "x"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_such_file_says_what_one_is(text: str) -> None:
    with pytest.raises(ContentError):
        health.decode(text.encode(), "health/2026-03.json")


def test_files_of_months_have_their_place() -> None:
    assert health.parse_path(health.path("2026-03")) == "2026-03"
    for other in ("health/2026-13.json", "health/2026-03.json.md", "x/health/2026-03.json"):
        assert health.parse_path(other) is None
