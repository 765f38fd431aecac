"""A command that takes a place as its first word, or a word of its own before it."""

from __future__ import annotations

import click


class Otherwise(click.Group):
    """`stick DIR` writes, `stick check DIR` checks: where the first word is no command of the
    group, `otherwise` is meant. The options of that one may stand before the place, too."""

    otherwise = ""
    """The command that is meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            return self.otherwise, self.commands[self.otherwise], args
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_meant = bool(args) and args[0] not in {*self.commands, "--help", "-h"}
        return super().parse_args(ctx, [self.otherwise, *args] if is_meant else args)
