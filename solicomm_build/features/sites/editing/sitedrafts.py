"""`private/site-drafts/<union>/<id>.json`: what editors sent by mail and did not publish yet.

One file a draft: the text, the pictures (made anew), where it shall lie. Its id is made of the mail
that it came with, so that a mail that is taken twice makes one draft (people/pending.py). Nobody
but the hub reads it; the token in the editor's mail publishes it. After thirty days it goes.
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta

from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.pending import Pending


@dataclass(frozen=True, slots=True)
class Draft:
    """`path` is where the text shall lie, `base` the blob it was made of (empty: a new file);
    `pictures` are paths below media/ with base64."""

    union: str
    path: str
    text: str
    base: str = ""
    pictures: tuple[tuple[str, str], ...] = ()

    def with_text(self, text: str) -> Draft:
        """The same with another text."""
        return replace(self, text=text)

    def files(self) -> list[tuple[str, bytes]]:
        """The pictures as files of the site."""
        return [(path, base64.b64decode(coded)) for path, coded in self.pictures]


def coded(pictures: list[tuple[str, bytes]]) -> tuple[tuple[str, str], ...]:
    """Pictures as a draft holds them."""
    return tuple((path, base64.b64encode(octets).decode("ascii")) for path, octets in pictures)


PENDING = Pending("site-drafts", timedelta(days=30))


def put(config: Config, name: str, draft: Draft, address: str) -> None:
    """Keeps the draft of an editor with that address, durable on return."""
    PENDING.put(config, f"{draft.union}/{name}", asdict(draft) | {"address": address})


def get(config: Config, union: str, name: str) -> Draft | None:
    """A draft; None when it went or never was."""
    facts = PENDING.get(config, f"{union}/{name}")
    if facts is None:
        return None
    known = {one.name for one in fields(Draft)}
    said = {key: value for key, value in facts.items() if key in known}
    pictures = tuple((path, coded) for path, coded in said["pictures"])
    return Draft(**said | {"union": union, "pictures": pictures})


def forget(config: Config, union: str, name: str) -> None:
    """Lets a draft go."""
    PENDING.forget(config, f"{union}/{name}")
