"""`s3` below `cluster` of hub.yaml: a store of objects that several machines share.

Foundation; imports schema. The format is docs/formats/hub-yaml.md. What logs in there stands in
`private/keys/s3.key` (`account`), never among the settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.schema import Section

ACCOUNT = "s3.key"
"""One line in the hub's keys: `ACCESS-KEY SECRET`."""
REGION = "us-east-1"
BUCKETS = ("spool", "pages", "members", "files")

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_ENDPOINT = re.compile(r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\])(?::\d{1,5})?/?", re.ASCII)  # fmt: skip # noqa: E501
_READ = re.compile(r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\])(?::\d{1,5})?(?:/[\w.~-]+)*/?", re.ASCII)  # fmt: skip # noqa: E501
_REGION = re.compile(r"[A-Za-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class S3:
    """Where the store answers (`endpoint`, no slash at the end), and its buckets: `spool` for mail
    that was taken, `pages` for what everybody may read, `members` for what members read, `files`
    for documents of libraries. An empty name means that this is kept on the machine. Anybody finds
    an object that anybody may read at `<read>/<bucket>/<name>`."""

    endpoint: str = ""
    region: str = REGION
    spool: str = ""
    pages: str = ""
    members: str = ""
    files: str = ""
    read: str = ""
    """Empty for the endpoint; no slash at the end."""

    @property
    def buckets(self) -> dict[str, str]:
        """The name of each bucket that is used, by what it is for."""
        return {use: name for use in BUCKETS if (name := getattr(self, use))}


@dataclass(frozen=True, slots=True)
class Account:
    """What logs in. Its secret is in no text that this is made into."""

    access: str
    secret: str

    def __repr__(self) -> str:
        return f"Account({self.access!r})"


def read(cluster: Section) -> S3 | None:
    """What the file says; faults are noted."""
    if not cluster.has("s3"):
        return None
    section = cluster.section("s3")
    example = "https://s3.example:8333"
    endpoint = section.text("endpoint", required=True, example=example, pattern=_ENDPOINT)
    region = section.text("region", REGION, pattern=_REGION)
    spool = section.text("spool", pattern=_BUCKET, example="solicomm-spool")
    pages = section.text("pages", pattern=_BUCKET, example="solicomm-pages")
    members = section.text("members", pattern=_BUCKET, example="solicomm-members")
    files = section.text("files", pattern=_BUCKET, example="solicomm-files")
    read_at = section.text("read", pattern=_READ, example="https://swift.example/v1/AUTH_hub")
    at = endpoint.rstrip("/")
    found = S3(at, region, spool, pages, members, files, read_at.rstrip("/"))
    names = list(found.buckets.values())
    if len(set(names)) < len(names):
        fault = "`cluster.s3` names one bucket twice"
        section.fault("pages", fault, "Everybody may read `pages` and nobody the others: name four")
    elif bool(pages) != bool(members) or bool(pages) != bool(files):
        fault = "`cluster.s3` names some of `pages`, `members` and `files`"
        section.fault("pages", fault, "Pages are put into all three: name them all, or none")
    elif endpoint and not names:
        fault = "`cluster.s3` names no bucket, so nothing is kept there"
        section.fault("endpoint", fault, "Add `spool: solicomm-spool`, or take `s3` out")
    section.close()
    return found


def account(keys: Path) -> Account:
    """What logs in, from a hub's folder of keys. Raises HubError when it is not there, or somebody
    else could read it."""
    path = keys / ACCOUNT
    remedy = f"Write one line ACCESS-KEY SECRET into {path}, for the hub's user alone (chmod 600)"
    try:
        mode = path.stat().st_mode
        words = path.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise HubError(f"hub.yaml has `cluster.s3`, but {path} is not there. {remedy}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise HubError(f"{path} cannot be read. {remedy}") from error
    if mode & 0o077:
        raise HubError(f"others may read {path}. Say `chmod 600 {path}`, and change the secret")
    parts = words.split()
    if len(parts) != 2 or "\n" in words:
        raise HubError(f"{path} is not one line ACCESS-KEY SECRET. {remedy}")
    return Account(*parts)
