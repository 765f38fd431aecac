"""Mailman 3: its database `mailman.db` (SQLite), or JSON of its REST interface.

The database is opened read-only and immutable; what it keeps as pickles is read as data. The JSON
is a folder with `config.json` (GET /lists/<id>/config) and, where wanted, `member.json`,
`owner.json`, `moderator.json`, `nonmember.json` (GET /lists/<id>/roster/<role>), `bans.json`,
`server-bans.json` (GET /bans) and `preferences/<member_id>.json` (GET
/members/<member_id>/all/preferences), as a roster does not say who wants no mail: the way for those
whose database is not SQLite. The archive is HyperKitty's mbox export.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
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
)
from solicomm_build.features.migration.servers import unpickle
from solicomm_build.foundation.errors import ContentError, HubError
from solicomm_build.foundation.oneline import one_line

_ROLES = {1: "member", 2: "owner", 3: "moderator", 4: "nonmember"}
_ACTIONS = {0: "hold", 1: "reject", 2: "discard", 3: "accept", 4: "defer"}
_MODES = {1: "regular", 2: "plaintext_digests", 3: "mime_digests", 4: "summary_digests"}
_STATUS = {1: "enabled", 2: "by_user", 3: "by_bounces", 4: "by_moderator", 5: "unknown"}
_REPLIES = {0: "no_munging", 1: "point_to_list", 2: "explicit_header", 3: "explicit_header_only"}
_ARCHIVES = {0: "never", 1: "private", 2: "public"}
_DMARC = {0: "no_mitigation", 1: "munge_from", 2: "wrap_message", 3: "reject", 4: "discard"}
_POLICIES = {0: "open", 1: "confirm", 2: "moderate", 3: "confirm_then_moderate"}

_CODES = {
    "reply_goes_to_list": _REPLIES,
    "archive_policy": _ARCHIVES,
    "dmarc_mitigate_action": _DMARC,
    "subscription_policy": _POLICIES,
    "default_member_action": _ACTIONS,
    "default_nonmember_action": _ACTIONS,
}
_PICKLED = (
    "accept_these_nonmembers",
    "discard_these_nonmembers",
    "hold_these_nonmembers",
    "reject_these_nonmembers",
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A member, owner, moderator or nonmember, in the words of the REST interface."""

    role: str
    email: str
    name: str = ""
    action: str = ""
    mode: str = "regular"
    status: str = "enabled"  # empty where nothing says it
    lang: str = ""
    own: bool = True
    dup: bool = True
    hidden: bool = False
    ack: bool = False


def lists(source: Path) -> list[str]:
    """The lists in a database by List-Id, or the one of a folder of JSON."""
    if source.is_dir():
        return [str(_json(source / "config.json").get("list_id") or source.name)]
    with closing(_open(source)) as db:
        return [row[0] for row in db.execute("SELECT list_id FROM mailinglist ORDER BY list_id")]


def read(source: Path, name: str, archives: Sequence[Path] = ()) -> ForeignList:
    """A list by its List-Id, address or name. Raises HubError when it is not there, ContentError
    for a file that is none of Mailman 3's, ContentErrors naming every broken address."""
    if source.is_dir():
        config = _json(source / "config.json")
        rows = [row for role in _ROLES.values() for row in _rest_rows(source, role)]
        files = (source / "bans.json", source / "server-bans.json")
        banned = [str(one.get("email", "")) for file in files for one in _entries(file)]
        waits: tuple[str, ...] = (f"what waits there for a moderator: {_DECIDE}",)
    else:
        config, rows, banned, waits = _from_database(source, name)
    made = _list(config, rows, banned, str(source))
    note = () if archives else ("no archive: give HyperKitty's mbox with --archive",)
    return replace(made, archives=tuple(archives), absent=(*made.absent, *waits, *note))


# -- the database -----------------------------------------------------------------------------


