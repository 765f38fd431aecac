"""What is in an office file or a book while it is cleaned. Runs in the child only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Members:
    """The members of a zip by name, in their order; whoever cleans them changes them in place."""

    files: dict[str, bytes]

    def names(self, *parts: str) -> list[str]:
        """The members below these folders, or of these names."""
        return [
            name
            for name in self.files
            if any(name == part or (part.endswith("/") and name.startswith(part)) for part in parts)
        ]

    def drop(self, names: Iterable[str]) -> None:
        """Takes members away."""
        for name in list(names):
            self.files.pop(name, None)
