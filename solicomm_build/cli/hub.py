"""What commands share: the --hub option, and a progress line that stays out of logs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from solicomm_build.cli import owner
from solicomm_build.foundation.hub import config, hubyaml, modes
from solicomm_build.foundation.hub.config import Config

F = TypeVar("F", bound=Callable[..., Any])


def with_hub(function: F) -> F:
    """Adds --hub; the function gets the hub's Config as `hub`, and runs as the hub's owner."""
    return _option(function, _load)


def with_hub_as_root(function: F) -> F:
    """The same for a command that may write outside of the hub, where only root writes: it sees
    itself to it (owner.py) that the hub's own files stay its owner's."""
    return _option(function, _load_as_root)


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
    return found


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
            return hubyaml.host_port(value)
        except ValueError as error:
            self.fail(f"{error}. Write for example 127.0.0.1:8080", param, ctx)


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
