"""Forms in conferences' repositories, and what is kept of answers in private.

    conferences/<id>.git    forms/<form>@<n>.yaml   the forms; conference.yaml names those in force
    private/forms/<id>.git  answers/<mid>.json      the fields that are not public, by post
    private/forms/waiting/<key>.json                answers that their author has not confirmed

A private answer has the id of its post. It lies there before the post does, so that a moderator who
is asked about the post can look; whoever may not read `private/` sees nothing of it. What waits for
a confirmation goes after 14 days.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formfile
from solicomm_build.features.forms.values.form import Form
from solicomm_build.features.forms.values.formvalues import Registry, Values
from solicomm_build.features.sites.values import site as sites
from solicomm_build.foundation import clock, formernames, safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_or_create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people.pending import Pending
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference

WAITS = timedelta(days=14)
_WAITING = Pending("forms/waiting", WAITS, owner="author")
_KEY = re.compile(r"[a-z2-7]{32}")
_MID = re.compile(r"answers/([a-z2-7]{32})\.json")


# -- forms ------------------------------------------------------------------------------------


def read(reader: Reader, ref: str) -> Form | None:
    """A form of a conference as it lies on main; None when it is not there, or broken."""
    path = forms.path(ref)
    blob = reader.at(MAIN, path)
    if blob is None:
        return None
    try:
        return formfile.decode(blob, path)
    except SoliCommError:
        return None


def newest(reader: Reader, name: str) -> Form | None:
    """The newest version of a form that lies in a conference, in force or not."""
    found = [forms.parse_path(f"forms/{one.path}") for one in reader.tree(MAIN, "forms")]
    refs = tuple(ref for ref in found if ref.partition("@")[0] == name)
    ref = forms.in_force(refs).get(name)
    return read(reader, ref) if ref else None


def in_force(reader: Reader, conference: Conference) -> dict[str, Form]:
    """The forms that a conference uses, by id."""
    found = ((name, read(reader, ref)) for name, ref in forms.in_force(conference.forms).items())
    return {name: form for name, form in found if form is not None}


def of_conference(config: Config, name: str) -> tuple[Conference, dict[str, Form]] | None:
    """The settings of a conference and its forms in force; None when there is none of the name."""
    path = config.conference_repo(name)
    if not SLUG.fullmatch(name) or not path.exists():
        return None
    with Reader(open_repo(path)) as reader:
        try:
            found = settings.decode(reader.at(MAIN, settings.FILE) or b"")
        except SoliCommError:
            return None
        return found, in_force(reader, found)


def registry(config: Config) -> Registry:
    """The unions of the hub: their titles by language, without those whose repository is damaged.
    Former ids, which answers may have, come last."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(config.unions.glob("*.git")):
        if not SLUG.fullmatch(path.stem):
            continue
        with contextlib.suppress(SoliCommError), Reader(open_repo(path)) as reader:
            site = sites.decode_site(reader.at(MAIN, sites.FILE) or b"", union=path.stem)
            found[path.stem] = dict(site.title)
    former = formernames.now(config.private, "unions")
    return found | {old: found[new] for old, new in sorted(former.items()) if new in found}


# -- private answers --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrivateAnswer:
    """What is kept of one answer beside its post: `person` is the author's person id, or empty for
    somebody who is not a member; `values` the fields that are not public. `hub` is where it was
    filled in when that was another hub, which does not tell the person."""

    mid: str
    message_id: str
    form: str
    person: str
    at: str
    title: str = ""
    values: Values = field(default_factory=dict)
    hub: str = ""

    def encode(self) -> str:
        """The file."""
        facts = {"schema": "solicomm/private-answer@1", **asdict(self)}
        if not self.hub:
            del facts["hub"]
        return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def private_repo(config: Config, conference: str) -> Path:
    """Where a conference's private answers lie; there may be none yet."""
    return config.private / "forms" / f"{conference}.git"


def private_path(mid: str) -> str:
    """The file of one."""
    return f"answers/{mid}.json"


