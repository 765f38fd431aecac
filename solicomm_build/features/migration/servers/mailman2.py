"""Mailman 2: `lists/<name>/config.pck`, `archives/private/<name>.mbox/<name>.mbox`, held messages.

The source is Mailman's folder (often /var/lib/mailman) with the name of a list, the folder of one
list, or a config.pck. Option bits and codes are those of Mailman 2.1's Defaults.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from solicomm_build.features.migration.foreign import (
    Addresses,
    ForeignList,
    ForeignMember,
    ForeignSettings,
    bans,
    exact,
    language,
    some,
    text_of,
)
from solicomm_build.features.migration.servers import unpickle
from solicomm_build.features.migration.servers.heldmail import held_message
from solicomm_build.foundation.errors import ContentError, HubError
from solicomm_build.foundation.oneline import one_line

_NO_MAIL, _NOT_OWN, _ACK, _PLAIN, _HIDDEN = 1, 2, 4, 8, 16
_TOPICS, _MODERATED, _NO_DUPLICATES = 64, 128, 256
_BY_USER, _BY_ADMIN, _BY_BOUNCE = 2, 3, 4

_NONMEMBERS = ("accept", "hold", "reject", "discard")  # by Mailman's code
_REPLY_TO = ("author", "list", "author")
_DIGESTS = ("weekly", "weekly", "weekly", "weekly", "daily")
_HELD_MESSAGE, _HELD_SUBSCRIPTION = 1, 2
_HELD = re.compile(r"heldmsg-(.+)-\d++\.\w++")  # of which list; its name may have a hyphen


def lists(source: Path) -> list[str]:
    """The names of the lists in Mailman's folder; of one list when the source is its own."""
    if (source / "lists").is_dir():
        found = (path.parent.name for path in (source / "lists").glob("*/config.pck"))
        return sorted(name for name in found if name != "mailman")
    return [_config(source, "").parent.name]


def read(source: Path, name: str = "") -> ForeignList:
    """A list with everything that is there of it. Raises HubError when there is none, ContentErrors
    naming every broken address, ContentError for a pickle that is not plain data."""
    file = _config(source, name)
    values = unpickle.load(file.read_bytes(), file=str(file))
    if not isinstance(values, dict) or "members" not in values:
        remedy = "Name lists/<list>/config.pck of Mailman 2.1"
        raise ContentError("this is no list of Mailman 2", file=str(file), remedy=remedy)
    name = file.parent.name if file.name.startswith("config.pck") else name
    root = file.parent.parent.parent
    made = _list(values, name or _text(values, "_internal_name"), str(file))
    requests, held, absent = _pending(root, file.parent, made.name)
    archives = _archives(root, made.name)
    note = [] if archives else [f"no archive: there is no archives/private/{made.name}.mbox"]
    said = (*made.absent, *requests, *absent, *note)
    return replace(made, archives=archives, held=tuple(held), absent=said)


def _config(source: Path, name: str) -> Path:
    choices = [source / "lists" / name / "config.pck"] if name else []
    choices += [source / "config.pck", source]
    for file in choices:
        if file.is_file():
            return file
    remedy = "Name Mailman's folder (it holds lists/) and --list NAME, or a config.pck"
    raise HubError(f"{source}: no list of Mailman 2 here. {remedy}")


def _archives(root: Path, name: str) -> tuple[Path, ...]:
    file = root / "archives" / "private" / f"{name}.mbox" / f"{name}.mbox"
    return (file,) if file.is_file() else ()


# -- what config.pck says ---------------------------------------------------------------------


def _list(values: dict[Any, Any], name: str, file: str) -> ForeignList:
    addresses = Addresses(file)
    moderated = bool(_number(values, "default_member_moderation"))
    members = tuple(_members(values, addresses, moderated))
    banned, odd_bans = bans(_texts(values, "ban_list"))
    discarded, odd_discards = bans(_texts(values, "discard_these_nonmembers"))
    trusted, odd_trusted = exact(_texts(values, "accept_these_nonmembers"))
    owners = addresses.all(_texts(values, "owner"), what="an owner")
    moderators = addresses.all(_texts(values, "moderator"), what="a moderator")
    addresses.check()
    host = _text(values, "host_name")
    odd = [
        *(f"banned: {text}" for text in odd_bans),
        *(f"discard_these_nonmembers: {text}" for text in odd_discards),
        *(f"accept_these_nonmembers: {text}" for text in odd_trusted),
    ]
    return ForeignList(
        server="Mailman 2",
        name=name,
        address=f"{name}@{host}" if host else "",
        title=one_line(_text(values, "real_name") or name, 100),
        description=_described(_text(values, "description"), _text(values, "info")),
        lang=language(_text(values, "preferred_language")),
        members=members,
        owners=owners,
        moderators=moderators,
        trusted=trusted,
        banned=tuple(dict.fromkeys((*banned, *discarded))),
        settings=_settings(values, moderated),
        absent=tuple(_absent(values, moderated, odd)),
    )


