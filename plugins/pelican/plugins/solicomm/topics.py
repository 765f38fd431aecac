"""The pages of topics, and of their labels, for Pelican: facts turned into what the templates show.

What moderators said comes in words of the conference's language; all of it can be read without
styles and scripts: a translation follows its original, an answer is named where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from pelican.plugins.solicomm.generator import Presenter

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, pgettext
from solicomm_build.foundation.types import public_id
from solicomm_build.message.text.excerpt import beginning
from solicomm_build.post.faces import face
from solicomm_build.post.pages import (
    ConferenceFacts,
    HubFacts,
    Page,
    PostFacts,
    PostRef,
    TopicFacts,
    relative,
)
from solicomm_build.post.presenters import conference
from solicomm_build.post.reading import linking, postnotes
from solicomm_build.post.reading.topicpages import page_url

COVERS = 4
"""Documents that a post names whose covers are shown below it."""
BRANCH = 4
"""Posts on end that make a side talk, and names that are said of it."""
EXCERPT = 240
"""Characters of the accepted answer that stand at the top of its topic."""
_SCREEN = 3
"""Posts that need no way to the newest of them."""
LONGEST_SUMMARY = 6000
"""Characters of HTML that a summary may have at the top of its topic; a longer one is linked, so
that the first posts come soon on a slow line."""


@lru_cache(maxsize=64)
def words(lang: str) -> dict[str, str]:
    """`words` of the template; the interface's script has them too (pipeline/interface.py)."""
    return {
        "summary": pgettext(lang, "of a topic", "Summary"),
        "covers": gettext(lang, "It covers:"),
        "read": gettext(lang, "Read the whole summary"),
        "earlier": gettext(lang, "Earlier summaries:"),
        "answer": gettext(lang, "Accepted answer"),
        "translation": pgettext(lang, "of a post", "Translation of"),
        "translations": gettext(lang, "Translations:"),
        "stale": gettext(lang, "The original has changed since."),
        "labels": gettext(lang, "Labels"),
        "joined": gettext(lang, "Topics that were joined to this one:"),
        "parted": gettext(lang, "Topics that were split from this one:"),
        "origin": gettext(lang, "This topic was split from:"),
    }


@lru_cache(maxsize=256)
def reply_url(facts: ConferenceFacts, domain: str, tid: str, post: PostFacts, title: str) -> str:
    """The mailto link that answers a post (RFC 6068). Clients that drop In-Reply-To still reach the
    topic by its own address. The id is one of ours, since the sender's may name a person and a
    host."""
    local, _, _ = facts.address.partition("@")
    subject = title if title.lower().startswith("re:") else f"Re: {title}"
    link = f"mailto:{quote(local)}+t-{tid}@{domain}?subject={quote(subject, safe='')}"
    if post.message_id:
        link += f"&In-Reply-To={quote(f'<{public_id(post.message_id)}>', safe='')}"
    return link


