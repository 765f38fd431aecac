"""Mails to followers, made of what the hub has now: hidden posts are left out, and so is who has
stopped, left, or may no longer read. What is looked up for one person serves all in one go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from solicomm_build.courier import hooks
from solicomm_build.desk import words
from solicomm_build.features.following import links, notice, rules, topics
from solicomm_build.features.following.follows import (
    ANSWER,
    FIRST_NUMBER,
    FOLLOWS,
    Due,
    Follow,
    Follows,
    Person,
)
from solicomm_build.features.following.notice import KEY_FIELD, Frame, Said
from solicomm_build.features.following.words import FOLLOW, shown
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, PostId, TopicId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.message import compose
from solicomm_build.message.address import is_valid
from solicomm_build.message.msgid import references_of
from solicomm_build.message.parse import parse
from solicomm_build.message.split import split
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.people import token
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.people.membership import letter_language
from solicomm_build.people.roster import Roster
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.post import Post
from solicomm_build.post.store import topicplaces
from solicomm_build.post.store.knownids import is_secret
from solicomm_build.post.store.poststore import topic_state
from solicomm_build.post.topicstate import TopicState

POSTED_FIELD = "X-SoliComm-Posted"
"""Names the post in the question to its author whether answers shall come."""
_DAY = 86_400


class Mails:
    """Makes them. Not for several threads. Close it."""

    def __init__(self, config: Config, mail: HubMail, follows: Follows, log: MailLog) -> None:
        self._config, self._mail, self._follows = config, mail, follows
        self._say = words.own(config, log)
        self._key = keys.token_key(config.keys)
        self._places: dict[str, _Place] = {}

    def begin(self) -> None:
        """Looks anew from here on."""
        for place in self._places.values():
            place.reader.close()
        self._places.clear()

    def close(self) -> None:
        """Ends the reading processes."""
        self.begin()

    def made(self, group: Sequence[Due], roster: Roster) -> Item | None:
        """The mail with these posts of one topic to one person; None when there is nothing to be
        said any more. Raises SoliCommError."""
        first = group[0]
        place = self._place(first.conference)
        if place is None or place.settings is None:
            return None
        wish = self._wish(place, first)
        if first.what == ANSWER and (wish is None or wish.state != FOLLOWS):
            return None
        if wish is not None and rules.has_left(wish, roster):
            return None
        address = rules.address_of(first.person, roster)
        if not is_valid(address) or not self._may(roster, place.settings, first.person, address):
            return None
        posts = [said for one in group if (said := self._said(place, one)) is not None]
        if not posts:
            return None
        frame = self._frame(place, first, wish, roster, address)
        if first.what == ANSWER:
            return notice.answers(frame, posts)
        number = rules.number_of(first.person, roster)
        options = roster.subscriptions[first.conference].get(number)
        return notice.receipt(frame, posts[0], options)

    def _may(self, roster: Roster, settings: Conference, person: Person, address: str) -> bool:
        number = rules.number_of(person, roster)
        if number and not topics.is_active(roster, number, settings.id):
            return False
        return topics.may_read(roster, settings, address)

    def _frame(
        self, place: _Place, due: Due, wish: Follow | None, roster: Roster, address: str
    ) -> Frame:
        settings, name = place.settings, due.conference
        if settings is None:
            raise ValueError(name)
        lang = language(due.person, settings, roster)
        title = place.title(due.tid, due.home)
        facts = replace(list_facts(self._config, settings), title=settings.title_in(lang))
        follows = wish is not None and wish.state == FOLLOWS
        stop = links.minted(self._config.keys, wish.id) if wish and follows else ""
        number = self._number(due.person, name, roster)
        return Frame(
            facts=facts,
            to=address,
            person=due.person.id,
            lang=lang,
            title=title,
            tid=due.home,
            link=topics.address(self._config, name, due.home),
            reverse=self._reverse(name, number),
            now=clock.now(),
            say=self._say,
            stop=stop,
            why=notice.why(lang, wish.why, title, facts.title) if wish and follows else "",
            number=number,
        )

    def _number(self, person: Person, name: str, roster: Roster) -> int:
        """Who is meant when the mail comes back: a member of the list, as with its copies, or the
        person of our own file."""
        if person.number in roster.subscriptions[name]:
            return person.number
        return FIRST_NUMBER + person.id

    def _reverse(self, name: str, number: int) -> str:
        tag = token.verp_tag(self._key, number, int(clock.timestamp()) // _DAY)
        return f"{name}-bounces+{tag}@{self._config.domain}"

    def _wish(self, place: _Place, due: Due) -> Follow | None:
        if due.home not in place.wishes:
            tids = self._follows.threads(due.conference, due.home)
            found = self._follows.of_topic(due.conference, tids)
            place.wishes[due.home] = {one.person.id: one for one in found}
        return place.wishes[due.home].get(due.person.id)

    def _place(self, name: str) -> _Place | None:
        if name not in self._places:
            path = self._config.conference_repo(name)
            if not path.exists():
                return None
            self._places[name] = _Place(Reader(open_repo(path)), self._config)
        return self._places[name]

    def _said(self, place: _Place, due: Due) -> Said | None:
        """A post as mails show it; None when it is hidden or gone."""
        if due.mid not in place.said:
            post = place.post(due.tid, due.mid, due.home)
            place.said[due.mid] = self._read(place, due, post) if post is not None else None
        return place.said[due.mid]

    def _read(self, place: _Place, due: Due, post: Post) -> Said:
        own, above = post.message_id, (*post.references, *filter(None, [post.in_reply_to]))
        if place.settings is not None and not is_secret(place.settings):
            name = self._mail.find(PostId(due.mid), due.conference)
            raw = self._mail.raw(name, due.conference) if name else None
            if raw is not None:
                message = parse(raw[: split(raw).end] + b"\r\n")
                own = message.msgid or own
                above = (*references_of(message), *message.in_reply_to)
            else:  # of another hub, which told its Message-ID
                own = hooks.message_id(self._config, PostId(due.mid)) or own
        chain = tuple(dict.fromkeys(reversed(above)))[::-1]
        return Said(due.mid, post.name, post.body, len(post.attachments), own, chain)


class _Place:
    """A conference as it is now."""

    def __init__(self, reader: Reader, config: Config) -> None:
        self.reader, self._config = reader, config
        self.settings = topics.conference_of(reader)
        self.wishes: dict[str, dict[int, Follow]] = {}
        self.said: dict[str, Said | None] = {}
        self._titles: dict[str, str] = {}
        self._states: dict[str, TopicState] = {}
        self._away: topicplaces.Away | None = None

    def title(self, tid: str, home: str) -> str:
        """What a topic is called."""
        if home not in self._titles:
            self._titles[home] = topics.title(self.reader, tid, home=home)
        return self._titles[home]

    def post(self, tid: str, mid: str, home: str) -> Post | None:
        """A post, unless it is hidden, or was moved to where members alone read."""
        if mid in self._state(tid).hidden:
            return None
        if (self._state(tid).moved or self._state(home).moved) and self._away is None:
            self._away = topicplaces.shut_away(self._config, self.reader.repo.path.stem)
        if self._away is not None and self._away.has(TopicId(tid), PostId(mid)):
            return None
        return topics.post_at(self.reader, tid, mid)

    def _state(self, tid: str) -> TopicState:
        if tid not in self._states:
            self._states[tid] = topic_state(self.reader, TopicId(tid))
        return self._states[tid]


def language(person: Person, settings: Conference, roster: Roster) -> str:
    """The language to write to somebody in: what a member chose, else what the person wrote in,
    else what the member joined in, else the conference's."""
    member = roster.members.get(person.number)
    options = roster.subscriptions[settings.id].get(person.number) or {}
    return letter_language(
        options,
        member.lang if member else "",
        supposed=member is None or member.supposed,
        heard=lambda: (person.lang,),
        others=settings.languages,
    )


