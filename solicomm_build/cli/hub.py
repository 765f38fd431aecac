"""What commands share: the --hub option, and a progress line that stays out of logs."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from solicomm_build.cli import owner
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import cells, config, hubyaml, modes
from solicomm_build.foundation.hub.config import Config

F = TypeVar("F", bound=Callable[..., Any])


def with_hub(function: F) -> F:
    """Adds --hub; the function gets the hub's Config as `hub`, and runs as the hub's owner."""
    return _option(function, _load)


def with_hub_as_root(function: F) -> F:
    """The same for a command that may write outside of the hub, where only root writes: it sees
    itself to it (owner.py) that the hub's own files stay its owner's."""
    return _option(function, _load_as_root)


def in_cell(function: F) -> F:
    """Adds --cell to the command of a stage that each cell has: `hub` is then that cell's."""

    @functools.wraps(function)
    def inner(hub: Config, cell: int, **rest: Any) -> Any:
        if cell >= (count := cells.division(hub).cells):
            raise UsageError(f"There is no cell {cell}: this hub has {count}, from 0")
        return function(hub=hub.in_cell(cell), **rest)

    option = click.option(
        "--cell", metavar="N", type=click.IntRange(min=0), default=0, help="That of cell N; else 0."
    )
    return cast(F, option(inner))


def _option(function: F, callback: Callable[[Any, Any, str | None], Config]) -> F:
    return click.option(
        "--hub",
        "hub",
        metavar="DIR",
        callback=callback,
        help="The hub's folder; else SOLICOMM_HUB, else the current directory.",
    )(function)


def _load(ctx: click.Context, param: click.Parameter, value: str | None) -> Config:
    owner.become(config.find_hub(value))
    return _load_as_root(ctx, param, value)


def _load_as_root(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Config:
    root = config.find_hub(value)
    if os.geteuid() != 0:
        owner.become(root)
    found = hubyaml.load(root)
    modes.close(found)
    if found.cluster.is_shared:
        from solicomm_build.git.replica import machine

        machine.join(found)
    return found


def cut(hub: Config) -> None:
    """Cuts the hub into the cells that hub.yaml says, before mail or conferences come to it: when
    it does not run, and has so little mail that nobody waits. Else `serve` does it."""
    if hub.cells > cells.division(hub).named:
        from solicomm_build.post.cells import dividing

        dividing.settle_if_quick(hub)


def same_disk(root: Path, target: Path) -> str:
    """What is said of a folder that is not there yet and would be made on the disk of the hub at
    `root`, as happens where a stick is not mounted; else empty."""
    try:
        if target.exists():
            return ""
        there = next(one for one in target.absolute().parents if one.exists())
        if there.stat().st_dev != root.stat().st_dev:
            return ""
    except OSError:
        return ""
    return f"{target} is on the same disk as the hub: is the stick mounted?"


class HostPort(click.ParamType[tuple[str, int]]):
    """HOST:PORT on the command line."""

    name = "HOST:PORT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value[0], value[1]
        try:
            return config.host_port(value)
        except ValueError as error:
            self.fail(f"{error}. Write for example 127.0.0.1:8080", param, ctx)


class OutFile(click.Path):
    """A file that a command writes in one step, in place of what has its name: of a file, that is,
    and never of a device, or of a link to one, such as /dev/stdout."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. Fails where no plain file can have it."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        is_other = os.path.lexists(path) and (path.is_symlink() or not path.is_file())
        if path.name in ("", "..") or is_other:
            self.fail(f"{str(value)!r} is no plain file. Name a new one.", param, ctx)
        return path


class ProgressLine:
    """One line on a terminal that says how far long work has got; silent in a pipe."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = self._shown = time.monotonic()
        self._live = sys.stderr.isatty()

    def update(self, done: int, total: int, count: int, unit: str) -> None:
        """Shows a bar when the total is known, at most ten times a second."""
        now = time.monotonic()
        if not self._live or now - self._shown < 0.1:
            return
        self._shown = now
        rate = count / max(now - self._started, 0.001)
        share = min(1.0, done / total) if total else 0.0
        bar = f"[{'#' * int(share * 30):<30}] {share:4.0%} " if total else ""
        click.echo(f"\r{self._what} {bar}{count:,} {unit}, {rate:,.0f}/s ", err=True, nl=False)

    def end(self) -> None:
        """Clears the line."""
        if self._live:
            click.echo("\r\033[K", err=True, nl=False)
