"""Sympa: a list's folder with `config`, the members as `review` or a dump shows them, and `arctxt`.

`config` has paragraphs of `key value` lines, and blocks whose first line is their name. Members are
in `members` (also `subscribers.db.dump`, `member.dump`, `review.txt`): either blocks of
`email …`, `gecos …`, `reception …` lines with an empty line between, or one address a line.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from solicomm_build.features.migration.foreign import (
    Addresses,
    ForeignList,
    ForeignMember,
    ForeignSettings,
    bans,
    language,
    some,
    text_of,
)
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.oneline import one_line
from solicomm_build.message.address import key

MEMBERS = ("member.dump", "subscribers.db.dump", "subscribers", "members", "review.txt")
_OWNERS = ("owner.dump",)
_EDITORS = ("editor.dump",)
_BANNED = ("blocklist.txt", "blacklist.txt")  # as newer and older versions call it

_RECEPTION: Mapping[str, dict[str, str]] = {
    "nomail": {"mail": "off"},
    "digest": {"digest": "daily"},
    "digestplain": {"digest": "daily", "form": "plain"},
    "summary": {"digest": "daily", "form": "summary"},
    "not_me": {"copy": "off"},
}
_FIELD = re.compile(r"([a-z0-9_]++)(?:[ \t]++(.*))?")
_REVIEW = re.compile(r"(\S++)(?:[ \t]++(.*))?")
_SIZE = re.compile(r"(\d+)\s*([kKmM]?)")

Block = list[tuple[int, str, str]]
"""Lines of a paragraph: number, key, value."""


def lists(source: Path) -> list[str]:
    """The names of the lists in a folder of them, or of the one that the folder is."""
    if (source / "config").is_file():
        return [source.name]
    return sorted(path.parent.name for path in source.glob("*/config"))


def read(source: Path, name: str = "", members: Path | None = None) -> ForeignList:
    """A list from its folder. Raises HubError when it is none, or without members; ContentErrors
    naming file and line of every broken address."""
    folder = source if (source / "config").is_file() else source / name
    config = folder / "config"
    if not config.is_file():
        remedy = "Name a list's folder of Sympa, or the folder of all and --list NAME"
        raise HubError(f"{folder}: no list of Sympa here, config is missing. {remedy}")
    found = members or next((folder / one for one in MEMBERS if (folder / one).is_file()), None)
    if found is None or not found.is_file():
        remedy = f"Save what `review` or `sympa dump` says as {folder / MEMBERS[-1]}"
        raise HubError(f"{found or folder}: no file of members. {remedy}")
    blocks = list(_blocks(config))
    plain = [line for block in blocks if block[0][2] for line in block]
    values = {key_: value for _, key_, value in plain}
    addresses = Addresses(str(found))
    people = tuple(_members(found, addresses))
    owners = _people(folder, blocks, "owner", _OWNERS, addresses)
    editors = _people(folder, blocks, "editor", _EDITORS, addresses)
    addresses.check()
    archives = tuple(_archive(folder, _address(folder, values)))
    note = [] if archives else ["no archive: there are no months with arctxt/ in it"]
    if paused := sum("paused" in one.options for one in people):
        note.append(f"suspend ({paused:,} members): a pause here ends when its member says so")
    banned, left = _banned(folder)
    odd = [f"patterns that are no address or domain: {some(left)}"] if left else []
    return ForeignList(
        server="Sympa",
        name=folder.name,
        address=_address(folder, values),
        title=one_line(values.get("subject") or folder.name, 100),
        lang=language(values.get("lang", "")),
        members=people,
        owners=owners,
        moderators=editors,
        settings=_settings(values, blocks),
        banned=banned,
        archives=archives,
        absent=(*_absent(values, blocks), *note, *odd),
    )


def _blocks(file: Path) -> Iterator[Block]:
    block: Block = []
    text = text_of(file.read_bytes())
    for number, line in enumerate(text.split("\n"), 1):
        match = _FIELD.fullmatch(line.strip())
        if not line.strip():
            if block:
                yield block
            block = []
        elif match and not line.startswith("#"):
            block.append((number, match[1], (match[2] or "").strip()))
    if block:
        yield block


def _address(folder: Path, values: Mapping[str, str]) -> str:
    """What the settings say, or the folder of its domain, else the folder of its archive: Sympa
    with one domain has its lists in `list_data` itself."""
    domain = values.get("host") or (folder.parent.name if "." in folder.parent.name else "")
    if domain:
        return f"{folder.name}@{domain}"
    found = list(folder.absolute().parent.parent.glob(f"arc/{glob.escape(folder.name)}@*"))
    return found[0].name if len(found) == 1 else ""


def _members(file: Path, addresses: Addresses) -> Iterator[ForeignMember]:
    addresses.file = str(file)
    text = text_of(file.read_bytes())
    dumped = re.search(r"^email[ \t]", text, re.MULTILINE)
    seen: set[str] = set()
    for member in _dumped(file, addresses) if dumped else _reviewed(text, addresses):
        if key(member.address) not in seen:
            seen.add(key(member.address))
            yield member


def _dumped(file: Path, addresses: Addresses) -> Iterator[ForeignMember]:
    for block in _blocks(file):
        facts = {name: value for _, name, value in block}
        at = next((number for number, name, _ in block if name == "email"), block[0][0])
        address = addresses.take(facts.get("email", ""), line=at, what="a member")
        if address:
            options = _RECEPTION.get(facts.get("reception", ""), {})
            yield ForeignMember(
                address,
                name=one_line(facts.get("gecos", ""), 100),
                lang=language(facts.get("lang", "")),
                options=options | ({"paused": _now()} if _is_suspended(facts) else {}),
            )


def _is_suspended(facts: Mapping[str, str]) -> bool:
    """Whether somebody gets no mail now by an own wish with a beginning and an end. One that is
    over stands there until the next message."""
    now = clock.now().timestamp()
    begins, ends = (
        float(value) if (value := facts.get(name, "")).isdecimal() else 0.0
        for name in ("startdate", "enddate")
    )
    return facts.get("suspend") == "1" and begins <= now and (not ends or now <= ends)


def _now() -> str:
    return f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"


def _reviewed(text: str, addresses: Addresses) -> Iterator[ForeignMember]:
    for number, line in enumerate(text.split("\n"), 1):
        content = line.strip()
        if not content or content.startswith(("#", "Total:", "Total ")):
            continue
        match = _REVIEW.fullmatch(content)
        match = match if match and "@" in match[1] else None
        address = addresses.take(match[1] if match else content, line=number, what="a member")
        if address and match:
            yield ForeignMember(address, name=one_line((match[2] or "").strip("\"'() "), 100))


def _people(
    folder: Path, blocks: list[Block], kind: str, dumps: tuple[str, ...], addresses: Addresses
) -> tuple[str, ...]:
    """Owners or editors: of a dump where there is one, else of the configuration."""
    file = next((folder / one for one in dumps if (folder / one).is_file()), folder / "config")
    chosen = list(_blocks(file)) if file.name != "config" else blocks
    addresses.file = str(file)
    found = [
        addresses.take(value, line=number, what=f"an {kind}")
        for block in chosen
        if file.name != "config" or block[0][1] == kind
        for number, name, value in block
        if name == "email"
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def _archive(folder: Path, address: str) -> Iterator[Path]:
    """The messages of `arctxt`, by month and number; Sympa has the months of all lists in a folder
    `arc` of its own, where that was copied, too."""
    places = [folder, folder / "archives", folder / "arc"]
    if address:
        places += [one / "arc" / address for one in folder.absolute().parents[1:3]]
    files = [
        path
        for root in places
        for path in root.glob("[0-9]*-[0-9]*/arctxt/*")
        if path.name.isdigit()
    ]
    yield from sorted(files, key=lambda path: (path.parts[-3], int(path.name)))


def _banned(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(addresses and domains that may not write or join, patterns that we cannot ban); `*` stands
    for anything."""
    rows: list[str] = []
    for name in _BANNED:
        file = folder / "search_filters" / name
        if file.is_file():
            rows += text_of(file.read_bytes()).split("\n")
    found = (row.strip() for row in rows)
    return bans(
        one.removeprefix("*") if one.startswith("*@") else one
        for one in found
        if one and not one.startswith("#")
    )