def _described(short: str, long: str) -> str:
    return one_line(short or long, 500)


def _members(
    values: dict[Any, Any], addresses: Addresses, moderated: bool
) -> Iterator[ForeignMember]:
    digest = _DIGESTS[_at(_number(values, "digest_volume_frequency", 1), _DIGESTS)]
    daily = "daily" if _number(values, "digest_send_periodic", 1) else digest
    for kind in ("members", "digest_members"):
        for low, written in sorted(_table(values, kind).items(), key=lambda item: str(item[0])):
            address = addresses.take(str(written or low), what="a member")
            if address:
                rhythm = daily if kind == "digest_members" else ""
                yield _member(values, str(low), address, rhythm, moderated)


def _member(
    values: dict[Any, Any], low: str, address: str, digest: str, moderated: bool
) -> ForeignMember:
    bits = _table(values, "user_options").get(low, 0)
    bits = bits if isinstance(bits, int) else 0
    status = _table(values, "delivery_status").get(low)
    code = status[0] if isinstance(status, tuple) and status else 0
    code = code if isinstance(code, int) else 0
    code = _BY_USER if bits & _NO_MAIL and not code else code
    options: dict[str, str] = {}
    if digest:
        options |= {"digest": digest} | ({"form": "plain"} if bits & _PLAIN else {})
    if code and code not in (_BY_ADMIN, _BY_BOUNCE):
        options["mail"] = "off"
    if bits & _NOT_OWN:
        options["copy"] = "off"
    if bits & _NO_DUPLICATES:
        options["dup"] = "off"
    return ForeignMember(
        address=address,
        name=one_line(_written(str(_table(values, "usernames").get(low) or "")), 100),
        lang=language(str(_table(values, "language").get(low) or "")),
        options=options,
        stopped={_BY_ADMIN: "by an owner", _BY_BOUNCE: "mail came back"}.get(code, ""),
        free=moderated and not bits & _MODERATED,
    )


def _settings(values: dict[Any, Any], moderated: bool) -> ForeignSettings:
    action = _number(values, "member_moderation_action")  # 0 hold, 1 reject, 2 discard
    posting = ("announce" if action else "moderated") if moderated else "members"
    nonmembers = _NONMEMBERS[_at(_number(values, "generic_nonmember_action", 1), _NONMEMBERS)]
    shown = _number(values, "archive", 1) and not _number(values, "archive_private")
    visibility = "members" if not shown else "public"
    if shown and not _number(values, "advertised", 1):
        visibility = "unlisted"
    return ForeignSettings(
        posting=posting,
        visibility=visibility,
        reply_to=_REPLY_TO[_at(_number(values, "reply_goes_to_list"), _REPLY_TO)],
        nonmembers=nonmembers,
        addressed=bool(_number(values, "require_explicit_destination", 1)),
        emergency=bool(_number(values, "emergency")),
        max_bytes=_number(values, "max_message_size") * 1024,
    )


def _absent(values: dict[Any, Any], moderated: bool, odd: list[str]) -> Iterator[str]:
    """What Mailman had and we have not, or have otherwise."""
    options = [bits for bits in _table(values, "user_options").values() if isinstance(bits, int)]
    if hidden := sum(bool(bits & _HIDDEN) for bits in options):
        yield f"hide ({hidden:,} members): nobody sees the members here, so all are hidden"
    if asked := sum(bool(bits & _ACK) for bits in options):
        yield f"ack ({asked:,} members): no mail says that a post arrived"
    if topics := len(_texts(values, "topics")) or sum(bool(b & _TOPICS) for b in options):
        yield f"topics ({topics:,}): members choose words of their own here (`set topics`)"
    flagged = sum(bool(bits & _MODERATED) for bits in options)
    if flagged and not moderated:
        yield f"mod flag ({flagged:,} members): posts of single members are not held here"
    yield from _settings_absent(values)
    if odd:
        yield f"patterns that are no address or domain: {some(odd)}"


