"""`solicomm`: finds the command, loads only its module, turns our errors into sentences.

Exit codes are those of sysexits.h. Every command takes `--hub DIR` (or SOLICOMM_HUB, or the current
directory) where it works on a hub.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

import click
from click.core import ParameterSource

from solicomm_build import __version__
from solicomm_build.cli import streams
from solicomm_build.cli.commands import GROUPS, around, commands, tell
from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import HubError, SoliCommError, UsageError
from solicomm_build.foundation.hub.config import FILE
from solicomm_build.foundation.hub.ownership import name_of

_LONGEST = 200
"""Of a word that was given, letters that a sentence about it shows."""
_DONE = (0, 65, 75)
"""Codes of a command that ends itself, and did what it could: what is left, it has said."""


def _hub(args: list[str]) -> Path:
    """The folder of the hub that the words are about, as far as that can be told before a command
    reads them: its own features may have commands."""
    named = [word for word, after in zip(args[1:], args, strict=False) if after == "--hub"]
    named += [word.removeprefix("--hub=") for word in args if word.startswith("--hub=")]
    return Path(named[0] if named else os.environ.get("SOLICOMM_HUB") or ".")


def _adopt(hub: Path) -> None:
    """The hub's own features, whose commands there are then. What is wrong with them is said when
    the command itself opens the hub, as the user that it works as (owner.py)."""
    with contextlib.suppress(HubError, OSError):
        if (hub / FILE).is_file():
            hooks.adopt(hub / hooks.FOLDER)


def _leave_no_core() -> None:
    """Has the kernel write no memory of this process and its children to the disk when one breaks:
    members and keys are in it, and no erasure looks there."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Our faults end the program with their sentence."""
    try:
        yield
    except SoliCommError as error:
        click.echo(f"solicomm: {error.public}", err=True)
        sys.exit(error.exit_code)


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
        return list(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in commands():
            return None
        module = importlib.import_module(commands()[cmd_name].module)
        command: click.Command = module.command
        if isinstance(command, click.Group):  # whole sentences where click would cut them short
            for sub in command.commands.values():
                sub.short_help = sub.get_short_help_str(limit=400)
        _look_at_words(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, commands()))
        for group in GROUPS:
            found = [one for one in commands().values() if one.group == group]
            with formatter.section(group):
                formatter.write_dl([(f"{one.name:<{width}}", one.summary) for one in found])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = [name for name in commands() if args and name.startswith(args[0][:3])]
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from error

    def make_context(
        self, info_name: str | None, args: list[str], *more: Any, **facts: Any
    ) -> click.Context:
        self._words = list(args)
        _leave_no_core()
        streams.hold()
        with _usage(), _said():
            _adopt(_hub(args))
            return super().make_context(info_name, args, *more, **facts)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _around(self._words):
                return self._told(ctx)
        except SoliCommError as error:
            click.echo(f"solicomm: {error.public}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            click.echo(f"solicomm: {_LEFT}", err=True)
            ctx.exit(74)
        except PermissionError as error:
            click.echo(f"solicomm: {_not_allowed(error)}", err=True)
            ctx.exit(77)  # EX_NOPERM
        except UnicodeEncodeError:
            if not (word := next(filter(_is_torn, self._words), "")):
                raise
            click.echo(f"solicomm: {_torn(word)}", err=True)
            ctx.exit(UsageError.exit_code)
        except Exception as error:
            if _is_misnamed(error):
                click.echo(f"solicomm: {_misnamed(error)}", err=True)
                ctx.exit(74)
            if _is_shut(error):
                click.echo(f"solicomm: {_SHUT}", err=True)
                ctx.exit(74)
            if not _is_full(error):
                raise
            click.echo(f"solicomm: {_full(error)}", err=True)
            ctx.exit(74)  # EX_IOERR

    def _told(self, ctx: click.Context) -> Any:
        """Does the command, and tells features of it when it ended well."""
        try:
            with _usage():
                done = super().invoke(ctx)
        except SystemExit as ended:
            if ended.code in _DONE:
                _tell(self._words)
            raise
        _tell(self._words)
        return done


class _Given:
    """What a command line says of an option or a word, looked at before it is anything else: an
    empty path would be the current folder. Refused where it is there and empty, as what a script
    leaves of a variable that is not set. A beginning of an id is enough in many places, and nothing
    is a beginning of all."""

    def __init__(self, param: click.Parameter) -> None:
        self._param, self._then = param, param.consume_value

    def __call__(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        value, source = self._then(ctx, opts)
        words = value if isinstance(value, tuple | list) else (value,)
        if source is ParameterSource.COMMANDLINE and "" in words:
            param = self._param
            name = param.human_readable_name if isinstance(param, click.Argument) else param.opts[0]
            named = "a word" if "|" in name else name.strip("[].… ")
            raise UsageError(
                f"{named} is empty, and nothing was done. Is a variable of a script not set?"
            )
        return value, source


_MAY_BE_EMPTY = {
    "--abstract",
    "--country",
    "--creator",
    "--date",
    "--licence",
    "--name",
    "--organisation",
    "--publisher",
    "--reason",
    "--text",
    "--title",
}
"""Options that only describe: without a value they say nothing, as if they were left out. Others
say where, whom or what is meant, and their leaving out means all, or another place."""


def _look_at_words(command: click.Command) -> None:
    """Has a command, and each below it, refuse empty words where it has to have one."""
    for sub in command.commands.values() if isinstance(command, click.Group) else ():
        _look_at_words(sub)
    for param in command.params:
        may_be_empty = not param.required and not _MAY_BE_EMPTY.isdisjoint(param.opts)
        is_one = isinstance(param, click.Argument) or not may_be_empty
        if is_one and not isinstance(param.consume_value, _Given):
            param.consume_value = _Given(param)  # type: ignore[method-assign]


@contextlib.contextmanager
def _around(words: list[str]) -> Iterator[None]:
    """What a command on a hub is done within."""
    root, is_there = _hub(words).absolute(), False
    with contextlib.suppress(OSError):  # the command says what is wrong
        is_there = (root / FILE).is_file()
    with around(root, words) if is_there else contextlib.nullcontext():
        yield


def _tell(words: list[str]) -> None:
    """What was done is done: that it could not be written down is said, and is no fault of it."""
    root = _hub(words).absolute()
    if not (root / FILE).is_file():
        return
    try:
        tell(root, words)
    except (SoliCommError, OSError) as error:
        click.echo(f"solicomm: not in the audit log: {error}", err=True)


def _is_full(error: Exception) -> bool:
    """Whether the disk took no more, of a file or of a database (SQLite, Result Codes: 13)."""
    number = error.errno if isinstance(error, OSError) else None
    return number in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "sqlite_errorcode", 0) == 13


def _is_shut(error: Exception) -> bool:
    """Whether SQLite may not write or even open, or its disk fails (Result Codes: 8, 14, 10)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (8, 10, 14)


_SHUT = (
    "a database of the hub cannot be opened or written. See whether its disk can be written to "
    "(`dmesg`), and whose the files are (`solicomm check`)"
)


_LEFT = (
    "a program ended while the command wrote to it, and not all is done. Run the same again; "
    "`solicomm fsck` says whether something is missing"
)


def _full(error: Exception) -> str:
    name = getattr(error, "filename", None)
    what = f"{os.fsdecode(name)}: " if isinstance(name, str | bytes) else ""
    return f"{what}the disk is full. Make room and run the same again, or name a larger place"


_MISNAMED = (
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EROFS,
)


def _is_misnamed(error: Exception) -> TypeGuard[OSError]:
    """Whether there can be no such file, as where a folder is wanted and a file has its name; or
    a disk says that it has a fault."""
    if not isinstance(error, OSError):
        return False
    return error.errno == errno.EIO or (error.errno in _MISNAMED and bool(error.filename))


_OF_DISKS = {
    errno.EIO: "The disk may be failing: see `dmesg`, and make a backup onto another one first",
    errno.EROFS: "Linux does that to a disk with faults: see `dmesg`, then let it be written to",
}


def _misnamed(error: OSError) -> str:
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "a file"
    short = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    remedy = _OF_DISKS.get(error.errno or 0, "Look at the names that you gave, or give others")
    return f"{short}: {error.strerror}. {remedy}"


def _is_torn(word: str) -> bool:
    """Whether a word is no UTF-8; what it had of other octets, Python has as lone surrogates."""
    return any("\ud800" <= letter <= "\udfff" for letter in word)


def _torn(word: str) -> str:
    shown = os.fsencode(word).decode("utf-8", "replace")
    return f"{shown[:_LONGEST]!r} is not UTF-8. Write it in a terminal that is set to UTF-8"


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
