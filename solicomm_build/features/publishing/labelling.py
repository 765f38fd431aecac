"""Where a built file goes in the store of objects, what is said of it there, and when it is put."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from solicomm_build.foundation.objects.client import Label
from solicomm_build.web import static

_CODINGS = {".br": "br", ".gz": "gzip"}
_PLACES = ("conferences", "libraries", "unions")


@dataclass(frozen=True, slots=True)
class Goal:
    """The bucket that a file goes into, by what it is for, its name there, and its label."""

    use: str
    name: str
    label: Label


def goal(path: str, paths: Container[str], *, is_public: bool) -> Goal:
    """That of the file at `path` below a tree of pages, of which `paths` has
    all: by it a page's compressed sibling is told from a file that somebody packed."""
    coding = _CODINGS.get(path[-3:], "") if path[:-3] in paths else ""
    steps = tuple((path[:-3] if coding else path).split("/"))
    facts = static.facts(steps)
    label = Label(
        facts.kind,
        facts.cache if is_public else "private, no-store",
        coding,
        facts.disposition(steps[-1]),
    )
    if not is_public:
        return Goal("members", f"pages/{path}", label)
    return Goal("files" if is_document(steps) else "pages", path, label)


def is_document(steps: tuple[str, ...]) -> bool:
    """Whether it is a document of a library, which S3 gives to nobody that it does not know."""
    return steps[0] == "libraries" and "files" in steps[:-1]


def turn(path: str) -> tuple[int, int]:
    """When a file is put: what pages are made with and documents first, topics next, then what
    links to them, the deepest first and the front page last."""
    steps = path.split("/")
    if steps[0] == "theme" or "files" in steps[:-1]:
        return (0, 0)
    return (1, 0) if "t" in steps[:-1] else (2, -len(steps))


def shard(path: str) -> str:
    """The manifest that a file is noted in: that of its conference, library or site, or `top`."""
    steps = path.split("/")
    for place, kind in enumerate(steps[:2]):
        if kind in _PLACES and len(steps) > place + 2:
            return f"{kind}.{steps[place + 1]}"
    return "search" if "search" in steps[:2] else "top"