def question(config: Config, due: Due, roster: Roster) -> Item | None:
    """The mail to the desk by which somebody of whom nothing is proved is asked whether answers
    shall come: as if he had asked for them himself."""
    address, lang = rules.address_of(due.person, roster), due.person.lang or "en"
    if not is_valid(address) or not address.isascii():
        return None
    to = f"{local_part(due.conference, Purpose.TOPIC, due.home)}@{config.domain}"
    head = [
        mailbox_field("From", "", address),
        mailbox_field("To", "", to),
        compose.date_field(clock.now()),
        header_field("Message-ID", f"<{post_id(f'{due.person.id}/{due.mid}')}@{config.domain}>"),
        header_field("Content-Language", lang),
        header_field(POSTED_FIELD, due.mid),
    ]
    raw = compose.message(head, compose.text_part(shown(FOLLOW, "en") + "\n"))
    return Item(Envelope(address, (to,), clock.now()), raw)


def named(item: Item) -> tuple[int, str, list[str]] | None:
    """The person, the kind and the posts of a mail of ours that waits; None for any other."""
    head = item.raw.partition(b"\r\n\r\n")[0]
    found = _KEY.search(head)
    if found is None:
        return None
    words = found[1].decode("ascii", "replace").split()
    return (int(words[0]), words[1], words[2:]) if words[:1] and words[0].isdecimal() else None


_KEY = re.compile(rb"^" + KEY_FIELD.encode("ascii") + rb":((?:[^\r\n]|\r\n[ \t])*)", re.MULTILINE)
