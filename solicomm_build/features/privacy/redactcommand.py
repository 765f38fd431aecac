"""`solicomm redact`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("redact")
@click.argument("conference")
@click.argument("post")
@click.option(
    "--reason",
    default="",
    help="Why, to hide it; it stands in the event beside the post, which whoever clones can read.",
)
@click.option("--undo", is_flag=True, help="Show the post again; copies do not go out any more.")
@with_hub
def command(hub: Config, conference: str, post: str, reason: str, undo: bool) -> None:
    """Hide POST of CONFERENCE: its place stays; its text, author and files are on
    no page, in no feed, digest, search or download, and go out to nobody else.

    POST is its id, the part behind # in its address (a few first letters are enough), or its
    Message-ID. The text stays in the history; `solicomm erase` takes it out of that, too. Where
    pages stay as they were it ends with 65.

    \b
    Example:
      solicomm redact water wkq3x7 --reason "Names somebody who does not want it"
      solicomm redact water wkq3x7 --undo
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.privacy.erasecommand import not_anew
    from solicomm_build.features.privacy.settling import settle
    from solicomm_build.post.store import redact

    found = redact.redact(hub, conference, post, reason=reason, by="operator", undo=undo)
    failures = settle(hub, found.objects)
    ring_after_commit(hub)()
    copies = (
        f"; {found.withdrawn} mails with it that waited were withdrawn" if found.withdrawn else ""
    )
    click.echo(f"{found.mid} is shown again" if undo else f"{found.mid} is hidden{copies}")
    not_anew(failures)
    if failures:
        raise SystemExit(65)
