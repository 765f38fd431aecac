"""The mails to those who follow a topic, and to who wrote for the first time. The
words are in `letters/`.

One post comes under the Message-ID that its copies have, so that it stands below what it answers
and an answer to it finds its topic; several together come under one of ours. All are from the
conference's own address, in the name of who wrote, signed by the hub. Each says why it comes and
has a link by which one press ends that (RFC 8058), of this topic alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.desk.words import Say
from solicomm_build.features.following import links
from solicomm_build.features.following.follows import ASKED, BEGAN
from solicomm_build.features.following.words import FOLLOW, MUTE, UNFOLLOW, shown
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.message import compose, richtext
from solicomm_build.message.listcopy import ListFacts, list_fields
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.people.membership import option

KEY_FIELD = "X-SoliComm-Answers"
"""Names the person and the posts of a mail: `<person> <what> <mid>…`."""
LONGEST, SHORTEST = 8_000, 200
"""Characters of all posts in a mail, shared by them, and of one at least; the rest is on the page.
In two octets each they stay below what an HTML part may have (message/richtext.py)."""
MOST = 30
"""Posts in one mail; the page has the others."""
_MOST_REFERENCES = 20
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Said:
    """A post as a mail shows it: its ids, the author's name ("" for none), its text in Markdown,
    and how many files hang on it. `ids` and `above` are Message-IDs without brackets: its own, and
    those that it answers, the nearest last."""

    mid: str
    name: str
    text: str
    files: int
    own: str
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What mails about a topic to one person have in common. `reverse` is the reverse-path, `stop`
    the token of the link that ends it, "" when there is nothing to end; `link` is the topic's, and
    `say` has the words."""

    facts: ListFacts
    to: str
    person: int
    lang: str
    title: str
    tid: str
    link: str
    reverse: str
    now: datetime
    say: Say
    stop: str = ""
    why: str = ""
    number: int = 0


