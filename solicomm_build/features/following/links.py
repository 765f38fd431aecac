"""The link and the address by which somebody ends the mail about one topic: their tokens. Light."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.foundation import keys
from solicomm_build.people import token

PREFIX = "unfollow"
"""`unfollow+<token>@`; also the purpose of it, and the beginning of the link's path."""
_USE = "unfollow"


def minted(folder: Path, number: int) -> str:
    """The token of a follow; `folder` has the hub's keys."""
    return token.numbered_token(keys.token_key(folder), _USE, number)


def number_of(folder: Path, text: str) -> int | None:
    """Which follow a token ends, in whatever way a program mangled it; None for one that is not
    ours."""
    plain = token.normalise(text)
    return token.read_numbered_token(keys.token_key(folder), _USE, plain) if plain else None


def page(url: str, text: str) -> str:
    """The page that asks, and ends it."""
    return f"{url}/{PREFIX}/{text}"


def address(domain: str, text: str) -> str:
    """The address that does."""
    return f"{PREFIX}+{text}@{domain}"
