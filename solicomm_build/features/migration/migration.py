"""What comes from another list server becomes commits: members in the roster, settings and old
addresses in the conference. Nobody is mailed.

Every commit says `Source: import` and the SHA-256 of what was read. A source that was taken once
changes nothing the second time, and a newer one of the same list adds what is new: who left here
stays out, who changed something here keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from solicomm_build.features.migration.foreign import ForeignList, ForeignMember, ForeignSettings
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.address import key
from solicomm_build.people import roster as model
from solicomm_build.people import rosterevents
from solicomm_build.people.membership import UNCONFIRMED
from solicomm_build.people.memberstore import changing
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.post.reading import oldlinks
from solicomm_build.post.store import knownids, settingsfile

BY = "migration"
_MOST = 100 * 1024 * 1024  # octets; conference.yaml takes no more


@dataclass
class Taken:
    """What taking a roster did, or would do: new subscriptions, those who wait for their
    confirmation, those that get no mail, those that were there, those who left here before, roles
    granted, members who are in charge there and, after a source that was taken before, not here
    (`unlike`), authors trusted and banned. `again` when this very source was taken before."""

    new: int = 0
    unconfirmed: int = 0
    stopped: int = 0
    known: int = 0
    left: int = 0
    roles: int = 0
    unlike: int = 0
    trusted: int = 0
    banned: int = 0
    again: bool = False


# -- roster -----------------------------------------------------------------------------------


def take_roster(
    config: Config,
    conference: str,
    source: ForeignList,
    *,
    sha256: str,
    consent: str = "",
    dry_run: bool = False,
) -> Taken:
    """Members, people in charge and bans, in one commit; all of it or nothing. Blocking, durable on
    return.

    Without `consent`, which says why these people may be written to, the members are unconfirmed.
    """
    store = RosterStore.of(config)
    try:
        with changing(config):
            roster = store.roster()
            if roster.is_migrated(conference, sha256):
                return Taken(known=len(source.members), again=True)
            events, taken = _Taking(roster, conference, source, sha256, consent).run()
            if not dry_run:
                events.append(
                    rosterevents.migrated(conference, source.server, sha256, at=clock.now())
                )
                subject = f"Take over {taken.new} from {source.server} to {conference}"
                store.append(
                    events, at=clock.now(), subject=subject, source="import", sha256=sha256
                )
            return taken
    finally:
        store.close()


class _Taking:
    """One roster on its way: the events it becomes."""

    def __init__(
        self, roster: Roster, conference: str, source: ForeignList, sha256: str, consent: str
    ) -> None:
        self._roster, self._conference, self._source = roster, conference, source
        self._now, self._next = clock.now(), roster.next_number
        self._agreed, self._decided = bool(consent), roster.is_migrated(conference)
        where = f"{source.server} sha256:{sha256[:16]}"
        note = f"stated by the operator: {consent}; {where}" if consent else f"{where}, unconfirmed"
        self._consent = Consent("import", note)
        self._numbers: dict[str, int] = {}
        self._events: list[Event] = []
        self._taken = Taken()

    def run(self) -> tuple[list[Event], Taken]:
        free, seen = list[str](), set[str]()
        for person in self._source.members:
            if key(person.address) in seen:
                continue  # the first counts
            seen.add(key(person.address))
            self._subscribe(person)
            free += [person.address] if person.free else []
        for role, people in (("host", self._source.owners), ("moderator", self._source.moderators)):
            for address in people:
                self._appoint(address, role)
        for address in dict.fromkeys((*self._source.trusted, *free)):
            self._taken.trusted += self._stand(address, "trusted")
        for address in self._source.banned:
            self._taken.banned += self._stand(address, "banned")
        return self._events, self._taken

    def _subscribe(self, person: ForeignMember) -> None:
        known = self._roster.member(person.address)
        place = self._conference
        if known is not None and known.number in self._roster.subscriptions[place]:
            self._taken.known += 1
            return
        if known is not None and known.number in self._roster.left.get(place, ()):
            self._taken.left += 1
            return
        number = self._number(person.address, person.name, person.lang)
        self._events.append(
            rosterevents.subscribe(
                place, number, at=self._now, consent=self._consent, options=person.options
            )
        )
        self._taken.new += 1
        self._stop(number, person)

    def _stop(self, number: int, person: ForeignMember) -> None:
        """The state of a subscription that gets no mail."""
        state, reason = "", ""
        if person.stopped:
            state, reason = "disabled", f"{person.stopped}, at the old server"
            self._taken.stopped += 1
        elif not self._agreed:
            state, reason = UNCONFIRMED, "brought from another list server"
            self._taken.unconfirmed += 1
        if state:
            self._events.append(
                rosterevents.state(
                    number, state, at=self._now, by=BY, conference=self._conference, reason=reason
                )
            )

    def _number(self, address: str, name: str = "", lang: str = "") -> int:
        known = self._roster.member(address)
        if known is not None:
            return known.number
        who = key(address)
        if who not in self._numbers:
            self._numbers[who] = self._next
            self._next += 1
            self._events.append(
                rosterevents.member(
                    self._numbers[who],
                    address,
                    at=self._now,
                    consent=self._consent,
                    name=name,
                    lang=lang,
                )
            )
        return self._numbers[who]

    def _appoint(self, address: str, role: str) -> None:
        held = self._roster.listed_role(self._conference, address)
        if model.ROLES.index(held) >= model.ROLES.index("moderator"):
            return
        if self._decided and self._roster.member(address) is not None:
            self._taken.unlike += 1  # the role was taken back here, or given there since
            return
        number = self._number(address)
        if any(e.type == "role" and e.data["number"] == number for e in self._events):
            return  # an owner who moderates as well is a host
        event = rosterevents.role(self._conference, number, role, at=self._now, by=BY)
        self._events.append(event)
        self._taken.roles += 1

    def _stand(self, address: str, standing: str) -> bool:
        if self._roster.listed_standing(self._conference, address):
            return False
        self._events.append(
            rosterevents.standing(
                self._conference,
                address,
                standing,
                at=self._now,
                by=BY,
                reason=f"so on {self._source.server}",
            )
        )
        return True


# -- settings ---------------------------------------------------------------------------------


def mapped(before: Conference, source: ForeignList) -> Conference:
    """The settings of a list with what the source says about it."""
    said: ForeignSettings = source.settings
    lang = source.lang or before.languages[0]
    posting = said.posting or before.posting
    plain = replace(before, posting=posting, policy=None)
    rules = replace(
        plain.rules,
        nonmembers=said.nonmembers or plain.rules.nonmembers,
        addressed=plain.rules.addressed if said.addressed is None else said.addressed,
        emergency=said.emergency,
    )
    visibility = said.visibility or before.visibility
    hidden = visibility in ("members", "encrypted")
    # What moderators there let through beyond the list's limit belongs to its archive as well, so
    # a small limit is not taken over; nor are the starter's types.
    largest = max(AttachmentRules().max_bytes, min(said.max_bytes, _MOST))
    return replace(
        plain,
        title={lang: source.title} if source.title else before.title,
        description={lang: source.description} if source.description else before.description,
        languages=(lang, *(one for one in before.languages if one != lang and source.lang == "")),
        visibility=visibility,
        reply_to=said.reply_to or before.reply_to,
        dmarc=said.dmarc or before.dmarc,
        attachments=AttachmentRules(largest),
        robots="noindex" if hidden else before.robots,
        redact_origin=hidden or before.redact_origin,
        policy=rules if rules != plain.rules else None,
    )


def _settings(repo: Repo) -> Conference:
    return settings.decode(_settings_file(repo))


def _settings_file(repo: Repo) -> bytes:
    with Reader(repo) as reader:
        return reader.at(MAIN, settings.FILE) or b""


def take_settings(config: Config, conference: str, source: ForeignList, *, sha256: str) -> bool:
    """Writes the settings of a list into its conference.yaml; False when they say so already."""
    repo = open_repo(config.conference_repo(conference))
    now = _settings_file(repo)
    before = settings.decode(now)
    after = mapped(before, source)
    if after == before:
        return False
    blob = settingsfile.rewritten(now, after)
    settings.decode(blob)  # what we write can be read, or nothing is written
    _commit(config, conference, settings.FILE, blob, f"Settings from {source.server}", sha256)
    return True


# -- old addresses ----------------------------------------------------------------------------


def take_links(config: Config, conference: str, links: oldlinks.Links, *, sha256: str) -> int:
    """Adds old addresses to those that lead to posts of a conference; returns how many are new.

    Where only pseudonyms are shown, no old page leads to a post: it would say who wrote that.
    """
    before = links_of(config, conference)
    if knownids.is_secret(_settings(open_repo(config.conference_repo(conference)))):
        links = replace(links, pages=dict(_without_posts(links.pages)))
    after = before.joined(links)
    if after == before:
        return 0
    blob = oldlinks.encode(after)
    _commit(config, conference, oldlinks.FILE, blob, "Old addresses", sha256)
    return len(after.pages) - len(before.pages)


def _without_posts(pages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Old pages of posts lead to the conference; the folders of their files, which are named after
    Message-IDs, nowhere."""
    for old, to in pages.items():
        if not oldlinks.is_mid(to):
            yield old, to
        elif not old.endswith("/*"):
            yield old, ""


def links_of(config: Config, conference: str) -> oldlinks.Links:
    """The old addresses that lead into a conference."""
    with Reader(open_repo(config.conference_repo(conference))) as reader:
        return oldlinks.decode(reader.at(MAIN, oldlinks.FILE) or b"")


def _commit(
    config: Config, conference: str, path: str, blob: bytes, subject: str, sha256: str
) -> None:
    trailers: Mapping[str, str] = {"Source": "import", "Hash": f"sha256:{sha256}"}
    repo = open_repo(config.conference_repo(conference))
    write_once(repo, [Change(path, blob)], message=compose(subject, **trailers), when=clock.now())
