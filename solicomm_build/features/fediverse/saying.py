"""What is said outwards, as ActivityStreams 2.0: groups, posts, and what was done with these.

Pure. FEP-1b12 as Lemmy and NodeBB speak it: the first post of a topic is a Page with a name, an
answer a Note; the group announces the Create of each. A hub shows no person outwards, so all posts
of a conference are attributed to one actor, its writers (a Service), and each begins with the name
that its page shows. No address of anybody is in any of this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any, TypeAlias

from solicomm_build.features.fediverse import names
from solicomm_build.features.fediverse.shown import Shown
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.text.markdown import INTERFACE
from solicomm_build.post.conference import Conference

Document: TypeAlias = dict[str, Any]

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    {
        "lemmy": "https://join-lemmy.org/ns#",
        "toot": "http://joinmastodon.org/ns#",
        "sc": "http://schema.org/",
        "sensitive": "as:sensitive",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "language": "sc:inLanguage",
        "identifier": "sc:identifier",
    },
]
LONGEST_CONTENT = 100_000
"""Characters of HTML of one post; what is longer ends with a link to its page."""

_FOLDS = re.compile(r"</?details\b[^>]*+>")
_DATA = re.compile(r' data-[a-z-]+(?:="[^"]*+")?')
_RELATIVE = re.compile(r'(?<= href=")(?=/(?!/))')


def encoded(document: Document) -> str:
    """A document as it goes over the wire, the same each time."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def with_context(document: Document) -> Document:
    """A document that stands alone."""
    return {"@context": CONTEXT, **document}


# -- actors -----------------------------------------------------------------------------------


def group(config: Config, conference: Conference, pem: str) -> Document:
    """The actor of a conference."""
    me, lang = names.group(config, conference.id), conference.languages[0]
    about = conference.description_in(lang)
    return {
        **_actor(config, me, "Group", conference.id, conference.title_in(lang), pem),
        "summary": _paragraphs(about),
        "url": f"{config.url}/conferences/{conference.id}/",
        "discoverable": conference.robots == "index",
        "indexable": conference.robots == "index",
        "postingRestrictedToMods": True,
        "language": [{"identifier": one, "name": one} for one in conference.languages],
    }


def writers(config: Config, conference: Conference, pem: str) -> Document:
    """Who a conference's posts are attributed to. It takes no followers."""
    me, lang = names.writers(config, conference.id), conference.languages[0]
    name = f"{conference.id}.{names.WRITERS}"
    found = _actor(config, me, "Service", name, conference.title_in(lang), pem)
    return {
        **found,
        "summary": _paragraphs(conference.description_in(lang)),
        "url": f"{config.url}/conferences/{conference.id}/",
        "manuallyApprovesFollowers": True,
        "discoverable": False,
        "indexable": False,
    }


def _actor(config: Config, me: str, kind: str, name: str, title: str, pem: str) -> Document:
    return {
        "id": me,
        "type": kind,
        "preferredUsername": name,
        "name": " ".join(title.split()),
        "inbox": f"{me}/inbox",
        "outbox": f"{me}/outbox",
        "followers": f"{me}/followers",
        "endpoints": {"sharedInbox": names.inbox(config)},
        "manuallyApprovesFollowers": False,
        "sensitive": False,
        "publicKey": {"id": names.key_id(me), "owner": me, "publicKeyPem": pem},
    }


# -- posts ------------------------------------------------------------------------------------


def post(config: Config, conference: str, shown: Shown) -> Document:
    """A post: a Page that begins a topic, or a Note that answers."""
    ours = names.group(config, conference)
    found: Document = {
        "id": names.post(config, conference, shown.mid),
        "type": "Note" if shown.answers else "Page",
        "attributedTo": names.writers(config, conference),
        "to": [ours, PUBLIC],
        "cc": [],
        "audience": ours,
        "content": _content(config, shown),
        "mediaType": "text/html",
        "url": shown.url,
        "published": _stamp(shown.time),
        "sensitive": False,
    }
    if shown.answers:
        found["inReplyTo"] = names.post(config, conference, shown.answers)
    else:
        lang = shown.lang.partition("-")[0]
        lang = lang if lang in i18n.LANGUAGES else "en"
        # A Page without a name is none to servers with groups.
        found["name"] = shown.title or i18n.gettext(lang, "(no subject)")
    if shown.lang:
        found["contentMap"] = {shown.lang: found["content"]}
        found["language"] = {"identifier": shown.lang, "name": shown.lang}
    if shown.files:
        found["attachment"] = [
            {"type": "Document", "mediaType": one.type, "name": one.name, "url": one.url}
            for one in shown.files
        ]
    return found


