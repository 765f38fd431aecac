"""Which documents there are, by short names: `howto/operator`, `formats/post`, `changelog`."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.foundation import data
from solicomm_build.foundation.errors import UsageError

_FOLDERS = ("", "howto", "formats")
CHANGELOG = "changelog"


def all_of_them() -> dict[str, Path]:
    """The files by their short names: first how-tos, then formats, then the others."""
    root = data.folder("docs")
    found = {
        path.relative_to(root).with_suffix("").as_posix(): path
        for folder in _FOLDERS
        for path in sorted((root / folder).glob("*.md"))
        if path.stem != "README"
    }
    found[CHANGELOG] = root.parent / "CHANGELOG.md"
    return found


def text(name: str) -> str:
    """A document. The name may be written as a path (`docs/howto/operator.md`), or be its last word
    where only one has it. Raises UsageError with names that are like it."""
    pages = all_of_them()
    short = name.strip("/").removeprefix("docs/").removesuffix(".md").lower()
    same_end = [one for one in pages if one.rpartition("/")[2] == short]
    if short not in pages and len(same_end) == 1:
        short = same_end[0]
    if short in pages:
        return pages[short].read_text("utf-8")
    near = same_end or [one for one in pages if short[:4] and short[:4] in one]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UsageError(f"there is no document {name}.{hint} `solicomm docs` lists them")


def title(path: Path) -> str:
    """Its first heading."""
    with path.open(encoding="utf-8") as lines:
        return next((line[2:].strip() for line in lines if line.startswith("# ")), path.stem)
