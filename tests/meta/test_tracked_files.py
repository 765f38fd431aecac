"""What is in the repository stays true anywhere: no registries, no paths of one machine, and no
folder that a command left there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]

# Written in pieces, so that this file does not name what it forbids.
_REGISTRIES = ("pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"js\.(?:org|com)")
_OPTIONS = ("index-url", "extra-index-url", "find-links", "trusted-host")
_HOMES = ("root", "work", "opt", "Users", r"home/[a-z]+")
_FORBIDDEN = re.compile(
    "|".join(
        (
            *_REGISTRIES,
            *(rf"^--{option}\b" for option in _OPTIONS),
            *(rf"(?<![\w.:$}})/-]){'/'}{home}/" for home in _HOMES),
        )
    ),
    re.MULTILINE,
)

_PLACES = ("/home/", *(f"/{home}/" for home in _HOMES))
_PLAIN = ("pypi", "python" + "hosted", "npm" + "js", *_OPTIONS, *_PLACES)
"""One of which stands wherever a pattern of these is: to look for it first takes a tenth."""

_TOP = {
    ".ci",
    ".github",
    "content",
    "deploy",
    "docs",
    "plugins",
    "scripts",
    "solicomm_build",
    "tests",
    "themes",
    "unions",
}


def _tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = done.stdout.decode().split("\0")[:-1]
    paths = [ROOT / name for name in names] or list(ROOT.glob("*.*"))
    return [path for path in paths if path.is_file()]


def _text(path: Path) -> str:
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", "replace")


def test_no_registry_and_no_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _tracked()
        for text in [_text(path)]
        if any(one in text for one in _PLAIN)
        for match in [_FORBIDDEN.search(text)]
        if match
    ]
    assert not found


def test_no_other_folder_lies_at_the_top() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in _tracked() if path.parent != ROOT}
    assert folders <= _TOP


def test_the_check_finds_what_it_looks_for() -> None:
    for text in ("see /" + "root/x", "--find-" + "links /a", "https://pypi" + ".org/simple"):
        assert _FORBIDDEN.search(text)
    for text in ("https://a.example/work/", "$(HUB)/opt/", "the root/stem"):
        assert not _FORBIDDEN.search(text)