def _open(source: Path) -> sqlite3.Connection:
    if not source.is_file():
        remedy = "Name mailman.db of Mailman's var/data, or a folder of JSON"
        raise HubError(f"{source}: no such file. {remedy}")
    db = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    db.row_factory = sqlite3.Row
    try:
        db.execute("SELECT list_id FROM mailinglist LIMIT 1")
    except sqlite3.DatabaseError as error:
        db.close()
        remedy = (
            "Name mailman.db of Mailman 3's core. With another database, save what its REST "
            "interface says as JSON (see `solicomm migrate mailman3 --help`)"
        )
        raise ContentError(
            "not a database of Mailman 3", file=str(source), remedy=remedy
        ) from error
    return db


_Found = tuple[dict[str, Any], list[_Row], list[str], tuple[str, ...]]  # last: what waits there


def _from_database(source: Path, name: str) -> _Found:
    with closing(_open(source)) as db:
        try:
            return _queried(db, source, name)
        except sqlite3.DatabaseError as error:
            remedy = "Stop Mailman, copy the file again, and try once more"
            fault = f"the database is damaged ({error})"
            raise ContentError(fault, file=str(source), remedy=remedy) from error


def _queried(db: sqlite3.Connection, source: Path, name: str) -> _Found:
    found = [dict(row) for row in db.execute("SELECT * FROM mailinglist")]
    chosen = [one for one in found if name in _names(one)] if name else found
    if len(chosen) != 1:
        there = ", ".join(sorted(str(one["list_id"]) for one in found)) or "none"
        raise HubError(f"{source}: no list {name!r}. Say --list with one of: {there}")
    config = chosen[0]
    for column, codes in _CODES.items():
        code = config.get(column)
        config[column] = codes.get(code, "") if isinstance(code, int) else ""
    for column in _PICKLED:
        blob = config.get(column)
        where = f"{source} (mailinglist.{column})"
        config[column] = unpickle.load(blob, file=where) if isinstance(blob, bytes) else []
    rows = [_of_database(row) for row in db.execute(_MEMBERS, (config["list_id"],))]
    banned = db.execute(_BANS, (config["list_id"],))  # those of the whole server name no list
    return config, rows, [str(row[0]) for row in banned], tuple(_waiting(db, config))


def _waiting(db: sqlite3.Connection, config: Mapping[str, Any]) -> Iterator[str]:
    """What waits for a moderator: the messages lie elsewhere, each pickled by Mailman."""
    if db.execute("SELECT 1 FROM sqlite_master WHERE name='_request'").fetchone():
        (count,) = db.execute(_REQUESTS, (config.get("id"),)).fetchone()
        if count:
            yield f"{count:,} messages and requests wait there for a moderator: {_DECIDE}"


_BANS = "SELECT email FROM ban WHERE list_id=? OR list_id IS NULL ORDER BY id"
_REQUESTS = "SELECT COUNT(*) FROM _request WHERE mailing_list_id=?"
_DECIDE = "decide on it there first, nothing of it is brought"


def _names(config: Mapping[str, Any]) -> tuple[str, str, str]:
    address = f"{config['list_name']}@{config['mail_host']}"
    return str(config["list_id"]), address, str(config["list_name"])


def _preference(column: str) -> str:
    """A member's own choice, else that of the address, else that of the person."""
    return f"COALESCE(mp.{column}, ap.{column}, up.{column}) AS {column}"


_PREFERENCES = (
    "acknowledge_posts",
    "hide_address",
    "preferred_language",
    "receive_list_copy",
    "receive_own_postings",
    "delivery_mode",
    "delivery_status",
)
_MEMBERS = f"""
SELECT m.role, m.moderation_action, COALESCE(a._original, a.email) AS email,
       COALESCE(NULLIF(a.display_name, ''), u.display_name, '') AS name,
       {", ".join(map(_preference, _PREFERENCES))}
FROM member m
LEFT JOIN user du ON du.id = m.user_id
JOIN address a ON a.id = COALESCE(m.address_id, du._preferred_address_id)
LEFT JOIN user u ON u.id = COALESCE(m.user_id, a.user_id)
LEFT JOIN preferences mp ON mp.id = m.preferences_id
LEFT JOIN preferences ap ON ap.id = a.preferences_id
LEFT JOIN preferences up ON up.id = u.preferences_id
WHERE m.list_id = ? ORDER BY m.id
"""  # noqa: S608 - constants