def answers(frame: Frame, posts: Sequence[Said]) -> Item:
    """New posts of a topic, the oldest first. Raises MessageError."""
    room = max(SHORTEST, LONGEST // min(len(posts), MOST))
    name = _name(frame.lang, posts[0]) if len(posts) == 1 else ""
    about, text = _words(
        frame,
        "following/answers",
        name=name,
        count=len(posts),
        posts=[_shown(frame, post, room) for post in posts[:MOST]],
        more=max(0, len(posts) - MOST),
        page=f"{frame.link}#{posts[0].mid}",
        reply_to=_reply_to(frame),
    )
    return _item(frame, "answer", posts, about, text, f"Re: {_titled(frame)}", sender=name)


def receipt(frame: Frame, post: Said, options: Mapping[str, str] | None = None) -> Item:
    """Word to an author that the first message, or one that had to wait, is on the page, and what
    happens next. `options` are those of who is on the list."""
    page, chosen = f"{frame.link}#{post.mid}", options or {}
    follows = bool(frame.stop) and options is None
    is_silent = option(chosen, "mail") == "off" or bool(option(chosen, "paused"))
    facts = {"page": page, "follows": follows, "is_silent": is_silent}
    about, text = _words(frame, "following/receipt", **facts)
    return _item(frame, "receipt", [post], about, text, about)


def _words(frame: Frame, letter: str, /, **facts: object) -> tuple[str, str]:
    about = {"list": frame.facts.title, "topic": _titled(frame), "to": frame.to}
    return frame.say(letter, frame.lang, conference=frame.facts.list_id, **about, **facts)


def _item(
    frame: Frame,
    what: str,
    posts: Sequence[Said],
    about: str,
    text: str,
    subject: str,
    *,
    sender: str = "",
) -> Item:
    facts, lang = frame.facts, frame.lang
    rich = richtext.render(
        text, lang=lang, title=facts.title, about=about, why=frame.why, stop=_stop(frame)
    )
    seed = f"{what}/{facts.list_id}/{frame.person}/" + " ".join(post.mid for post in posts)
    own = (
        posts[0].own if len(posts) == 1 and what == "answer" else f"{post_id(seed)}@{facts.domain}"
    )
    via = gettext(lang, "{name} via {list}").format(name=sender, list=facts.title)
    head = [
        *_links(frame),
        mailbox_field("From", via if sender else facts.title, facts.address),
        _to(frame.to),
        header_field("Subject", subject),
        compose.date_field(frame.now),
        header_field("Message-ID", f"<{own}>"),
        *_threading(what, posts, own),
        *list_fields(facts),
        header_field("Archived-At", f"<{frame.link}#{posts[-1].mid}>"),
        mailbox_field("Reply-To", facts.title, _reply_to(frame)),
        header_field("Content-Language", lang),
        header_field("Precedence", "list"),
        header_field("X-Loop", facts.address),
        header_field("Auto-Submitted", "auto-generated"),
        header_field("X-Auto-Response-Suppress", "OOF, AutoReply"),
        header_field(KEY_FIELD, " ".join([str(frame.person), what, *(p.mid for p in posts)])),
    ]
    envelope = Envelope(
        frame.reverse,
        (frame.to,),
        frame.now,
        smtputf8=not frame.to.isascii(),
        ours=True,
        members=(frame.number,),
    )
    return Item(envelope, compose.message(head, richtext.alternative(rich, seed=seed)))


def _links(frame: Frame) -> list[bytes]:
    """The fields by which programs offer to end it (RFC 2369 3.2, RFC 8058 3.1)."""
    if not frame.stop:
        return []
    link = links.page(frame.facts.url, frame.stop)
    mail = f"mailto:{links.address(frame.facts.domain, frame.stop)}"
    return [
        header_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        header_field("List-Unsubscribe", f"<{link}>, <{mail}>"),
    ]


def _to(address: str) -> bytes:
    if address.isascii():
        return mailbox_field("To", "", address)
    return f"To: <{address}>\r\n".encode()  # RFC 6532


def _reply_to(frame: Frame) -> str:
    local = local_part(frame.facts.list_id, Purpose.TOPIC, frame.tid)
    return f"{local}@{frame.facts.domain}"


def _threading(what: str, posts: Sequence[Said], own: str) -> list[bytes]:
    """It stands below what is answered; several, and a receipt, below the posts themselves."""
    chain = [*posts[0].above]
    if what == "receipt" or len(posts) > 1:
        chain += [post.own for post in posts]
    ids = [one for one in dict.fromkeys(chain) if one != own and _is_id(one)]
    if not ids:
        return []
    ids = [*ids[:1], *ids[1:][-_MOST_REFERENCES:]]
    return [
        header_field("In-Reply-To", f"<{ids[-1]}>"),
        header_field("References", " ".join(f"<{one}>" for one in ids)),
    ]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= 250 and not set(text) & set("<> ")


# -- words ----------------------------------------------------------------------------------------


def _titled(frame: Frame) -> str:
    return one_line(frame.title, 150) or gettext(frame.lang, "(no subject)")


def _name(lang: str, post: Said) -> str:
    return one_line(post.name, _LONGEST_NAME) or gettext(lang, "Somebody")


def _shown(frame: Frame, post: Said, most: int) -> dict[str, object]:
    """A post's own words, none of which is a button of ours, and what hangs on it."""
    text = post.text.strip("\n")
    is_cut = len(text) > most
    if is_cut:
        text = text[:most].rsplit(" ", 1)[0].rstrip() + " …"
    return {
        "name": _name(frame.lang, post),
        "text": text,
        "cut": is_cut,
        "files": post.files,
        "page": f"{frame.link}?to={post.mid}",
    }


def why(lang: str, reason: str, topic: str, conference: str) -> str:
    """Why somebody gets this mail."""
    facts = {"topic": topic, "list": conference}
    if reason == BEGAN:
        return gettext(
            lang, "You get this mail because you began the topic “%(topic)s” in %(list)s.", **facts
        )
    if reason == ASKED:
        return gettext(
            lang, "You get this mail because you follow the topic “%(topic)s” in %(list)s.", **facts
        )
    return gettext(
        lang, "You get this mail because you wrote in the topic “%(topic)s” in %(list)s.", **facts
    )


def _stop(frame: Frame) -> str:
    """How it ends."""
    if not frame.stop:
        return ""
    lang = frame.lang
    text = gettext(
        lang,
        "No more mail about this topic? Press here, or answer with the word “%(word)s” alone.",
        word=shown(UNFOLLOW, lang),
    )
    ways = (
        (gettext(lang, "Unfollow"), links.page(frame.facts.url, frame.stop)),
        (gettext(lang, "Mute this topic"), f"{frame.link}{MUTE}"),
        (gettext(lang, "All choices: each post, daily, weekly, or none"), f"{frame.link}{FOLLOW}"),
    )
    return "\n\n".join([text, *(richtext.button(*way) for way in ways)])
