"""Whether mail gets out, and into mailboxes, and whether somebody decides on what is held."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.courier import home as courier_home
from solicomm_build.features.checks.hubsettings import is_loopback
from solicomm_build.foundation.hub.cluster import relays
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.people.operators import staff
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.cells.hubmail import HubMail

REMOTE = "remote"
_MOST = 10  # names in one sentence
_PATIENCE = 5.0  # seconds for the relay


def way(config: Config) -> Iterator[Finding]:
    """Whether the relay answers, or each of several."""
    host, port = config.relay
    if config.delivery == "sink":
        yield fine("sink: nobody is mailed")
    elif config.cluster.relay:
        found = relays.look(config)
        yield from relays.wrong(found)
        if not any(one.trouble for one in found):
            yield fine(f"{', '.join(one.address for one in found)} answer")
    elif not is_loopback(host):
        yield warning(
            f"the relay {host}:{port} is another machine, and was not tried",
            "Lists are best handed to a mail server on this machine, which queues and encrypts",
            about=REMOTE,
        )
    elif trouble := relays.of_ours(config, config.relay):
        yield fault(
            f"the relay {host}:{port} {trouble}",
            f"Start the mail server there, or mend `relay:`. {relays.MEND}",
            about="relay",
        )
    else:
        yield fine(f"the relay {host}:{port} takes mail from here")


def down(config: Config) -> Iterator[Finding]:
    """Whether a relay on this machine is down, or one of several: another one elsewhere is not
    asked."""
    return (one for one in way(config) if one.about != REMOTE)


def home(config: Config) -> Iterator[Finding]:
    """Whether this is a copy of a hub that mails from elsewhere."""
    if courier_home.is_elsewhere(config):
        why, _, remedy = courier_home.WHY.partition(". ")
        yield fault(f"NO MAIL GOES OUT. {why}", remedy)
    elif config.delivery == "sink":
        later = "; with `delivery: relay` it takes `solicomm deliver --here`, too"
        yield fine(f"nobody is mailed from here{later if courier_home.is_left(config) else ''}")
    else:
        yield fine("mail may go out from here")


def dovecot(config: Config) -> Iterator[Finding]:
    """Whether the socket for people's mailboxes takes connections."""
    where = config.dovecot or ""
    if not where.startswith("unix:"):
        yield fine(where or "none is named in hub.yaml")
        return
    path = Path(where.removeprefix("unix:"))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_PATIENCE)
            client.connect(str(path))
    except OSError as error:
        yield fault(
            f"{path} does not answer ({error.strerror or 'it took too long'})",
            "Start Dovecot with the settings of `solicomm mta-maps`: "
            "`solicomm docs howto/mail-domain`",
        )
    else:
        yield fine(f"{path} answers")


def held(config: Config) -> Iterator[Finding]:
    """Whether somebody is told of each mail that waits for a decision."""
    store = HubMail(config)
    roster = RosterStore.of(config)
    try:
        waiting = sorted({one.conference for one in store.held()})
        folded = roster.roster()
    finally:
        store.close()
        roster.close()
    alone = [
        name
        for name in waiting
        if not (staff.every(config, folded) or folded.with_role(name, "moderator", "host"))
    ]
    for name in alone:
        yield fault(
            f"mail for {name} waits, and nobody is told: it has no moderator, the hub no operator",
            f"solicomm member role {name} ADDRESS moderator, or `operator:` in hub.yaml",
        )
    if not alone:
        said = f"in {', '.join(waiting)}, where somebody decides" if waiting else "none"
        yield fine(said)


def deciders(config: Config) -> Iterator[Finding]:
    """Who decides on what: how many moderators and hosts each place has."""
    roster = RosterStore.of(config)
    try:
        folded = roster.roster()
    finally:
        roster.close()
    names = sorted(path.stem for path in config.conferences.glob("*.git"))
    count = {name: len(folded.with_role(name, "moderator", "host")) for name in names}
    alone = [name for name in names if not count[name]]
    if alone:
        shown = ", ".join(alone[:_MOST]) + (" and more" if len(alone) > _MOST else "")
        who = "the operator alone" if config.operator else "nobody"
        yield warning(
            f"{who} decides in {shown}", "solicomm member role CONFERENCE ADDRESS moderator"
        )
    cared = ", ".join(f"{name} {number}" for name, number in count.items() if number)
    if cared or not alone:
        yield fine(cared or "there is no conference yet")
