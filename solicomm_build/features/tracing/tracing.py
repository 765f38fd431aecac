"""What is known about one message: the mail log and the repositories, put in order of time.

Reads only. The log links a message's names: `<file>.<number>` in spool/in, its post id, the files
of other spools that it became. The repositories say what the log may have forgotten by now: the
verdicts in mail.git, decisions, the commit of the post, whether the pages show it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from solicomm_build.foundation import logfile
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.logfile import Line
from solicomm_build.foundation.maillog import numbers
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.log import goes_on
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.post import decision as decisions
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.store import knownids

_SPOOLED = re.compile(r"\d{16}-\d{7}-\d{6}(\.\d+)?|[0-9a-f]{32}(\.\d+)?")
_MID = re.compile(r"[a-z2-7]{32}")
_NEAR = timedelta(seconds=5)
_RANKS = {
    "kept": 0,
    "verdict": 1,
    "waits": 1,
    "decision": 1,
    "accept": 1,
    "hold": 1,
    "commit": 2,
    "published": 3,
}
"""What comes first of what has the same time."""
_OF_QUEUE = frozenset({"queued", "digest"})
_VERDICT = re.compile(r"(\S+) (\S+) ([a-z0-9-]+)/([a-z2-7]{32}) ?(.*)")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a message, or what holds of it now. `at` is UTC-aware."""

    at: datetime
    event: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """The life of one message. `queue` are its files in spool/out, posts and digests; `since` is
    how far the log reaches back, None when it is empty."""

    mid: PostId | None
    steps: tuple[Step, ...]
    conferences: tuple[str, ...]
    arrivals: tuple[str, ...]
    queue: tuple[str, ...]
    since: datetime | None


def trace(config: Config, name: str) -> Trace:
    """Everything about the message called `name`: a Message-ID, a post id, or what the bridge said
    it was kept as. Blocking; takes as long as reading the log does. Raises UsageError."""
    mid, arrivals = _named(config, name.strip())
    told = list(_told(config, mid, arrivals))
    own = {line.get("id") for line in told if line.get("mid") == mid} | set(arrivals)
    steps = list(map(_step, told))
    conferences = sorted({one for line in told if (one := _conference(line))})
    if mid is not None:
        judged = list(_verdicts(config, mid))
        conferences = sorted({*conferences, *(step.facts["conference"] for step in judged)})
        names = conferences or [path.stem for path in sorted(config.conferences.glob("*.git"))]
        steps = [*_held(config, mid), *_merged(steps, judged)]
        commits = list(_commits(config, mid, names, steps))
        steps += [*commits, *_published(config, commits)]
    first = next(iter(logfile.lines(config.mail_log)), None)
    return Trace(
        mid,
        tuple(sorted(steps, key=lambda step: (step.at, _RANKS.get(step.event, 4)))),
        tuple(conferences),
        tuple(sorted(filter(None, own))),
        tuple(dict.fromkeys(line.get("id") for line in told if line.event in _OF_QUEUE)),
        first.at if first else None,
    )


# -- the log ----------------------------------------------------------------------------------


def _named(config: Config, name: str) -> tuple[PostId | None, list[str]]:
    """The post id, and what a message was called in the spool if that is how it was named."""
    if "@" in name or name.startswith("<"):
        return _told_of(config, knownids.mids(config, name.strip("<> "))), []
    if _SPOOLED.fullmatch(name):
        names = [name] if "." in name else [f"{name}.0"]
        for line in logfile.lines(config.mail_log, containing=(f"id={names[0]} ",)):
            if line.get("mid"):
                return PostId(line.get("mid")), names
        return None, names
    if _MID.fullmatch(name.lower()):
        return PostId(name.lower()), []
    raise UsageError(
        f"{name!r} names no message. Write its Message-ID, a post's id, or what follows "
        "`kept as` in the reply to DATA"
    )


def _told_of(config: Config, mids: Sequence[PostId]) -> PostId:
    """Which of the ids that a message may have here the log tells of: the one made with the hub's
    key, where it does."""
    told = (any(logfile.lines(config.mail_log, containing=(f"mid={mid}",))) for mid in mids[1:])
    return next((mid for mid, known in zip(mids[1:], told, strict=True) if known), mids[0])


def _told(config: Config, mid: PostId | None, arrivals: Iterable[str]) -> Iterator[Line]:
    """The lines that name a message, and those about what it was called, in their order."""
    wanted = set(arrivals)
    for line in logfile.lines(config.mail_log, containing=(mid,)) if mid else ():
        if line.event not in ("bounce", "decided"):  # these are of other messages
            wanted |= {line.get("id"), line.get("as")}
    wanted.discard("")
    words = tuple(f"={one}" for one in wanted) + ((mid,) if mid else ())
    for line in logfile.lines(config.mail_log, containing=words) if words else ():
        if line.get("id") in wanted or (mid and mid in line.facts.values()) or _lists(line, mid):
            yield line


