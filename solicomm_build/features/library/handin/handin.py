"""`/libraries/<id>/deposit/`: a document is handed in on a page, without JavaScript.

    GET              choose files, and say what one likes
    POST file        what was not said the document says, where that is likely: a mail to
                     `<id>-deposit@` in the desk's spool, with the lines that a mail would have;
                     from there on it is a deposit like any other (deposits/depositing.py)
    POST do=look     the files wait for an hour, and the card is shown to be corrected
    POST the card    the mail, with the files that wait

Who is signed in is known; anybody else's address is asked, once, by a mail with one button, whoever
it is: behind it the card is shown to be corrected (asked.py). A button that is pressed twice hands
in once (once.py). What is wrong comes back with all
that was written and with the files; files that are gone meanwhile are asked for again. The first
file is read in a child, one at a time and for a few seconds: what it does not tell by then is not
guessed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.extraction import sniff
from solicomm_build.extraction.child import extract
from solicomm_build.extraction.facts import Facts
from solicomm_build.features.library.cards.entry import Provenance
from solicomm_build.features.library.deposits import cardfields, depositform, depositguesses
from solicomm_build.features.library.handin import FOLDER, asked, once
from solicomm_build.features.library.handin import handinpages as pages
from solicomm_build.features.library.handin.handinpages import FIRST, LOOK, Shown
from solicomm_build.features.library.library import Library
from solicomm_build.features.library.reading.openlibraries import may_know
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line
from solicomm_build.foundation.types import Mailbox
from solicomm_build.git import elsewhere
from solicomm_build.post.store import placesettings
from solicomm_build.web import formdata, givenaddress, posted
from solicomm_build.web.asking import DEPOSIT
from solicomm_build.web.deskpost import DeskPost, Files
from solicomm_build.web.hooks import Served
from solicomm_build.web.mine.typed import when_signed_out
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.signedin import Session
from solicomm_build.web.uploads.chosen import MOST_FILES, ChosenFiles

READ_SECONDS = 15.0
"""For the guesses. The whole document is read later, by the desk."""
_WAITING = 4
"""Documents that wait to be read; one more is handed in without guesses."""
_FORM = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request: where, in which language, and who."""

    request: Request
    library: str
    settings: Library
    lang: str
    session: Session | None


