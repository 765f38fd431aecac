"""Machines that serve the web without having cell 0, where each cell has an owner of its own: who
serves it on this machine just now, and whether its copy of the roster is one to go by.

    the machine with cell 0: fences of roster.git, access.git ─→ etcd ─→ `roster-said.json`
    each machine: its own copies have those ─→ `roster-current.json`, until the same moment

    both are so, and pages are made of them           ─→ `pages-shown.json`, for SHOWN more seconds

The files lie beside the leases. So whoever cannot reach etcd, or lacks a step, says nothing about
members when that moment is past.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solicomm_build.foundation import safeio
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub import liveness
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config

_SAID, _CURRENT = "roster-said.json", "roster-current.json"
SHOWN = 300.0
"""Seconds for which a machine that cannot reach the others goes on to show pages for everybody: as
long as it takes until copies say that something is erased (docs/adr/0059)."""
_SHOWN = "pages-shown.json"
_NOTED = 30.0  # seconds between notes
_PAGES = "pages-made"
"""A file: pages here show what there was when this machine had followed all of it."""


def bell(state: Path) -> Bell:
    """Rings when the web server of cell 0 begins or ends here."""
    return Bell(state / "bells" / liveness.NODE)


def is_home(config: Config) -> bool:
    """Whether this machine has the hub's cell 0, as one has that is alone."""
    return not config.cluster.divided or lease.is_held(config, 0)


def publish(config: Config, fences: str, until: float) -> None:
    """Notes where the roster and who may push stand on the machine with cell 0, as etcd said;
    `until` is when that is too long ago. Not durable."""
    _put(config, _SAID, {"fences": fences, "until": until, "boot": lease.boot()})


def published(config: Config) -> tuple[str, float]:
    """What was noted last, with its end; nothing when that is past."""
    said = _read(config, _SAID)
    until = _until(said)
    return (str(said.get("fences", "")), until) if until else ("", 0.0)


def confirm(config: Config, until: float) -> None:
    """Says that this machine's copy of the roster is no older, until then; 0: it is not known."""
    _put(config, _CURRENT, {"until": until, "boot": lease.boot()})


def is_current(config: Config) -> bool:
    """Whether this machine's copy of the roster is known to be that of cell 0's machine."""
    return _until(_read(config, _CURRENT)) > 0


def have_pages(config: Config) -> None:
    """Notes that the pages of this machine may be shown: until `forget`. Not durable."""
    path = config.state / lease.FOLDER / _PAGES
    if not path.exists():
        path.touch(mode=0o600)


def has_pages(config: Config) -> bool:
    """Whether they may: what a machine that was away for days has may be erased, or closed."""
    return (config.state / lease.FOLDER / _PAGES).exists()


def note_shown(config: Config) -> None:
    """Notes that the pages of this machine are those of the hub now, if they are. Not durable; as
    often as one likes."""
    if not (has_pages(config) and is_current(config)):
        return
    until = lease.now() + SHOWN
    if _until(_read(config, _SHOWN)) < until - _NOTED:
        _put(config, _SHOWN, {"until": until, "boot": lease.boot()})


def may_show(config: Config) -> bool:
    """Whether that was noted less than SHOWN seconds ago, since this machine started."""
    return _until(_read(config, _SHOWN)) > 0


def forget(config: Config) -> None:
    """Nothing is known any more but what was noted of pages. Safe to call again."""
    for name in (_SAID, _CURRENT, _PAGES):
        (config.state / lease.FOLDER / name).unlink(missing_ok=True)


def _until(said: Mapping[str, Any]) -> float:
    until = float(said.get("until", 0.0))
    return until if said.get("boot") == lease.boot() and lease.now() < until else 0.0


def _read(config: Config, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((config.state / lease.FOLDER / name).read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _put(config: Config, name: str, facts: Mapping[str, object]) -> None:
    file = config.state / lease.FOLDER / name
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(file, json.dumps(facts).encode("ascii"), durable=False, mode=0o600)


def has_web(config: Config) -> bool:
    """Whether the web server of cell 0 runs here."""
    return lease.is_held(config, 0) and liveness.runs(config.state, "web")
