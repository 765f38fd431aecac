"""The hub, or a part of it, as one ZIM file (openzim.org): read with Kiwix on phones and computers,
or served to a whole office by kiwix-serve, without a network.

`zimwriterfs` of Debian's zim-tools makes it, with an index of its own: its readers search, and the
index of our pages stays out.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.features.pocket import carried, icon
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.foundation.errors import StoreError, UsageError
from solicomm_build.foundation.hub.config import Config

PROGRAM, SPLITTER = "zimwriterfs", "zimsplit"
PACKAGE = "zim-tools"

_ICON = "_zim/icon.png"
_LONGEST = 30  # characters of a title, 80 of a description (openzim, Metadata)
_SHORT = 80
_LANGUAGES = {"en": "eng", "fr": "fra", "es": "spa", "pt": "por", "ar": "ara", "ru": "rus"}
"""ISO 639-3, as the format wants it."""
_SEVERAL = "mul"
"""Several of them (ISO 639-2). Where they are named one by one, kiwix-serve 3.7 searches nothing:
it takes them for books in different languages."""
_TAGS = "unions;_ftindex:yes;_pictures:yes;_videos:no;_details:yes"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A ZIM: pages in it, and its files with their octets (several when it was split)."""

    pages: int
    files: tuple[tuple[Path, int], ...]


def without(path: str) -> bool:
    """Whether a file stays out: feeds, what only our scripts fetch, our search."""
    return path.startswith("search/") or carried.left_out(path)


def write(config: Config, out: Path, choice: Choice, *, split: int, progress: Progress) -> Made:
    """Writes the file; with `split` in parts of at most so many octets, `FILEaa`, `FILEab`, … An
    old file is replaced when the new one is whole. Raises UsageError and StoreError. Blocking."""
    _program(PROGRAM)
    if out.suffix != ".zim":
        raise UsageError(f"{out} does not end with .zim: readers would not open it")
    with carried.alone(config, choice, "zim"):
        progress("making pages", 0, 0)
        small, _ = carried.build(config, choice, "zim")
        folder = small.state / "zim"
        tree = bringing.Tree(small.public, config.url, small.state / "carried.sqlite", without)
        shutil.rmtree(folder, ignore_errors=True)
        done = bringing.bring(
            tree,
            folder,
            {},
            more={_ICON: icon.drawn(config)},
            progress=lambda number, of: progress("writing pages", number, of),
        )
        progress("packing", 0, 0)
        try:
            _run(config, small, folder, out)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    pages = sum(name.endswith(".html") for name in done.files)
    return Made(pages, tuple(_parts(out, split)))


def _run(config: Config, small: Config, folder: Path, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    half = out.with_name(f".{out.stem}.part.zim")
    half.unlink(missing_ok=True)
    languages = {_LANGUAGES[lang] for lang in small.languages if lang in _LANGUAGES}
    language = languages.pop() if len(languages) == 1 else _SEVERAL
    sentence = config.brand.sentence.get(small.languages[0]) or "Unions talk, learn and publish."
    command = [
        _program(PROGRAM),
        "--welcome=index.html",
        f"--illustration={_ICON}",
        f"--language={language}",
        f"--name={config.domain.replace('.', '_')}",
        f"--title={config.name[:_LONGEST].strip()}",
        f"--description={sentence[:_SHORT].strip()}",
        f"--creator={config.name}",
        "--publisher=SoliComm",
        f"--source={config.url}",
        f"--tags={_TAGS}",
        "--scraper=solicomm",
        "--threads=2",
        str(folder),
        str(half),
    ]
    ended = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if ended.returncode or not half.is_file():
        half.unlink(missing_ok=True)
        said = ended.stdout.decode("utf-8", "replace").strip().splitlines()
        raise StoreError(f"{PROGRAM} failed: {said[-1] if said else ended.returncode}")
    half.replace(out)


def _parts(out: Path, split: int) -> list[tuple[Path, int]]:
    """The file, or its parts in place of it; parts of an earlier one go."""
    for old in _split_of(out):
        old.unlink()
    if not split or out.stat().st_size <= split:
        return [(out, out.stat().st_size)]
    ended = subprocess.run(
        [_program(SPLITTER), f"--prefix={out}", f"--size={split}", str(out)],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    parts = [(part, part.stat().st_size) for part in _split_of(out)]
    largest = max((size for _, size in parts), default=0)
    if ended.returncode or sum(size for _, size in parts) != out.stat().st_size or largest > split:
        for part, _ in parts:
            part.unlink()
        raise UsageError(
            f"{out} is written whole: it cannot be cut into parts of {split / 1e6:,.1f} MB. "
            f"Run the same with --split {max(largest, split) // 1_000_000 + 1}M or more"
        )
    out.unlink()
    return parts


def _split_of(out: Path) -> list[Path]:
    return sorted(one for one in out.parent.iterdir() if _is_part(one.name, out.name))


def _is_part(name: str, whole: str) -> bool:
    rest = name.removeprefix(whole)
    return rest != name and len(rest) == 2 and rest.isascii() and rest.islower()


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise UsageError(f"{name} is not installed. Install it: apt install {PACKAGE}")
    return path
