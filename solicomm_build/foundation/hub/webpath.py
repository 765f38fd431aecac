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
    odd = any(sign <= " " or sign in "\\\x7f#" for sign in text)
    if odd or text.startswith(("//", "/login", "/logout")):
        return ""
    return text