def _settings(values: Mapping[str, str], blocks: list[Block]) -> ForeignSettings:
    send = values.get("send", "privateoreditorkey").partition(" ")[0]
    posting, nonmembers = "moderated", "hold"
    if send in ("public", "public_nobcc", "publickey"):
        posting, nonmembers = "open", ""
    elif send.startswith("private") or send == "publicnoattachment":
        posting = "members"
    elif send.startswith("newsletter"):
        posting = "announce"
    reply = _within(blocks, "reply_to_header", "value") or values.get("reply_to", "")
    view = _within(blocks, "archive", "web_access") or _within(blocks, "web_archive", "access")
    size = _SIZE.match(values.get("max_size", ""))
    unit = {"k": 1024, "m": 1024 * 1024}.get(size[2].lower(), 1) if size else 1
    return ForeignSettings(
        posting=posting,
        visibility="public" if view == "public" else "members",
        reply_to={"list": "list", "all": "both"}.get(reply, "author"),
        nonmembers=nonmembers,
        max_bytes=int(size[1]) * unit if size else 0,
    )


def _within(blocks: list[Block], block: str, name: str) -> str:
    found = (v for one in blocks if one[0][1] == block for _, key_, v in one[1:] if key_ == name)
    return next(found, "").partition(" ")[0]


def _absent(values: Mapping[str, str], blocks: list[Block]) -> Iterator[str]:
    if tag := values.get("custom_subject"):
        yield f"custom_subject {tag!r}: subjects are passed on as written; sort by List-Id"
    subscribe = values.get("subscribe", "").partition(" ")[0]
    if subscribe in ("owner", "closed", "auth_owner", "intranetorowner"):
        yield f"subscribe {subscribe}: moderators are asked where visibility is members"
    kinds = {block[0][1] for block in blocks if not block[0][2]}
    if followed := sorted(filter(_FOLLOWED.fullmatch, {*values, *kinds})):
        yield f"{', '.join(followed)}: taken is who stands in the files; nobody comes from there"
    for name, what in _PLAINLY:
        if name in values or name in kinds:
            yield f"{name}: {what}"


_FOLLOWED = re.compile(r"include_(?:\w*list|\w*file|\w*query|\w*group)|\w+_include")
"""What adds members, owners and editors from elsewhere, in older and newer versions."""
_PLAINLY = (
    ("topics", "lists have no subjects to be filed under"),
    ("msg_topic", "members choose no topics here"),
    ("anonymous_sender", "authors are shown; see pseudonyms in conference.yaml"),
    ("footer_type", "no footer is added, so that signatures stay valid"),
    ("custom_header", "what header fields go out is fixed"),
    ("digest", "digests are daily or weekly"),
    ("shared_doc", "papers of a list go into a library"),
)
