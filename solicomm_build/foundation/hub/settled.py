"""Whether a build would find nothing to do, answered without loading the builder.

Foundation: imports config, clock, data, outside, safeio and the standard library. After a build
that left nothing open, `note` writes what it was made from to `state/settled`: the tips of all
content and what lies in no repository, the day, the settings, and our own files. `holds` compares.
Anything that is not the same, or cannot be read, means that the builder has to look; so the note
costs nothing when it is wrong, and a build without news needs no tenth of the time of loading what
builds.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from solicomm_build import __version__
from solicomm_build.foundation import clock, data, outside, safeio
from solicomm_build.foundation.hub.config import FILE, Config

AT_REST = "build-at-rest"
"""What a builder that rests has seen (builder/serving.py), in a hub's `state`."""
_NOTE = "settled"
_OWN = Path(__file__).parents[2]
_MADE = ("state/pages.sqlite", "public/index.html")
_PROVEN = "domains.json"  # which unions' own domains are proved (foundation/hub/domains.py)


def holds(config: Config, theme: Path) -> bool:
    """Whether nothing has changed since the last `note`."""
    try:
        return (config.state / _NOTE).read_text("ascii") == _all(config, theme)
    except (OSError, UnicodeDecodeError):
        return False


def note(config: Config, theme: Path) -> None:
    """Says that all there is now is shown. Only when `contents` before the build, which left
    nothing open, says the same after it."""
    with contextlib.suppress(OSError):
        text = _all(config, theme)
        safeio.write_atomic(config.state / _NOTE, text.encode("ascii"), durable=False)


def forget(config: Config) -> None:
    """Says so no more, and neither does a builder that rests: files may be others from now on. What
    a build that is ended has written is not undone by taking back what it was made of."""
    for name in (_NOTE, AT_REST):
        (config.state / name).unlink(missing_ok=True)


def contents(config: Config) -> str:
    """A digest of what people have written, of the day and the hour: what a build shows of now."""
    total = hashlib.sha256(f"{clock.now():%Y-%m-%d} {clock.past_hour()}".encode())
    total.update(f"{outside.everything(config)}\n".encode())
    for repo in _repositories(config):
        total.update(f"{repo} {_refs(repo)}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _all(config: Config, theme: Path) -> str:
    """The same with settings and our own files. Raises OSError when some of it is not there."""
    total = hashlib.sha256(f"{__version__} {contents(config)}\n".encode())
    total.update((config.root / FILE).read_bytes())
    for name in filter(None, (config.brand.logo, config.brand.picture)):
        with contextlib.suppress(FileNotFoundError):
            found = os.stat(config.root / name)
            total.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    for name in _MADE:  # who deletes one of them wants it made anew
        total.update(f"{name} {os.stat(config.root / name).st_ino}\n".encode())
    proven = config.private / _PROVEN
    if proven.exists():
        total.update(proven.read_bytes())
    installed = os.stat(sysconfig.get_path("purelib"))  # other versions of what we depend on
    total.update(f"{sys.version} {installed.st_mtime_ns}\n".encode())
    for folder in (_OWN, data.plugins(), theme):
        for path, mark in _files(folder):
            total.update(f"{path} {mark}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _repositories(config: Config) -> list[str]:
    """Every repository that pages are made from, in the hub's folder."""
    found = []
    for folder in (config.root / "content", *_folders(config.root / "content"), config.unions):
        if folder.is_dir():
            names = (name for name in os.listdir(folder) if name.endswith(".git"))
            found += [os.fspath(folder / name) for name in names]
    return sorted(found)


def _folders(root: Path) -> list[Path]:
    return [one for one in root.iterdir() if one.is_dir() and one.suffix != ".git"]


def _refs(repo: str) -> str:
    """All branches: main, and drafts of sites. Refs of ours lie in files, packed or not."""
    said = []
    heads = os.path.join(repo, "refs", "heads")
    for name in sorted(os.listdir(heads)):
        with open(os.path.join(heads, name), encoding="ascii") as file:
            said.append(f"{name}={file.read().strip()}")
    packed = os.path.join(repo, "packed-refs")
    if os.path.exists(packed):
        found = os.stat(packed)
        said.append(f"packed={found.st_ino}.{found.st_size}.{found.st_mtime_ns}")
    return " ".join(said)


def _files(root: Path, depth: int = 8) -> Iterator[tuple[str, str]]:
    """(path, size and time) of all files below a folder, by name."""
    with os.scandir(root) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if entry.is_dir(follow_symlinks=False):
                if depth and entry.name != "__pycache__":
                    yield from _files(Path(entry.path), depth - 1)
            else:
                found = entry.stat(follow_symlinks=False)
                yield entry.path, f"{found.st_size}.{found.st_mtime_ns}"
