"""`solicomm restore --from peer:…`: what a hub shared comes back from those who have it.

    hub or stick ─→ the lost hub's own signed log ─→ its conferences, commit by commit
    clone, bundle ─→ homecoming

What the lost hub signed last is taken as it was: its key proves it, and its operator, or one who
knew the hub, compares that key in words. What others wrote since comes as between hubs, once they
know the new hub. What was private lay on the lost disk alone, and is named.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.erasures.notices import Notice
from solicomm_build.features.network.judging import (
    founding,
    homecoming,
    homeroles,
    offers,
    quarantine,
)
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.restoring import copied, sources
from solicomm_build.features.network.restoring.sources import Source
from solicomm_build.features.network.trust.card import Card, is_repo
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId
from solicomm_build.gate import conferencefiles
from solicomm_build.git import exchange
from solicomm_build.git import repo as repos
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import conference as conference_file
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import erasing, pastfiles, postplaces
from solicomm_build.post.store.mailstore import erased_path

_REF = "refs/restored/main"

_PRIVATE = """\
What was private lay on the lost disk alone, and is not here:
  members, their addresses and what they chose (private/roster.git)
  mail as it came, and mail that waited for a moderator (private/mail.git)
  tokens, passwords, passkeys, and all keys: this hub has new ones
  who moderates and hosts, until you say so again; what they did stays
  conferences for members, and the settings of hub.yaml but name and domain
  drafts of unions' sites, closed libraries, and what waited to be put into one
