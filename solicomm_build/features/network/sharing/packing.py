"""What a packet has beside conferences: a folder for each thing that features give (hooks.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

from solicomm_build.features.network import hooks
from solicomm_build.features.network.sharing import nights
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub.config import Config


def put(config: Config, aside: Path, wishes: Collection[str]) -> list[str]:
    """Puts what is given to every hub, and what was asked for, into the folder that becomes a
    packet; the names. Raises UsageError for what nobody gives."""
    found, may = dict(hooks.given()), hooks.on_wish()
    for name in wishes:
        if name not in may:
            raise UsageError(f"{name}: there is no such thing. Write one of: {', '.join(may)}")
        found[name] = may[name]
    for name, give in found.items():
        folder = aside / name
        folder.mkdir()
        give(config, folder)
        if not any(folder.iterdir()):
            folder.rmdir()
    return [name for name in found if (aside / name).is_dir()]


def take(
    config: Config, known: Peers, hub: str, files: Mapping[str, Path]
) -> tuple[list[str], list[str]]:
    """Has features take what is theirs in a packet that a known hub made itself: sentences, and
    those of them that are faults."""
    peer = known.peers.get(hub)
    lines: list[str] = []
    faults: list[str] = []
    if peer is None:
        return lines, faults
    by_folder: dict[str, dict[str, Path]] = defaultdict(dict)
    for name, path in files.items():
        folder, _, file = name.partition("/")
        by_folder[folder][file] = path
    for folder, taking in hooks.brought().items():
        if folder not in by_folder:
            continue
        try:
            lines.append(taking(config, peer.id, peer.url, by_folder[folder]))
        except SoliCommError as error:
            faults.append(f"{folder}: {error.public}")
            nights.refused(config, peer.id, faults[-1])
    return [line for line in (*lines, *faults) if line], faults
