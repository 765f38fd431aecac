"""What follows a conference that gets another id."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config

PLACES = ("forms/%s.git",)


def _owed(config: Config, kind: str, old: str, new: str) -> None:
    """Answers that the home of a conference has not got yet (formhome.py)."""
    for path in sorted((config.private / "forms" / "for-home").glob(f"{old}.*")):
        path.rename(path.with_name(new + path.suffix))


RENAME = _owed