def topic(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """A page of a topic."""
    shown = _Topic(page, hub)
    facts, head = page.facts, shown.head
    return {
        "conference": conference(shown.about),
        "topic": {
            "tid": head.tid,
            "url": shown.url,
            "title": head.title or gettext(page.lang, "(no subject)"),
            "posts": head.posts,
            "started": head.started,
            "last": head.last,
            "names": facts["names"],
            "state": "closed" if head.closed else "open",
            "reason": facts["close_reason"],
            "pinned": head.pinned,
            "labels": [asdict(place) for place in facts["labels"]],
        },
        "first_page": facts["first_page"],
        "low": facts["low"],
        "begins": facts["begins"],
        "later": shown.later(),
        "newest": shown.newest(),
        "parts": branches(shown.units()),
        "posts": shown.posts,
        "pager": facts["pager"],
        "words": words(page.lang),
        "notices": [{"label": label, "url": url} for label, url in facts.get("notices", ())],
        **shown.said(),
    }


class _Topic:
    """One page of a topic, and what it shows."""

    def __init__(self, page: Page, hub: HubFacts) -> None:
        self._page, self._hub, self._facts = page, hub, page.facts
        self.about: ConferenceFacts = page.facts["conference"]
        self.head: TopicFacts = page.facts["topic"]
        self.url = f"{self.about.url}t/{self.head.tid}/"
        self._remarks = page.facts["remarks"]
        self.posts = [self._post(post) for post in page.facts["posts"]]

    def _place(self, mid: str) -> str:
        return f"{page_url(self.url, self._facts['places'].page[mid])}#{mid}"

    def _parent(self, post: PostFacts) -> dict[str, Any] | None:
        if post.parent is None:
            return None
        places = self._facts["places"]
        number = places.number[post.parent]
        return {
            "mid": post.parent,
            "number": number,
            "name": places.name[post.parent],
            "url": self._place(post.parent),
        }

    def _post(self, post: PostFacts) -> dict[str, Any]:
        head, lang = self.head, self._page.lang
        other = _other_subject(post.subject, head.title)
        mute = self.about.posting == "announce" or "hidden" in post.notes
        renders = self._remarks.renders.get(post.mid)
        answer = self._remarks.answer
        return {
            "mid": post.mid,
            "number": post.number,
            "name": post.name,
            "face": face(post.name),
            "date": post.date,
            "subject": other or None,
            "lang": post.lang or (renders.lang if renders else None),
            "dir": i18n.direction(post.lang or renders.lang) if post.lang or renders else None,
            "html": Markup(self._linked(post)),  # noqa: S704 - cleaned by message.markdown
            "cites": [asdict(one) for _, one in post.cites if one and one.cover][:COVERS],
            "parent": self._parent(post),
            "depth": post.depth,
            "attachments": [asdict(file) for file in post.attachments],
            "reply": None
            if mute
            else reply_url(self.about, self._hub.domain, head.tid, post, head.title),
            "notes": postnotes.words(lang, post.notes),
            "translations": [
                {"lang": self._remarks.renders[mid].lang, "url": self._place(mid)}
                for mid in self._remarks.apart.get(post.mid, ())
            ],
            "answer": answer is not None and answer.mid == post.mid,
            "hub": asdict(post.hub) if post.hub else None,
            "renders": renders
            and {
                "number": renders.number,
                "url": self._place(renders.of),
                "stale": renders.stale,
            },
        }

    def _linked(self, post: PostFacts) -> str:
        """A post's text, in which #3 leads to the third post, if that came before, and references
        lead to what they name."""
        url, lang = self._page.url, self._page.lang
        html = linking.cited(post.html, dict(post.cites), lang, lambda place: relative(url, place))
        mids: Sequence[str] = self._facts["mids"]

        def place(number: int) -> tuple[str, str] | None:
            if number >= post.number:
                return None
            mid = mids[number - 1]
            return relative(url, self._place(mid)), self._facts["places"].name[mid]

        return linking.numbered(html, place)

    def units(self) -> list[list[dict[str, Any]]]:
        """The posts in their order, each with its translations right behind it."""
        by_mid = {post["mid"]: post for post in self.posts}
        beside: Mapping[str, Sequence[str]] = self._remarks.beside
        behind = {mid for mids in beside.values() for mid in mids if mid in by_mid}
        return [
            [post, *(by_mid[mid] for mid in beside.get(post["mid"], ()) if mid in by_mid)]
            for post in self.posts
            if post["mid"] not in behind
        ]

    def later(self) -> list[dict[str, Any]]:
        """The posts after those of the first page for which it has a way."""
        number = self._facts["places"].number
        return [
            {"mid": mid, "number": number[mid], "name": name, "url": self._place(mid)}
            for mid, name in self._facts["later"]
        ]

    def newest(self) -> str:
        """The address of the newest post, for a topic that is more than a screen."""
        many = self._facts["first_page"] and self.head.posts > _SCREEN
        return self._place(self.head.last_mid) if many else ""

    def said(self) -> dict[str, Any]:
        """Summary, answer, and what was joined and split."""
        found = self._remarks
        html = self._facts["summary"]
        return {
            "summary": found.summary
            and {
                **self._ref(found.summary),
                "html": Markup(html) if len(html) <= LONGEST_SUMMARY else "",  # noqa: S704 - clean
                "covers": found.covers,
            },
            "earlier": [self._ref(ref) for ref in found.earlier],
            "answer": found.answer
            and {**self._ref(found.answer), "excerpt": beginning(self._facts["answer"], EXCERPT)},
            "joined": [self._ref(ref) for ref in found.joined],
            "parted": [asdict(place) for place in found.parted],
            "origin": found.origin and asdict(found.origin),
        }

    def _ref(self, ref: PostRef) -> dict[str, Any]:
        nothing = gettext(self._page.lang, "(no subject)")
        url = self._place(ref.mid)
        return {**asdict(ref), "url": url, "title": ref.subject or nothing}


def branches(units: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The units of a page, those of a side talk together: `names` says who speaks in one that may
    be folded, and is empty elsewhere. A side talk is some posts on end of which each answers one of
    them, below an answer, while the talk before it goes on afterwards."""
    parts: list[dict[str, Any]] = []
    at = 0
    while at < len(units):
        end = _end(units, at)
        folded = end - at >= BRANCH
        part = units[at:end] if folded else units[at : at + 1]
        names = dict.fromkeys(post["name"] for unit in part for post in unit if post["name"])
        parts.append({"units": part, "names": list(names)[:BRANCH] if folded else []})
        at += len(part)
    return parts


def _end(units: Sequence[Sequence[Mapping[str, Any]]], at: int) -> int:
    """The place behind the side talk that begins at a place; that place where none does."""
    if units[at][0]["depth"] < 2:
        return at
    within = {post["mid"] for post in units[at]}
    inside = [True]
    for unit in units[at + 1 :]:
        parent = unit[0]["parent"]
        inside.append(bool(parent and parent["mid"] in within))
        if inside[-1]:
            within |= {post["mid"] for post in unit}
    end = inside.index(False) if False in inside else len(inside)
    return at if end == len(inside) or any(inside[end:]) else at + end


def _other_subject(subject: str, title: str) -> str | None:
    """The subject when it says more than "Re: <title>"."""
    bare = subject
    for _ in range(5):
        head, colon, rest = bare.partition(":")
        if not colon or len(head) > 4 or rest.strip() == "":
            break
        bare = rest.strip()
    return None if bare.casefold() == title.casefold() else subject


def row(about: ConferenceFacts, topic: TopicFacts, lang: str) -> dict[str, Any]:
    """A topic in a list."""
    return {
        "tid": topic.tid,
        "url": f"{about.url}t/{topic.tid}/",
        "title": topic.title or gettext(lang, "(no subject)"),
        "starter": topic.starter,
        "started": topic.started,
        "pinned": topic.pinned,
        "closed": topic.closed,
        "labels": topic.labels,
    }


def labels(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """All labels of a conference."""
    facts = page.facts
    return {
        "conference": conference(facts["conference"]),
        "labels": facts["labels"],
        "title": facts["title"],
    }


def label(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The topics of one label."""
    about: ConferenceFacts = page.facts["conference"]
    return {
        "conference": conference(about),
        "label": page.facts["label"],
        "labels_url": page.facts["own"],
        "title": gettext(page.lang, "Labels"),
        "count": page.facts["count"],
        "rows": [row(about, topic, page.lang) for topic in page.facts["rows"]],
        "pager": page.facts["pager"],
    }


PRESENTERS: Mapping[str, Presenter] = {"topic": topic, "labels": labels, "label": label}
