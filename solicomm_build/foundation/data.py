"""Where the project's own content, themes, starters and mail servers' settings lie: beside the
package in a checkout, inside it when installed from a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from solicomm_build.foundation.errors import HubError

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE.parent, _PACKAGE / "_data")


def folder(name: str) -> Path:
    """The folder `content`, `deploy`, `docs`, `unions` or `themes` that came with this program."""
    for place in _PLACES:
        if (place / name).is_dir() and (place / "themes" / "solicomm").is_dir():
            return place / name
    raise HubError(f"the folder {name} of this installation is missing; install SoliComm again")


@cache
def beside(module: str, name: str) -> str:
    """The text of a file beside a module, whose `__file__` is given: tables of a database, a style
    sheet, a template. Read once."""
    return Path(module).with_name(name).read_text("utf-8")


def theme() -> Path:
    """The theme of the hub's pages."""
    return folder("themes") / "solicomm"


def plugins() -> Path:
    """Where the modules of `pelican.plugins.solicomm` lie, found without loading Pelican: in
    `plugins/` of a checkout, beside Pelican's own when installed from a wheel."""
    below = ("pelican", "plugins", "solicomm")
    checkout = _PACKAGE.parent.joinpath("plugins", *below)
    return checkout if checkout.is_dir() else _PACKAGE.parent.joinpath(*below)


def script_lines(script: str) -> list[str]:
    """The lines of a script without indentation and without those that are comments."""
    kept, comment = [], False
    for line in map(str.strip, script.splitlines()):
        comment = comment or line.startswith("/*")
        if not comment and line:
            kept.append(line)
        comment = comment and not line.endswith("*/")
    return kept