Public, but not shared between hubs: the hub's own pages; and libraries and sites of which nobody
kept a copy. Whoever has a clone can push it back. With a backup begin with that
(`solicomm docs howto/recovery`), then do this."""


def check(places: Sequence[str]) -> None:
    """Raises UsageError for what is neither an address nor there."""
    for one in places:
        if not Path(one).exists():
            sources.check(one)


def restore(
    config: Config, places: Sequence[str], lost: str, sure: Callable[[str], bool]
) -> Iterator[str]:
    """Brings back what these places have; a line about each step. `lost` is the id of the hub that
    was lost, empty for the one with this hub's mail domain; `sure` asks a person. Raises
    SoliCommError. Blocking; safe to do again: what is here stays."""
    clones = [Path(one) for one in places if Path(one).exists() and homecoming.fits(Path(one))]
    others = [one for one in places if Path(one) not in clones]
    card = None
    with ExitStack() as stack:
        found = [stack.enter_context(sources.opened(config, one)) for one in others]
        if others:
            own = identities.if_any(config)
            card = sources.card_of(found, config.domain, lost, own.id if own else "")
            yield f"The lost hub: {card.name}, {card.id}, {card.url}"
            yield f"Its key in words: {identities.words(card.key)}"
            if not sure("Does an operator who knew this hub read you the same words?"):
                raise UsageError("nothing was restored. Ask another operator, or another hub")
            if count := _mark_erased(config, found, card):  # before a clone brings it
                yield f"{count} posts that were erased stay so."
        for path in clones:
            name = homecoming.name_of(config, path)
            yield f"{name}: {homecoming.bring(config, name, path, _silent)}"
        if card is not None:
            yield from _shared(config, found, card)
            yield from copied.restore(config, found, card)
    yield from ("", *_PRIVATE.splitlines(), "", *_next(config, card))


def _shared(config: Config, found: Sequence[Source], card: Card) -> Iterator[str]:
    wanted = {repo for one in found for repo in one.repos() if card.id in one.hubs(repo)}
    wanted = {repo for repo in wanted if is_repo(repo)}
    if not wanted:
        yield "Nobody who was asked has anything that this hub signed."
    for repo in sorted(wanted):
        try:
            yield f"{repo}: {_conference(config, found, card, repo)}"
        except SoliCommError as error:
            yield f"{repo}: not restored: {error.public}"
    _erase_again(config, card)


def _conference(config: Config, found: Sequence[Source], card: Card, repo: str) -> str:
    name = repo.partition("/")[2]
    if config.conference_repo(name).exists():
        return "is here already, and was left as it is"
    founding.check_free(config, name)
    with quarantine.quarantine(config, name) as place:
        best, wrong = _best(place, found, card, repo)
        if best is None:
            raise UsageError("; ".join(wrong) or "nobody has what this hub signed of it")
        if best.home != card.id:
            return f"has its home at {best.home}. Once you know that hub: solicomm peer follow"
        place.set_ref(_REF, best.tip, place.ref(_REF))
        with Reader(place) as reader:
            blob = reader.at(best.tip, conference_file.FILE)
        settings, findings = conferencefiles.check_settings(blob or b"", name)
        if settings is None or findings.faults:
            raise UsageError(f"its settings cannot be used: {findings.faults[0].public}")
        path = config.mirrors / "peers" / f"{name}.new.git"
        shutil.rmtree(path, ignore_errors=True)
        made = repos.create(path, description=f"Conference {name}")
        exchange.copy(made, place, [f"+{_REF}:{repos.MAIN}"], most=quarantine.MOST)
        founding.finish(config, made, name)
        quarantine.empty(place)
    ours = open_repo(config.conference_repo(name))
    homeroles.keep(config, ours, name)
    posts = len(postplaces.mids(ours, best.tip, None) - _erased(config))
    return f"{posts:,} posts, as this hub signed them on {best.at[:10]}"


def _best(
    place: Repo, found: Sequence[Source], card: Card, repo: str
) -> tuple[Offer | None, list[str]]:
    """The newest offer of the lost hub among those that hold, with its log; and what was wrong."""
    best, wrong, name = None, [], repo.partition("/")[2]
    for source in found:
        if card.id not in source.hubs(repo):
            continue
        try:
            source.fetch(place, name, card.id)
            tag = quarantine.brought(place)[card.id]
            offer = offers.read(place.git("cat-file", "tag", tag), card.keys, oid=tag)
        except SoliCommError as error:
            wrong.append(f"{source.where}: {error.public}")
            continue
        if (offer.hub, offer.repo) != (card.id, repo):
            wrong.append(f"{source.where}: the offer is about something else")
        elif best is None or best.seq < offer.seq:
            best = offer
            place.set_ref(_REF, offer.tip, place.ref(_REF))  # so that no later fetch loses it
    return best, wrong


def _erase_again(config: Config, card: Card) -> None:
    """Takes out what was erased: whoever had a log had not heard of it. Safe to do again."""
    every = ((repo, repo.ref()) for _, repo in pastfiles.conferences(config))
    there = set[PostId]().union(*(postplaces.mids(repo, tip) for repo, tip in every if tip))
    if gone := sorted(there & _erased(config)):
        log = maillog.to_nobody()
        erasing.erase_posts(config, gone, reason="It was erased before", by=card.id, log=log)


def _erased(config: Config) -> set[PostId]:
    """The posts that are marked so."""
    with Reader(hubmail.repos(config)[0]) as reader:
        found = reader.tree(repos.MAIN, "erased", recursive=True)
        return {PostId(one.path.rpartition("/")[2]) for one in found}


def _mark_erased(config: Config, found: Sequence[Source], card: Card) -> int:
    """Has posts that the lost hub erased never come back, and the notices go on to others."""
    mids: set[PostId] = set()
    for source in found:
        for blob in source.notices():
            try:
                one = notices.read(blob)
            except SoliCommError:
                continue
            if (
                isinstance(one, Notice)
                and one.hub == card.id
                and (card.keys.had(one.key, one.at.timestamp()))
            ):
                mids.update(one.mids)
                notices.decide(config, one, "done")
                notices.keep(config, blob)
    if mids:
        changes = [Change(erased_path(mid), b"") for mid in sorted(mids)]
        message = "Mark what was erased\n\nSource: restore\n"
        for repo in hubmail.every_repo(config):
            write_once(repo, changes, message=message, when=clock.now())
    return len(mids)


def _next(config: Config, card: Card | None) -> Iterator[str]:
    identity = identities.of(config)
    yield "What to do next:"
    if card is not None and (card.name, card.url) != (config.name, config.url):
        yield f"  in hub.yaml: name: {card.name}, url: {card.url}"
    yield f"  This hub is {identity.id} now: to the others it is a new one, whose words you read to"
    yield f"  their operators: {identities.words(identity.public)}"
    yield f"  They: solicomm peer add {card.url if card else config.url}"
    yield "        (without a line: add the file that you give them, solicomm peer card > FILE)"
    yield f"        solicomm peer follow {identity.id} conferences/ID --moved"
    if card is not None:
        yield f"        solicomm peer remove {card.id}"
    yield "  You: solicomm peer add, for each of them. What was written meanwhile comes by itself."
    yield "  Give roles again (solicomm member role), and let members join again, or bring them in"
    yield "  (solicomm member import). Then: solicomm check"


def _silent(_done: int, _total: int, _count: int) -> None:
    return None
