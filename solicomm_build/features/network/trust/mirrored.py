"""Conferences that are shown here and posted to at their home: where mail to them goes.

`private/network/mirrored` has a line for each, `<id> <domain of the home>`. The bridge asks at
every RCPT, so this is light; peers.py writes it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

_FILE = "mirrored"


def write(folder: Path, found: Mapping[str, str]) -> None:
    """Keeps the table when it has changed."""
    text = "".join(f"{name} {domain}\n" for name, domain in sorted(found.items()))
    path = folder / _FILE
    if (path.read_text("utf-8") if path.exists() else "") != text:
        safeio.write_atomic(path, text.encode(), mode=0o600)


def domain_of(config: Config, name: str) -> str:
    """The mail domain of the home of a conference that is only shown here; else empty, and where
    mail to it would come back: then it is posted here."""
    path = f"{config.root}/private/network/{_FILE}"  # a Path takes longer
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return ""
    domain = _read(path, found.st_mtime_ns, found.st_ino).get(name, "")
    return "" if comes_back(config, domain) else domain


def comes_back(config: Config, domain: str) -> bool:
    """Whether mail to a domain comes back to this hub: another may have the same one, as offices
    that are all called `hub.local`, or say so."""
    return domain.casefold() in (one.casefold() for one in config.all_domains)


@lru_cache(maxsize=2)
def _read(path: str, _changed: int, _inode: int) -> Mapping[str, str]:
    lines = (line.partition(" ") for line in Path(path).read_text("utf-8").splitlines())
    return {name: domain for name, _, domain in lines}
