"""Who may push to, and read, which repositories: a fold over append-only events. Pure.

A person has grants. Each grant opens some repositories, for reading or also for pushing, by a token
(the password of git over HTTPS) or an SSH key; it ends on a day, or when it is revoked. Of a token
only the SHA-256 is here. The events are lines of JSON like the roster's, but in a repository of
their own, `private/access.git` (docs/formats/access.md): the web server looks at it at every
request, and a person who edits a site need not be a member of anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import UsageError
from solicomm_build.people.rosterevents import Event

PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}(@[A-Za-z0-9.-]{1,253})?", re.ASCII)
"""What a person is called: a short name, or an e-mail address (then roles come from the roster)."""
KINDS = ("unions", "conferences", "libraries")
ROLES = ("member", "moderator", "host")
"""What a grant may say of a person in a conference or library, the weakest first."""
HUB = "hub"
"""The role of a grant of another hub: it reads one conference for members, and pushes nothing."""

_REPO = re.compile(r"(unions|conferences|libraries)/([a-z0-9][a-z0-9-]{0,27}|\*)", re.ASCII)
_ID = re.compile(r"[tk]-[a-z2-7]{8}", re.ASCII)
_SPAN = re.compile(r"([1-9][0-9]{0,3})([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


@dataclass(frozen=True, slots=True)
class Grant:
    """What one token or key opens. `secret` is the token's SHA-256 or the key's fingerprint, `id`
    begins with `t-` or `k-`; `role` is what the operator says of the person, else the roster is
    asked; `expires` and `revoked` are moments in UTC or None. One that a member made for reading
    is good only as long as the person may read (`member`); the person is a person id then.
    """

    id: str
    person: str
    repos: tuple[str, ...]
    secret: str
    write: bool = True
    role: str = ""
    lang: str = ""
    made: str = ""
    expires: datetime | None = None
    revoked: str = ""
    member: bool = False

    def opens(self, repo: str) -> bool:
        """Whether `unions/metal` is among its repositories."""
        return repo in self.repos or f"{repo.partition('/')[0]}/*" in self.repos

    def live(self, now: datetime) -> bool:
        """Whether it was not revoked and is not over."""
        return not self.revoked and (self.expires is None or now < self.expires)

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything: it is live, and if it has an end no clock made it that was
        ahead, and put back since. One that is live alone can still be revoked."""
        made = _read_moment({"at": self.made}, "at")
        is_ahead = self.expires is not None and made is not None and made > now + clock.FAST
        return self.live(now) and not is_ahead


class Grants:
    """All grants by id after the events so far. An end counts whatever stands before it: where the
    clock went back, it comes before its grant. Of two grants with one secret, as when a person is
    named anew, the one that goes on has it."""

    def __init__(self) -> None:
        self.by_id: dict[str, Grant] = {}
        self._by_secret: dict[str, str] = {}
        self._ended: dict[str, str] = {}

    def copy(self) -> Grants:
        """The same, to which events may be applied while others read this."""
        made = Grants()
        made.by_id, made._by_secret = dict(self.by_id), dict(self._by_secret)
        made._ended = dict(self._ended)
        return made

    def of_secret(self, secret: str, now: datetime) -> Grant | None:
        """The good grant with this digest or fingerprint."""
        grant = self.by_id.get(self._by_secret.get(secret, ""))
        return grant if grant and grant.is_good(now) else None

    def of_person(self, person: str, now: datetime) -> list[Grant]:
        """A person's live grants, the oldest first."""
        return [one for one in self.by_id.values() if one.person == person and one.live(now)]

    def named(self, word: str, now: datetime) -> list[Grant]:
        """The live grants that `word`, an id or a person, means."""
        found = self.by_id.get(word)
        if found is not None:
            return [found] if found.live(now) else []
        return self.of_person(word, now)

    def apply(self, event: Event) -> None:
        """Takes one event; what is malformed or of an unknown type changes nothing."""
        identifier = event.data.get("id")
        if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
            return
        if event.type == "revoke":
            ended = self._ended.setdefault(identifier, event.at)
            if identifier in self.by_id:
                self.by_id[identifier] = replace(self.by_id[identifier], revoked=ended)
        elif event.type == "grant" and identifier not in self.by_id:
            made = _grant(identifier, event)
            if made is not None:
                ended = self._ended.get(identifier, "")
                self.by_id[identifier] = replace(made, revoked=ended)
                if not ended:
                    self._by_secret[made.secret] = identifier
                self._by_secret.setdefault(made.secret, identifier)


def granted(grant: Grant, *, at: datetime) -> Event:
    """The event that makes a grant."""
    data: dict[str, Any] = {
        "id": grant.id,
        "person": grant.person,
        "repos": list(grant.repos),
        "secret": grant.secret,
        "right": "write" if grant.write else "read",
        "role": grant.role,
        "lang": grant.lang,
        "expires": _moment(grant.expires) if grant.expires else "",
        "while": "member" if grant.member else "",
    }
    return Event("grant", _moment(at), {key: value for key, value in data.items() if value})


def revoked(identifier: str, *, at: datetime) -> Event:
    """The event that ends a grant, for good."""
    return Event("revoke", _moment(at), {"id": identifier})


def checked_person(text: str) -> str:
    """A person as written by the operator. Raises UsageError."""
    if not PERSON.fullmatch(text):
        raise UsageError(
            f"{text!r} cannot be the name of a person. Use letters, digits, . _ - or an address"
        )
    return text.lower()


def checked_repos(words: Iterable[str]) -> tuple[str, ...]:
    """Repositories as written by the operator, each once. Raises UsageError."""
    repos = tuple(dict.fromkeys(word.removesuffix(".git").strip("/") for word in words))
    for repo in repos:
        if not _REPO.fullmatch(repo):
            raise UsageError(
                f"{repo!r} is not a repository. Write for example --repo unions/metal, "
                "conferences/water, libraries/agreements, or unions/* for all"
            )
    if not repos:
        raise UsageError("Say which repository: --repo unions/ID")
    return repos


def read_expiry(text: str, now: datetime) -> datetime | None:
    """`never`, a day (its end in UTC), or a span such as 90d, 12w, 6m, 1y. Raises UsageError."""
    if text == "never":
        return None
    span = _SPAN.fullmatch(text)
    if span:
        return now + timedelta(days=int(span[1]) * _DAYS[span[2]])
    try:
        end = datetime.combine(date.fromisoformat(text), time.max, UTC)
    except ValueError:
        raise UsageError(
            f"--expires {text} is not understood. Write 90d, 1y, 2027-01-31 or never"
        ) from None
    if end < now:
        raise UsageError(f"--expires {text} is over already. Name a day to come")
    return end


def _grant(identifier: str, event: Event) -> Grant | None:
    data = event.data
    repos, secret, person = data.get("repos"), data.get("secret"), data.get("person")
    if not isinstance(repos, list) or not isinstance(secret, str) or not isinstance(person, str):
        return None
    expires, known = _read_moment(data, "expires"), data.get("expires") or None
    if known is not None and expires is None:
        return None  # an end that cannot be read must not become no end
    return Grant(
        id=identifier,
        person=person,
        repos=tuple(repo for repo in repos if isinstance(repo, str)),
        secret=secret,
        write=data.get("right") == "write" and data.get("role") != HUB,
        role=_text(data, "role") if data.get("role") in (*ROLES, HUB) else "",
        lang=_text(data, "lang"),
        made=event.at,
        expires=expires,
        member="while" in data,  # also what is not understood must not open more
    )


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key, "")
    return value if isinstance(value, str) else ""


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _read_moment(data: Mapping[str, Any], key: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(data, key))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
