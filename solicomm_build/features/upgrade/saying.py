"""What there is to say of versions: of the program, of the hub, of Python and its packages."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from solicomm_build import __version__
from solicomm_build.cli import upgrading
from solicomm_build.foundation.hub.config import Config


def about(hub: Config) -> Iterator[str]:
    """A line about each."""
    python = platform.python_version()
    yield f"this program: {__version__}, with Python {python}"
    was = upgrading.last(hub)
    if was is None:
        yield "the hub: of a version before 0.2.0, or back from a backup and not started since"
    else:
        before = f", before that {was.before}" if was.before else ""
        yield f"the hub: {was.version} since {was.since[:10]}{before}, with Python {was.python}"
        yield from (f"changed on {at[:10]}: {name}" for name, at in was.done)
        if newer(was.version, __version__):
            yield (
                f"this program is older than {was.version}, which ran the hub. Further back than "
                f"within {_minor(was.version)} the newer one makes the hub ready first: "
                "`solicomm upgrade --undo`, said by that one"
            )
    waiting = upgrading.needed(hub)
    yield from (f"will change: {one.name}: {one.says}" for one in waiting)
    if not waiting:
        yield "nothing in the hub has to change"


def taken_back(names: list[str]) -> str:
    """What `--undo` did, and what comes now."""
    done = f"Undone: {', '.join(names)}. " if names else "Nothing had to be undone. "
    return f"{done}Bring in the version before {_minor(__version__)} now, and start that one"


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def newer(one: str, other: str) -> bool:
    """Whether a version is above another (Semantic Versioning 11; releases alone)."""
    return _numbers(one) > _numbers(other)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())
