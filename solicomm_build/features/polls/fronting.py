"""The open votes of public conferences, for the hub's front page."""

from __future__ import annotations

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import conference_facts
from solicomm_build.builder.front.offered import Around, Block, Offered, Row
from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.pollstore import running
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN

_MOST = 4


def front(around: Around) -> Offered:
    """Those that end first."""
    rows = []
    for name, place in around.found.conferences.items():
        if place.settings.visibility != "public":
            continue
        polls = around.sources.remember("polls", place.repo, place.commit, _open)
        for identifier, poll in polls:
            facts = conference_facts(around.config, name, place.settings)
            question, lang = poll.asked(around.lang)
            url = front_url(f"{facts.url}polls/{identifier}/", around.lang, facts.lang)
            title = place.settings.title_in(around.lang)
            rows.append((poll.closes, Row(question, url, lang, words=(title,), when=poll.closes)))
    rows.sort(key=lambda one: (one[0], one[1].url))
    label = gettext(around.lang, "Open votes")
    return Offered((Block("votes", 10, label, tuple(row for _, row in rows[:_MOST])),))


def _open(reader: Reader) -> tuple[tuple[str, Poll], ...]:
    """The open polls of a conference by id."""
    trees = reader.tree(MAIN, "polls")
    found = (
        (item.path, running(reader, item.path, str(item.oid)))
        for item in trees
        if voteaddress.POLL_ID.fullmatch(item.path)
    )
    return tuple((name, poll) for name, poll in found if poll is not None)