class HandingIn:
    """The page of every library of a hub. Close it."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._post = DeskPost(served.config)
        self._chosen = ChosenFiles(served.config, FOLDER)
        self._settings = placesettings.of("libraries", served.config)
        self._reading = asyncio.Semaphore(1)
        self._waiting = 0
        self._once = once.Once()

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def answer(self, request: Request) -> Response:
        """The page, and what comes of its forms."""
        visit = await asyncio.to_thread(self._visit, request)
        if visit is None:
            said = await when_signed_out(request, self._served.sessions, _FORM)
            lang = request.path_params.get("lang", "") or wanted_language(request)
            return said or pages.nothing(lang)
        home = elsewhere.of(self._served.config, "libraries", visit.library)
        if home is not None:
            return pages.elsewhere(self._shown(visit), home)
        if request.method != "POST":
            return pages.choose(self._shown(visit))
        if not posted.is_own(request):
            return pages.foreign(self._shown(visit))
        if not self._served.asking.may_read(DEPOSIT, request):
            return pages.too_many(self._shown(visit))
        most = self._most
        sent = await formdata.sent(request, most + _FORM)
        if sent is None or sum(len(one.octets) for one in sent.files) > most:
            return pages.too_much(self._shown(visit), most)
        return await self._sent(visit, sent)

    @property
    def _most(self) -> int:
        """Octets of all files together: what fits into a mail, where base64 makes 4 of 3."""
        return self._served.config.limits.message_bytes * 18 // 25

    def _visit(self, request: Request) -> _Visit | None:
        """Who asks for which library; None where there is none that they may know of."""
        name, lang = request.path_params["library"], request.path_params.get("lang", "")
        settings = self._settings.now().get(name)
        session = self._served.sessions.of(request)
        if not isinstance(settings, Library) or (lang and lang not in i18n.LANGUAGES):
            return None
        if not may_know(self._served, settings, name, session):
            return None
        own = session.member.lang.partition("-")[0] if session else ""
        lang = lang or (own if own in i18n.LANGUAGES else wanted_language(request))
        return _Visit(request, name, settings, lang, session)

    def _shown(self, visit: _Visit, **more: object) -> Shown:
        about = Shown(
            visit.lang,
            visit.library,
            visit.settings,
            f"{visit.library}-deposit@{self._served.config.domain}",
            visit.session,
        )
        return about.having(**more)

    async def _sent(self, visit: _Visit, sent: formdata.Sent) -> Response:
        """New files are kept and looked into; what is right is handed in."""
        typed = {key: sent.get(key) for key in depositform.KEYS if key in sent.fields}
        shown = self._shown(
            visit, values=typed, name=sent.get("name"), address=givenaddress.read(sent.get("email"))
        )
        files = [(one.name, one.octets) for one in sent.files if one.field == "file"]
        if files:
            return await self._new(visit, sent, shown, files)
        shown = shown.having(token=sent.get("chosen"))
        names = await asyncio.to_thread(self._chosen.get, visit.library, shown.token)
        if names is not None:
            return await self._checked(visit, sent, shown.having(names=names))
        if sent.get(FIRST) or not typed:
            return pages.choose(shown, missing=True)
        return self._without_files(shown)

    async def _new(
        self, visit: _Visit, sent: formdata.Sent, shown: Shown, files: list[tuple[str, bytes]]
    ) -> Response:
        """Keeps those that a library takes; fills in what the document makes likely. Nothing is
        handed in when something is wrong, or when its card shall be looked at first."""
        left = ", ".join(name for name, _ in files[MOST_FILES:])
        files = files[:MOST_FILES]
        good = [(name, octets) for name, octets in files if _is_taken(name, octets)]
        refused = ", ".join(name for name, _ in files if name not in [one for one, _ in good])
        if not good:
            return pages.choose(shown, refused=refused)
        client = visit.request.client
        peer = client.host if client else ""
        token = await asyncio.to_thread(self._chosen.put, visit.library, good, peer)
        if token is None:
            return pages.too_many(shown)
        name, octets = good[0]
        found = await self._look(token, name, octets)
        likely, guessed = await asyncio.to_thread(_likely, name, found, visit.lang)
        typed = dict(shown.values)
        if sent.get(FIRST):  # what is empty there is for the document to say
            typed = {key: value for key, value in typed.items() if value.strip()}
        shown = shown.having(
            values={**likely, **typed},
            guessed=tuple(key for key in guessed if key not in typed),
            names=tuple(name for name, _ in good),
            token=token,
        )
        if refused or left:
            return pages.check(shown, refused=refused, left=left)
        if sent.get("do") == LOOK or not sent.get(FIRST):
            return pages.check(shown)
        return await self._checked(visit, sent, shown)

    async def _checked(self, visit: _Visit, sent: formdata.Sent, shown: Shown) -> Response:
        """Hands in what is right; else the card with what is wrong."""
        if faults := _faults(shown, visit):
            return pages.check(shown.having(faults=faults), status=422)
        if visit.session and not visit.session.is_marked(sent.get("mark")):
            return pages.check(shown, status=403)
        return await self._hand_in(visit, shown)

    async def _look(self, token: str, name: str, octets: bytes) -> Facts:
        """What the first file holds, when there is time to look."""
        if self._waiting < _WAITING:
            self._waiting += 1
            try:
                async with self._reading:
                    path = self._chosen.file(token, 0)
                    return await asyncio.to_thread(extract, path, name, seconds=READ_SECONDS)
            except FileNotFoundError:
                pass  # swept meanwhile
            finally:
                self._waiting -= 1
        return Facts(sniff.media_type(octets[: 1 << 16], name))

    async def _hand_in(self, visit: _Visit, shown: Shown) -> Response:
        """The mail to the library, once."""
        author = _author(shown)
        try:
            files = await asyncio.to_thread(self._chosen.octets, shown.token, shown.names)
        except FileNotFoundError:
            return self._without_files(shown)
        pressed = once.key(_who(author), visit.library, _said(shown), files=files)
        if not (visit.session or self._once.knows(pressed)):
            asking = self._served.asking
            if not asking.may(DEPOSIT, visit.request, shown.address):
                of_day = asking.is_of_day(DEPOSIT, visit.request, shown.address)
                return pages.too_many(shown, of_day=of_day)
        keys = (pressed, _by_token(shown))
        await self._once.run(keys, lambda: self._put(visit, shown, author, files))
        await asyncio.to_thread(self._chosen.forget, shown.token)
        return pages.thanks(shown, author.addr_spec)

    async def _put(self, visit: _Visit, shown: Shown, author: Mailbox, files: Files) -> None:
        await self._post.put(
            f"{visit.library}-deposit",
            author,
            visit.lang,
            depositform.written(_said(shown), visit.lang),
            subject=one_line(shown.values.get("title", ""), 300),
            files=files,
            fields=asked.fields(shown.guessed),
            proved=visit.session is not None,
        )

    def _without_files(self, shown: Shown) -> Response:
        """The files went: with a press before this one, or since they waited too long."""
        if self._once.knows(_by_token(shown)):
            return pages.thanks(shown, _author(shown).addr_spec)
        return pages.check(shown.having(names=(), token=""), gone=True)


def _author(shown: Shown) -> Mailbox:
    if shown.session:
        return Mailbox(shown.session.member.name, shown.session.member.address)
    return Mailbox(one_line(shown.name, LONGEST_NAME), shown.address)


def _who(author: Mailbox) -> dict[str, str]:
    return {author.addr_spec: author.name}


def _by_token(shown: Shown) -> str:
    """What was asked, by the token of its files."""
    return once.key(_who(_author(shown)), shown.token, dict(shown.values))


def _said(shown: Shown) -> dict[str, str]:
    """The card's lines. Whoever looked at the card has said what is empty; else the desk looks."""
    if not shown.guessed:
        return {key: shown.values.get(key, "") for key in depositform.KEYS}
    return {key: value for key in depositform.KEYS if (value := shown.values.get(key, "").strip())}