def keep(config: Config, conference: str, mid: str, text: str, when: datetime) -> None:
    """Keeps a private answer; durable on return, safe to call twice."""
    path = private_repo(config, conference)
    repo = open_or_create(path)
    with Reader(repo) as reader:
        if repo.ref() is not None and reader.oid_at(MAIN, private_path(mid)) is not None:
            return
    change = Change(private_path(mid), text.encode("utf-8", "replace"))
    write_once(repo, [change], message=compose("Keep an answer", Source="desk"), when=when)


def says_something(text: str) -> bool:
    """Whether the file of a private answer holds any field."""
    return bool(of_facts(json.loads(text)).values)


def private_answers(
    config: Config, conference: str, wanted: Callable[[str], bool] = lambda mid: True
) -> Iterator[PrivateAnswer]:
    """All of a conference, by id; only those are read whose ids are `wanted`."""
    path = private_repo(config, conference)
    if not path.exists() or open_repo(path).ref() is None:
        return
    with Reader(open_repo(path)) as reader:
        there = (one for one in reader.tree(MAIN, "answers") if wanted(_named(one.path)))
        entries = sorted(there, key=lambda one: one.path)
        for blob in reader.blobs(entry.oid for entry in entries):
            with contextlib.suppress(ValueError, TypeError, KeyError):
                yield of_facts(json.loads(blob))


def _named(name: str) -> str:
    """The id in the name of a file of answers."""
    return name.removesuffix(".json")


def answer_of(path: str) -> str:
    """The post beside whose answer a file lies; empty for any other file."""
    match = _MID.fullmatch(path)
    return match[1] if match else ""


def of_person(config: Config, person: str) -> Iterator[tuple[str, PrivateAnswer]]:
    """(conference, answer) of a member's, by the person id."""
    for conference, _ in repositories(config):
        for one in private_answers(config, conference):
            if person and one.person == person:
                yield conference, one


def of_facts(facts: dict[str, Any]) -> PrivateAnswer:
    """What such a file says. Raises KeyError or TypeError."""
    names = ("mid", "message_id", "form", "person", "at", "title", "values")
    return PrivateAnswer(**{name: facts[name] for name in names}, hub=facts.get("hub", ""))


def repositories(config: Config) -> Iterator[tuple[str, Repo]]:
    """(conference, repository) of all private answers."""
    for path in sorted((config.private / "forms").glob("*.git")):
        yield path.stem, open_repo(path)


# -- answers that wait ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submission:
    """An answer as it came: the text as it was written, and what was attached, before anything is
    decided. `author` is the address it says it is from."""

    conference: str
    form: str
    text: str
    author: str
    name: str
    lang: str
    at: str
    attached: tuple[tuple[str, str, bytes], ...] = ()  # (name, type, octets)


def waiting_path(key: str) -> str:
    """The file of an answer that waits, below `private/`."""
    return _WAITING.path(key)


def encode_waiting(submission: Submission) -> str:
    """The file's text."""
    facts = asdict(submission)
    facts["attached"] = [
        [name, kind, base64.b64encode(octets).decode()]
        for name, kind, octets in submission.attached
    ]
    return json.dumps(facts, ensure_ascii=False)


def waiting(config: Config, key: str) -> Submission | None:
    """An answer that waits; None when it is gone."""
    if not _KEY.fullmatch(key):
        return None
    facts = _WAITING.get(config, key)
    if facts is None:
        return None
    facts["attached"] = tuple(
        (name, kind, base64.b64decode(text)) for name, kind, text in facts["attached"]
    )
    return Submission(**facts)


def waiting_of(config: Config, address: str) -> list[Path]:
    """The files of answers that say they are from an address."""
    return [*_WAITING.of(config, None, address)]


def sweep(config: Config) -> None:
    """Forgets answers that nobody confirmed in time. That counts from when the author was asked,
    which may be long after the mail came: it lay aside, or the desk was down."""
    folder = config.private / "forms" / "waiting"
    if not folder.is_dir():
        return
    now = clock.now()
    old = now - WAITS
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError, ValueError):
            came = str(json.loads(path.read_bytes()).get("at", ""))
            asked_lately = old.timestamp() <= path.stat().st_mtime <= now.timestamp()
            if came < old.isoformat() and not asked_lately:
                path.unlink()
    safeio.fsync_dir(folder)
