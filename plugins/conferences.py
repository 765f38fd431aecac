"""Conferences and lists for Pelican: topics, lists, months, front page, feed, attachments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from markupsafe import Markup

from plugins import feeds, reading
from plugins.generator import PageGenerator, Presenter
from plugins.writer import PageWriter
from solicomm_build import i18n
from solicomm_build.model.pages import ConferenceFacts, HubFacts, Page, PostFacts, TopicFacts

_NOTES = {
    "charset guessed": "Some characters of this message may be shown wrongly.",
    "mid_conflict": "Another message with the same Message-ID exists.",
    "unreadable": "This message could not be read. A moderator has been told.",
    "hidden": "A moderator has hidden this post.",
}


def conference(facts: ConferenceFacts) -> dict[str, Any]:
    """`conference` of the templates."""
    return asdict(facts) | {"feed": facts.feed}


def reply_url(facts: ConferenceFacts, domain: str, tid: str, post: PostFacts, title: str) -> str:
    """The mailto link that answers a post (RFC 6068). Clients that drop In-Reply-To still reach the
    topic by its own address."""
    local, _, _ = facts.address.partition("@")
    subject = title if title.lower().startswith("re:") else f"Re: {title}"
    link = f"mailto:{quote(local)}+t-{tid}@{domain}?subject={quote(subject, safe='')}"
    if post.message_id:
        link += f"&In-Reply-To={quote(f'<{post.message_id}>', safe='', errors='surrogateescape')}"
    return link


def topic(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """A page of a topic."""
    facts = page.facts
    about: ConferenceFacts = facts["conference"]
    head: TopicFacts = facts["topic"]
    url = f"{about.url}t/{head.tid}/"
    places, size = facts["places"], facts["page_size"]

    def parent(post: PostFacts) -> dict[str, Any] | None:
        if post.parent is None:
            return None
        number = places.number[post.parent]
        page_number = (number - 1) // size + 1
        place = url if page_number == 1 else f"{url}page/{page_number}/"
        return {
            "mid": post.parent,
            "number": number,
            "name": places.name[post.parent],
            "url": f"{place}#{post.parent}",
        }

    def shown(post: PostFacts) -> dict[str, Any]:
        other = post.subject if post.number == 1 else _other_subject(post.subject, head.title)
        return {
            "mid": post.mid,
            "number": post.number,
            "name": post.name,
            "date": post.date,
            "subject": None if other == head.title else other or None,
            "lang": post.lang or None,
            "dir": i18n.direction(post.lang) if post.lang else None,
            "html": Markup(post.html),  # noqa: S704 - cleaned by message.markdown
            "parent": parent(post),
            "depth": post.depth,
            "attachments": [asdict(file) for file in post.attachments],
            "reply": None if about.posting == "announce" or "hidden" in post.notes
            else reply_url(about, hub.domain, head.tid, post, head.title),
            "notes": [i18n.gettext(page.lang, _NOTES[n]) for n in post.notes if n in _NOTES],
        }  # fmt: skip

    return {
        "conference": conference(about),
        "topic": {
            "tid": head.tid,
            "url": url,
            "title": head.title or i18n.gettext(page.lang, "(no subject)"),
            "posts": head.posts,
            "started": head.started,
            "last": head.last,
            "names": facts["names"],
            "state": "closed" if head.closed else "open",
            "pinned": head.pinned,
        },
        "first_page": facts["first_page"],
        "posts": [shown(post) for post in facts["posts"]],
        "pager": facts["pager"],
    }


def _other_subject(subject: str, title: str) -> str | None:
    """The subject when it says more than "Re: <title>"."""
    bare = subject
    for _ in range(5):
        head, colon, rest = bare.partition(":")
        if not colon or len(head) > 4 or rest.strip() == "":
            break
        bare = rest.strip()
    return None if bare.casefold() == title.casefold() else subject


def front(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The conference's front page: what is talked about now."""
    facts = page.facts
    about: ConferenceFacts = facts["conference"]
    return {
        "conference": conference(about),
        "topics": [
            {
                **_row(about, topic, page.lang),
                "last": topic.last,
                "last_name": topic.last_name,
                "posts": topic.posts,
                "last_url": facts["last_urls"][topic.tid],
            }
            for topic in facts["topics"]
        ],
        "months": facts["months"],
        "archive": facts["archive"],
        "total": facts["total"],
        "links": facts["links"],
    }


def numbered(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """Fifty topics in the order they started."""
    about: ConferenceFacts = page.facts["conference"]
    return {
        "conference": conference(about),
        "rows": [_row(about, topic, page.lang) for topic in page.facts["rows"]],
        "pager": page.facts["pager"],
    }


def month(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The posts of a month."""
    nothing = i18n.gettext(page.lang, "(no subject)")
    rows = [
        {"url": row.url, "title": row.title or nothing, "name": row.name, "date": row.date}
        for row in page.facts["rows"]
    ]
    return {
        "conference": conference(page.facts["conference"]),
        "month": page.facts["month"],
        "rows": rows,
        "pager": page.facts["pager"],
        "goes_on": page.facts["goes_on"],
    }


def download(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The months that can be taken home."""
    return {
        "conference": conference(page.facts["conference"]),
        "months": [
            {**item, "month": datetime.fromisoformat(f"{item['month']}-01T00:00:00+00:00")}
            for item in page.facts["months"]
        ],
    }


def _row(about: ConferenceFacts, topic: TopicFacts, lang: str) -> dict[str, Any]:
    return {
        "tid": topic.tid,
        "url": f"{about.url}t/{topic.tid}/",
        "title": topic.title or i18n.gettext(lang, "(no subject)"),
        "starter": topic.starter,
        "started": topic.started,
    }


class ConferenceGenerator(PageGenerator):
    """Pages of the sections `conference:…`."""

    kind = "conference"
    presenters: ClassVar[Mapping[str, Presenter]] = {
        "topic": topic,
        "conference": front,
        "conference_page": numbered,
        "month": month,
        "download": download,
        **reading.PRESENTERS,
    }

    def write_feed(self, page: Page, writer: PageWriter) -> None:
        """The Atom feed of the newest posts."""
        writer.write_page(page, feeds.conference_feed(page, self.job.hub))

    def write_topic_feed(self, page: Page, writer: PageWriter) -> None:
        """The Atom feed of one topic."""
        writer.write_page(page, feeds.topic_feed(page, self.job.hub))

    def write_octets(self, page: Page, writer: PageWriter) -> None:
        """A file the pipeline made."""
        writer.write_page(page, page.facts["octets"])

    def write(self, page: Page, writer: PageWriter) -> None:
        """A topic brings its attachments with it."""
        super().write(page, writer)
        if page.kind != "topic":
            return
        for post in page.facts["posts"]:
            for file in post.attachments:
                if file.url is not None and file.oid is not None:
                    data = self.job.read(page.section, file.oid)
                    writer.write_beside(page, unquote(file.url), data)
