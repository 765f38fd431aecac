"""The options by which a part of a hub is chosen: the same for a stick and for one file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import wraps
from typing import Any, TypeVar

import click

from solicomm_build.features.pocket.choice import Choice

F = TypeVar("F", bound=Callable[..., Any])

_KINDS = ("conference", "library", "union")
_MANY = {"conference": "conferences", "library": "libraries", "union": "unions"}


def chosen(function: F) -> F:
    """Adds the options; the function gets what they say as `choice`."""

    @wraps(function)
    def with_choice(**given: Any) -> Any:
        named = {many: given.pop(many) for many in _MANY.values()}
        since = given.pop("since")
        moment = since.replace(tzinfo=UTC) if since else None
        return function(choice=Choice(**named, lang=given.pop("lang"), since=moment), **given)

    made: Any = click.option("--lang", default="", help="The language that it opens in.")(
        with_choice
    )
    words = "Only topics with something new from this day on, and cards added since; sites whole."
    made = click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help=words)(
        made
    )
    for kind in reversed(_KINDS):
        words = f"Only this {kind}, and what else is named so."
        made = click.option(f"--{kind}", _MANY[kind], multiple=True, metavar="ID", help=words)(made)
    return made  # type: ignore[no-any-return]
