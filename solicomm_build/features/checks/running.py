"""Whether the hub is at work."""

from __future__ import annotations

import json
from collections.abc import Iterator

from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning

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


def last_build(config: Config) -> Iterator[Finding]:
    """Whether everything could be shown."""
    try:
        last = json.loads((config.state / "build.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        yield fine("there was none yet")
        return
    failures = last.get("failures", [])
    if failures:
        yield warning(f"{len(failures)} places could not be shown", "`solicomm status` names them")
    else:
        yield fine(f"{last.get('at', '')} showed everything")