def _lists(line: Line, mid: PostId | None) -> bool:
    """Whether a line is about the post among others, or by its conference."""
    return mid is not None and (
        mid in line.get("posts").split(",") or line.get("post")[-32:] == mid
    )


def _step(line: Line) -> Step:
    facts: dict[str, Any] = {name: value for name, value in line.facts.items() if value != "-"}
    with contextlib.suppress(ValueError):  # a line that a crash cut short stays as it is
        if "members" in facts:
            facts["members"] = numbers(facts.pop("members"))
        if "member" in facts:
            facts["member"] = int(facts.pop("member"))
    if line.event == "digest":
        facts.pop("posts", None)
    return Step(line.at, line.event, facts)


def _conference(line: Line) -> str:
    return line.get("conference") or line.get("post").partition("/")[0]


# -- the repositories -------------------------------------------------------------------------


def _verdicts(config: Config, mid: PostId) -> Iterator[Step]:
    store = HubMail(config)
    try:
        for at, text in store.verdicts(about=mid):
            match = _VERDICT.fullmatch(text)
            if match is not None and match[4] == mid:
                facts = dict(word.partition("=")[::2] for word in match[5].split())
                named = {"action": match[1], "rule": match[2], "conference": match[3], "mid": mid}
                yield Step(at, "verdict", named | facts)
    finally:
        store.close()


def _held(config: Config, mid: PostId) -> Iterator[Step]:
    """That it waits, and what was decided about it."""
    store = HubMail(config)
    try:
        for path in sorted(config.conferences.glob("*.git")):
            name = path.stem
            if (facts := store.held_facts(name, mid)) is not None:
                at = datetime.fromisoformat(facts["envelope"]["received_at"]).astimezone(UTC)
                yield Step(at, "waits", {"conference": name, "reason": facts.get("reason", "")})
            if (blob := store.decision(name, mid)) is not None:
                made = decisions.decode(blob)
                said = {"conference": name, "decision": made.decision, "by": made.by}
                yield Step(made.at.astimezone(UTC), "decision", said)
    finally:
        store.close()


def _merged(steps: list[Step], judged: list[Step]) -> list[Step]:
    """A verdict in the log and in mail.git as one, with the exact time of the one and the grounds
    of the other."""
    left = list(steps)
    for verdict in judged:
        for step in left:
            same = (step.facts.get("conference"), step.facts.get("rule")) == (
                verdict.facts["conference"],
                verdict.facts["rule"],
            )
            is_near = abs(step.at - verdict.at) < _NEAR
            if is_near and same and step.event == verdict.facts["action"]:
                left[left.index(step)] = Step(step.at, "verdict", step.facts | verdict.facts)
                break
        else:
            left.append(verdict)
    return left


def _commits(
    config: Config, mid: PostId, names: Iterable[str], steps: list[Step]
) -> Iterator[Step]:
    """The commit of the post in each conference, and later ones about it. Its own date is that of
    the receipt, so the time shown is that of the verdict that led to it."""
    for name in names:
        if not config.conference_repo(name).is_dir():
            continue
        repo = open_repo(config.conference_repo(name))
        if repo.ref() is None:
            continue
        let_in = [step.at for step in steps if _lets_in(step, name)]
        told = repo.git(
            "log", "--reverse", "--format=%H %ct", f"--grep=^Message: {mid}$", MAIN, "--"
        )
        for line in told.decode("ascii", "replace").splitlines():
            oid, _, stamp = line.partition(" ")
            at = max(let_in, default=datetime.fromtimestamp(int(stamp), UTC))
            yield Step(at, "commit", {"conference": name, "commit": oid})


def _lets_in(step: Step, conference: str) -> bool:
    if step.facts.get("conference") != conference:
        return False
    return step.event in ("accept", "decision") or step.facts.get("action") == "accept"


def _published(config: Config, commits: list[Step]) -> Iterator[Step]:
    """When the pages first showed each commit, or that they do not yet."""
    names = {step.facts["conference"] for step in commits}
    words = tuple(f" published repo={name} " for name in names)
    lines = list(logfile.lines(config.mail_log, containing=words)) if words else []
    for step in commits:
        name, commit = step.facts["conference"], Oid(step.facts["commit"])
        repo = open_repo(config.conference_repo(name))
        shown = (
            line.at
            for line in lines
            if line.get("repo") == name
            and len(line.get("commit")) == len(commit)
            and goes_on(repo, commit, Oid(line.get("commit")))
        )
        done = Cursor(repo, "pages").read()
        if (at := next(shown, None)) is not None:
            yield Step(at, "published", step.facts)
        elif done is not None and goes_on(repo, commit, done):
            yield Step(step.at, "published", step.facts | {"when": "before the log begins"})
        else:
            yield Step(step.at, "not-published", step.facts)
