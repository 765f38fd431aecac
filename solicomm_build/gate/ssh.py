"""Pushes and clones by ssh: OpenSSH knows the key, this knows what its owner may do.

`solicomm token ssh-key` prints a line for `authorized_keys` whose forced command is
`solicomm gate ssh PERSON`. OpenSSH puts what the client asked for into SSH_ORIGINAL_COMMAND; only
the two commands of git are understood, for one repository that the person's live keys open. Then
this process becomes git-shell, git's own restricted shell, with the settings and hooks of
git/receiving.py.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import receiving
from solicomm_build.people.access import Access
from solicomm_build.people.gittoken import Grant
from solicomm_build.people.rosterstore import RosterStore

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_COMMAND = re.compile(
    r"(git-receive-pack|git-upload-pack|git receive-pack|git upload-pack) '?/?"
    r"((?:unions|conferences|libraries)/[a-z0-9][a-z0-9-]{0,27})(?:\.git)?/?'?",
    re.ASCII,
)
_TYPES = re.compile(r"(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d{3}|sk-[a-z0-9@.-]{1,60})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of OpenSSH: its type, its text, and SHA256:… as ssh-keygen -l shows it."""

    type: str
    text: str
    fingerprint: str


def public_key(line: str) -> PublicKey:
    """Reads the content of a `.pub` file. Raises UsageError."""
    words = line.split()
    try:
        kind, text = words[0], words[1]
        octets = base64.b64decode(text, validate=True)
        length = int.from_bytes(octets[:4], "big")
        if not _TYPES.fullmatch(kind) or octets[4 : 4 + length] != kind.encode():
            raise ValueError(kind)
    except (IndexError, ValueError, binascii.Error):
        raise UsageError(
            "This is not the public half of an SSH key. Name the file that ends in .pub"
        ) from None
    digest = base64.b64encode(hashlib.sha256(octets).digest()).decode().rstrip("=")
    return PublicKey(kind, text, f"SHA256:{digest}")


def authorized_line(key: PublicKey, command: str, grant: Grant) -> str:
    """The line for authorized_keys (sshd(8)): nothing but this command."""
    quoted = command.replace("\\", "\\\\").replace('"', '\\"')
    return f'restrict,command="{quoted}" {key.type} {key.text} {grant.person} {grant.id}'


def serve(config: Config, person: str, asked: str) -> NoReturn:
    """Becomes git-shell for what was asked. Raises UsageError or HubError with a sentence."""
    match = _COMMAND.fullmatch(asked.strip())
    if not match:
        raise UsageError(
            "Only git comes in here. Clone with: git clone ssh://<user>@<host>/unions/<id>.git"
        )
    verb, writes = match[1].replace(" ", "-"), match[1].endswith("receive-pack")
    kind, _, identifier = match[2].partition("/")
    repo = {
        "unions": config.union_repo,
        "conferences": config.conference_repo,
        "libraries": config.library_repo,
    }[kind](identifier)
    name = f"{kind}/{repo.stem}"  # its name of today
    grant = _grant(config, person, name, writes=writes)
    if not repo.is_dir():
        raise HubError(f"There is no repository {name} in this hub")
    receiving.install(config)
    environment = receiving.environment_of(config, kind)
    environment |= {receiving.PUSHER: receiving.pusher(grant)}
    if "GIT_PROTOCOL" in os.environ:
        environment["GIT_PROTOCOL"] = os.environ["GIT_PROTOCOL"]
    quoted = str(repo).replace("'", "'\\''")
    line = f"{verb} '{quoted}'"  # git-shell wants the quotes, needed or not
    command = (
        receiving.limited(["git", "shell", "-c", line]) if writes else ["git", "shell", "-c", line]
    )
    os.execvpe(command[0], command, environment)  # noqa: S606 - git-shell takes our place


def _grant(config: Config, person: str, name: str, *, writes: bool) -> Grant:
    now = clock.now()
    grants = Access(config).grants()
    live = grants.of_person(person, now) or grants.of_person(_today(config, person), now)
    keys = [grant for grant in live if grant.id.startswith("k-") and grant.is_good(now)]
    opening = [grant for grant in keys if grant.opens(name) and (grant.write or not writes)]
    if not opening:
        open_to = ", ".join(sorted({repo for grant in keys for repo in grant.repos}))
        raise HubError(
            f"Your key opens {open_to}, not {name}"
            if keys
            else "This key was revoked or is over. Ask the hub's operator"
        )
    return opening[-1]


def _today(config: Config, person: str) -> str:
    """The address that a person has now who had this one when the line was written."""
    store = RosterStore.of(config)
    try:
        roster = store.roster()
        member = roster.since_moved(person, _EVER) if roster.member(person) is None else None
        return member.address.lower() if member is not None else ""
    finally:
        store.close()
