"""What a page tells its reader to do: its blocks of code, and the packages that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"```[a-z]*$")
_INSTALL = re.compile(r"\bapt(?:-get)? install ((?:[a-z0-9.+-]+ ?)+)")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code of a page, without its indentation."""

    heading: str
    line: int  # of the page, counted from 1
    text: str


def blocks(page: Path) -> list[Block]:
    """All of a page, in its order: what is indented by four spaces, or fenced."""
    found: list[Block] = []
    heading, begun, lines, fenced = "", 0, list[str](), False

    def end() -> None:
        if lines and any(lines):
            found.append(Block(heading, begun, "\n".join(lines).strip("\n") + "\n"))
        lines.clear()

    for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
        if _FENCE.fullmatch(line):
            end()
            fenced = not fenced
        elif fenced or line.startswith("    ") or (lines and not line):
            begun = number if not lines else begun
            lines.append(line if fenced else line[4:])
        else:
            end()
            heading = line.lstrip("# ") if line.startswith("#") else heading
    end()
    return found


def packages(pages: list[Path]) -> list[str]:
    """Debian packages that the pages say to install."""
    texts = [page.read_text("utf-8") for page in pages]
    named = {name for text in texts for run in _INSTALL.findall(text) for name in run.split()}
    return sorted(name for name in named if not name.startswith("-"))