def _of_database(row: sqlite3.Row) -> _Row:
    return _Row(
        role=_ROLES.get(row["role"], ""),
        email=str(row["email"] or ""),
        name=str(row["name"] or ""),
        action=_ACTIONS.get(row["moderation_action"], ""),
        mode=_MODES.get(row["delivery_mode"], "regular"),
        status=_STATUS.get(row["delivery_status"], "enabled"),
        lang=str(row["preferred_language"] or ""),
        own=row["receive_own_postings"] != 0,
        dup=row["receive_list_copy"] != 0,
        hidden=bool(row["hide_address"]),
        ack=bool(row["acknowledge_posts"]),
    )


# -- JSON of the REST interface ---------------------------------------------------------------


def _json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise HubError(f"{file}: no such file. Save there what /lists/<id>/config answers")
    try:
        found = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        remedy = "Save the answer of Mailman's REST interface as it is"
        raise ContentError(f"this is no JSON ({error})", file=str(file), remedy=remedy) from error
    if not isinstance(found, dict):
        raise ContentError("this is no object", file=str(file), remedy="Save the whole answer")
    return found


def _entries(file: Path) -> list[dict[str, Any]]:
    """The entries of an answer; a part of them, as with `count` and `page`, would lose the rest."""
    answer = _json(file) if file.is_file() else {}
    found = answer.get("entries", [])
    entries = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    whole = answer.get("total_size")
    if isinstance(whole, int) and whole > len(entries):
        fault = f"{len(entries):,} of {whole:,} entries are in it"
        remedy = "Save the whole answer, asked without `count` and `page`"
        raise ContentError(fault, file=str(file), remedy=remedy)
    return entries


def _rest_rows(source: Path, role: str) -> Iterator[_Row]:
    for member in _entries(source / f"{role}.json"):
        file = source / "preferences" / f"{member.get('member_id', '')}.json"
        is_there = file.parent == source / "preferences" and file.is_file()
        one = {**member, **(_json(file) if is_there else {})}
        yield _Row(
            role=role,
            email=str(one.get("email", "")),
            name=str(one.get("display_name", "")),
            action=str(one.get("moderation_action", "")),
            mode=str(one.get("delivery_mode", "regular")),
            status=str(one.get("delivery_status", "enabled" if is_there else "")),
            lang=str(one.get("preferred_language", "")),
            own=one.get("receive_own_postings") is not False,
            dup=one.get("receive_list_copy") is not False,
            hidden=one.get("hide_address") is True,
            ack=one.get("acknowledge_posts") is True,
        )


# -- in our words -----------------------------------------------------------------------------


def _list(
    config: Mapping[str, Any], rows: Sequence[_Row], banned: Sequence[str], file: str
) -> ForeignList:
    addresses = Addresses(file)
    moderated = config.get("default_member_action") in ("hold", "reject", "discard")
    members = tuple(
        _member(row, taken, moderated)
        for row in rows
        if row.role == "member" and (taken := addresses.take(row.email, what="a member"))
    )
    held = {
        role: addresses.all([row.email for row in rows if row.role == role], what=f"an {role}")
        for role in ("owner", "moderator")
    }
    outside = [row for row in rows if row.role == "nonmember"]
    trusted, odd_trusted = exact(
        [*_texts(config, "accept_these_nonmembers"), *_by(outside, "accept")]
    )
    out, odd_banned = bans(
        [*banned, *_texts(config, "discard_these_nonmembers"), *_by(outside, "discard")]
    )
    addresses.check()
    address = str(config.get("fqdn_listname") or "@".join(_names(config)[1].split("@")))
    title = str(config.get("display_name") or address.partition("@")[0])
    return ForeignList(
        server="Mailman 3",
        name=address.partition("@")[0],
        address=address,
        title=one_line(title, 100),
        description=one_line(str(config.get("description") or config.get("info") or ""), 500),
        lang=language(str(config.get("preferred_language") or "")),
        members=members,
        owners=held["owner"],
        moderators=held["moderator"],
        trusted=trusted,
        banned=out,
        settings=_settings(config),
        absent=tuple(_absent(config, rows, moderated, [*odd_trusted, *odd_banned])),
    )


def _by(rows: Sequence[_Row], action: str) -> list[str]:
    return [row.email for row in rows if row.action == action]


