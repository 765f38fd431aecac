"""Moderators open polls and ask about them by mail: `<conference>-poll@`.

A text becomes a poll only after its author has seen it as it was understood and has answered the
preview, whose token goes to the moderator's own address; from My hub it comes as it was seen there.
Orders (`list`, `who has not voted`, `remind`, `close`) are carried out when the author is proven,
else after a confirmation; what they tell goes to the moderator's address in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from solicomm_build.desk import tokens
from solicomm_build.desk.commands import ANSWER, lines
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.letters import ask_commands
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan, Write
from solicomm_build.features.polls import pollbook
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.bymail.pollletters import preview, telling_how
from solicomm_build.features.polls.networked.electorate import electorate, impossible
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import polltext
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.features.polls.values.polltext import Fault, Order
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import ContentErrors, SoliCommError
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.git.reader import Reader
from solicomm_build.message.address import is_valid
from solicomm_build.people import rosterevents
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.proof import by_token
from solicomm_build.post import ownwords

ACTION, ORDER = "poll", "poll-order"
"""What the tokens of a preview, and of an order that has to be confirmed, are for."""

_MODERATORS = ("moderator", "host")
_A_DAY = timedelta(days=1)
_LISTED = 500  # addresses in one answer; of more, their number is told

_FAULTS = {
    "closes-missing": N_(
        "It does not say when the vote ends. Add a line such as: closes: 2026-12-01 18:00"
    ),
    "closes": N_(
        "This is no moment that we understand. Write year, month and day, such as 2026-12-01 18:00"
    ),
    "closes-past": N_("This moment is over:"),
    "question": N_("There is no question. Write it into the first line."),
    "line": N_("We do not know what this line means:"),
    "number": N_("Options must be numbered 1, 2, 3 and so on, each once. We found:"),
    "type": N_("There is no such kind of vote (proposal, choice, approval or ranked):"),
    "ballot": N_("There are no such ballots (open or pseudonymous):"),
    "sealed": N_(
        "A secret vote cannot be held by mail: the people who run this server could read it. "
        "Choose open or pseudonymous."
    ),
    "file": N_("The text has this fault:"),
}


def asked(office: Office, case: Case) -> Plan:
    """What a mail to the polls of a conference leads to."""
    name, to = case.conference, case.author
    if case.mute or not is_valid(to) or office.conference(name) is None or office.is_ours(to):
        return NOTHING
    lang = office.language_of(to, name, hint=case.said)
    kind = f"poll:{case.cause}"
    if case.proof is None:
        return NOTHING
    if office.roster().role(name, case.proof) not in _MODERATORS:
        return _not_yours(office, name, to, lang, f"poll:{name}")
    if case.web and polltext.is_file(case.message.text):
        return _of_page(office, case, lang)
    written = list(lines(case.message.text))
    rows = ownwords.without_signoff(written, ownwords.names_of(case.message.from_))
    subject = ANSWER.sub("", case.message.subject)
    order = polltext.order(rows[0] if rows else subject)
    if order is None and not rows:
        order = Order("help")
    if order is not None:
        return _Orders(office, case, name, to, lang).ordered(order)
    return _preview(office, case, rows, subject, lang, kind)


def _not_yours(office: Office, name: str, to: str, lang: str, kind: str = "") -> Plan:
    """Who does not look after the conference, or does so no more, hears that moderators do that."""
    told = letter(office, "polls/not-moderator", to, lang, conference=name, kind=kind)
    return Plan(letters=(told,))


# -- a new poll -------------------------------------------------------------------------------


def _preview(
    office: Office, case: Case, rows: list[str], subject: str, lang: str, kind: str
) -> Plan:
    name, to = case.conference, case.author
    found = polltext.read(polls.mint("q-"), rows, subject, lang, clock.now())
    if not isinstance(found, Poll):
        said = [row for fault in found for row in said_of(fault, lang)]
        return Plan(letters=(_faulty(office, name, to, lang, said, kind),))
    voters = electorate(office.roster(), name, found)
    held = {voter.union for _, voter in voters}
    missing = sorted(set(found.unions) - held)
    if faults := _impossible(office, name, lang, len(voters)):
        return Plan(letters=(_faulty(office, name, to, lang, faults, kind),))
    return tokens.ask(
        office,
        case,
        ACTION,
        to,
        lambda text, kind: preview(
            office, name, to, lang, found, len(voters), missing, text, kind=kind
        ),
        kind=kind,
        data={"poll": polls.encode(found).decode("utf-8"), "id": found.id},
    )


def _impossible(office: Office, name: str, lang: str, voters: int) -> list[str]:
    settings = office.conference(name)
    return impossible(voters, lang, settings.home if settings else "")


def said_of(fault: Fault, lang: str) -> list[str]:
    """A fault in words, and what was written."""
    told = clock.coming(gettext(lang, _FAULTS[fault.code]))
    return [told, *([f"    {fault.said}"] if fault.said else [])]


def _faulty(
    office: Office, conference: str, to: str, lang: str, faults: list[str], kind: str
) -> Letter:
    """What is wrong with a poll, and how one is written."""
    name = "polls/faulty"
    return telling_how(office, name, to, lang, conference=conference, kind=kind, faults=faults)


def opened(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The preview was answered: the poll is a file of the conference, and the rest follows."""
    name, to = facts.conference, facts.address
    try:
        poll = polls.decode(str(facts.data.get("poll", "")))
    except SoliCommError:
        return NOTHING
    lang = office.language_of(to, name)
    if office.roster().role(name, by_token(facts)) not in _MODERATORS:
        return _not_yours(office, name, to, lang)
    return _opening(office, name, to, lang, poll)


