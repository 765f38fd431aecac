"""`solicomm moderate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.ingest.holding import HeldMessage

_DONE = {
    "accept": "accepted",
    "accept+trust": "accepted, and what its author sends from now on",
    "reject": "rejected",
    "discard": "discarded",
    "ban": "discarded, and what its author sends from now on",
}
_WORDS = (
    "[CONFERENCE | show ID | DECISION ID | emergency CONFERENCE on|off | ACT CONFERENCE TOPIC …]"
)
_ACTS = (
    "pin",
    "unpin",
    "close",
    "reopen",
    "retitle",
    "label",
    "move",
    "merge",
    "unmerge",
    "split",
    "unsplit",
    "hide",
    "unhide",
    "summary",
    "unsummary",
    "answer",
    "unanswer",
    "translation",
    "untranslation",
    "lang",
)


@click.command("moderate", context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar=_WORDS, nargs=-1)
@click.option("--text", default="", help="What the author of a rejected message is told.")
@with_hub
def command(hub: Config, words: tuple[str, ...], text: str) -> None:
    """List what waits for a moderator, decide on it, or act on a topic.

    What waits is held mail, and events of topics that have no effect: their author was no
    moderator, they lack something, or are dated in the future. A DECISION is accept, accept+trust
    (also what the author sends from now on), reject (the author hears why), discard, or ban
    (discard, also what the author sends from now on). To accept an event is to do the same in your
    own name. `show` prints a held mail: who wrote it, how far that is proved, its text and its
    files. IDs are those of the list; a few first letters are enough. Who decides first has
    decided. `emergency` holds everything that is sent to a conference, until it is turned off.

    An ACT is one of pin, unpin, close, reopen, retitle, label, move, merge, unmerge, split,
    unsplit, hide, unhide, summary, answer, translation, lang, and un- with one of these. TOPIC and
    posts are named by their links, ids, or the first letters of these.

    \b
    Example:
      solicomm moderate
      solicomm moderate organising
      solicomm moderate show wkq3x7
      solicomm moderate accept wkq3x7
      solicomm moderate reject wkq3x7 --text "Please write to the branch first."
      solicomm moderate emergency organising on
      solicomm moderate pin organising q7x2ab
      solicomm moderate retitle organising q7x2ab Water: the new agreement
      solicomm moderate label organising q7x2ab +wages -draft
      solicomm moderate hide organising q7x2ab m3k9cd Names somebody
      solicomm moderate move organising q7x2ab solidaridad
      solicomm moderate summary organising q7x2ab m3k9cd
      solicomm moderate translation organising q7x2ab m3k9cd k2d8fg fr
    """
    if words and words[0] == "emergency":
        _emergency(hub, words[1:])
    elif words and words[0] == "show":
        if len(words) != 2:
            raise UsageError("Write `solicomm moderate show ID`, with one ID of the list")
        _show(hub, words[1])
    elif words and words[0] in _DONE:
        if len(words) != 2:
            raise UsageError(f"Write `solicomm moderate {words[0]} ID`, with one ID of the list")
        _decide(hub, words[0], words[1], text)
    elif len(words) > 1 and words[0] in _ACTS:
        if len(words) < 3:
            raise UsageError(f"Write `solicomm moderate {words[0]} CONFERENCE TOPIC`")
        _act(hub, words[0], words[1], words[2], words[3:])
    elif len(words) > 1:
        raise UsageError(
            f"Write one CONFERENCE, or one of {', '.join(_DONE)} and an ID, or what shall be done "
            "with a topic, such as `pin CONFERENCE TOPIC`"
        )
    else:
        _list(hub, words[0] if words else None)


def _emergency(hub: Config, words: tuple[str, ...]) -> None:
    from solicomm_build.people.memberstore import hold_everything

    if len(words) != 2 or words[1] not in ("on", "off"):
        raise UsageError("Write `solicomm moderate emergency CONFERENCE on`, or off")
    hold_everything(hub, words[0], on=words[1] == "on")
    if words[1] == "on":
        click.echo(f"Everything sent to {words[0]} waits now; end it with `emergency ... off`")
    else:
        click.echo(f"Mail to {words[0]} is treated as usual; what waits still waits")


def _list(hub: Config, conference: str | None) -> None:
    from solicomm_build.features.topics import command as moderatetopics
    from solicomm_build.ingest.holding import list_held
    from solicomm_build.people.memberstore import there

    conference = there(hub, conference) if conference is not None else None
    waiting = list_held(hub, conference)
    for held in waiting:
        click.echo(f"{held.mid[:8]}  {held.conference}: {held.subject or '(no subject)'}")
        click.echo(f"          from {held.name or '?'}; waits because {held.reason}")
    without = moderatetopics.show(hub, conference)
    if waiting:
        first = waiting[0].mid[:8]
        click.echo(f"Read it: solicomm moderate show {first}")
        click.echo(f"Decide: solicomm moderate accept {first}, or reject, discard")
    elif without:
        click.echo("Decide: solicomm moderate accept ID, or discard ID")
    else:
        click.echo("Nothing waits for a moderator")


def _show(hub: Config, start: str) -> None:
    from solicomm_build.cli.asking import octets
    from solicomm_build.foundation.oneline import LONGEST_SUBJECT, one_line
    from solicomm_build.post.held import heldmail

    held = _one(hub, start)
    found = heldmail.waiting(hub, held.conference, held.mid)
    if found is None:
        raise UsageError(f"{held.mid} was decided a moment ago")
    click.echo(f"From: {found.author}")
    click.echo(f"To: {held.conference}")
    click.echo(f"Subject: {found.subject or '(no subject)'}")
    click.echo(f"Came: {heldmail.since(found.facts):%Y-%m-%d %H:%M} UTC")
    click.echo(f"Waits because {found.why('en')}; until {found.until:%Y-%m-%d}")
    click.echo(f"Proof of its author: {found.facts.get('level') or 'none'}")
    for file in found.files:
        name = one_line(file.name, LONGEST_SUBJECT)
        click.echo(f"File: {name} ({file.type}, {octets(len(file.payload))})")
    click.echo("")
    text = found.message.text if found.message else "(it cannot be read)"
    for line in text[: heldmail.MOST_SHOWN].splitlines():
        click.echo("".join(one if one.isprintable() or one == "\t" else "\ufffd" for one in line))


def _one(hub: Config, start: str) -> HeldMessage:
    """The held mail whose id begins so. Raises UsageError when there is none, or several."""
    from solicomm_build.ingest import holding

    found = [held for held in holding.list_held(hub) if held.mid.startswith(start.lower())]
    if not found:
        raise UsageError(f"Nothing that waits has an ID that begins with {start}")
    if len(found) > 1:
        raise UsageError(f"{len(found)} waiting mails have an ID that begins with {start}")
    return found[0]


def _decide(hub: Config, wanted: str, start: str, text: str) -> None:
    from solicomm_build.cli.running import log_of, ring_after_commit
    from solicomm_build.features.topics import command as moderatetopics
    from solicomm_build.foundation import clock
    from solicomm_build.foundation.spool import Spool
    from solicomm_build.ingest import holding as moderation
    from solicomm_build.post.decision import OPERATOR, Decision

    found = [held for held in moderation.list_held(hub) if held.mid.startswith(start.lower())]
    if not found and moderatetopics.decide(hub, wanted, start):
        ring_after_commit(hub)()
        return
    held = _one(hub, start)
    mine = Decision(wanted, OPERATOR, clock.now(), text)
    made = moderation.decide(hub, held.conference, held.mid, mine, log=log_of(hub))
    ring_after_commit(hub)()
    Spool(hub.spool_desk).ring()
    first = "" if made.by == OPERATOR else f" by {made.by}, who was first"
    click.echo(f"{held.subject or '(no subject)'}: {_DONE[made.decision]}{first}")


def _act(hub: Config, act: str, conference: str, topic: str, more: tuple[str, ...]) -> None:
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.topics import command as moderatetopics

    said = moderatetopics.act(hub, act, conference, topic, more)
    ring_after_commit(hub)()
    click.echo(said)
