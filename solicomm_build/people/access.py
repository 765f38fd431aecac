"""`private/access.git`: who may push to which repository.

Grants are events, kept as those of the roster are (people/eventfiles.py) and folded by
people/gittoken.py. The fold is kept until the branch moves; where the branch is costs one small
file at each question, so that a revoked token stops at once, in every process. The repository is
made with the first grant.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from solicomm_build.foundation import clock, formernames, hooks, safeio
from solicomm_build.foundation.errors import HubError, StoreError
from solicomm_build.foundation.formernames import Renaming
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git import repo as repos
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.address import key
from solicomm_build.people import eventfiles, gittoken, token
from solicomm_build.people.gittoken import Grant, Grants
from solicomm_build.people.rosterevents import (
    Event,
    decode_events,
    encode_events,
    event_path,
    name_of,
)


class Access:
    """Answers who a token belongs to. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._known: tuple[Oid | None, tuple[Renaming, ...]] = (None, ())
        self._grants = Grants()
        self._last = ""  # the name of the last file of events in them

    def grants(self) -> Grants:
        """All grants as of now. Do not change it."""
        with self._lock:
            if not self._config.access_repo.exists():
                return self._grants
            repo = open_repo(self._config.access_repo)
            tip = repo.ref()
            known = tip, formernames.rows(self._config.private)
            if tip is not None and known != self._known:
                self._grants = self._folded(repo, tip, known[1])
                self._known = known
                _rename(self._grants, self._config)
            return self._grants

    def _folded(self, repo: Repo, tip: Oid, names: tuple[Renaming, ...]) -> Grants:
        """The grants at a commit: of tens of thousands those that came are read, where nothing else
        happened since the last look."""
        was, before = self._known
        with Reader(repo) as reader:
            files = None
            if was is not None and names == before:
                files = _appended(reader, was, tip, self._last)
            grants = Grants() if files is None else self._grants.copy()
            files = eventfiles.at(reader, tip) if files is None else files
            for path, blob in eventfiles.read(reader, files):
                for event in decode_events(blob, file=path):
                    grants.apply(event)
        self._last = name_of(files[-1][0]) if files else self._last
        return grants

    def of_token(self, text: str) -> Grant | None:
        """The live grant of a token; None for any other text. Tokens are found by their digest,
        and the digests compared in constant time."""
        wanted = token.digest(text)
        grant = self.grants().of_secret(wanted, clock.now())
        known = grant.secret if grant else "0" * len(wanted)
        return grant if hmac.compare_digest(known, wanted) else None


def issue(
    config: Config,
    person: str,
    repositories: Sequence[str],
    *,
    write: bool = True,
    role: str = "",
    lang: str = "",
    expires: datetime | None = None,
    key: str = "",
    member: bool = False,
) -> tuple[Grant, str]:
    """A new grant, durable on return, with its token; with `key`, the fingerprint of an SSH key,
    the token is empty; of a `member`, it ends with the membership. Raises UsageError, or HubError
    for a repository that is not there."""
    person, wanted = gittoken.checked_person(person), gittoken.checked_repos(repositories)
    for name in wanted:
        _there(config, name)
    now, secret = clock.now(), token.fresh()
    grant = Grant(
        id=("k-" if key else "t-") + _short(),
        person=person,
        repos=wanted,
        secret=key or token.digest(secret),
        write=write,
        role=role,
        lang=lang,
        expires=expires,
        member=member,
    )
    with _changing(config) as repo:
        _append(repo, [gittoken.granted(grant, at=now)], now, "Grant access")
    return grant, "" if key else secret


def revoke(config: Config, word: str) -> list[Grant]:
    """Ends the grants of a person, or the one with this id; durable on return. Raises HubError
    when there is nothing to end."""
    with _changing(config) as repo:
        grants, now = Access(config).grants(), clock.now()
        found = grants.named(word, now) or grants.named(word.lower(), now)
        if not found:
            raise HubError(f"{word} has no token or key. `solicomm token list` shows who has")
        _append(repo, [gittoken.revoked(one.id, at=now) for one in found], now, "Revoke access")
    for path in sorted(config.unions.glob("*.git")):
        if any(one.opens(f"unions/{path.stem}") for one in found):
            _lost(config, path.stem)
    return found


