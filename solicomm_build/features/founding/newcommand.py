"""`solicomm new`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import cut, with_hub
from solicomm_build.foundation.hub.config import Config


@click.group("new")
def command() -> None:
    """Add a conference, list, library or union to the hub.

    \b
    Example:
      solicomm new conference water --title "Water workers"
      solicomm new list rapid-response --posting moderated
    """


def _conference(kind: str) -> click.Command:
    @click.command(kind)
    @click.argument("name", metavar="ID")
    @click.option("--title", default="", help="What people read; else made from the id.")
    @click.option("--lang", default=None, help="The language of its pages; else the hub's first.")
    @click.option(
        "--posting",
        type=click.Choice(["open", "members", "moderated", "announce"]),
        default="members",
        show_default=True,
        help="Who may write without a moderator.",
    )
    @click.option(
        "--visibility",
        type=click.Choice(["public", "unlisted", "members"]),
        default="public",
        show_default=True,
    )
    @with_hub
    def make(
        hub: Config, name: str, title: str, lang: str | None, posting: str, visibility: str
    ) -> None:
        from solicomm_build.builder import bell
        from solicomm_build.features.founding.founding import new_conference

        cut(hub)
        new_conference(
            hub,
            name,
            kind=kind,
            title=title,
            posting=posting,
            lang=lang or hub.languages[0],
            visibility=visibility,
        )
        bell.of(hub).ring()
        click.echo(
            f"Made the {kind} {name}: {hub.url}/conferences/{name}/, write to {name}@{hub.domain}"
        )

    make.help = f"Add a {kind} with the id ID.\n\n\b\nExample:\n  solicomm new {kind} water"
    return make


command.add_command(_conference("conference"))
command.add_command(_conference("list"))


def _place(kind: str, folder: str) -> click.Command:
    @click.command(kind)
    @click.argument("name", metavar="ID")
    @click.option("--title", default="", help="What people read; else made from the id.")
    @click.option("--lang", default=None, help="Its first language; else the hub's first.")
    @with_hub
    def make(hub: Config, name: str, title: str, lang: str | None) -> None:
        from solicomm_build.builder import bell
        from solicomm_build.features.founding import founding

        maker = founding.new_library if kind == "library" else founding.new_union
        maker(hub, name, title=title, lang=lang or hub.languages[0])
        bell.of(hub).ring()
        click.echo(f"Made the {kind} {name}: {hub.url}/{folder}/{name}/")

    make.help = f"Add a {kind} with the id ID.\n\n\b\nExample:\n  solicomm new {kind} water"
    return make


command.add_command(_place("library", "libraries"))
command.add_command(_place("union", "unions"))