def _is_taken(name: str, octets: bytes) -> bool:
    """Whether libraries take such a file, by its first octets."""
    return sniff.media_type(octets[: 1 << 16], name) in sniff.TYPES


def _likely(name: str, found: Facts, lang: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The fields of the card that a document makes likely, and the keys of those guesses."""
    text, stem = found.text or "", name.rpartition(".")[0] or name
    guessed = depositguesses.guesses(text, stem, found.title, clock.now())
    guessed.setdefault("language", found.lang[:2] or lang)
    if authors := depositguesses.authors(text, found.creators):
        guessed["author"] = authors
    entry, known, _ = depositform.drafted("lib:2000-aaaaaaaa", stem, {}, guessed, Provenance())
    return cardfields.values_of(entry, lang), known


def _faults(shown: Shown, visit: _Visit) -> dict[str, str]:
    """What is wrong with a card, by field."""
    lang = visit.lang
    entry, _, _ = depositform.drafted("lib:2000-aaaaaaaa", "x", {}, {}, Provenance())
    faults = cardfields.faults(entry, {"title": "", **shown.values}, lang)
    if visit.session is None:
        address = shown.address
        if wrong := givenaddress.wrong(address, lang):
            faults["email"] = wrong
        if not shown.name.strip():
            faults["name"] = gettext(lang, "This is missing")
    return faults