def of_address(config: Config, address: str) -> list[Grant]:
    """The live grants of whoever has this e-mail address: they name people by it, or by the name of
    a mailbox at the hub's domain."""
    now, wanted = clock.now(), key(address)
    names = {wanted} | {wanted.removesuffix(f"@{config.domain}")}
    grants = Access(config).grants().by_id.values()
    return [one for one in grants if one.live(now) and key(one.person) in names]


def end(config: Config, address: str) -> None:
    """Ends them; durable on return, safe to call twice."""
    for one in of_address(config, address):
        revoke(config, one.id)


def rename(config: Config, old: str, new: str) -> None:
    """Has the tokens and keys of an address name another one of the same person: what they open
    stays, and links to edit go to the new one. They end where no grant can name that. Lines in
    authorized_keys name the old one still, by which gate/ssh.py finds the keys. Durable on return,
    safe to call twice."""
    found = [one for one in of_address(config, old) if key(one.person) == key(old)]
    if not found or not gittoken.PERSON.fullmatch(new):
        for one in found:
            revoke(config, one.id)
        return
    with _changing(config) as repo:
        now, events = clock.now(), list[Event]()
        for one in found:
            again = replace(one, id=f"{one.id[:2]}{_short()}", person=new.lower())
            events += (gittoken.revoked(one.id, at=now), gittoken.granted(again, at=now))
        _append(repo, events, now, "Name the grants of a person anew")


class AccessHook(Protocol):
    """`access.py` of a feature."""

    SITE_LOST: Callable[[Config, str], None]
    """Called with a union's id when somebody lost the right to its site."""


def _lost(config: Config, union: str) -> None:
    """Tells features that somebody lost the right to a site."""
    for tell in hooks.each("access", "SITE_LOST"):
        tell(config, union)


def _there(config: Config, name: str) -> None:
    kind, _, identifier = name.partition("/")
    folders = {
        "unions": config.unions,
        "conferences": config.conferences,
        "libraries": config.libraries,
    }
    if identifier != "*" and not (folders[kind] / f"{identifier}.git").exists():
        raise HubError(f"There is no repository {name} in this hub")


@contextlib.contextmanager
def _changing(config: Config) -> Iterator[Repo]:
    """The repository, made when it is not there, held for a change."""
    with safeio.locked(config.private / "access.lock"):
        if not config.access_repo.exists():
            repos.create(config.access_repo, description="Who may push where; private")
        yield open_repo(config.access_repo)


def _append(repo: Repo, events: Sequence[Event], at: datetime, subject: str) -> None:
    blob = encode_events(events)
    change = Change(event_path(at, blob), blob)
    write_once(repo, [change], message=compose(subject, Source="cli"), when=at)


def _appended(reader: Reader, was: Oid, tip: Oid, last: str) -> list[tuple[str, Oid]] | None:
    """The files of events that came since a commit; None where other things happened, too, or they
    do not all come last."""
    try:
        changed = log.diff(reader.repo, was, tip, reader=reader)
    except StoreError:  # erased since
        return None
    files = eventfiles.added(changed)
    is_last = not files or name_of(files[0][0]) > last
    return files if is_last and eventfiles.only_added(changed) else None


def _rename(grants: Grants, config: Config) -> None:
    """Has what opens a place open it under its name of today."""
    names = {
        f"{kind}/{old}": f"{kind}/{new}"
        for kind in formernames.KINDS
        for old, new in formernames.now(config.private, kind).items()
    }
    for one in list(grants.by_id.values()) if names else ():
        repos = tuple(names.get(repo, repo) for repo in one.repos)
        grants.by_id[one.id] = replace(one, repos=repos)


def _short() -> str:
    return base64.b32encode(secrets.token_bytes(5)).decode("ascii").lower()
