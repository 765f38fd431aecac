"""What a topic's pages say beside its heading and its posts, as facts that travel as JSON. Pure.

Made of the folded state (topicstate.py) by the index, read again when a page is planned. Empty for
topics that nobody moderated, which are most.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class TopicMarks:
    """Posts and topics are mids and tids, times whole seconds UTC.

    `summaries` are (post, what it covers), the newest first; `translations` (post, of, lang,
    since), the oldest first; `others` posts of which another version came; `joined` the first posts
    of what was merged into this topic, `parted` topics that were split from it, `origin` the topic
    it was split from.
    """

    closed_at: int | None = None
    close_reason: str = ""
    summaries: tuple[tuple[str, str], ...] = ()
    answer: str = ""
    translations: tuple[tuple[str, str, str, int], ...] = ()
    others: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()
    origin: str = ""


NONE = TopicMarks()


def encode(marks: TopicMarks) -> str:
    """One line; empty when nothing is said. `decode` reads it back."""
    return "" if marks == NONE else json.dumps(asdict(marks), ensure_ascii=False)


def decode(text: str) -> TopicMarks:
    """What `encode` wrote."""
    if not text:
        return NONE
    values = json.loads(text)
    for key in ("summaries", "translations"):
        values[key] = tuple(map(tuple, values[key]))
    for key in ("others", "joined", "parted"):
        values[key] = tuple(values[key])
    return TopicMarks(**values)
