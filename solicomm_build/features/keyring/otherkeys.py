"""Changes keys that nobody outside has to know of: what signs tokens in links and addresses, and
what signs roles.

Tokens: the new key signs from now on; what the old one signed is good for a year more, or not at
all where the old one is in foreign hands. Roles: all facts are signed anew, and those of the old
key go, so at no moment somebody's role does not count for longer than the change takes.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

from solicomm_build.foundation import clock, faults, keys, safeio
from solicomm_build.foundation.errors import ContentError, HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.auth import signature
from solicomm_build.people import grant, grants


def tokens(config: Config, *, leaked: bool) -> Iterator[str]:
    """Has a new key sign tokens; sentences about it. Raises StoreError."""
    since = keys.change_token_key(config.keys, alone=leaked)
    yield "A new key signs links and addresses in mails from now on; nothing has to be restarted"
    if config.cluster.is_shared:
        still = ", and take what was signed before" if leaked else ""
        yield f"Copy private/keys to the other machines now: they refuse what it signs{still}"
    if leaked:
        yield "What was signed before is good no longer: links in mails that were sent are dead"
    else:
        yield f"What was signed before is good until {since + keys.TERM:%Y-%m-%d}"


def roles(config: Config) -> Iterator[str]:
    """Signs all roles with a new key; sentences about it. Raises HubError where no role was ever
    given, StoreError."""
    path = config.keys / grants.KEY
    if not path.exists() or not config.site_repo.exists():
        raise HubError("there is no key for roles yet: nobody has one")
    grants.settle(config)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    keys.keep_once(temporary, signature.new_key())
    os.replace(temporary, path)
    safeio.fsync_dir(path.parent)
    faults.point("keys.after-roles-key")
    count = resign(config)
    yield f"{count} {'role is' if count == 1 else 'roles are'} signed with a new key"
    yield "Restart the hub: systemctl restart solicomm"


def resign(config: Config) -> int:
    """Signs what the key of now did not sign, and takes away what an earlier one did; how many are
    signed. Durable on return; safe to do again."""
    count = grants.settle(config)
    repo = open_repo(config.site_repo)
    own = grant.fingerprint(signature.public((config.keys / grants.KEY).read_bytes()))
    with Reader(repo) as reader:
        entries = reader.tree(MAIN, grant.FOLDER, recursive=True)
        gone = [
            Change(f"{grant.FOLDER}/{one.path}", None)
            for one in entries
            if _signed_by(reader.blob(one.oid), f"{grant.FOLDER}/{one.path}") not in ("", own)
        ]
    if gone:
        message = compose("Take away roles that an earlier key signed", Source="cli")
        write_once(repo, gone, message=message, when=clock.now())
    return count


def _signed_by(blob: bytes, file: str) -> str:
    """The fingerprint of the key that a fact is signed with; "" for what is none."""
    if not grant.is_path(file):
        return ""
    try:
        return grant.decode(blob, file).key
    except ContentError:
        return ""
