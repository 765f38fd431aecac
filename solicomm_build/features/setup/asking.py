"""The six questions, on a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from solicomm_build.features.setup import answers
from solicomm_build.features.setup.answers import SERVERS, Answers
from solicomm_build.foundation.errors import ConfigError
from solicomm_build.foundation.yamlsafe import scalar


def ask() -> Answers:
    """Asks until everything fits together. Blocking, on a terminal."""
    click.echo(
        "Six questions; Enter takes what stands in brackets. Nothing is done before you say so."
    )
    while True:
        text = _asked()
        try:
            return answers.parse(text, "your answers")
        except ConfigError as error:
            click.echo(f"{error.public}\nOnce more, please.")


def _asked() -> str:
    domain = click.prompt("1. Domain of the hub, such as hub.example.org").strip()
    operator = click.prompt("2. Your own address, at another provider: who gets told").strip()
    unions = click.prompt("3. Domains of unions whose people have addresses here", default="none")
    name = click.prompt("4. Name under which its pages are found", default=domain).strip()
    choice = click.Choice(SERVERS)
    server = click.prompt("5. Web server in front", type=choice, default="caddy")
    backup = click.prompt("6. Folder for backups, or none", default="/var/backups/solicomm")
    lines = [f"domain: {scalar(domain)}", f"operator: {scalar(operator)}"]
    words = [] if unions.strip() == "none" else unions.replace(",", " ").split()
    lines.append(f"unions: [{', '.join(map(scalar, words))}]")
    lines.append(f"web: {{server: {server}, name: {scalar(name)}}}")
    lines.append("" if backup.strip() == "none" else f"backup: {scalar(backup.strip())}")
    return "\n".join(lines) + "\n"


def patient(fault: str) -> bool:
    """Tells a person what is waited for; whether to look again."""
    click.echo(f"  {fault}.")
    return click.confirm("  Look once more?", default=True)


def remembered(path: Path) -> Answers | None:
    """The answers of the last time."""
    return answers.read(path) if path.is_file() else None
