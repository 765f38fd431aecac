"""`solicomm`: finds the command, loads only its module, turns our errors into sentences.

Exit codes are those of sysexits.h. Every command takes `--hub DIR` (or SOLICOMM_HUB, or the current
directory) where it works on a hub.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import click

from solicomm_build import __version__
from solicomm_build.errors import SoliCommError, UsageError
from solicomm_build.store.ownership import name_of

COMMANDS = {
    "init": "Make a hub.",
    "serve": "Run everything: mail in, pages, mail out, web.",
    "new": "Add a conference, list, library or union.",
    "member": "Subscribe people, list them, take them out.",
    "mailbox": "Give people addresses at this hub.",
    "token": "Let people push and read with git.",
    "gate": "Take pushes by ssh; look at files before a push.",
    "mta-maps": "Tell Postfix and Dovecot about this hub.",
    "site": "See what changed on union sites, go back, give them domains.",
    "web-config": "Configure Caddy or nginx in front of this hub.",
    "library": "Add documents, list them, withdraw them.",
    "shelf": "Write a library into a folder for a USB stick.",
    "import": "Bring in mail from an mbox or Maildir.",
    "migrate": "Bring lists from Mailman, mlmmj, Sympa, groups.io or Google Groups.",
    "post": "Send a mail through the running bridge.",
    "moderate": "Decide on mail that waits.",
    "poll": "Votes by mail: open, remind, end, count again.",
    "form": "Forms filled in by mail or on a page: add, list, withdraw.",
    "redact": "Hide a post and say why.",
    "erase": "Erase a message or a person for good.",
    "bounces": "Show what came back, take back what it cost.",
    "build": "Bring the pages up to date.",
    "bridge": "Take mail only.",
    "ingest": "Turn accepted mail into commits only.",
    "desk": "Answer commands by mail only.",
    "deliver": "Send mail out only.",
    "files": "Keep clean copies of attachments only.",
    "mirror": "Keep copies for public-inbox and IMAP only.",
    "web": "Serve pages and git only.",
    "status": "Show how the hub is doing.",
    "trace": "Follow one message from arrival to each member.",
    "replay": "Judge kept mail again, and see what would differ.",
    "quarantine": "Look after mail that could not be handled.",
    "metrics": "Print numbers for a monitoring system.",
    "check": "See whether the hub can work, and its DNS records.",
    "fsck": "Check that everything is there and sound.",
}
"""What there is, each with what `--help` says of it."""

SECTIONS = {
    "To begin": ("init", "serve", "new", "check", "mta-maps", "web-config"),
    "People": ("member", "mailbox", "token", "gate", "poll"),
    "What is read": (
        "site",
        "library",
        "shelf",
        "import",
        "migrate",
        "post",
        "form",
        "redact",
        "erase",
    ),
    "Day by day": ("status", "moderate", "bounces", "metrics", "fsck"),
    "Something is wrong with a mail": ("trace", "quarantine", "replay"),
    "One stage alone": (
        "bridge",
        "ingest",
        "files",
        "build",
        "desk",
        "deliver",
        "mirror",
        "web",
    ),
}
"""How `--help` groups them, in the order people need them; what is in no group comes last."""


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """Wrong words end with EX_USAGE, where click says 2."""
    try:
        yield
    except click.UsageError as error:
        error.exit_code = UsageError.exit_code  # type: ignore[misc]
        raise


class _Commands(click.Group):
    """Loads a command's module when it is asked for, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = {"import": "importing"}.get(cmd_name, cmd_name.replace("-", "_"))
        command: click.Command = importlib.import_module(f"solicomm_build.cli.{module}").command
        if isinstance(command, click.Group):  # whole sentences where click would cut them short
            for sub in command.commands.values():
                sub.short_help = sub.get_short_help_str(limit=400)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        grouped = {name for names in SECTIONS.values() for name in names}
        rest = tuple(name for name in COMMANDS if name not in grouped)
        width = max(map(len, COMMANDS))
        for title, names in {**SECTIONS, "More": rest}.items():
            rows = [(f"{name:<{width}}", COMMANDS[name]) for name in names if name in COMMANDS]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = [name for name in COMMANDS if args and name.startswith(args[0][:3])]
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from error

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _usage():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _usage():
                return super().invoke(ctx)
        except SoliCommError as error:
            click.echo(f"solicomm: {error.public}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            ctx.exit(0)
        except PermissionError as error:
            click.echo(f"solicomm: {_not_allowed(error)}", err=True)
            ctx.exit(77)  # EX_NOPERM


def _not_allowed(error: PermissionError) -> str:
    name = error.filename
    what = os.fsdecode(name) if isinstance(name, str | bytes) else "something"
    user = name_of(os.geteuid())
    return (
        f"{what}: {error.strerror}. The command runs as {user}; let that user read it, or name a "
        "place where that user may write"
    )


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="solicomm")
def main() -> None:
    """E-mail, lists, conferences, sites and a library for unions: git and static pages.

    \b
    Start here:
      solicomm init hub --sample
      solicomm serve --hub hub
    Then open http://127.0.0.1:8080 and send mail to 127.0.0.1 port 8025.
    """


if __name__ == "__main__":
    sys.exit(main())
