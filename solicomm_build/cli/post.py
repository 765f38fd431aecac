"""`solicomm post`."""

from __future__ import annotations

import sys
from email.utils import format_datetime
from uuid import uuid4

import click

from solicomm_build.cli.hub import HostPort, with_hub
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, MessageError, UsageError
from solicomm_build.foundation.hub.config import Config


@click.command("post")
@click.argument("conference")
@click.option("--from", "sender", required=True, metavar="ADDRESS", help="Who writes.")
@click.option("--subject", required=True)
@click.option("--reply-to", "parent", default="", metavar="MESSAGE-ID", help="What it answers.")
@click.option("--smtp", type=HostPort(), default=None, help="The bridge; else as in hub.yaml.")
@with_hub
def command(
    hub: Config,
    conference: str,
    sender: str,
    subject: str,
    parent: str,
    smtp: tuple[str, int] | None,
) -> None:
    """Send the text on standard input as a mail to CONFERENCE through the running bridge.

    \b
    Example:
      echo "Hello all" | solicomm post organising --from ana@union.example --subject "Hello"
    """
    import smtplib

    from solicomm_build.foundation.types import SLUG

    if not SLUG.fullmatch(conference):
        raise UsageError(f"{conference!r} is not the id of a conference")
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise MessageError("The text on standard input is not UTF-8") from error
    if not text.strip():
        raise UsageError("There is no text on standard input, so nothing was sent")
    message_id = f"{uuid4().hex}@{hub.domain}"
    raw = _message(sender, f"{conference}@{hub.domain}", subject, message_id, parent, text)
    host, port = smtp or hub.smtp
    try:
        with smtplib.SMTP(host, port, timeout=30) as client:
            client.sendmail(sender, [f"{conference}@{hub.domain}"], raw, ["BODY=8BITMIME"])
    except smtplib.SMTPResponseException as error:
        raise HubError(f"The bridge answered {error.smtp_code} {_said(error)}") from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise HubError(f"The bridge answered {code} {said.decode('utf-8', 'replace')}") from error
    except OSError as error:
        raise HubError(
            f"No bridge answers at {host} port {port}. Start it with `solicomm serve`"
        ) from error
    topic = _topic(hub, conference, parent.strip("<>") or message_id)
    click.echo(f"Sent <{message_id}>")
    where = f"{hub.url}/conferences/{conference}/t/{topic}/"
    click.echo(f"Soon at {where}, unless a moderator has to look first")


def _topic(hub: Config, conference: str, first: str) -> str:
    """The topic that a post whose first one is `first` will be in."""
    from solicomm_build.foundation.types import post_id
    from solicomm_build.git.reader import Reader
    from solicomm_build.git.repo import MAIN, open_repo
    from solicomm_build.post import conference as settings
    from solicomm_build.post.store import knownids

    path = hub.conference_repo(conference)
    if path.exists():
        with Reader(open_repo(path)) as reader:
            found = settings.decode(reader.at(MAIN, settings.FILE) or b"")
        first = knownids.made(hub, found, first)
    return str(post_id(first))


def _said(error: object) -> str:
    said = getattr(error, "smtp_error", b"")
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _message(sender: str, to: str, subject: str, message_id: str, parent: str, text: str) -> bytes:
    from email.message import EmailMessage
    from email.policy import SMTP

    message = EmailMessage(policy=SMTP)
    try:
        message["From"], message["To"], message["Subject"] = sender, to, subject
    except ValueError as error:
        raise UsageError(f"A header line cannot hold this: {error}") from error
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{message_id}>"
    if parent:
        message["In-Reply-To"] = message["References"] = f"<{parent.strip('<>')}>"
    message.set_content(text, cte="8bit")
    return message.as_bytes()
