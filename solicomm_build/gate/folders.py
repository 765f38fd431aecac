"""The gate's questions to files that lie in a folder, before anything is pushed."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate import hooks
from solicomm_build.gate.findings import Found


def check(config: Config, repo: str, folder: Path) -> Found:
    """What a push of the folder's files to `<kind>/<id>` would be told. Raises UsageError for kinds
    that nobody looks at so."""
    kind, _, identifier = repo.partition("/")
    able = {name: one.in_folder for name, one in hooks.repositories().items()}
    look = able.get(kind)
    if look is None or identifier == "*":
        names = " or ".join(f"{name}/ID" for name, one in able.items() if one)
        raise UsageError(f"Only files of some repositories are looked at in a folder: name {names}")
    return look(config, identifier, folder)
