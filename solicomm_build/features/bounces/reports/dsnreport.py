"""The machine-readable part of a delivery report (RFC 3464, RFC 6533), as servers really write it.

Pure. Fields that two recipients share, groups without blank lines between them, actions of their
own invention, and reports that stand in a text because a boundary or a Content-Type is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from solicomm_build.features.bounces.reports.failure import (
    ENHANCED,
    Failure,
    address_in,
    one_line,
    status_in,
)

MAX_RECIPIENTS = 200
"""Failures taken from one report."""
_MAX_VALUE = 2000  # characters of one field
_MAX_SCATTERED = 64 * 1024  # characters below the first field of a report without a part of its own

_DONE = frozenset({"delivered", "relayed", "expanded", "deliverable"})
"""Good news: RFC 3464 2.3.3, and what a test of an address says."""
_RECIPIENTS = ("original-recipient", "final-recipient")
_SHARED = ("action", "status", "diagnostic-code", "remote-mta")
_FIRST = re.compile(
    r"^[ \t>|]{0,8}(?:Reporting-MTA|Final-Recipient|Original-Recipient)[ \t]{0,3}:[^\n]{3}",
    re.IGNORECASE | re.MULTILINE,
)
_KIND = re.compile(r"^\s*[A-Za-z0-9-]{1,40}\s*;(?=.*\S)")  # RFC 3464 2.1.2: `smtp; 550 …`
_INDENT = re.compile(r"^[ \t>|]{0,8}(?=[A-Za-z][A-Za-z-]{2,40}[ \t]{0,3}:)", re.MULTILINE)


def groups(text: str) -> Iterator[Mapping[str, str]]:
    """The groups of fields between blank lines (RFC 3464 2.1), names in lower case, unfolded. A
    recipient's field that stands in the group already begins the next one."""
    group: dict[str, str] = {}
    name = ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip():
            if group:
                yield group
            group, name = {}, ""
        elif line[0] in " \t" and name:
            if len(group[name]) < _MAX_VALUE:
                group[name] = f"{group[name]} {line.strip()}"[:_MAX_VALUE]
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            if name in _RECIPIENTS and name in group:
                yield group
                group = {}
            group.setdefault(name, value.strip()[:_MAX_VALUE])
    if group:
        yield group


def failures(text: str) -> tuple[list[Failure], bool]:
    """The recipients that a report says were not reached, each once, and whether it has good news
    of others."""
    found: dict[str | None, Failure] = {}
    done = False
    every = list(groups(text))
    about = every[0] if every and not _is_recipient(every[0]) else {}
    named = [group for group in every if _is_recipient(group)]
    for group, following in zip(named, [*named[1:], {}], strict=False):
        failure = _failure(_completed(group, following), about)
        if failure is None:
            done = True
        elif len(found) < MAX_RECIPIENTS:
            found.setdefault(failure.recipient, failure)
    return list(found.values()), done


def scattered(text: str) -> str:
    """A report's fields that stand in a text, without indentation; empty when there are none."""
    first = _FIRST.search(text)
    if first is None:
        return ""
    return _INDENT.sub("", text[first.start() : first.start() + _MAX_SCATTERED])


def _completed(group: Mapping[str, str], following: Mapping[str, str]) -> Mapping[str, str]:
    """A recipient's group; without an action of its own it shares what the next one says."""
    if "action" in group or "status" in group:
        return group
    return {**{name: value for name, value in following.items() if name in _SHARED}, **group}


def _is_recipient(group: Mapping[str, str]) -> bool:
    return any(name in group for name in (*_RECIPIENTS, "action"))


def _failure(group: Mapping[str, str], about: Mapping[str, str]) -> Failure | None:
    """One recipient's group as a failure; None for good news.

    The diagnosis's own enhanced status is closer to the fault than the reporter's summary, which
    is x.0.0 with some (Exim) and 5.1.1 for everything with others.
    """
    action = (group.get("action", "").split() or [""])[0].lower().rstrip(";")
    stated = group.get("status", "")
    if action in _DONE or (stated.startswith("2.") and action not in ("failed", "delayed")):
        return None
    diagnostic = one_line(_KIND.sub("", group.get("diagnostic-code", "")))
    summary = ENHANCED.search(stated)
    if not diagnostic and len(stated.split()) > 1:  # "5.0.0 (disk quota)", "553 too large"
        diagnostic = one_line(stated)
    status = status_in(diagnostic)
    if not status or (status.endswith(".0.0") and summary):
        status = summary[1] if summary else status
    original, final = (address_in(group.get(name, "")) for name in _RECIPIENTS)
    mta = group.get("remote-mta") or about.get("reporting-mta") or ""
    return Failure(
        original or final or address_in(group.get("x-actual-recipient", "")),
        "delayed" if action == "delayed" else "failed",
        status,
        diagnostic,
        one_line(mta.rpartition(";")[2]),
        final,
    )
