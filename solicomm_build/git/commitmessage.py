"""Commit messages: a subject line, then trailers; made and read in one place.

Trailers of ours are `Key: value` lines at the end (git-interpret-trailers): `Source` says how a
post came in (mail, import, push, cli), `Message` is its `mid`, `Raw` names the verbatim message in
mail.git when that is not `mid` itself. Nothing a member wrote can become a trailer: the subject is
one line of at most 72 characters, without controls.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

SUBJECT_MAX = 72

_TRAILER = re.compile(r"([A-Z][A-Za-z-]*): (.*)")


def compose(subject: str, verdicts: Iterable[str] = (), **trailers: str) -> str:
    """The message of one commit; trailers with an empty value are left out. Each of `verdicts` is
    a trailer `Verdict` of its own."""
    lines = [f"{key}: {one_line(value)}" for key, value in trailers.items() if value]
    lines += [f"Verdict: {one_line(verdict)}" for verdict in verdicts]
    head = one_line(subject)[:SUBJECT_MAX].strip() or "(no subject)"
    return head + "\n\n" + "\n".join(lines) + "\n" if lines else head + "\n"


def trailers(message: str) -> dict[str, str]:
    """The trailers of a commit message, empty when it has none."""
    _, found, last = message.rstrip("\n").rpartition("\n\n")
    matches = [_TRAILER.fullmatch(line) for line in last.split("\n")] if found else []
    return {match[1]: match[2] for match in matches if match}


def verdicts(message: str) -> list[str]:
    """The verdicts in a commit message of mail.git."""
    return [line[9:] for line in message.split("\n")[2:] if line.startswith("Verdict: ")]


def one_line(text: str) -> str:
    """Text without controls, format marks and line breaks, runs of white space as one space."""
    if text.isprintable():  # nearly always
        return " ".join(text.split())
    kept = (
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in text
        if unicodedata.category(c) not in ("Cf", "Cs")
    )
    return " ".join("".join(kept).split())
