"""Files of a form that came back, with something wrong or for a preview: `private/chosen/<hash>`.

Browsers let no page fill in files, so they are kept here for the form's next coming, an hour at
most, under a token that stands in the form alone. A token is one conference's, and makes one post:
`<hash>.used` says which, so that the same form sent twice is still one, and another text gets
nothing by it. A file's first line is JSON, then the octets come, in its order. Blocking.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from solicomm_build.features.writing import written as forms
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.values import Attachment
from solicomm_build.post.conference import AttachmentRules

KEPT = timedelta(hours=1)
MOST_IN_ALL = 200 * 1024 * 1024
"""Octets of all forms of a hub together. Beyond that, files are chosen again."""
_FOLDER = "chosen"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def worth(files: Sequence[Attachment], rules: AttachmentRules, lang: str) -> list[Attachment]:
    """Those of the files that could go with a post: what is wrong with the others was told."""
    good: list[Attachment] = []
    for one in files:
        if not forms.wrong_files((*good, one), rules, lang):
            good.append(one)
    return good


def keep(config: Config, conference: str, files: Iterable[Attachment]) -> str:
    """Keeps files; their token, or "" where there is no room."""
    files, folder = [*files], config.private / _FOLDER
    if not files:
        return ""
    facts = [{"name": one.name, "type": one.type, "octets": len(one.payload)} for one in files]
    octets = sum(len(one.payload) for one in files)
    sweep(config)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if octets + sum(path.stat().st_size for path in folder.iterdir()) > MOST_IN_ALL:
            return ""
        token = secrets.token_urlsafe(24)
        head = json.dumps({"conference": conference, "files": facts}).encode("ascii") + b"\n"
        data = head + b"".join(one.payload for one in files)
        safeio.write_atomic(_path(config, token), data, durable=False, mode=0o600)
    except OSError:
        return ""
    return token


def kept(config: Config, conference: str, token: str) -> list[Attachment]:
    """The files of a token; none for one that is strange, old or another conference's."""
    if not _TOKEN.fullmatch(token):
        return []
    sweep(config)
    try:
        head, _, octets = _path(config, token).read_bytes().partition(b"\n")
        facts = json.loads(head)
    except (OSError, ValueError):
        return []
    if facts["conference"] != conference:
        return []
    found, at = [], 0
    for one in facts["files"]:
        payload = octets[at : at + one["octets"]]
        found.append(Attachment(one["name"], one["type"], payload))
        at += one["octets"]
    return found


def used_for(config: Config, token: str) -> str:
    """The post that a token has made; "" for none."""
    if not _TOKEN.fullmatch(token):
        return ""
    try:
        return _used(config, token).read_text("ascii")
    except OSError:
        return ""


def use(config: Config, token: str, name: str) -> None:
    """A token has made the post `name`, and makes no other."""
    if _TOKEN.fullmatch(token) and _path(config, token).exists():
        safeio.write_atomic(_used(config, token), name.encode("ascii"), durable=False, mode=0o600)


def forget(config: Config, token: str) -> None:
    """Lets the files of a token go."""
    if _TOKEN.fullmatch(token):
        _path(config, token).unlink(missing_ok=True)


def sweep(config: Config) -> None:
    """Lets go of what is older than an hour; also of what a clock dated that was ahead."""
    now, most = clock.timestamp(), KEPT.total_seconds()
    with contextlib.suppress(FileNotFoundError):
        for path in (config.private / _FOLDER).iterdir():
            if abs(now - path.stat().st_mtime) > most:
                path.unlink(missing_ok=True)


def _path(config: Config, token: str) -> Path:
    return config.private / _FOLDER / hashlib.sha256(token.encode("ascii")).hexdigest()[:32]


def _used(config: Config, token: str) -> Path:
    return _path(config, token).with_suffix(".used")
