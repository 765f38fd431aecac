"""Letters that the home of their conference will never take: kept until their authors were told
(telling.py) and could ask for them; the operator hears of those that nobody can be told of.

    private/pocket/refused/<conference>.<digest>         the letter as it came
    private/pocket/refused/<conference>.<digest>.why     the words of the home
    private/pocket/refused/<conference>.<digest>.told    `by mail`, or `nobody` to tell
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, safeio, timekeeping
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fine, warning
from solicomm_build.foundation.oneline import one_line

FOLDER = "pocket/refused"
"""Below `private/`."""

TOLD = ".told"
BY_MAIL, NOBODY = "by mail\n", "nobody\n"
"""What it says: the author was told; there is none whom a mail could reach."""
KEPT = timedelta(days=30)

_WHY = ".why"
_PATIENCE = timedelta(days=1)
"""So long an author may wait for the mail before the operator hears of it: only so many go out in
an hour."""
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
    there = (config.private / FOLDER).glob("[a-z0-9]*.*")
    letters = (path for path in there if path.suffix not in (_WHY, TOLD))
    return sorted(letters, key=lambda path: (-path.stat().st_mtime, path.name))


def why(path: Path) -> str:
    """The words of the home about a letter."""
    try:
        return one_line(path.with_name(f"{path.name}{_WHY}").read_text("utf-8"), _LONGEST)
    except OSError:
        return ""


def is_told(path: Path) -> bool:
    """Whether there is nothing more to tell its author."""
    return bool(_told(path))


def note(path: Path, what: str) -> None:
    """Notes that its author was told, or that there is nobody to tell."""
    safeio.write_atomic(path.with_name(f"{path.name}{TOLD}"), what.encode(), mode=0o600)


def _told(path: Path) -> str:
    try:
        return path.with_name(f"{path.name}{TOLD}").read_text("utf-8")
    except OSError:
        return ""


def forget(path: Path) -> None:
    """Takes a letter away, and what is noted about it."""
    path.unlink(missing_ok=True)
    for noted in (_WHY, TOLD):
        path.with_name(f"{path.name}{noted}").unlink(missing_ok=True)


def sweep(config: Config) -> None:
    """Takes away what lies here for thirty days, and notes whose letter is gone."""
    for path in kept(config) if timekeeping.is_sure(config.state) else ():
        if _is_older(path, KEPT):
            forget(path)
    for noted in (_WHY, TOLD):
        for left in (config.private / FOLDER).glob(f"*{noted}"):
            if not left.with_suffix("").exists():
                left.unlink(missing_ok=True)


def _is_older(path: Path, span: timedelta) -> bool:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) < clock.now() - span


def look(config: Config) -> Iterator[Finding]:
    """Which letters were refused, and whether their authors know."""
    known, unknown, lasting = list[Path](), list[Path](), False
    for path in kept(config):
        told = _told(path)
        (known if told == BY_MAIL else unknown).append(path)
        lasting = lasting or told == NOBODY or (not told and _is_older(path, _PATIENCE))
    if known:
        yield fine(f"{_counted(known)}. Their authors were told by mail")
    if unknown and not lasting:
        yield fine(f"{_counted(unknown)}. Their authors are told by mail")
    elif unknown:
        yield warning(
            _counted(unknown),
            "No mail told their authors: none could reach them, or too many went out. The letters "
            f"are in {config.private / FOLDER}, for 30 days: tell their authors, and delete them "
            "there",
            "refused",
        )


def _counted(letters: list[Path]) -> str:
    said = "; ".join(f"{path.name[:-30]} ({why(path)})" for path in letters[:_SHOWN])
    more = f", and {len(letters) - _SHOWN:,} more" if len(letters) > _SHOWN else ""
    return f"{len(letters):,} of sticks not taken by the homes of their conferences: {said}{more}"
