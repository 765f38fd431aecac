"""mlmmj: a list's spool directory, with `subscribers.d/`, `digesters.d/`, `nomailsubs.d/`,
`control/` and `archive/`.

A roster is a folder of files, one a letter, one address a line. A setting of `control/` is a file:
whether it is there, or what its lines say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.migration.foreign import (
    Addresses,
    ForeignList,
    ForeignMember,
    ForeignSettings,
    language,
    some,
)
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.oneline import one_line
from solicomm_build.message.address import key

_ROSTERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("subscribers.d", {}),
    ("digesters.d", {"digest": "daily"}),
    ("nomailsubs.d", {"mail": "off"}),
)
_SENDER_RULE = re.compile(
    r"\s*(allow|deny|discard|moderate|send)\s+\^From:\s*\.?\*?<?"
    r"((?:[A-Za-z0-9_%+-]|\\?\.)*@(?:[A-Za-z0-9-]+\\?\.)+[A-Za-z0-9-]+)>?\$?\s*",
    re.IGNORECASE,
)


def lists(source: Path) -> list[str]:
    """The names of the lists in a folder of them, or of the one that the folder is."""
    if (source / "control").is_dir():
        return [source.name]
    return sorted(path.parent.name for path in source.glob("*/control") if path.is_dir())


def read(source: Path, name: str = "") -> ForeignList:
    """A list from its folder. Raises HubError when it is none, ContentErrors naming file and line
    of every broken address."""
    folder = source if (source / "control").is_dir() else source / name
    if not (folder / "control").is_dir():
        there = ", ".join(lists(source)) if source.is_dir() else ""
        remedy = f"Say --list with one of: {there}" if there else "Name a list's folder"
        raise HubError(f"{folder}: no list of mlmmj here, control/ is missing. {remedy}")
    control = folder / "control"
    faults = Addresses(str(folder))
    address = _first(control / "listaddress")
    members = tuple(_members(folder, faults))
    owners = _addresses(control / "owner", faults)
    moderators = _addresses(control / "moderators", faults)
    trusted, banned, rules = _access(control / "access")
    faults.check()
    archives = tuple(_archive(folder / "archive"))
    note = [] if archives else ["no archive: there is nothing in archive/"]
    held, asked = _waiting(folder / "moderation")
    if asked:
        note.append(f"{len(asked):,} requests to join wait there, invite these: {some(asked)}")
    return ForeignList(
        server="mlmmj",
        name=address.partition("@")[0] or folder.name,
        address=address,
        title=one_line(address.partition("@")[0] or folder.name, 100),
        lang=language(_first(control / "language")),
        members=members,
        owners=owners,
        moderators=moderators,
        trusted=trusted,
        banned=banned,
        settings=_settings(control),
        archives=archives,
        held=held,
        absent=(*_absent(control, rules), *note),
    )


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    if file.is_file():
        text = file.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield number, line.strip()


def _first(file: Path) -> str:
    return next((line for _, line in _lines(file)), "")


def _addresses(file: Path, faults: Addresses) -> tuple[str, ...]:
    faults.file = str(file)
    taken = (faults.take(line, line=number) for number, line in _lines(file))
    return tuple(dict.fromkeys(filter(None, taken)))


def _members(folder: Path, faults: Addresses) -> Iterator[ForeignMember]:
    """Who is in several rosters gets what the first of them says."""
    seen: set[str] = set()
    for name, options in _ROSTERS:
        for file in sorted((folder / name).glob("*")):
            for address in _addresses(file, faults):
                if key(address) not in seen:
                    seen.add(key(address))
                    yield ForeignMember(address, options=options)


def _archive(folder: Path) -> Iterator[Path]:
    """The archived messages by number; each is one message."""
    files = [path for path in folder.glob("*") if path.name.isdigit()] if folder.is_dir() else []
    yield from sorted(files, key=lambda path: int(path.name))


def _waiting(folder: Path) -> tuple[tuple[bytes, ...], list[str]]:
    """(messages that wait for a moderator, addresses of those who asked to join): a request is a
    file of its own, with the address and how it wants the mail."""
    files = sorted(path for path in folder.glob("*") if path.is_file())
    asked = [path for path in files if path.name.startswith("subscribe")]
    held = tuple(path.read_bytes() for path in files if path not in asked)
    return held, [one_line(_first(path), 254) for path in asked]


def _access(file: Path) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """(trusted, banned, rules that say more than that) of the access rules."""
    trusted: list[str] = []
    banned: list[str] = []
    left: list[str] = []
    for _, line in _lines(file):
        rule = _SENDER_RULE.fullmatch(line)
        if rule is None:
            left.append(one_line(line, 80))
            continue
        who = rule[2].replace("\\", "").lower()
        if rule[1].lower() in ("deny", "discard"):
            banned.append(who)
        elif rule[1].lower() in ("allow", "send") and not who.startswith("@"):
            trusted.append(who)
        else:
            left.append(one_line(line, 80))
    return tuple(trusted), tuple(banned), left


def _settings(control: Path) -> ForeignSettings:
    def on(name: str) -> bool:
        return (control / name).exists()

    posting = "members" if on("subonlypost") or on("modnonsubposts") else "open"
    size = _first(control / "maxmailsize")
    header = [line.lower() for _, line in _lines(control / "customheaders")]
    to_list = any(line.startswith("reply-to:") for line in header)
    return ForeignSettings(
        posting="moderated" if on("moderated") else posting,
        visibility="members" if on("noarchive") or on("closedlist") else "",
        reply_to="list" if to_list else "author",
        nonmembers="hold" if posting == "members" else "",
        addressed=not on("tocc"),
        max_bytes=int(size) if size.isdigit() else 0,
    )


def _absent(control: Path, rules: list[str]) -> Iterator[str]:
    if rules:
        yield f"access rules that ask for more than a sender: {some(rules, 3)}"
    if prefix := _first(control / "prefix"):
        yield f"prefix {prefix!r}: subjects are passed on as written; sort by List-Id"
    for name, what in _PLAINLY:
        if (control / name).exists():
            yield f"{name}: {what}"


_PLAINLY = (
    ("closedlist", "who joins is decided by moderators, where visibility is members"),
    ("closedlistsub", "who joins is decided by moderators, where visibility is members"),
    ("submod", "moderators are asked where visibility is members"),
    ("footer", "no footer is added, so that signatures stay valid"),
    ("footer-text", "no footer is added, so that signatures stay valid"),
    ("footer-html", "no footer is added, so that signatures stay valid"),
    ("delheaders", "what header fields go out is fixed"),
    ("customheaders", "taken is whether Reply-To names the list; the rest is fixed"),
    ("relayhost", "the mail server is in hub.yaml"),
    ("noarchive", "a list here keeps its posts, for members only"),
    ("notifysub", "owners are not told who joins"),
    ("digestinterval", "digests are daily or weekly"),
)
