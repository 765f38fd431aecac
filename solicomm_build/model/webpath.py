"""A path on this hub that somebody else names, such as where to go after signing in. Pure."""

from __future__ import annotations

LONGEST = 300


def own(text: str) -> str:
    """The path, if a browser that is sent there stays on this hub; else nothing.

    >>> own("/conferences/board/t/abc/"), own("//elsewhere.example/"), own("https://x.example")
    ('/conferences/board/t/abc/', '', '')
    """
    if len(text) > LONGEST or not text.startswith("/") or not text.isascii():
        return ""
    if text.startswith(("//", "/login", "/logout")) or any(c <= " " or c in "\\\x7f#" for c in text):
        return ""
    return text
