"""`solicomm gate`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.group("gate")
def command() -> None:
    """What pushes go through: over ssh, and the files before they are pushed.

    \b
    Example:
      solicomm gate check unions/metal my-folder
    """


@command.command("ssh")
@click.argument("person")
@with_hub
def ssh(hub: Config, person: str) -> None:
    """For authorized_keys: lets PERSON clone and push, and nothing else. The line for it comes from
    `solicomm token ssh-key`.

    \b
    Example:
      SSH_ORIGINAL_COMMAND="git-upload-pack 'unions/metal.git'" solicomm gate ssh ana --hub hub
    """
    from solicomm_build.gate import ssh as stage

    stage.serve(hub, person, os.environ.get("SSH_ORIGINAL_COMMAND", ""))


@command.command("install")
@with_hub
def install(hub: Config) -> None:
    """Write the hooks, and tell every repository of them, so that pushes by path are checked, too.
    Done for new repositories by itself; once for those of an older version, or after a move of
    the program.

    \b
    Example:
      solicomm gate install --hub hub
    """
    from solicomm_build.git import receiving

    click.echo(f"{receiving.install_everywhere(hub)} repositories pass the gate")


@command.command("check")
@click.argument("repo", metavar="unions/ID")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--lang", default="en", help="The language of the answer.")
@with_hub
def check(hub: Config, repo: str, folder: Path, lang: str) -> None:
    """Look at the site in FOLDER as a push to unions/ID would, without pushing. Ends with 65 when a
    push would be refused.

    \b
    Example:
      solicomm gate check unions/metal my-folder
    """
    from solicomm_build.gate import folders, words
    from solicomm_build.people.gittoken import checked_repos

    found = folders.check(hub, checked_repos([repo])[0], folder)
    lines = words.refusal(found.faults, lang) if found.faults else []
    click.echo("\n".join([*lines, *words.notes(found.warnings, lang)]) or "A push would be taken")
    if found.faults:
        raise SystemExit(65)
