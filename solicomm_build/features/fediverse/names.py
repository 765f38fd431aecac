"""The addresses of what others see of a hub: its groups, their posts, what is done with these.

    /ap/c/<id>                         a conference, a Group; below it inbox, outbox, followers
    /ap/c/<id>/writers                 who its posts are attributed to: nobody in person
    /ap/c/<id>/p/<mid>                 a post; below it create, announce and share, what was done
    /ap/c/<id>/follow/                 how to follow it, for people
    /ap/inbox                          the inbox of all of them

Ids stay for good, whatever a topic or its pages are called.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG

GROUP, WRITERS = "group", "writers"
ROOT = "/ap"
FIELD = "Fediverse-Object"
"""The header field of a mail that was made of an answer from elsewhere, with its address."""
_POST = re.compile(r"p/([a-z2-7]{32})")
_NAME = re.compile(rf"({SLUG.pattern})(\.{WRITERS})?")


def group(config: Config, conference: str) -> str:
    """The id of a conference's group."""
    return f"{config.url}{ROOT}/c/{conference}"


def writers(config: Config, conference: str) -> str:
    """The id of who its posts are attributed to."""
    return f"{group(config, conference)}/{WRITERS}"


def post(config: Config, conference: str, mid: str) -> str:
    """The id of a post."""
    return f"{group(config, conference)}/p/{mid}"


def inbox(config: Config) -> str:
    """The inbox of all."""
    return f"{config.url}{ROOT}/inbox"


def follow_page(conference: str) -> str:
    """Where people are told how to follow a conference, below the hub's address."""
    return f"{ROOT}/c/{conference}/follow/"


def key_id(actor: str) -> str:
    """The id of an actor's key."""
    return f"{actor}#main-key"


def host(config: Config) -> str:
    """What stands behind the second @ of names here, with a port where `url` names one."""
    return urlsplit(config.url).netloc.lower()


def handle(config: Config, conference: str) -> str:
    """How a conference is called elsewhere: `organising@hub.example`."""
    return f"{conference}@{host(config)}"


def of_handle(config: Config, resource: str) -> tuple[str, str] | None:
    """(conference, kind of actor) of an `acct:` URI (RFC 7565) or an address of a group here; None
    for all others. The domain of the hub's mail is heard, too."""
    if resource.startswith("acct:"):
        name, _, at = resource.removeprefix("acct:").removeprefix("@").lower().rpartition("@")
        if at not in (host(config), config.domain):
            return None
        found = _NAME.fullmatch(name)
        return (found[1], WRITERS if found[2] else GROUP) if found else None
    prefix = f"{config.url}{ROOT}/c/"
    if not resource.startswith(prefix):
        return None
    name, _, rest = resource.removeprefix(prefix).partition("/")
    if not SLUG.fullmatch(name) or rest not in ("", WRITERS):
        return None
    return name, WRITERS if rest else GROUP


def of_post(config: Config, address: str) -> tuple[str, str] | None:
    """(conference, mid) of the id of a post here; None for all others."""
    prefix = f"{config.url}{ROOT}/c/"
    name, _, rest = address.removeprefix(prefix).partition("/")
    found = _POST.fullmatch(rest)
    if not address.startswith(prefix) or not SLUG.fullmatch(name) or not found:
        return None
    return name, found[1]
