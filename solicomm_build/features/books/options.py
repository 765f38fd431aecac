"""The options that say of what a book is: the same for EPUB and PDF."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from solicomm_build.builder.conferences.topics import label_slug
from solicomm_build.features.books import wanted
from solicomm_build.features.books.wanted import COURSE, LABEL, Wanted
from solicomm_build.foundation.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def of(topic: str, conference: str, month: str, label: str, *, course: bool) -> Wanted:
    """What the options say together. Raises UsageError."""
    within = [bool(month), bool(label), course]
    if topic:
        if conference or any(within):
            raise UsageError("--topic stands alone: it names its conference itself")
        return wanted.topic(topic)
    if not conference or sum(within) != 1:
        raise UsageError(
            "say of what: --topic ADDRESS, or --conference ID with one of --month 2026-11, "
            "--label NAME, --course"
        )
    if month:
        return wanted.month(conference, month)
    return Wanted(conference, LABEL, label_slug(label)) if label else Wanted(conference, COURSE)


def chosen(function: F) -> F:
    """Adds the options; the function gets what they say as `wanted`."""

    @wraps(function)
    def with_wanted(**given: Any) -> Any:
        names = ("topic", "conference", "month", "label", "course")
        said = {name: given.pop(name) for name in names}
        return function(wanted=of(**said), **given)

    made: Any = click.option("--course", is_flag=True, help="The weeks that have opened.")(
        with_wanted
    )
    for name, metavar, words in (
        ("label", "NAME", "All topics with this label."),
        ("month", "2026-11", "What was written in a month."),
        ("conference", "ID", "Whose month, label or course it is."),
        ("topic", "ADDRESS", "One topic, by the address of its page."),
    ):
        made = click.option(f"--{name}", default="", metavar=metavar, help=words)(made)
    return made  # type: ignore[no-any-return]
