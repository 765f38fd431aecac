"""`solicomm peer follow` and `unfollow`: what of other hubs is kept here."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config

_CONFERENCES = "conferences/"


@click.command("follow")
@click.argument("peer", metavar="HUB-ID")
@click.argument("repo", metavar="REPOSITORY")
@click.option("--mode", type=click.Choice(["mirror", "full"]), default=None, help="See below.")
@click.option("--as", "name", default="", metavar="NAME", help="What a library is called here.")
@click.option(
    "--files",
    type=click.Choice(["on-demand", "whole"]),
    default=None,
    help="Of a library: fetch large files when somebody opens one, or all.",
)
@click.option("--moved", is_flag=True, help="A conference is followed: this hub is its home now.")
@with_hub
def follow(
    hub: Config, peer: str, repo: str, mode: str | None, name: str, files: str | None, moved: bool
) -> None:
    """Keep a conference of another hub here, too, or a copy of a library or a site to read. With
    `mirror` mail to a conference is passed on to its home; with `full` it is posted here at once,
    also while there is no line. Of libraries and sites there is `mirror` alone.

    \b
    Example:
      solicomm peer follow water-3fk2q7ab conferences/water --mode full
      solicomm peer follow water-3fk2q7ab libraries/agreements --files whole
      solicomm peer follow water-3fk2q7ab unions/dockers
    """
    from solicomm_build.features.network.sharing import choosing
    from solicomm_build.features.network.trust import adding

    if repo.startswith(_CONFERENCES):
        if name or files:
            raise UsageError("--as and --files are for libraries")
        said = adding.follow(hub, peer, repo, mode, is_moved=moved)
    else:
        if moved:
            raise UsageError("--moved is for conferences")
        if mode == "full":
            raise UsageError(f"{repo} has one writer, its home: it can be kept as a mirror alone")
        said = choosing.follow(hub, peer, repo, name=name, files=files or "")
    click.echo(said)


@click.command("unfollow")
@click.argument("repo", metavar="REPOSITORY")
@click.argument("peer", metavar="[HUB-ID]", required=False, default="")
@with_hub
def unfollow(hub: Config, repo: str, peer: str) -> None:
    """Take nothing more of a conference: what is here stays, as a conference of this hub's own, and
    the hub that was its home has no say in it any more. The copy of a library or a site goes.

    \b
    Example:
      solicomm peer unfollow conferences/water
      solicomm peer unfollow libraries/agreements
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.network.sharing import choosing
    from solicomm_build.features.network.trust import adding

    if repo.startswith(_CONFERENCES):
        click.echo(adding.unfollow(hub, repo))
        return
    click.echo(choosing.unfollow(hub, repo, peer))
    ring_after_commit(hub)()
