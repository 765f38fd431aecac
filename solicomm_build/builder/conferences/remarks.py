"""What the pages of a topic say of its posts because moderators did: summary, answer, and so on.

Made of the topic's marks (post/topicmarks.py) and its posts as they are now: what was hidden, or
is in another topic since, is not remarked on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from solicomm_build.builder.conferences.lookup import Lookup, PostRow, moment
from solicomm_build.builder.conferences.threads import shown_subject
from solicomm_build.post.pages import Place, PostRef, Rendering
from solicomm_build.post.topicmarks import TopicMarks


@dataclass(frozen=True, slots=True)
class Remarks:
    """`summary` is the newest one, `covers` what it covers, `earlier` those before, newest first.
    `beside` are the translations of each original, `apart` those on another page, `renders` what
    each translation translates. `notes` are marks of posts. `joined` are the first posts of what
    was merged into the topic, `parted` the topics that were split from it, `origin` the one it was
    split from."""

    summary: PostRef | None = None
    summary_blob: str = ""
    covers: str = ""
    earlier: tuple[PostRef, ...] = ()
    answer: PostRef | None = None
    answer_blob: str = ""
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    renders: Mapping[str, Rendering] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joined: tuple[PostRef, ...] = ()
    parted: tuple[Place, ...] = ()
    origin: Place | None = None


NONE = Remarks()
_Beside: TypeAlias = dict[str, tuple[str, ...]]


def remarks(
    rows: Lookup,
    url: str,
    marks: TopicMarks,
    posts: Sequence[PostRow],
    pages: Mapping[str, int],
) -> Remarks:
    """What is to be said of the posts of a topic, all of them, in their order; `url` is where the
    conference is, `pages` the page that each post stands on."""
    said = _Said(rows, url, marks, posts, pages)
    summaries = [(ref, covers) for mid, covers in marks.summaries if (ref := said.ref(mid))]
    renders, beside, apart = said.translations()
    answer = said.ref(marks.answer)
    return Remarks(
        summary=summaries[0][0] if summaries else None,
        summary_blob=said.shown[summaries[0][0].mid].blob if summaries else "",
        covers=summaries[0][1] if summaries else "",
        earlier=tuple(ref for ref, _ in summaries[1:]),
        answer=answer,
        answer_blob=said.shown[answer.mid].blob if answer else "",
        beside=beside,
        apart=apart,
        renders=renders,
        notes=said.notes(),
        joined=tuple(ref for mid in marks.joined if (ref := said.ref(mid))),
        parted=tuple(place for tid in marks.parted if (place := said.place(tid))),
        origin=said.place(marks.origin),
    )


class _Said:
    """The marks of one topic, looked up among its posts."""

    def __init__(
        self,
        rows: Lookup,
        url: str,
        marks: TopicMarks,
        posts: Sequence[PostRow],
        pages: Mapping[str, int],
    ) -> None:
        self._rows, self._url, self._marks = rows, url, marks
        self._page = pages
        self._number = {post.mid: number for number, post in enumerate(posts, 1)}
        self._posts = posts
        self.shown = {post.mid: post for post in posts if not post.hidden}

    def ref(self, mid: str) -> PostRef | None:
        """A post that readers see, as something to link to."""
        post = self.shown.get(mid)
        if post is None:
            return None
        number = self._number[mid]
        page = self._page[mid]
        return PostRef(mid, number, page, post.name, moment(post.time), shown_subject(post.subject))

    def place(self, tid: str) -> Place | None:
        """Another topic of the conference, as something to link to."""
        topic = self._rows.topic(tid) if tid else None
        return Place(topic.title, f"{self._url}t/{tid}/") if topic else None

    def notes(self) -> dict[str, tuple[str, ...]]:
        """Marks of posts, by the words that the plugin has for them."""
        closed = self._marks.closed_at
        found: dict[str, tuple[str, ...]] = {}
        for post in self._posts:
            late = closed is not None and post.receipt > closed
            other = post.mid in self._marks.others
            if late or other:
                found[post.mid] = (
                    *(["late"] if late else []),
                    *(["mid_conflict"] if other else []),
                )
        return found

    def translations(self) -> tuple[dict[str, Rendering], _Beside, _Beside]:
        """What each translation translates, and the newest one of each post into each language: on
        the same page, and on another. One is stale when its original is hidden, came in
        another version too, or was a summary and another one sums up now."""
        renders: dict[str, Rendering] = {}
        newest: dict[tuple[str, str], str] = {}
        summaries = [mid for mid, _ in self._marks.summaries]
        for mid, of, lang, _ in self._marks.translations:
            if mid not in self.shown or of not in self._number or mid == of:
                continue
            old = of in summaries and summaries[0] not in (of, mid)
            stale = old or of not in self.shown or of in self._marks.others
            number = self._number[of]
            renders[mid] = Rendering(of, number, self._page[of], lang, stale)
            newest[of, lang] = mid
        beside: _Beside = {}
        apart: _Beside = {}
        for (of, _), mid in newest.items():
            if of not in renders:
                among = beside if renders[mid].page == self._page[mid] else apart
                among[of] = (*among.get(of, ()), mid)
        return renders, beside, apart