def _settings_absent(values: dict[Any, Any]) -> Iterator[str]:
    if prefix := _text(values, "subject_prefix").strip():
        yield f"subject_prefix {prefix!r}: subjects are passed on as written; sort by List-Id"
    if 0 < (size := _number(values, "max_message_size")) < 10_240:
        yield f"max_message_size {size:,} KB: attachments.max_bytes limits files, not mails"
    if _number(values, "subscribe_policy") in (2, 3):
        yield "subscribe_policy (approval): moderators are asked where visibility is members"
    if _number(values, "reply_goes_to_list") == 2:
        where = one_line(_text(values, "reply_to_address"), 80)
        yield f"reply_to_address {where}: replies go to the author or the list"
    if not _number(values, "archive", 1):
        yield "archive off: a list here keeps its posts, for members only"
    for name, what in _PLAINLY:
        if values.get(name):
            yield f"{name}: {what}"


_PLAINLY = (
    ("reject_these_nonmembers", "held like those of other people"),
    ("header_filter_rules", "no filters by header field; the mail server in front has them"),
    ("filter_content", "parts are not removed; attachments in conference.yaml says what is kept"),
    ("anonymous_list", "authors are shown; see pseudonyms in conference.yaml"),
    ("msg_footer", "no footer is added, so that signatures stay valid"),
    ("msg_header", "no header text is added, so that signatures stay valid"),
    ("welcome_msg", "the welcome is ours, in the member's language"),
    ("goodbye_msg", "the goodbye is ours, in the member's language"),
    ("autorespond_postings", "no automatic answers to posts"),
    ("regular_include_lists", "members come from no other list; import them there"),
    ("regular_exclude_lists", "who is on several lists gets a copy of each"),
    ("umbrella_list", "lists are no members of a list; import theirs here, or share a conference"),
    ("gateway_to_news", "no gateway to Usenet"),
    ("gateway_to_mail", "no gateway from Usenet"),
    ("usenet_watermark", "no gateway to Usenet"),
    ("dmarc_moderation_action", "dmarc in conference.yaml does it, by itself"),
)


# -- what waits -------------------------------------------------------------------------------


def _pending(root: Path, folder: Path, name: str) -> tuple[list[str], list[bytes], list[str]]:
    """(sentences about requests, held messages, sentences about messages that are lost)."""
    held: list[bytes] = []
    lost: list[str] = []
    named = ((one, _HELD.fullmatch(one.name)) for one in (root / "data").glob("heldmsg-*"))
    for file in sorted(one for one, found in named if found and found[1] == name):
        try:
            held.append(held_message(file))
        except ContentError as error:
            lost.append(f"a held message could not be read: {error.public}")
    request = folder / "request.pck"
    waiting = unpickle.load(request.read_bytes(), file=str(request)) if request.is_file() else {}
    rows = waiting.values() if isinstance(waiting, dict) else ()
    kinds = [row[0] for row in rows if isinstance(row, tuple) and row]
    asked = kinds.count(_HELD_SUBSCRIPTION)
    sentences = [f"{asked:,} requests to join wait there: invite these people"] if asked else []
    return sentences, held, lost


# -- values of a pickle -----------------------------------------------------------------------


def _table(values: dict[Any, Any], name: str) -> dict[Any, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _text(values: dict[Any, Any], name: str) -> str:
    found = values.get(name)
    return _written(found) if isinstance(found, str) else ""


def _written(found: str) -> str:
    """A text; its octets are of the list's charset, of which the pickle says nothing."""
    try:
        return text_of(found.encode("latin-1"))
    except UnicodeEncodeError:
        return found  # it was UTF-8


def _texts(values: dict[Any, Any], name: str) -> list[str]:
    found = values.get(name)
    return [str(one) for one in found] if isinstance(found, (list, tuple)) else []


def _number(values: dict[Any, Any], name: str, usual: int = 0) -> int:
    found = values.get(name, usual)
    return int(found) if isinstance(found, (int, bool)) else usual


def _at(number: int, table: tuple[str, ...]) -> int:
    return number if 0 <= number < len(table) else 0
