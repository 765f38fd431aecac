"""What a tree of published files holds: each path's SHA-256. What two builds are compared by."""

from __future__ import annotations

import hashlib
from pathlib import Path


def read(root: Path) -> dict[str, str]:
    """Hex SHA-256 of every file below `root`, by POSIX path relative to it. Blocking."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The paths that are missing on one side or differ, sorted."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
