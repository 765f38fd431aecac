"""What `solicomm check` looks at of the mail servers' own settings, and of people's mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from solicomm_build.features.mailboxes import lateness, mtamaps
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Check, Finding, fault, fine, warning
from solicomm_build.people.directory import directory_of
from solicomm_build.people.memberstore import address_of
from solicomm_build.people.recipients import ascii_domain
from solicomm_build.people.rosterstore import RosterStore

_ETC = Path("/etc")
_LATE = timedelta(hours=1)
_COPIES = ("postfix/main.cf", "postfix/master.cf", "dovecot/dovecot.conf")
"""What an operator copies from `mta/` to the same place below /etc."""


def waiting(config: Config) -> Iterator[Finding]:
    """Mail of people that their mail programs are not given. For the machine that has cell 0."""
    count, since = lateness.waiting(config)
    if since is None or clock.now() - since < _LATE:
        return
    words = f"new mail of {count} cannot be read, of one since {since:%Y-%m-%d %H:%M} UTC: "
    if config.dovecot:
        words += "Dovecot does not take it"
        remedy = f"See Dovecot's own log, and the line `{lateness.LATER}` in the hub's mail log"
    else:
        words += f"it cannot be written below {config.maildirs}"
        remedy = f"See whose that folder is, and the line `{lateness.LATER}` in the hub's mail log"
    yield fault(words, remedy, about="waits")


def _there(config: Config) -> Iterator[Finding]:
    if config.cluster.is_shared:
        yield fine("watched by the machine that has cell 0")
        return
    found = [*waiting(config), *_astray(config)]
    yield from found or [fine("mail programs are given all that came")]


def _astray(config: Config) -> Iterator[Finding]:
    """Addresses at our domains that are none here, though members have them, or mail goes on to
    them: our own mail server refuses it, as where a union's domain is here before its people."""
    store = RosterStore.of(config)
    try:
        roster = store.roster()
        directory, domains = directory_of(config, lambda: roster), frozenset(config.all_domains)

        def is_none(address: str) -> bool:
            is_ours = ascii_domain(address.rpartition("@")[2]) in domains
            return is_ours and directory.resolve(address) is None

        members = [
            one.number
            for one in roster.members.values()
            if one.state == "active" and is_none(one.address)
        ]
        rules = [rule for rule in roster.mailboxes.values() if is_none(rule.forward)]
    finally:
        store.close()
    if members:
        yield warning(
            f"{len(members)} addresses of members at our domains do not exist here, such as that "
            f"of number {members[0]}: copies to them come back, and then they get none any more",
            "Give these addresses (solicomm mailbox add), or other ones (solicomm rename person)",
        )
    for rule in rules:
        yield warning(
            f"{address_of(config, rule)} sends its mail on to an address that does not exist here",
            "solicomm mailbox list; solicomm mailbox add says anew where it goes on to",
        )


def copies(config: Config) -> Iterator[Finding]:
    """Whether what was copied to /etc still says what the hub would write. More than that may stand
    there, such as the lines for a filter."""
    folder = config.root / "mta"
    if not folder.is_dir():
        yield fine("no mail server of this machine was given settings")
        return
    store = RosterStore.of(config)
    try:
        wanted = mtamaps.files(config, store.roster(), folder, old_dovecot=mtamaps.is_old_dovecot())
    finally:
        store.close()
    there = [name for name in _COPIES if name in wanted and _is_ours(_ETC / name)]
    for name in there:
        lacking = _lines(wanted[name]) - _lines((_ETC / name).read_text("utf-8", "replace"))
        if lacking:
            yield warning(
                f"{_ETC / name} lacks {len(lacking)} lines that the hub would write, such as "
                f"“{min(lacking)}”",
                f"solicomm mta-maps; compare {folder / name} with it, copy, reload the server",
            )
        else:
            yield fine(f"{_ETC / name} says what the hub would write")
    if not there:
        yield fine("nothing was copied to /etc")


def _is_ours(path: Path) -> bool:
    """Whether a file was copied from the hub: its head says so."""
    try:
        return "SoliComm hub" in path.read_text("utf-8", "replace")
    except (FileNotFoundError, PermissionError):
        return False


def _lines(text: str) -> frozenset[str]:
    """What is said, without comments and spaces."""
    words = (" ".join(line.split()) for line in text.splitlines())
    return frozenset(one for one in words if one and not one.startswith("#"))


CHECKS = (Check("etc", "mail servers' settings", copies), Check("mailboxes", "mailboxes", _there))
WATCHED = (Check("mailboxes", "mailboxes", waiting, patient=True),)
