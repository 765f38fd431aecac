"""The id of a place in settings, its own or those of another: where it stands, and how it becomes
another."""

from __future__ import annotations

import re

from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Oid
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, write_on_tip

_LINE = re.compile(
    r"^(id|union|conference):[ \t]*([\"']?)([^\s\"'#]+)\2(?=[ \t\r\n#]|$)", re.MULTILINE
)


def stands(repo: Repo, file: str, key: str, name: str, branch: str = MAIN) -> bool:
    """Whether a line of the settings says `<key>: <name>`."""
    return _line(_text(repo, file, branch), key, name) is not None


def change(repo: Repo, file: str, key: str, names: tuple[str, str], branch: str = MAIN) -> None:
    """Has the settings on a branch say the second of these names for the first, with all else as it
    was. Durable on return; safe to call again, and where they say another one."""
    old, new = names

    def made(tip: Oid | None) -> list[Change]:
        text = _text(repo, file, tip or branch)
        found = _line(text, key, old)
        if not found:
            return []
        text = f"{text[: found.start(3)]}{new}{text[found.end(3) :]}"
        return [Change(file, text.encode("utf-8", "surrogateescape"))]

    message = compose(f"Call it {new}, which was {old}", Source="cli")
    write_on_tip(repo, made, message=message, when=clock.now(), branch=branch)


def _text(repo: Repo, file: str, branch: str) -> str:
    with Reader(repo) as reader:
        return (reader.at(branch, file) or b"").decode("utf-8", "surrogateescape")


def _line(text: str, key: str, name: str) -> re.Match[str] | None:
    found = _LINE.finditer(text)
    return next((one for one in found if (one[1], one[3]) == (key, name)), None)
