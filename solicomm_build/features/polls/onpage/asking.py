"""A vote is asked for, reminded of and ended in My hub by who looks after a list or conference.

    /members/votes/new/           which list or conference
    /members/votes/new/<name>/    the form → the vote as understood → the mail to <name>-poll@

What is sent is the moderator's mail to `<name>-poll@`: the desk asks there whether he may, whatever
was shown here (bymail/pollasking.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from zoneinfo import ZoneInfo

from solicomm_build.features.polls import pollbook, voteaddress
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.bymail.pollasking import said_of
from solicomm_build.features.polls.networked.electorate import electorate, impossible
from solicomm_build.features.polls.onpage import askform
from solicomm_build.features.polls.pollstore import Frames
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import pollterms
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine import moments
from solicomm_build.web.mine.choosing import of_one_place
from solicomm_build.web.mine.forms import button, buttons, folded, form, link, text, way
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Visit

NAME = "votes"
NEW = f"{HOME}{NAME}/new/"
_ORDERS = ("remind", "missing", "close")
"""As moderators write them (values/polltext.py)."""


class Asking:
    """What moderators and hosts have beside the votes that they may cast."""

    def __init__(self, config: Config, readers: Readers, frames: Frames) -> None:
        self._config, self._readers, self._frames = config, readers, frames

    def way(self, visit: Visit) -> str:
        """The link to the form; "" for who looks after nothing."""
        if not visit.own.looks_after_any:
            return ""
        return way(NEW, gettext(visit.lang, "Ask for a vote"))

    # -- a new vote ---------------------------------------------------------------------------

    def page(self, visit: Visit, name: str) -> tuple[str, str] | None:
        """Where to choose a list or conference, or the form of one; None for who may not."""
        question = gettext(visit.lang, "Whose members are asked?")
        shown = of_one_place(visit, name, NEW, question, lambda one: self._form(visit, one, {}))
        return None if shown is None else (gettext(visit.lang, "Ask for a vote"), shown)

    def change(self, visit: Visit, name: str, sent: Mapping[str, str]) -> Change | None:
        """The vote as it would be, to look at; then the mail that opens it."""
        if name not in visit.looked_after:
            return None
        lang = visit.lang
        found = askform.read(lang, sent, self._zone(visit, name), clock.now())
        if not isinstance(found, Poll):
            rows = [
                row
                for one in found
                for row in ([one] if isinstance(one, str) else said_of(one, lang))
            ]
            return self._again(visit, name, sent, rows)
        with self._readers.looking() as roster:
            those = electorate(roster, name, found)
        voters, held = len(those), {voter.union for _, voter in those}
        missing = sorted(set(found.unions) - held)
        if faults := impossible(voters, lang, visit.settings[name].home):
            return self._again(visit, name, sent, faults)
        if sent.get("do") == "open":
            mail = Said(f"{name}-{voteaddress.POLL}", polls.encode(found).decode("utf-8"))
            return Change((mail,), place=f"{HOME}{NAME}/")
        warned = self._warned(visit.lang, missing)
        return Change(shown=warned + self._preview(visit, name, found, voters, sent))

    def _form(self, visit: Visit, name: str, sent: Mapping[str, str]) -> str:
        place = visit.settings[name].title_in(visit.lang)
        calm = gettext(visit.lang, "You see it once more before anybody is asked.")
        inside = askform.fields(visit.lang, sent, self._zone(visit, name))
        inside += button(gettext(visit.lang, "Preview"), "preview")
        made = form(visit.session, f"{NEW}{name}/", inside)
        return f"<p><bdi>{escape(place)}</bdi></p>{text(calm)}{made}"

    def _again(self, visit: Visit, name: str, sent: Mapping[str, str], faults: list[str]) -> Change:
        rows = "".join(f"<li>{escape(one.strip())}</li>" for one in faults)
        alert = f'<div role="alert" class="wrong"><ul>{rows}</ul></div>'
        return Change(shown=alert + self._form(visit, name, sent), status=400)

    def _warned(self, lang: str, missing: list[str]) -> str:
        """The unions for which nobody votes."""
        if not missing:
            return ""
        said = gettext(
            lang,
            "Nobody casts the votes of these unions; say who, with “solicomm poll delegate”:",
        )
        names = "".join(f"<li>{escape(one)}</li>" for one in missing)
        return f'<div role="alert">{text(said)}<ul>{names}</ul></div>'

    def _preview(
        self, visit: Visit, name: str, poll: Poll, voters: int, sent: Mapping[str, str]
    ) -> str:
        lang = visit.lang
        seen = "live" if poll.live else "closed"
        until = moments.written(poll.closes, self._zone(visit, name)).replace("T", " ")
        ends = gettext(
            lang, "When the vote ends (time in %(zone)s)", zone=self._zone(visit, name).key
        )
        told = [
            pollterms.rule(poll, lang),
            pollterms.quorum(poll, lang),
            f"{ends}: {until}",
            gettext(lang, askform.SEEN[poll.ballot if poll.ballot in askform.SEEN else seen]),
            gettext(
                lang,
                "So many get a mail and may vote: %(num)s",
                num=i18n.format_number(lang, voters),
            ),
            gettext(
                lang,
                "A vote by mail cannot be both secret and verifiable. It must not be used where "
                "law or statutes demand a secret ballot.",
            ),
        ]
        options = "<br>".join(
            f"<bdi>{escape(row)}</bdi>" for row in pollterms.chosen(poll, poll.keys, lang)
        )
        shown = text(gettext(lang, "This is the vote as we understood it:")) + (
            f"<p><strong><bdi>{escape(poll.asked(lang)[0])}</bdi></strong></p><p>{options}</p>"
        )
        for other in (one for one in poll.question if one != poll.asked(lang)[1]):
            rows = (f"<bdi>{escape(r)}</bdi>" for r in pollterms.chosen(poll, poll.keys, other))
            asked = f"<strong><bdi>{escape(poll.question[other])}</bdi></strong>"
            shown += f'<p lang="{other}">{"<br>".join([asked, *rows])}</p>'
        if poll.unions:
            votes = (
                f"<bdi>{escape(one)}</bdi>: {i18n.format_number(lang, count)}"
                for one, count in poll.unions.items()
            )
            head = gettext(lang, "Votes of each union")
            shown += f"<p>{escape(head)}<br>{'<br>'.join(votes)}</p>"
        kept = {key: sent.get(key, "") for key in askform.FIELDS} | {"id": poll.id}
        send = button(gettext(lang, "Open this vote"), "open")
        opening = form(visit.session, f"{NEW}{name}/", send, **kept)
        again = folded(gettext(lang, "Change it first"), self._form(visit, name, sent))
        return shown + text(*filter(None, told)) + opening + again

    def _zone(self, visit: Visit, name: str) -> ZoneInfo:
        return moments.of(visit.own.lists.get(name, {}), visit.settings[name].zone)

    # -- votes that run -----------------------------------------------------------------------

    def running(self, visit: Visit) -> str:
        """The votes of the lists that the member looks after, each with what may be done; "" for
        none."""
        lang, rows = visit.lang, []
        for name, files in self._running(visit):
            poll = files.poll
            cast = len(pollbook.book(self._config, name, poll.id).cast())
            voted = gettext(
                lang,
                "%(cast)s of %(voters)s have voted",
                cast=i18n.format_number(lang, cast),
                voters=i18n.format_number(lang, len(files.voters)),
            )
            end = i18n.format_datetime(lang, poll.closes)
            until = gettext(lang, "until %(end)s", end=end)
            place = visit.settings[name].title_in(lang)
            about = f"<small><bdi>{escape(place)}</bdi> · {escape(until)} · {escape(voted)}</small>"
            page = link(f"/conferences/{name}/polls/{poll.id}/", poll.asked(lang)[0])
            acts = buttons(
                (gettext(lang, "Remind those who have not voted"), "remind"),
                (gettext(lang, "Send me who has not voted"), "missing"),
            )
            facts = {"conference": name, "poll": poll.id}
            at = f"{HOME}{NAME}/"
            calm = text(gettext(lang, "The result goes to everybody at once."))
            end_now = calm + button(gettext(lang, "End this vote"), "close")
            early = gettext(lang, "End it before its time")
            ending = folded(early, form(visit.session, at, end_now, **facts))
            rows.append(
                f"<article><p>{page}<br>{about}</p>{form(visit.session, at, acts, **facts)}"
                f"{ending}</article>"
            )
        if not rows:
            return ""
        head = escape(gettext(lang, "Votes of the lists that you look after"))
        return f"<h2>{head}</h2>{''.join(rows)}"

    def ordered(self, visit: Visit, sent: Mapping[str, str]) -> Change:
        """An order about a vote that runs."""
        name, poll, what = (sent.get(key, "") for key in ("conference", "poll", "do"))
        known = name in visit.looked_after and voteaddress.POLL_ID.fullmatch(poll)
        if not known or what not in _ORDERS:
            return NOTHING
        return Change((Said(f"{name}-{voteaddress.POLL}", f"{what} {poll}\n"),))

    def _running(self, visit: Visit) -> Iterator[tuple[str, PollFiles]]:
        for name in visit.looked_after:
            folder = self._config.private / pollbook.FOLDER / name
            known = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
            if not known:
                continue
            with Reader(open_repo(self._config.conference_repo(name))) as reader:
                there = set(store.identifiers(reader))
                for poll in filter(there.__contains__, known):
                    try:
                        files = self._frames.of(reader, name, poll)
                    except SoliCommError:
                        continue
                    if files.opening is not None and files.closing is None:
                        yield name, files
