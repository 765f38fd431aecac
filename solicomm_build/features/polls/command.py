"""`solicomm poll`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.features.polls import voteaddress
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.features.polls.values.poll import Poll
    from solicomm_build.features.polls.values.pollfiles import PollFiles


@click.group("poll")
def command() -> None:
    """Votes by mail: open, list, remind, close, and count again.

    \b
    Example:
      solicomm poll open water poll.yaml
      solicomm poll list water
      solicomm poll recount water q-5f3a
    """


@command.command("open")
@click.argument("conference")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--question", help="Instead of FILE: what is asked.")
@click.option("--option", "options", multiple=True, help="An option; without any, a proposal.")
@click.option("--closes", help="The end in UTC, as in 2026-12-01T18:00Z.")
@click.option("--type", "kind", type=click.Choice(["proposal", "choice", "approval", "ranked"]))
@click.option("--ballot", type=click.Choice(["open", "pseudonymous"]), default="open")
@click.option("--quorum", default="", help="The share of all votes it needs, as in 40%.")
@click.option("--live", is_flag=True, help="Show choices while it is open.")
@with_hub
def open_(
    hub: Config,
    conference: str,
    file: str | None,
    question: str | None,
    options: tuple[str, ...],
    closes: str | None,
    kind: str | None,
    ballot: str,
    quorum: str,
    live: bool,
) -> None:
    """Ask the members of CONFERENCE, by the poll.yaml in FILE or by the options here.

    Everybody who is subscribed gets a mail with an address of their own to vote at.

    \b
    Example:
      solicomm poll open water poll.yaml
      solicomm poll open water --question "Which day?" --option Monday --option Friday --closes 2026-12-01T18:00Z
    """  # noqa: E501
    from solicomm_build.features.polls.bymail import pollcommands

    if file:
        poll = _of_file(file)
    else:
        poll = _of_options(question, options, closes, kind, ballot, quorum, live)
    pollcommands.open_poll(hub, conference, poll)
    _ring(hub)
    click.echo(f"{poll.id} is open in a moment: {_page(hub, conference, poll.id)}")


def _of_file(file: str) -> Poll:
    from solicomm_build.features.polls.values import poll as polls

    text = Path(file).read_text("utf-8")
    if not any(line.startswith("id:") for line in text.splitlines()):
        text = f"{text.rstrip()}\nid: {polls.mint('q-')}\n"
    return polls.decode(text, file)


def _of_options(
    question: str | None,
    options: tuple[str, ...],
    closes: str | None,
    kind: str | None,
    ballot: str,
    quorum: str,
    live: bool,
) -> Poll:
    from solicomm_build.features.polls.values import poll as polls
    from solicomm_build.foundation import yamlsafe
    from solicomm_build.foundation.errors import UsageError
    from solicomm_build.foundation.yamlsafe import Node

    if not question or not closes:
        raise UsageError("Name a FILE, or say --question and --closes")
    top: dict[str, Node] = {
        "schema": polls.SCHEMA,
        "id": polls.mint("q-"),
        "question": question,
        "type": kind or ("choice" if options else "proposal"),
        "closes": closes,
        "ballot": ballot,
        "show": "live" if live else "closed",
    }
    if options:
        top["options"] = [{"label": label} for label in options]
    if quorum:
        top["quorum"] = {"share": quorum}
    return polls.decode(yamlsafe.dump(top), "the poll")


@command.command("list")
@click.argument("conference", required=False)
@click.option("--all", "ended", is_flag=True, help="Those that have ended, too.")
@with_hub
def list_(hub: Config, conference: str | None, ended: bool) -> None:
    """The polls that are open, of CONFERENCE or of all.

    \b
    Example:
      solicomm poll list
      solicomm poll list water --all
    """
    from solicomm_build.features.polls import pollstore as store
    from solicomm_build.features.polls.pollbook import book
    from solicomm_build.foundation.errors import SoliCommError
    from solicomm_build.git.reader import Reader
    from solicomm_build.git.repo import open_repo
    from solicomm_build.people.memberstore import there

    asked = [there(hub, conference)] if conference else []
    names = asked or [p.stem for p in sorted(hub.conferences.glob("*.git"))]
    is_one = False
    for name in names:
        with Reader(open_repo(hub.conference_repo(name))) as reader:
            for identifier in store.identifiers(reader):
                try:
                    files = store.load(reader, identifier, ballots=False)
                except SoliCommError as error:
                    click.echo(f"{name}  {identifier}  {error.public}")
                    is_one = True
                    continue
                if files.closing is None or ended:
                    is_one = True
                    cast = len(book(hub, name, identifier).cast())
                    click.echo(f"{name}  {identifier}  {_state(files, cast)}")
    if not is_one:
        what = "no poll" if ended else "no open poll"
        click.echo(f"There is {what} in {conference or 'any conference'}", err=True)


def _state(files: PollFiles, cast: int) -> str:
    question = files.poll.asked("en")[0]
    if files.closing is not None:
        return f"ended {files.closing.at:%Y-%m-%d %H:%M} ({files.closing.why}): {question}"
    if files.opening is None:
        return f"not open: the desk has not been there, or nobody may vote: {question}"
    votes = f"{cast} of {len(files.voters)} voted"
    return f"open until {files.poll.closes:%Y-%m-%d %H:%M} UTC, {votes}: {question}"


@command.command("close")
@click.argument("conference")
@click.argument("poll")
@with_hub
def close(hub: Config, conference: str, poll: str) -> None:
    """End POLL of CONFERENCE now; the result goes to the conference.

    \b
    Example:
      solicomm poll close water q-5f3a
    """
    from solicomm_build.features.polls.bymail import pollcommands

    pollcommands.wish(hub, conference, poll, "close")
    _ring(hub)
    click.echo(f"{poll} ends in a moment: {_page(hub, conference, poll)}")


@command.command("remind")
@click.argument("conference")
@click.argument("poll")
@with_hub
def remind(hub: Config, conference: str, poll: str) -> None:
    """Send a reminder to those who have not voted in POLL of CONFERENCE.

    \b
    Example:
      solicomm poll remind water q-5f3a
    """
    from solicomm_build.features.polls.bymail import pollcommands

    is_new = pollcommands.wish(hub, conference, poll, "remind")
    _ring(hub)
    said = "" if is_new else "They were asked for already. "
    click.echo(f"{said}Reminders go out in a moment.")


@command.command("delegate")
@click.argument("conference")
@click.argument("address")
@click.argument("union", default="")
@with_hub
def delegate(hub: Config, conference: str, address: str, union: str) -> None:
    """Say that the subscriber at ADDRESS casts the votes of UNION in polls of
    CONFERENCE whose weights are by union; without UNION, of none any more.

    Several delegates of a union share its votes equally. Polls that are open keep their voters.

    \b
    Example:
      solicomm poll delegate water ana@metal.example metal
    """
    from solicomm_build.features.polls.bymail import pollcommands

    pollcommands.delegate(hub, conference, address, union)
    click.echo(f"{address} votes for {union} now" if union else f"{address} votes for no union now")


@command.command("recount")
@click.argument("where", metavar="WHERE")
@click.argument("poll")
@click.option("--lang", default="en", help="The language of the table.")
@click.option("--hub", "hub", metavar="DIR", help="The hub's folder, when CONFERENCE is its.")
def recount(where: str, poll: str, lang: str, hub: str | None) -> None:
    """Count POLL again from its files, and print the table that its page has.

    WHERE is a copy of the conference, as git clone made it: this needs no hub and trusts
    none. Or a conference of the hub.

    \b
    Example:
      git clone https://hub.example/conferences/water.git
      solicomm poll recount water q-5f3a
    """
    files = _files(where, poll, hub)
    for fault in files.faults:
        click.echo(f"{fault.public}", err=True)
    for row in _table(files, lang):
        click.echo(row)
    if files.faults:
        click.get_current_context().exit(65)


def _files(where: str, poll: str, hub: str | None) -> PollFiles:
    from solicomm_build.features.polls import pollstore as store
    from solicomm_build.features.polls.bymail import pollcommands
    from solicomm_build.features.polls.values.pollfiles import assemble
    from solicomm_build.foundation.errors import UsageError
    from solicomm_build.foundation.hub import config, hubyaml
    from solicomm_build.git.reader import Reader
    from solicomm_build.git.repo import open_repo

    if not voteaddress.POLL_ID.fullmatch(poll):
        raise UsageError(f"{poll!r} is no poll's id. It begins with `q-`")
    folder = Path(where)
    if hub is None and (folder / "polls" / poll).is_dir():
        found = (path for path in (folder / "polls" / poll).rglob("*") if path.is_file())
        return assemble(
            poll, {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
        )
    if hub is None and (folder / "objects").is_dir():
        with Reader(open_repo(folder)) as reader:
            return store.load(reader, poll)
    return pollcommands.found(hubyaml.load(config.find_hub(hub)), where, poll)


def _table(files: PollFiles, lang: str) -> list[str]:
    """The lines of the page, as plain text."""
    from solicomm_build.features.polls.values import pollterms

    poll, found = files.poll, files.tally
    rows = [poll.asked(lang)[0]]
    if found is None:
        return [*rows, "It has not been opened yet."]
    if not files.is_shown:
        return [*rows, f"{len(files.voters):,} may vote; choices are published at the end."]
    table = pollterms.lines(poll, found, lang)
    wide = max(len(f"{one.number}. {one.label}") for one in table)
    for one in table:
        name = f"{one.number}. {one.label}"
        ballots = f"  {one.ballots:>7}" if poll.unions else ""
        rows.append(f"{name:<{wide}}{ballots}  {one.weight:>9}  {one.share:>8}")
    rows += ["  ".join(row) for row in pollterms.rounds(poll, found, lang)]
    rows += ["  ".join(cell or "-" for cell in row) for row in pollterms.pairs(poll, found, lang)]
    rows.append(pollterms.turnout(poll, found, lang))
    rows += [f"{count} not counted: {why}" for why, count in (found.ignored or {}).items()]
    return [*rows, pollterms.outcome(poll, found, lang)]


def _ring(hub: Config) -> None:
    """Wakes the desk, and the builder."""
    from solicomm_build.foundation.bell import of_builder
    from solicomm_build.foundation.spool import Spool

    Spool(hub.spool_desk).ring()
    of_builder(hub.state).ring()


def _page(hub: Config, conference: str, poll: str) -> str:
    return f"{hub.url}/conferences/{conference}/polls/{poll}/"