def _of_page(office: Office, case: Case, lang: str) -> Plan:
    """The same, of a moderator who saw the poll as it was understood on a page of ours
    (onpage/votesection.py)."""
    try:
        poll = polls.decode(case.message.text)
    except ContentErrors as error:
        said = [row for one in error.faults for row in said_of(Fault("file", str(one)), lang)]
        return Plan(letters=(_faulty(office, case.conference, case.author, lang, said, ""),))
    return _opening(office, case.conference, case.author, lang, poll)


def _opening(office: Office, name: str, to: str, lang: str, poll: Poll) -> Plan:
    if poll.closes <= clock.now():
        said = said_of(Fault("closes-past", i18n.format_datetime(lang, poll.closes)), lang)
        return Plan(letters=(_faulty(office, name, to, lang, said, ""),))
    voters = len(electorate(office.roster(), name, poll))
    if faults := _impossible(office, name, lang, voters):  # people went while it waited for a yes
        return Plan(letters=(_faulty(office, name, to, lang, faults, ""),))
    folder = polls.folder(poll.id)
    page = f"{office.config.url}/conferences/{name}/{folder}"
    told = telling_how(office, "polls/opened", to, lang, conference=name, page=page)
    file = polls.encode(poll).decode("utf-8")
    return Plan(
        letters=(told,),
        writes=(Write.to_conference(name, f"{folder}poll.yaml", file),),
        subject=f"Ask {poll.id}",
    )


# -- orders -----------------------------------------------------------------------------------


def confirmed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """An order whose author had to confirm it."""
    order = Order(str(facts.data.get("order", "")), str(facts.data.get("poll", "")))
    name, to = facts.conference, facts.address
    lang = office.language_of(to, name)
    if office.roster().role(name, by_token(facts)) not in _MODERATORS:
        return _not_yours(office, name, to, lang)
    return _Orders(office, case, name, to, lang).ordered(order)


@dataclass(frozen=True, slots=True)
class _Orders:
    """One order of one moderator."""

    office: Office
    case: Case
    conference: str
    to: str
    lang: str

    def ordered(self, order: Order) -> Plan:
        if order.name in ("remind", "close") and not self.case.proven:
            return self._confirm(order)
        if order.name == "help":
            return self._how()
        running = self._polls()
        if order.name == "list":
            return self._told("polls/open", polls=self._rows(running), which=False)
        named = {order.poll} if order.poll else set(running)
        chosen = {known: running[known] for known in named & set(running)}
        if len(chosen) != 1:
            return self._told("polls/open", polls=self._rows(running), which=True)
        ((identifier, files),) = chosen.items()
        act = {"missing": self._missing, "remind": self._remind, "close": self._close}
        return act[order.name](identifier, files)

    def _confirm(self, order: Order) -> Plan:
        words = [f"{polltext.first(order.name, self.lang)} {order.poll}".strip()]
        data = {"order": order.name, "poll": order.poll}

        def write(text: str, kind: str) -> Letter:
            return ask_commands(
                self.office, self.conference, self.to, self.lang, text, words, kind=kind
            )

        kind = f"poll:{self.case.cause}"
        return tokens.ask(self.office, self.case, ORDER, self.to, write, kind=kind, data=data)

    def _polls(self) -> dict[str, PollFiles]:
        """The polls that run."""
        found = {}
        with Reader(self.office.repo(self.conference)) as reader:
            for identifier in store.identifiers(reader):
                try:
                    files = store.load(reader, identifier, ballots=False)
                except SoliCommError:
                    continue
                if files.closing is None:
                    found[identifier] = files
        return found

    def _rows(self, running: dict[str, PollFiles]) -> list[dict[str, object]]:
        return [
            {
                "question": files.poll.asked(self.lang)[0],
                "id": identifier,
                "closes": files.poll.closes,
                "cast": len(pollbook.book(self.office.config, self.conference, identifier).cast()),
                "voters": len(files.voters),
            }
            for identifier, files in running.items()
        ]

    def _missing(self, identifier: str, files: PollFiles) -> Plan:
        """Who has not voted: to the moderator's own address, and never published."""
        book = pollbook.book(self.office.config, self.conference, identifier)
        cast, members = book.cast(), self.office.roster().members
        rest = [number for voter, number in sorted(book.voters().items()) if voter not in cast]
        named = [members[number] for number in rest if number in members]
        rows = sorted(f"{one.name} <{one.address}>" if one.name else one.address for one in named)
        question = files.poll.asked(self.lang)[0]
        people = rows[:_LISTED]
        return self._told("polls/missing", question=question, count=len(rest), people=people)

    def _remind(self, identifier: str, files: PollFiles) -> Plan:
        where = f"poll-remind:{self.conference}:{identifier}"
        if not self.office.within(self.case, f"{self.conference}-poll@reminders.invalid", where):
            return self._told("polls/reminded", again=True)
        event = self._wish("remind", identifier)
        told = self._told("polls/reminded", again=False)
        return Plan(events=(event,), subject=f"Remind of {identifier}") + told

    def _close(self, identifier: str, files: PollFiles) -> Plan:
        event = self._wish("close", identifier)
        return Plan(events=(event,), subject=f"End {identifier}") + self._told("polls/ending")

    def _wish(self, wish: str, identifier: str) -> rosterevents.Event:
        return rosterevents.about_poll(
            "poll-wish",
            at=clock.now(),
            conference=self.conference,
            poll=identifier,
            wish=wish,
            by="moderator",
        )

    def _how(self) -> Plan:
        kind, where = f"poll:{self.case.cause}", self.conference
        made = telling_how(
            self.office, "polls/help", self.to, self.lang, conference=where, kind=kind
        )
        return Plan(letters=(made,))

    def _told(self, name: str, **facts: Any) -> Plan:
        kind, where = f"poll:{self.case.cause}", self.conference
        made = letter(self.office, name, self.to, self.lang, conference=where, kind=kind, **facts)
        return Plan(letters=(made,))
