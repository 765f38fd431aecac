"""Whether the hub is at work."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config, HostPort, named
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning

_PATIENCE = 2.0  # seconds
_START = "systemctl start solicomm, or `solicomm serve`"
_WHY = "`journalctl -u solicomm` says why, or the terminal that `solicomm serve` runs in"


def stages(config: Config) -> Iterator[Finding]:
    """Whether every stage runs and comes round."""
    found = health.stages(config)
    for trouble in found:
        if trouble == health.STOPPED:
            yield warning("it does not run: no mail is taken, no page is made", _START)
        else:
            yield fault(trouble, _WHY)
    if not found:
        yield fine("all stages run")


def falling(config: Config) -> Iterator[Finding]:
    """What is wrong with the stages of a hub that runs."""
    for trouble in health.stages(config):
        if trouble != health.STOPPED:
            yield fault(trouble, _WHY, about=" ".join(trouble.split()[:3]))


def sockets(config: Config) -> Iterator[Finding]:
    """Whether what listens according to hub.yaml takes connections, while the hub runs."""
    if health.STOPPED in health.stages(config):
        yield fine("nothing listens while it does not run")
        return
    lacking = [one for one in _listening(config) if not _answers(one)]
    for one in lacking:
        yield fault(f"{_named(one)} takes no connection", _WHY)
    if not lacking:
        yield fine(", ".join(_named(one) for one in _listening(config)))


def _listening(config: Config) -> list[str | HostPort]:
    found: list[str | HostPort] = [config.http, config.smtp]
    if config.lmtp:
        unix, _, path = config.lmtp.partition("unix:")
        host, _, port = config.lmtp.rpartition(":")
        found.append((host.strip("[]"), int(port)) if unix or not path else path)
    return found


def _answers(where: str | HostPort) -> bool:
    """Whether somebody takes a connection there: a path, or an address of this machine."""
    try:
        if isinstance(where, str):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(_PATIENCE)
                client.connect(where)
            return True
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(where[0], where[0])  # noqa: S104
        with socket.create_connection((host, where[1]), timeout=_PATIENCE):
            return True
    except OSError:
        return False


def _named(where: str | HostPort) -> str:
    return where if isinstance(where, str) else named(where)


def last_build(config: Config) -> Iterator[Finding]:
    """Whether everything could be shown."""
    try:
        last = json.loads((config.state / "build.json").read_text("utf-8"))
        failures, at = last["failures"], last["at"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        yield fine("there was none yet")
        return
    if failures:
        yield warning(
            f"{len(failures)} places could not be shown",
            "`solicomm status` names them",
            about="build",
        )
    else:
        yield fine(f"{at} showed everything")
