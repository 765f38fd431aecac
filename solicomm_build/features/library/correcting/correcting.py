"""`/libraries/<id>/<key>/correct/` and `…/history/`: a card that is published is put right there.

    who decides    all fields, *Save* and *Withdraw*: a commit of the library at once; the history
                   in words, with *Undo*
    anybody else   a proposal: a mail to `<id>-deposit@` with the lines that differ, which goes the
                   way of a deposit (deposits/proposing.py)

GET changes nothing. A form says which file of the card it was made of: when that is another one
meanwhile, nothing is written, and the page shows what changed with what was typed put in again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.library.cards import cardchange, entryfile
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardchange import CardChangedError
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.correcting import cardedit
from solicomm_build.features.library.correcting import correctpages as pages
from solicomm_build.features.library.correcting.correctpages import MOST_WORDS, Shown
from solicomm_build.features.library.deposits import curators, depositform
from solicomm_build.features.library.library import Library
from solicomm_build.features.library.reading.openlibraries import may_know
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line
from solicomm_build.foundation.types import Mailbox, Oid
from solicomm_build.git import elsewhere
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post.store import placesettings
from solicomm_build.web import formdata, givenaddress, posted
from solicomm_build.web.asking import DEPOSIT, too_many
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.hooks import Served
from solicomm_build.web.mine.typed import still_there, when_signed_out
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.signedin import Session

_FORM = 128 * 1024
_KEY = re.compile(r"[0-9]{4}-[a-z2-7]{8}", re.ASCII)
_OID = re.compile(r"[0-9a-f]{40,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request: which card of which library, and who asks."""

    request: Request
    settings: Library
    shown: Shown

    @property
    def lang(self) -> str:
        return self.shown.lang

    @property
    def key(self) -> str:
        return self.shown.seen.entry.key

    @property
    def by(self) -> str:
        """Who is noted in the commit."""
        session = self.shown.session
        return f"member:{session.member.number}" if session else ""


