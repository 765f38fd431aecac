"""`/vote/<poll>.<token>`: a voter's own page, where the button of the mail leads.

    GET   question, options, the vote so far; changes nothing: programs that check mail open links
    POST  a mail to the voter's address in spool/desk → the desk counts it → what was counted

The vote goes the way of one by mail, with the same rules and receipts (features/polls/voting.py),
durable before it is looked at: a kill loses nothing, and where the desk is slow the page says that
the vote will be counted. Whoever has the link votes, as whoever has the mail does. A wrong token,
one of a poll that is gone, and one of somebody who is no member any more are the same 404.

`/members/vote/<poll>` leads who is signed in to the own page, anybody else to the sign-in page: it
is the address that public pages can show to all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.polls import seat, voteaddress
from solicomm_build.features.polls.onpage import voteform
from solicomm_build.features.polls.pollstore import Frames
from solicomm_build.features.polls.seat import Seat
from solicomm_build.features.polls.values import pollterms, pollwords
from solicomm_build.foundation import i18n, keys, timekeeping
from solicomm_build.foundation.i18n import gettext, pgettext
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.address import mask
from solicomm_build.people import token as tokens
from solicomm_build.people.address import ListAddress
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store import placesettings
from solicomm_build.web import plainform
from solicomm_build.web.asking import Kind
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.hooks import Served
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own

VOTE = Kind("vote", 200, 50, 50)
"""A union's office votes from one place; what is sent is small, and each token has few votes."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a page says above the form; an alert when something is wrong. `choice` is what the form
    shows, None for the vote as it is; `given` are the places of an order that cannot be counted."""

    text: str = ""
    status: int = 200
    choice: voteform.Choice | None = None
    given: Mapping[str, int] | None = None


class VotePages:
    """The pages of one hub. What they read they read in threads. Close it."""

    def __init__(self, served: Served) -> None:
        self._config, self._asking, self._sessions = served.config, served.asking, served.sessions
        self._post = DeskPost(served.config)
        self._settings = placesettings.conferences(served.config)
        self._roster: RosterStore | None = None
        self._frames = Frames()
        self._lock = asyncio.Lock()

    def close(self) -> None:
        """Ends the reading process."""
        if self._roster is not None:
            self._roster.close()
            self._roster = None
        self._post.close()

    async def answer(self, request: Request) -> Response:
        """The page, and the vote that its form sends."""
        local = f"{voteaddress.PREFIX}+{request.path_params['token']}"
        found = await self._found(local)
        if found is None:
            return _gone(wanted_language(request))
        own = found.member.lang.partition("-")[0]
        lang = own if own in i18n.LANGUAGES else wanted_language(request)
        if request.method != "POST":
            return self._page(found, lang, _Said())
        return await self._voted(request, local, found, lang)

    async def own(self, request: Request) -> Response:
        """Leads who is signed in to his page for a poll; who may not vote in it finds nothing."""
        poll = request.path_params["poll"]
        session = await asyncio.to_thread(self._sessions.of, request)
        if session is None:
            return _to(f"/login/?to=/members/vote/{poll}")
        number = session.member.number
        place = await asyncio.to_thread(self._place, poll, number)
        return _to(place) if place else _gone(wanted_language(request))

    # -- reading --------------------------------------------------------------------------------

    async def _found(self, local: str) -> Seat | None:
        address = voteaddress.split(local)
        if address is None:
            return None
        async with self._lock:
            return await asyncio.to_thread(self._seat, address)

    def _seat(self, address: ListAddress) -> Seat | None:
        if self._roster is None:
            self._roster = RosterStore.of(self._config)
        roster, key = self._roster.roster(), keys.token_key(self._config.keys)
        names = sorted(self._settings.now())
        found = seat.found(self._config, key, roster, names, address, self._frames)
        if found is None or found.files.opening is None or found.voter.id == seat.NOBODY:
            return None
        return found

    def _place(self, poll: str, number: int) -> str:
        """The address of a member's page for a poll, when the poll is there and asks this member;
        conferences are tried one after the other, as the id of a poll names none."""
        key = keys.token_key(self._config.keys)
        if not voteaddress.POLL_ID.fullmatch(poll):
            return ""
        for name in sorted(self._settings.now()):
            if not (self._config.private / "polls" / name / poll).is_dir():
                continue
            made = tokens.vote_token(key, name, poll, number)
            address = voteaddress.split(voteaddress.local_part(poll, made))
            if address is not None and self._seat(address) is not None:
                return voteaddress.page(poll, made)
        return ""

    # -- voting ---------------------------------------------------------------------------------

    async def _voted(self, request: Request, local: str, found: Seat, lang: str) -> Response:
        if not is_own(request):
            wrong = gettext(
                lang, "Nothing was done: this did not come from our page. Please press here again."
            )
            return self._page(found, lang, _Said(wrong, 403))
        if not self._asking.may_read(VOTE, request):
            wrong = gettext(lang, "There were too many requests. Please try again in an hour.")
            return self._page(found, lang, _Said(wrong, 429))
        sent = await plainform.fields(request, most=40)
        if not found.is_open(self._now()):
            return self._page(found, lang, _Said("", 409))
        poll, undoes = found.files.poll, sent.get("do") == "undo"
        choice = () if undoes else voteform.read(poll, sent)
        if isinstance(choice, str):
            return self._page(found, lang, _wrong(choice, sent, found, lang))
        line = pollwords.UNDO["en"][0] if undoes else voteform.line(poll, choice)
        author = Mailbox(found.member.name, found.member.address)
        waiting = await self._post.put(local, author, lang, line)
        done = await self._post.is_done(waiting)
        now = await self._found(local) or found
        return self._page(now, lang, _outcome(found, now, choice, lang, done=done, undoes=undoes))

    def _now(self) -> datetime:
        return timekeeping.believed(self._config.state)

    # -- the page -------------------------------------------------------------------------------

    def _page(self, found: Seat, lang: str, said: _Said) -> Response:
        settings = self._settings.now().get(found.conference)
        title = settings.title_in(lang) if settings else found.conference
        rows = [f"<p><bdi>{escape(title)}</bdi></p>"]
        if said.text:
            role = "alert" if said.status >= 400 else "status"
            rows.append(f'<p role="{role}"><strong>{escape(said.text)}</strong></p>')
        rows.append(_so_far(found, lang))
        if found.is_open(self._now()):
            choice = found.choice if said.choice is None else said.choice
            rows.append(_forms(found, lang, choice, said.given))
            veiled = settings is not None and settings.pseudonyms == "required"
            rows.append(_terms(found, lang, "" if veiled else mask(found.member.name)))
        else:
            end = i18n.format_datetime(lang, found.end)
            rows.append(_texts(gettext(lang, "This vote ended on %(end)s.", end=end)))
        rows.append(self._links(found, lang))
        return page(lang, gettext(lang, "Your vote"), "\n".join(rows), said.status)

    def _links(self, found: Seat, lang: str) -> str:
        place = f"/conferences/{found.conference}/polls/{found.files.poll.id}/"
        ended = not found.is_open(self._now())
        said = gettext(lang, "The result") if ended else gettext(lang, "This vote for everybody")
        return f'<p><a href="{place}">{escape(said)}</a></p>'


def _wrong(fault: str, sent: dict[str, str], found: Seat, lang: str) -> _Said:
    """What is to be mended, with all that was chosen still in the form."""
    if fault == voteform.TWICE:
        text = gettext(lang, "Two options have the same place. Give each its own, or none.")
    else:
        text = gettext(lang, "Please choose one of the options.")
    return _Said(text, 400, given=voteform.places(found.files.poll, sent))


def _outcome(
    before: Seat, now: Seat, choice: voteform.Choice, lang: str, *, done: bool, undoes: bool
) -> _Said:
    """What became of a vote: by the ballots that have come, not by what was hoped."""
    new = now.before[len(before.before) :]
    if undoes and new:
        return _Said(gettext(lang, "Your last vote has been taken back."))
    if any(ballot.choice == choice for ballot in new):
        return _Said(gettext(lang, "Your vote was counted. A mail tells you the same."))
    if not done:
        text = gettext(lang, "Your vote is kept, and is counted in a moment. A mail tells you.")
        return _Said(text, choice=choice or None)
    return _Said(gettext(lang, "This was not counted. A mail tells you why."), 409)


def _so_far(found: Seat, lang: str) -> str:
    """The vote as it is now."""
    if not found.choice:
        question = escape(gettext(lang, "You have not voted."))
        return f"<p>{question}</p>"
    at = i18n.format_datetime(lang, found.before[-1].at)
    said = escape(gettext(lang, "You voted on %(when)s:", when=at))
    rows = pollterms.chosen(found.files.poll, found.choice, lang)
    chosen = "<br>".join(f"<bdi>{escape(row)}</bdi>" for row in rows)
    return f"<p>{said}<br><strong>{chosen}</strong></p>"


def _forms(found: Seat, lang: str, choice: voteform.Choice, given: Mapping[str, int] | None) -> str:
    change, vote = gettext(lang, "Change my vote"), pgettext(lang, "do it now", "Vote")
    press = change if found.choice else vote
    rows = voteform.form(found.files.poll, lang, choice, press, given)
    if found.choice:
        back = escape(gettext(lang, "Take my last vote back"))
        button = f'<button type="submit" name="do" value="undo">{back}</button>'
        rows += f'<form method="post"><p>{button}</p></form>'
    return rows


def _terms(found: Seat, lang: str, name: str) -> str:
    """Until when, and what is seen by whom, in the words of the mail."""
    poll = found.files.poll
    until = gettext(
        lang,
        "The vote ends on %(when)s. Until then you may answer again as often as you like; your "
        "last answer counts.",
        when=i18n.format_datetime(lang, found.end),
    )
    honest = gettext(
        lang,
        "A vote by mail cannot be both secret and verifiable. It must not be used where law or "
        "statutes demand a secret ballot.",
    )
    texts = [until, pollterms.quorum(poll, lang), *_seen(found, lang, name), honest]
    return _texts(*texts)


def _seen(found: Seat, lang: str, name: str) -> list[str]:
    poll = found.files.poll
    if poll.ballot == "pseudonymous":
        secret = gettext(
            lang,
            "When the vote has ended, all votes are published without names, yours under this "
            "code. With it you can check that it was counted. Keep it to yourself: anybody who "
            "knows your code then knows your vote.",
        )
        return [secret, found.voter.id]
    if not name:
        text = gettext(lang, "Votes are published. We know no name of yours, so yours has none.")
    elif poll.live:
        text = gettext(
            lang,
            "Votes are public at once: everybody reads there how “%(name)s” voted.",
            name=name,
        )
    else:
        text = gettext(
            lang,
            "When the vote has ended, votes are published: everybody reads there how "
            "“%(name)s” voted.",
            name=name,
        )
    return [text]


def _gone(lang: str) -> Response:
    text = gettext(lang, "This link was used already, or it is too old. Nothing has changed.")
    return page(lang, gettext(lang, "Your vote"), _texts(text), 404)


def _to(place: str) -> Response:
    return RedirectResponse(place, 303, {"cache-control": "no-store"})


def _texts(*texts: str) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts if text)
