"""The topics that a member follows or muted, in My hub: each with a button that ends it."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.following import topics, words
from solicomm_build.features.following.follows import FOLLOWS, MUTED, Follow, Follows
from solicomm_build.features.following.words import UNFOLLOW
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.post.store.placesettings import PUBLIC
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine.forms import button, form, link, text
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Section, Visit
from solicomm_build.web.mine.topicrow import TopicRow
from solicomm_build.web.signedin import MemberSessions

_PAGE = 100


class Followed(Section):
    """What a member follows."""

    name, rank = "topics", 35

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._follows = Follows(config)

    def close(self) -> None:
        """Lets go of the file."""
        self._follows.close()

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Topics that I follow")

    def short(self, visit: Visit) -> str:
        """How many there are; nothing for who follows none."""
        count = len(self._found(visit))
        if not count:
            return ""
        said = ngettext(visit.lang, "%(num)s topic", "%(num)s topics", count)
        return f"<p>{link(f'{HOME}{self.name}/', said)}</p>"

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """All of them."""
        if rest:
            return None
        found = self._found(visit)
        none = gettext(
            visit.lang, "You follow a topic when you write in it, or by a button on its page."
        )
        return self.title(visit), self._rows(visit, found[:_PAGE]) or text(none)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Ends one, as the word does by mail."""
        if rest:
            return None
        wanted = sent.get("topic", "")
        for one in self._found(visit):
            if f"{one.conference}/{one.tid}" == wanted:
                to = local_part(one.conference, Purpose.TOPIC, one.tid)
                return Change((Said(to, words.shown(UNFOLLOW, "en")),))
        return NOTHING

    def _found(self, visit: Visit) -> list[Follow]:
        """Topics of conferences that are there, the newest first."""
        person = self._follows.known(visit.address, visit.number)
        settings = visit.settings
        return [
            one
            for one in reversed(self._follows.of_person(person) if person else [])
            if one.state in (FOLLOWS, MUTED)
            and one.conference in settings
            and (settings[one.conference].visibility in PUBLIC or one.conference in visit.readable)
        ]

    def _rows(self, visit: Visit, found: list[Follow]) -> str:
        return "".join(self._row(visit, one) for one in found)

    def _row(self, visit: Visit, one: Follow) -> str:
        lang, settings = visit.lang, visit.settings[one.conference]
        with Reader(open_repo(self.config.conference_repo(one.conference))) as reader:
            title = topics.title(reader, one.tid)
        said: tuple[str, ...] = ()
        end = gettext(lang, "Unfollow")
        if one.state == MUTED:
            said, end = (gettext(lang, "muted"),), gettext(lang, "Unmute")
        place = settings.title_in(lang)
        row = TopicRow(one.conference, one.tid, title or one.tid[:8], place, said=said)
        action = f"{HOME}{self.name}/"
        inside = f"<p>{row.html(lang)}</p>{button(end)}"
        return form(visit.session, action, inside, topic=f"{one.conference}/{one.tid}")