class Correcting:
    """The pages of one hub. Close it."""

    def __init__(self, served: Served) -> None:
        self._served, self._config = served, served.config
        self._post = DeskPost(served.config)
        self._settings = placesettings.of("libraries", served.config)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def card(self, request: Request) -> Response:
        """The page with the fields, and what comes of it."""
        visit = await asyncio.to_thread(self._visit, request)
        if visit is None:
            said = await when_signed_out(request, self._served.sessions, _FORM)
            return said or _nothing(request)
        home = elsewhere.of(self._config, "libraries", visit.shown.library)
        if home is not None:
            copy = gettext(visit.lang, "This is a copy. The original:")
            return pages.told(visit.lang, f"{copy} {home.url}{visit.key}/", 409)
        if request.method != "POST":
            return pages.card(visit.shown)
        sent = await self._sent(visit)
        if isinstance(sent, Response):
            return sent
        if not visit.shown.rules:
            return await self._proposed(visit, sent)
        return await asyncio.to_thread(self._ruled, visit, sent)

    async def history(self, request: Request) -> Response:
        """How the card was; for who decides alone."""
        visit = await asyncio.to_thread(self._visit, request)
        if visit is None or not visit.shown.rules or self._is_copy(visit):
            return _nothing(request)
        if request.method != "POST":
            return await asyncio.to_thread(self._history, visit)
        sent = await self._sent(visit)
        if isinstance(sent, Response):
            return sent
        return await asyncio.to_thread(self._back, visit, sent)

    def _is_copy(self, visit: _Visit) -> bool:
        return elsewhere.of(self._config, "libraries", visit.shown.library) is not None

    async def _sent(self, visit: _Visit) -> formdata.Sent | Response:
        """A form of ours; else what is answered."""
        lang = visit.lang
        if not posted.is_own(visit.request):
            text = gettext(lang, "This did not come from our page. Nothing was done.")
            return pages.told(lang, text, 403)
        if not self._served.asking.may_read(DEPOSIT, visit.request):
            return pages.told(lang, f"{too_many(lang)} {still_there(lang)}", 429)
        sent = await formdata.sent(visit.request, _FORM)
        if sent is None:
            text = gettext(lang, "That was too much at once. Go back: what you wrote is there.")
            return pages.told(lang, text, 413)
        session = visit.shown.session
        if session and not session.is_marked(sent.get("mark")):
            again = gettext(lang, "Please press the button once more.")
            typed = {key: sent.get(key) for key in cardedit.every_key() if key in sent.fields}
            values, words = {**visit.shown.values, **typed}, sent.get("words")[:MOST_WORDS]
            shown = replace(visit.shown, values=values, wrong=again, words=words)
            return pages.card(shown, 403)
        return sent

    # -- who decides -----------------------------------------------------------------------------

    def _ruled(self, visit: _Visit, sent: formdata.Sent) -> Response:
        """Saves the card, or withdraws the document. Blocking."""
        shown, lang, words = visit.shown, visit.lang, sent.get("words").strip()[:MOST_WORDS]
        title = shown.seen.entry.title_in("")
        if sent.get("do") == "withdraw":
            if not words:
                faults = {"words": gettext(lang, "This is missing")}
                return pages.card(replace(shown, faults=faults), 422)
            gone = partial(cardchange.withdrawn, reason=words)
            return self._written(visit, sent, gone, f"Withdraw {title}", {})
        typed = {key: sent.get(key) for key in cardedit.every_key() if key in sent.fields}
        seen = self._as_seen(visit, sent.get("of"))
        said = cardedit.differing(seen, typed, lang) if seen else {}
        _, bad = cardedit.changed(shown.seen.entry, said)
        if bad:
            values = {**shown.values, **typed}
            faults = {key: _fault(key, said[key], lang) for key in bad}
            return pages.card(replace(shown, values=values, faults=faults, words=words), 422)

        def make(entry: Entry) -> Entry:
            return cardedit.changed(entry, said)[0]

        return self._written(visit, sent, make, f"Correct {title}", said)

    def _written(
        self,
        visit: _Visit,
        sent: formdata.Sent,
        make: Callable[[Entry], Entry],
        message: str,
        said: Mapping[str, str],
    ) -> Response:
        """Writes the commit, and leads back to where it is told; nothing when the card changed
        meanwhile: then what somebody else did is shown, with one's own put in again."""
        shown, do = visit.shown, sent.get("do")
        repo = open_repo(self._config.library_repo(shown.library))
        try:
            has_changed = cardchange.change(
                repo,
                visit.key,
                sent.get("of"),
                make,
                message,
                when=clock.now(),
                source="web",
                by=visit.by,
            )
        except CardChangedError:
            return self._changed_meanwhile(visit, sent, said)
        if has_changed:
            of_builder(self._config.state).ring()
        done = do if has_changed and do in ("withdraw", "back") else "save"
        place = f"{shown.url}history/?said={done if has_changed else 'same'}"
        return RedirectResponse(place, 303, {"cache-control": "no-store"})

    def _changed_meanwhile(
        self, visit: _Visit, sent: formdata.Sent, said: Mapping[str, str]
    ) -> Response:
        lang, shown = visit.lang, visit.shown
        now = cardchange.seen(open_repo(self._config.library_repo(shown.library)), visit.key)
        if now is None:
            return pages.told(lang, gettext(lang, "There is no such document."), 404)
        wrong = gettext(
            lang,
            "Somebody else changed this card while you had it open, so nothing was saved. Below is "
            "the card as it is now, with your changes put in again. Please look, and press again.",
        )
        before = self._as_seen(visit, sent.get("of"))
        changes = tuple(cardedit.differences(before, now.entry, lang)) if before else ()
        values = {**cardedit.values(now.entry, lang), **said}
        again = replace(
            shown,
            seen=now,
            values=values,
            wrong=wrong,
            changes=changes,
            words=sent.get("words")[:MOST_WORDS],
        )
        return pages.card(again, 409)

    def _history(self, visit: _Visit) -> Response:
        """The changes, with the names of members who made them. Blocking."""
        shown = visit.shown
        repo = open_repo(self._config.library_repo(shown.library))
        versions = cardchange.versions(repo, visit.key)
        names: dict[str, str] = {}
        for by in {one.by for one in versions}:
            number = by.removeprefix("member:")
            member = self._served.readers.member(int(number)) if number.isdecimal() else None
            if member is not None:
                names[by] = member.name or member.address
        said = pages.notice(shown.lang, visit.request.query_params.get("said", ""))
        return pages.history(replace(shown, notice=said), versions, names)

    def _back(self, visit: _Visit, sent: formdata.Sent) -> Response:
        """The card as it was at one of its changes. Blocking."""
        before = self._as_seen(visit, sent.get("to"))
        if before is None:
            return self._history(visit)
        title = visit.shown.seen.entry.title_in("")
        make = partial(cardchange.as_before, before=before)
        return self._written(visit, sent, make, f"Undo a change of {title}", {})

    def _as_seen(self, visit: _Visit, blob: str) -> Entry | None:
        """The card in this file, if it is one of this card's."""
        if not _OID.fullmatch(blob):
            return None
        repo = open_repo(self._config.library_repo(visit.shown.library))
        try:
            with Reader(repo) as reader:
                return entryfile.decode(reader.blob(Oid(blob)), entries.path(visit.key))
        except SoliCommError:
            return None

    # -- everybody else --------------------------------------------------------------------------

    async def _proposed(self, visit: _Visit, sent: formdata.Sent) -> Response:
        """A mail with the lines that differ, once they are right."""
        shown, lang = visit.shown, visit.lang
        typed = {key: sent.get(key) for key in depositform.KEYS if key in sent.fields}
        words = sent.get("words").strip()[:MOST_WORDS]
        said = cardedit.differing(shown.seen.entry, typed, lang)
        _, bad = cardedit.changed(shown.seen.entry, said)
        faults = {key: _fault(key, said[key], lang) for key in bad}
        if not said and not words:
            faults["words"] = gettext(lang, "Write here what is to be changed.")
        name, address = (
            one_line(sent.get("name"), LONGEST_NAME),
            givenaddress.read(sent.get("email")),
        )
        if shown.session is None:
            if wrong := givenaddress.wrong(address, lang):
                faults["email"] = wrong
            if not name:
                faults["name"] = gettext(lang, "This is missing")
        shown = replace(
            shown,
            values={**shown.values, **typed},
            faults=faults,
            words=words,
            name=name,
            address=address,
        )
        if faults:
            return pages.card(shown, 422)
        author = Mailbox(name, address)
        if shown.session is not None:
            member = shown.session.member
            author = Mailbox(member.name, member.address)
        elif not self._served.asking.may(DEPOSIT, visit.request, address):
            of_day = self._served.asking.is_of_day(DEPOSIT, visit.request, address)
            return pages.card(replace(shown, wrong=too_many(lang, of_day=of_day)), 429)
        await self._post.put(
            f"{shown.library}-deposit",
            author,
            lang,
            depositform.correction(shown.seen.entry.id, said, words, lang),
            proved=shown.session is not None,
        )
        return pages.proposed(shown, author.addr_spec)

    # -- who asks for what -----------------------------------------------------------------------

    def _visit(self, request: Request) -> _Visit | None:
        """Who asks for which card; None where there is none that they may know of. Blocking."""
        library, key = request.path_params["library"], request.path_params["key"]
        settings = self._settings.now().get(library)
        session = self._served.sessions.of(request)
        if not isinstance(settings, Library) or not _KEY.fullmatch(key):
            return None
        if not may_know(self._served, settings, library, session):
            return None
        try:
            seen = cardchange.seen(open_repo(self._config.library_repo(library)), key)
        except SoliCommError:
            return None
        rules = session is not None and self._rules(settings, library, session)
        if seen is None or not (rules or seen.entry.status == "published"):
            return None
        own = session.member.lang.partition("-")[0] if session else ""
        lang = own if own in i18n.LANGUAGES else wanted_language(request)
        said = pages.notice(lang, request.query_params.get("said", ""))
        values = cardedit.values(seen.entry, lang)
        shown = Shown(lang, library, seen, session, rules, values, notice=said)
        return _Visit(request, settings, shown)

    def _rules(self, settings: Library, library: str, session: Session) -> bool:
        with self._served.readers.looking() as roster:
            return curators.is_one(self._config, settings, library, roster, session.member)


def _nothing(request: Request) -> Response:
    lang = wanted_language(request)
    return pages.told(lang, gettext(lang, "There is no such document."), 404)


def _fault(key: str, value: str, lang: str) -> str:
    if not value.strip():
        return gettext(lang, "This is missing")
    if key in depositform.KEYS and (hint := depositform.hint(key, lang)):
        return hint
    return gettext(lang, "This could not be understood.")