def _member(row: _Row, address: str, moderated: bool) -> ForeignMember:
    options: dict[str, str] = {}
    if row.mode != "regular":
        form = {"plaintext_digests": "plain", "summary_digests": "summary"}.get(row.mode, "")
        options |= {"digest": "daily"} | ({"form": form} if form else {})
    options |= {"mail": "off"} if row.status in ("by_user", "unknown") else {}
    options |= {} if row.own else {"copy": "off"}
    options |= {} if row.dup else {"dup": "off"}
    stopped = {"by_moderator": "by an owner", "by_bounces": "mail came back"}
    return ForeignMember(
        address=address,
        name=one_line(row.name, 100),
        lang=language(row.lang),
        options=options,
        stopped=stopped.get(row.status, ""),
        free=moderated and row.action in ("accept", "defer"),
    )


def _settings(config: Mapping[str, Any]) -> ForeignSettings:
    member = config.get("default_member_action")
    posting = {"hold": "moderated", "reject": "announce", "discard": "announce"}
    nonmember = {"reject": "reject", "discard": "discard", "accept": "accept", "defer": "accept"}
    visibility = "public" if config.get("archive_policy") == "public" else "members"
    if visibility == "public" and not config.get("advertised", True):
        visibility = "unlisted"
    dmarc = str(config.get("dmarc_mitigate_action") or "")
    always = bool(config.get("dmarc_mitigate_unconditionally"))
    size = config.get("max_message_size")
    return ForeignSettings(
        posting=posting.get(str(member), "members"),
        visibility=visibility,
        reply_to="list" if config.get("reply_goes_to_list") == "point_to_list" else "author",
        nonmembers=nonmember.get(str(config.get("default_nonmember_action")), "hold"),
        addressed=bool(config.get("require_explicit_destination", True)),
        emergency=bool(config.get("emergency")),
        max_bytes=size * 1024 if isinstance(size, int) else 0,
        dmarc="always" if always and dmarc == "munge_from" else "",
    )


def _absent(
    config: Mapping[str, Any], rows: Sequence[_Row], moderated: bool, odd: list[str]
) -> Iterator[str]:
    if hidden := sum(row.hidden for row in rows):
        yield f"hide_address ({hidden:,} members): nobody sees the members here, so all are hidden"
    if asked := sum(row.ack for row in rows):
        yield f"acknowledge_posts ({asked:,} members): no mail says that a post arrived"
    people = [row for row in rows if row.role == "member"]
    if unsaid := sum(not row.status for row in people):
        yield (
            f"delivery_status ({unsaid:,} members): nothing says who wants no mail, so all get it. "
            "Save preferences/ID.json of each first, as docs/howto/migrate.md says"
        )
    held = [row.email for row in people if row.action in ("hold", "reject", "discard")]
    if held and not moderated:
        yield f"moderation_action ({len(held):,} members): posts of single members are not held"
    if prefix := str(config.get("subject_prefix") or "").strip():
        yield f"subject_prefix {prefix!r}: subjects are passed on as written; sort by List-Id"
    if str(config.get("subscription_policy")) in ("moderate", "confirm_then_moderate"):
        yield "subscription_policy (moderate): moderators are asked where visibility is members"
    if str(config.get("reply_goes_to_list", "")).startswith("explicit"):
        yield "reply_to_address: replies go to the author or the list"
    if config.get("archive_policy") == "never":
        yield "archive_policy never: a list here keeps its posts, for members only"
    for name, what in _PLAINLY:
        if config.get(name):
            yield f"{name}: {what}"
    if odd:
        yield f"patterns that are no address or domain: {some(odd)}"


_PLAINLY = (
    ("reject_these_nonmembers", "held like those of other people"),
    ("filter_content", "parts are not removed; attachments in conference.yaml says what is kept"),
    ("anonymous_list", "authors are shown; see pseudonyms in conference.yaml"),
    ("gateway_to_news", "no gateway to Usenet"),
    ("gateway_to_mail", "no gateway from Usenet"),
    ("topics_enabled", "members choose words of their own here (`set topics`)"),
)


def _texts(config: Mapping[str, Any], name: str) -> list[str]:
    found = config.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []
