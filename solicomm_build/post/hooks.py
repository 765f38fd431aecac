"""What posts ask of features: `post.py` in the folder of a feature. What the rules of posting ask
says postingcase.py, since who only reads posts needs none of what a verdict depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.frontmatter import Record, Value
from solicomm_build.message.values import Message


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mail, known by its media `type`, that a post tells by fields of its front matter
    and not as a file. `of_message` finds what it says, None when it has not the right shape;
    `fields` are the fields of that; `read` finds it again, or None, whatever stands there."""

    type: str
    of_message: Callable[[Message], Any]
    fields: Callable[[Any], Mapping[str, Value]]
    read: Callable[[Record], Any]


class PostHook(Protocol):
    """`post.py` of a feature: what it has of a post. Pure; asked for posts with files and of kinds
    of their own."""

    PARTS: Mapping[str, Part]
    """By the kind of the post that a mail with such a part becomes."""


def parts() -> Mapping[str, Part]:
    """The parts of mail that posts tell by fields, by the kind of the post."""
    return hooks.table("post", "PARTS")
