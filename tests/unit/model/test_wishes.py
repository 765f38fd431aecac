"""At most so many a day, and some topics only."""

from __future__ import annotations

import pytest

from solicomm_build.people import wishes
from solicomm_build.people.wishes import of_post


@pytest.mark.parametrize(
    ("text", "most"), [("10/day", 10), ("3", 3), ("", 0), ("0/day", 0), ("many", 0), ("-1", 0)]
)
def test_most_a_day(text: str, most: int) -> None:
    assert wishes.most_a_day({"max": text}) == most


def test_topics_are_words_as_people_write_them() -> None:
    assert wishes.words("Wages, agua;WATER  água") == ("agua", "wages", "water")
    assert wishes.words(" , ") == ()
    assert len(wishes.words(",".join(f"w{n}" for n in range(99)))) == wishes.MOST_TOPICS


@pytest.mark.parametrize(
    ("subject", "keywords", "labels", "wanted"),
    [
        ("Re: [water] Wages!", (), (), True),
        ("wagestop", (), (), False),
        ("x", ("pay, WAGES",), (), True),
        ("x", (), ("wages",), True),
        ("x", (), (), False),
    ],
)
def test_a_post_is_about_its_subject_keywords_and_labels(
    subject: str, keywords: tuple[str, ...], labels: tuple[str, ...], wanted: bool
) -> None:
    about = of_post(1, subject, keywords, labels)
    assert wishes.is_wanted(("other", "wages"), about) is wanted
    assert wishes.is_wanted((), about)


def test_facts_are_needed_only_where_there_are_wishes() -> None:
    assert not wishes.needs_facts([{}, {"digest": "daily"}])
    assert wishes.needs_facts([{}, {"max": "1/day"}])
    assert wishes.needs_facts([{"topics": "a"}])
