"""Letters that the home of their conference will never take: kept for the operator, who alone knows
of them and can tell their authors.

    private/pocket/refused/<conference>.<digest>         the letter as it came
    private/pocket/refused/<conference>.<digest>.why     the words of the home
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, warning
from solicomm_build.foundation.oneline import one_line

FOLDER = "pocket/refused"
"""Below `private/`."""

_WHY = ".why"
_KEPT = timedelta(days=30)
_LONGEST = 200  # characters of a reason
_SHOWN = 3
"""Letters that a check names."""


def put(config: Config, name: str, raw: bytes, why: str) -> None:
    """Keeps a letter and why it was refused; durable, safe to call twice."""
    folder = config.private / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(folder / name, raw, mode=0o600)
    safeio.write_atomic(folder / f"{name}{_WHY}", why.encode("utf-8", "replace"), mode=0o600)


def kept(config: Config) -> list[Path]:
    """The letters, the newest first."""
    letters = (
        path for path in (config.private / FOLDER).glob("[a-z0-9]*.*") if path.suffix != _WHY
    )
    return sorted(letters, key=lambda path: (-path.stat().st_mtime, path.name))


def why(path: Path) -> str:
    """The words of the home about a letter."""
    try:
        return one_line(path.with_name(f"{path.name}{_WHY}").read_text("utf-8"), _LONGEST)
    except OSError:
        return ""


def forget(path: Path) -> None:
    """Takes a letter away, and the words about it."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}{_WHY}").unlink(missing_ok=True)


def sweep(config: Config) -> None:
    """Takes away what lies here for thirty days, and words whose letter is gone."""
    for path in kept(config):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < clock.now() - _KEPT:
            forget(path)
    for words in (config.private / FOLDER).glob(f"*{_WHY}"):
        if not words.with_suffix("").exists():
            words.unlink(missing_ok=True)


def look(config: Config) -> Iterator[Finding]:
    """Which letters were refused."""
    letters = kept(config)
    if not letters:
        return
    said = "; ".join(f"{path.name[:-30]} ({why(path)})" for path in letters[:_SHOWN])
    more = f", and {len(letters) - _SHOWN:,} more" if len(letters) > _SHOWN else ""
    yield warning(
        f"{len(letters):,} of sticks not taken by the homes of their conferences: {said}{more}",
        f"Their authors do not know. The letters are in {config.private / FOLDER}, for 30 days: "
        "tell their authors, and delete them there",
        "refused",
    )
