"""From one digest to another, or to single messages: nothing is lost on the way.

A digest is shared by all who want it in the same way, so it cannot bring somebody what others had
already. Who leaves one gets at once what its next issue would have brought. Who comes into one may
find there what came before by itself, and is told so.

The rules: docs/mail-rules.md#commands.
"""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person
from solicomm_build.desk.plan import Letter
from solicomm_build.features.digests.digest import Group, group_of
from solicomm_build.features.lists import catchup
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.people.membership import option


def between(
    office: Office, conference: str, before: Person, after: Person
) -> tuple[tuple[str, ...], tuple[Letter, ...]]:
    """What is said of a change of settings, and the mails that it brings."""
    old, new = _group(office, conference, before), _group(office, conference, after)
    if old == new:
        return (), ()
    letters = _rest(office, conference, after, old) if old and not _is_silent(after) else ()
    said = []
    if letters:
        said.append(
            gettext(after.lang, "What your next digest would have brought comes to you now.")
        )
    if new is not None and office.repo(conference).ref() is not None:
        said.append(
            gettext(after.lang, "The first digest may also hold messages that you have already.")
        )
    return tuple(said), letters


def _is_silent(person: Person) -> bool:
    options: Mapping[str, str] = person.options or {}
    return option(options, "mail") != "on" or bool(options.get("paused"))


def _group(office: Office, conference: str, person: Person) -> Group | None:
    settings = office.conference(conference)
    if person.member is None or person.options is None or settings is None:
        return None
    return group_of(person.member, person.options, settings.languages[0])


def _rest(office: Office, conference: str, person: Person, group: Group) -> tuple[Letter, ...]:
    """What the group has not had, up to where single copies go on."""
    repo = office.repo(conference)
    since, until = Cursor(repo, group.name).read(), Cursor(repo, COURIER).read()
    if since is None or until is None:
        return ()
    return catchup.letters(
        office, conference, person, since, until, beyond=group.beyond, wanted=group.topics
    )


def begun(office: Office, conference: str, person: Person) -> str:
    """Since when a member has not had what is written, for a pause that begins now: the moment of
    the last digest, as a number of seconds since 1970; empty for who gets single messages."""
    group = _group(office, conference, person)
    if group is None or group.beyond:
        return ""
    repo = office.repo(conference)
    since = Cursor(repo, group.name).read()
    if since is None:
        return ""
    told = repo.git("log", "-1", "--format=%ct", "--end-of-options", since, "--")
    return told.decode("ascii").strip()


def unsent(office: Office, conference: str) -> str:
    """When the first of what has no copies yet was written, as `begun` says it; empty when all
    has."""
    repo = office.repo(conference)
    cursor, tip = Cursor(repo, COURIER).read(), repo.ref()
    if cursor is None or tip in (None, cursor):
        return ""
    told = repo.git("rev-list", "--timestamp", "--reverse", f"{cursor}..{tip}").decode("ascii")
    return told.partition(" ")[0]
