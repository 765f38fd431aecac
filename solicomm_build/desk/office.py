"""What the desk knows of its hub: members, lists, settings, posts, keys, and whom it wrote to.

Reads only; every change goes through the ledger.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from solicomm_build.desk import standing
from solicomm_build.desk.limits import Asker, Limits, Pool
from solicomm_build.desk.plan import Case
from solicomm_build.foundation import clock, formernames, keys, maillog
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.dns import Resolver, resolver_of
from solicomm_build.foundation.types import SLUG, Oid
from solicomm_build.foundation.watch import Watch
from solicomm_build.git import tips
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.tips import Tips
from solicomm_build.people import addresses, persons
from solicomm_build.people.address import SITE, ListAddress, fold, moved, split
from solicomm_build.people.addresses import Kind
from solicomm_build.people.membership import Member, letter_language, spoken_here
from solicomm_build.people.operators import staff
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event, person
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.token import verp_tag
from solicomm_build.post import conference as settings
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.spokenlanguages import SpokenLanguages

CONFIRM = timedelta(days=7)
UNDO = timedelta(days=14)
MODERATE = timedelta(days=14)
"""How long the tokens of confirmations, of goodbyes and of moderators hold."""

_SITE = frozenset({SITE})
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Office:
    """One hub as the desk sees it. Not for several threads. Close it."""

    def __init__(
        self, config: Config, watch: Watch | None = None, log: maillog.MailLog | None = None
    ) -> None:
        self.config = config
        self.watch = watch or Watch.idle()
        self.log = log or maillog.to_nobody()
        self.mail = HubMail(config)
        self._roster = RosterStore.of(config)
        self._settings: dict[str, tuple[Oid | None, Conference | None]] = {}
        self._tips, self._site_tips = _Look(config.conferences), _Look(config.unions)

    @cached_property
    def key(self) -> bytes:
        """The key of tags and leave tokens."""
        return keys.token_key(self.config.keys)

    @cached_property
    def limits(self) -> Limits:
        """Whom the desk wrote to lately."""
        return Limits(self.config.state / "answers.sqlite", self.key)

    @cached_property
    def dns(self) -> Resolver | None:
        """Whom to ask for keys and policies."""
        return resolver_of(self.config)

    def roster(self) -> Roster:
        """The members as of now. Do not change it."""
        return self._roster.roster()

    def person(self, number: int) -> tuple[str, tuple[Event, ...]]:
        """A member's person id, and the event that gives it when there was none yet: it belongs
        into the same plan."""
        known = self.roster().persons.of(number)
        if known is not None:
            return known, ()
        fresh = persons.mint()
        return fresh, (person(number, fresh, at=clock.now()),)

    def may(self, case: Case, to: str, kind: str) -> bool:
        """Whether `to` may get an answer of this kind because of this mail; it counts then."""
        pool, asker = self._standing(case, to, kind)
        return self.limits.allow(to, kind, case.cause, clock.now(), pool, asker)

    def is_last(self, case: Case, to: str, kind: str) -> bool:
        """Whether the answer that `to` may get is the last one today."""
        pool, _ = self._standing(case, to, kind)
        return self.limits.is_last(to, clock.now(), pool)

    def has_brought(self, case: Case, to: str) -> bool:
        """Whether a mail came to an address with a token or tag that was sent to `to`."""
        return standing.brought_back(case, to, self.roster(), self._bearer(case.address))

    def within(self, case: Case, name: str, kind: str) -> bool:
        """Whether something that is no answer may happen once more today; it counts then."""
        return self.limits.allow(name, kind, case.cause, clock.now())

    def _standing(self, case: Case, to: str, kind: str) -> tuple[Pool, Asker | None]:
        return standing.of(
            case,
            to,
            kind,
            roster=self.roster(),
            bearer=self._bearer(case.address),
            fronts=self.config.mail_fronts,
        )

    def _bearer(self, address: str) -> str | None:
        """Whom the tag of an address was sent to, when that kind of address tells it: "" for a tag
        that is not ours. None where the roster knows it."""
        kind, found = self._found(address.rpartition("@")[0])
        if kind is None or found is None or kind.bearer is None:
            return None
        number = kind.bearer(self.key, found)
        member = self.roster().members.get(number) if number is not None else None
        return member.address if member else ""

    def lists(self) -> frozenset[str]:
        """The ids of all conferences and lists."""
        return frozenset(filter(SLUG.fullmatch, tips.names(self.config.conferences)))

    def tips(self) -> Mapping[str, Oid]:
        """Where each conference or list is now that has a commit, by id and in the order of ids.
        Costs a `stat` each: for what looks at all of them again and again."""
        return self._tips.now()

    def site_tips(self) -> Mapping[str, Oid]:
        """Likewise where the site of each union is."""
        return self._site_tips.now()

    @contextlib.contextmanager
    def one_look(self) -> Iterator[Callable[[], None]]:
        """Has all who ask meanwhile where conferences and sites are get what the first one got;
        what it gives is called when something was done, and the next one looks again."""
        looks = (self._tips, self._site_tips)

        def again() -> None:
            for one in looks:
                one.hold()

        again()
        try:
            yield again
        finally:
            for one in looks:
                one.let_go()

    def listed(self, address: str) -> ListAddress | None:
        """What one of our own addresses is for: of a list, or of the hub; None for any other."""
        local, _, domain = address.rpartition("@")
        if fold(domain) != fold(self.config.domain):
            return None
        return self._found(local)[1]

    def kind(self, address: str) -> Kind | None:
        """Which kind of a feature's address this is; None for one of a list or of the hub."""
        return self._found(address.rpartition("@")[0])[0]

    def _found(self, local: str) -> tuple[Kind | None, ListAddress | None]:
        local, finder = fold(local), addresses.Finder(self.config, self.roster)
        if found := split(local, self.lists()):
            return None, found
        if (instead := moved(local, self._former())) is not None:
            return None, split(instead, self.lists())
        if early := addresses.found(finder, local, first=True):
            return early
        if found := split(local, _SITE):
            return None, found
        return addresses.found(finder, local, first=False) or (None, None)

    def _former(self) -> Mapping[str, str]:
        """Names that conferences had before, with those of today."""
        return formernames.now(self.config.private, "conferences")

    def unions(self) -> frozenset[str]:
        """The ids of all unions' sites."""
        return frozenset(tips.names(self.config.unions))

    def libraries(self) -> list[str]:
        """The ids of all libraries."""
        return sorted(tips.names(self.config.libraries))

    def moderators(self, conference: str) -> list[Member]:
        """Who is asked about a list: its moderators and hosts, the hub's, else the operators."""
        roster = self.roster()
        found = roster.with_role(conference, "moderator", "host")
        return found or [one.member for one in staff.told(self.config, roster)]

    def operators(self, *, urgent: bool = False) -> list[str]:
        """To whom what is for the operator goes; empty when nobody runs the hub."""
        return staff.addresses(self.config, self.roster(), urgent=urgent)

    def is_ours(self, address: str) -> bool:
        """Whether nobody but the hub writes from this address, so that it must never be a member
        and is never answered."""
        local, _, domain = address.rpartition("@")
        is_reserved = (
            fold(domain) == fold(self.config.domain) and fold(local) in addresses.reserved()
        )
        return is_reserved or self.listed(address) is not None

    def conference(self, name: str) -> Conference | None:
        """The settings of a conference; its last good ones while they are broken, else None."""
        if not SLUG.fullmatch(name) or not (self.config.conferences / f"{name}.git").exists():
            return None
        repo = self.repo(name)
        tip = repo.ref()
        known = self._settings.get(name)
        if known is None or known[0] != tip:
            read = self._read(repo) or (known[1] if known else None)
            known = self._settings[name] = (tip, read)
        return known[1]

    def conferences(self) -> dict[str, Conference]:
        """The settings of all conferences and lists that have any, by id and in the order of ids.
        Costs as `tips`; those that changed are read again."""
        tips = self.tips()
        moved = [one for one, tip in tips.items() if self._settings.get(one, ("", None))[0] != tip]
        for name in self.watch.each("settings", moved):
            self.conference(name)
        known = {name: self._settings.get(name, (None, None))[1] for name in tips}
        return {name: one for name, one in known.items() if one is not None}

    def open_lists(self) -> list[Conference]:
        """The lists and conferences that everybody may know of, by id."""
        return [one for one in self.conferences().values() if one.visibility == "public"]

    def repo(self, name: str) -> Repo:
        """The repository of a conference that exists."""
        return open_repo(self.config.conference_repo(name))

    def title(self, conference: str, lang: str) -> str:
        """How a list is called in letters, the hub's name when none is named. One that only its
        members may know of is called by its id, which whoever writes to it has: what it is called
        is told to nobody by a letter."""
        known = self.conference(conference) if conference else None
        if known is None:
            return conference or self.config.name
        return known.title_in(lang) if known.visibility in ("public", "unlisted") else conference

    def language(self, case: Case, *wishes: str) -> str:
        """The language to answer in: the first wish that we speak, the mail's own, the list's."""
        known = self.conference(case.conference) if case.conference else None
        own = case.message.field("Accept-Language") or ""
        candidates = [*wishes, case.said, own.partition(",")[0]]
        candidates += known.languages[:1] if known else self.config.languages[:1]
        return spoken_here(candidates) or "en"

    def reply_language(self, case: Case) -> str:
        """The language to answer the author of a mail in: his own when it is proved who that is,
        else the mail's, since the roster would tell."""
        if case.proof is None:
            return self.language(case)
        wishes = [case.said] if case.web else []  # there it is the page's
        return self.language_of(case.proof, case.conference, *wishes, hint=case.said)

    def language_of(self, address: str, conference: str, *wishes: str, hint: str = "") -> str:
        """The language to write to an address in: what its member chose, else a wish, such as the
        language of a command, else what the last posts are in, what the member joined in, what a
        program said (`hint`), the list's, and the hub's."""
        roster = self.roster()
        member = roster.member(address)
        options = roster.listed_options(conference, address) or {}
        known = self.conference(conference) if conference else None
        return letter_language(
            options,
            member.lang if member else "",
            supposed=member is None or member.supposed,
            wishes=wishes,
            heard=lambda: self._heard.of(address),
            others=[hint, *(known.languages[:1] if known else ()), *self.config.languages[:1]],
        )

    @cached_property
    def _heard(self) -> SpokenLanguages:
        return SpokenLanguages(self.mail)

    def address(self, local_part: str) -> str:
        """`<local part>@` the hub's domain."""
        return f"{local_part}@{self.config.domain}"

    def bounces(self, conference: str, to: str) -> str:
        """The local part a notice to this address comes back to."""
        if not conference:
            return ""
        member = self.roster().member(to)
        if member is None:
            return f"{conference}-bounces"
        day = (clock.now() - _EPOCH).days
        return f"{conference}-bounces+{verp_tag(self.key, member.number, day)}"

    def close(self) -> None:
        """Ends the reading processes."""
        self._roster.close()
        self.mail.close()
        if "limits" in self.__dict__:
            self.limits.close()

    def _read(self, repo: Repo) -> Conference | None:
        with Reader(repo) as reader:
            blob = reader.at(MAIN, settings.FILE)
        try:
            return settings.decode(blob) if blob else None
        except SoliCommError:
            return None


class _Look:
    """Where the repositories of a folder are, by id."""

    def __init__(self, folder: Path) -> None:
        self._tips = Tips(folder)
        self._found: tuple[Mapping[str, Oid], Mapping[str, Oid]] = ({}, {})
        self._is_held = self._is_fresh = False

    def now(self) -> Mapping[str, Oid]:
        """In the order of ids, of folders with the name of one."""
        if not (self._is_held and self._is_fresh):
            now = self._tips.now()
            if now is not self._found[0]:
                ids = {name.removesuffix(".git"): tip for name, tip in now.items()}
                self._found = now, {one: ids[one] for one in sorted(ids) if SLUG.fullmatch(one)}
            self._is_fresh = True
        return self._found[1]

    def hold(self) -> None:
        """Looks once more, when somebody asks, and then no more until it is let go."""
        self._is_held, self._is_fresh = True, False

    def let_go(self) -> None:
        """Looks each time."""
        self._is_held = False