def tombstone(address: str) -> Document:
    """What stands where a post was."""
    return {"id": address, "type": "Tombstone"}


def _content(config: Config, shown: Shown) -> str:
    """The HTML of the page without what the interface adds, under the name of who wrote it."""
    html = INTERFACE.sub("", shown.html)
    html = _RELATIVE.sub(config.url, _DATA.sub("", _FOLDS.sub("", html)))
    if len(html) > LONGEST_CONTENT:
        html = f'<p><a href="{escape(shown.url)}">{escape(shown.url)}</a></p>'
    head = f"<p><strong>{escape(shown.name, quote=False)}</strong>:</p>" if shown.name else ""
    return head + html


def _paragraphs(text: str) -> str:
    parts = (" ".join(one.split()) for one in text.split("\n\n"))
    return "".join(f"<p>{escape(one, quote=False)}</p>" for one in parts if one)


def _stamp(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"


# -- what is done -----------------------------------------------------------------------------


def create(config: Config, conference: str, shown: Shown, times: int = 1) -> Document:
    """That a post is there, for the `times`th time."""
    made = post(config, conference, shown)
    again = "" if times == 1 else f"/{times}"
    return {
        "id": f"{made['id']}/create{again}",
        "type": "Create",
        **_by_writers(config, conference),
        "published": made["published"],
        "object": made,
    }


def update(config: Config, conference: str, shown: Shown, version: str, now: float) -> Document:
    """That a post reads otherwise now; `version` names how."""
    made = {**post(config, conference, shown), "updated": _stamp(now)}
    return {
        "id": f"{made['id']}/update/{version}",
        "type": "Update",
        **_by_writers(config, conference),
        "object": made,
    }


def delete(config: Config, conference: str, mid: str, times: int = 1) -> Document:
    """That a post is shown no more."""
    address = names.post(config, conference, mid)
    again = "" if times == 1 else f"/{times}"
    return {
        "id": f"{address}/delete{again}",
        "type": "Delete",
        **_by_writers(config, conference),
        "object": tombstone(address),
    }


def _by_writers(config: Config, conference: str) -> Document:
    ours = names.group(config, conference)
    return {
        "actor": names.writers(config, conference),
        "to": [PUBLIC],
        "cc": [ours],
        "audience": ours,
    }


def announce(config: Config, conference: str, what: Document | str, name: str) -> Document:
    """That the group passes something on: an activity, as FEP-1b12 wants, or a post's address, as
    servers without groups understand it."""
    ours = names.group(config, conference)
    return {
        "id": name,
        "type": "Announce",
        "actor": ours,
        "to": [PUBLIC],
        "cc": [f"{ours}/followers"],
        "object": what,
    }


def announced(config: Config, conference: str, activity: Document) -> Document:
    """An activity of the writers as the group passes it on."""
    return announce(config, conference, activity, f"{activity['id']}/announce")


def shared(config: Config, conference: str, shown: Shown, times: int = 1) -> Document:
    """A topic's first post, as the group passes it on to servers without groups."""
    address = names.post(config, conference, shown.mid)
    again = "" if times == 1 else f"/{times}"
    return {
        **announce(config, conference, address, f"{address}/share{again}"),
        "published": _stamp(shown.time),
    }


def gone(actor: str) -> Document:
    """That an actor of ours is there no more."""
    return {
        "id": f"{actor}#delete",
        "type": "Delete",
        "actor": actor,
        "to": [PUBLIC],
        "object": actor,
    }


def accept(config: Config, conference: str, follow: Document, name: str) -> Document:
    """That a Follow was heard; it is given back as it was asked."""
    ours = names.group(config, conference)
    return {
        "id": f"{ours}#{name}",
        "type": "Accept",
        "actor": ours,
        "to": [follow["actor"]],
        "object": follow,
    }


# -- collections ------------------------------------------------------------------------------


def collection(address: str, total: int, **more: Any) -> Document:
    """A collection of which its size is told, and what else is given."""
    return {"id": address, "type": "OrderedCollection", "totalItems": total, **more}


def page_of(
    address: str, number: int, total: int, items: Iterable[Document], size: int
) -> Document:
    """One page of a collection."""
    found: Document = {
        "id": f"{address}?page={number}",
        "type": "OrderedCollectionPage",
        "partOf": address,
        "totalItems": total,
        "orderedItems": list(items),
    }
    if number * size < total:
        found["next"] = f"{address}?page={number + 1}"
    if number > 1:
        found["prev"] = f"{address}?page={number - 1}"
    return found
