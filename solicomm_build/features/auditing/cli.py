"""Commands of the shell, and what is told of each that was run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from solicomm_build.cli.commands import STAGE, WRONG, Command, commands
from solicomm_build.people.operators.second import AGREED

COMMANDS = (
    Command(
        "audit",
        "Show what operators and moderators did.",
        WRONG,
        60,
        "solicomm_build.features.auditing.command",
    ),
)

_LOOKING = frozenset(
    (
        "audit",
        "docs",
        "epub",
        "fsck",
        "init",  # makes another hub than the one that SOLICOMM_HUB names
        "metrics",
        "mta-maps",
        "post",
        "print",
        "replay",
        "restore",  # as init does
        "serve",
        "setup",
        "shelf",
        "status",
        "trace",
        "units",
        "web-config",
        "zim",
    )
)
"""Commands that change nothing that people would ask about, or are run by timers."""
_LOOKS = frozenset(
    ("card", "check", "export", "find", "kept", "list", "show", "status", "verify", "waiting")
)
"""Second words of commands that only look."""
_KINDS = ("new", "remove", "rename")
"""Commands whose second word is what it is about, a list for instance."""
_ASKED = {
    "backup": ("forget", "key"),
    "cells": ("move", "split"),
    "check": ("--fix",),
    "deliver": ("--here", "--sink", "--skip-to-tip", "--go-to"),
    "stick": ("--members", "--take"),
}
"""Of these commands what counts: words, and options with or without `=`."""


def changes(words: Sequence[str]) -> bool:
    """Whether a command, by its words, is one that is written down. Quick."""
    name = words[0] if words else ""
    if name not in commands() or "--help" in words or "-h" in words:
        return False
    if name in _ASKED:
        return any(word.partition("=")[0] in _ASKED[name] for word in words[1:])
    if name in _LOOKING or commands()[name].group == STAGE:
        return False
    if name == "upgrade" and "--check" in words:
        return False
    if name == "moderate" and len(words) < 3:
        return False
    if name in _KINDS:
        return list(words[1:2]) != ["kept"]
    return not _LOOKS & set(words[1:2])


def after(root: Path, words: Sequence[str]) -> None:
    """Writes down that a command ended well; what operators agreed to is written down as that."""
    if changes(words) and not os.environ.get(AGREED):
        from solicomm_build.features.auditing import auditlog

        auditlog.note(root, words)


AFTER = after


@contextlib.contextmanager
def around(root: Path, words: Sequence[str]) -> Iterator[None]:
    """Has a command be written down that is killed. Not `gate`, whose place git takes."""
    if not changes(words) or words[0] == "gate" or os.environ.get(AGREED):
        yield
        return
    from solicomm_build.features.auditing import begun

    with begun.noted(root, words):
        yield


AROUND = around
