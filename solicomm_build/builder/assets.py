"""The theme's static files under names that carry their content's hash, so they may be cached for
ever; and the digest that every page's key starts with.

Only whole lines are taken out of `solicomm.js`, `more.js` and `mine.js` (comments), and
indentation: nothing that could change what a script does, as long as no text in it goes over
several lines. Style sheets lose their comments. The words of the interface are scripts, too
(interface.py). Features may make more of the files (hooks.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from solicomm_build import __version__
from solicomm_build.builder import hooks, interface
from solicomm_build.builder.conferences.parse import PARSER_VERSION
from solicomm_build.builder.publish import BROTLI_FINEST, Output, Publisher
from solicomm_build.foundation import data, i18n
from solicomm_build.foundation.hooks import derived

FOLDER = "/theme/"

Dress = Callable[[Mapping[str, bytes]], dict[str, bytes]]

_PACKAGE = Path(__file__).resolve().parent.parent
_CODE = (
    data.plugins(),
    *(_PACKAGE / name for name in ("message", "post", "builder", "features")),
)
_SCRIPTS = ("solicomm.js", "more.js", "mine.js")
_COMMENT = re.compile(r"^/\*(?:[^*]++|\*(?!/))*+(?:\*/\n|\Z)", re.MULTILINE)
"""A comment of a style sheet that has its lines to itself."""


def names(theme: Path, dress: Dress = dict) -> dict[str, str]:
    """The address of each static file of a theme, by its name below static/; `dress` is given the
    files and returns those of this hub."""
    found = {}
    for name, octets in dress(_contents(theme)).items():
        digest = hashlib.sha256(octets).hexdigest()[:10]
        suffix = Path(name).suffix
        found[name] = FOLDER + name.removesuffix(suffix) + f".{digest}{suffix}"
    return found


def publish(
    theme: Path, assets: dict[str, str], publisher: Publisher, dress: Dress = dict
) -> list[Output]:
    """Writes the static files; pages that name them come later."""
    contents = dress(_contents(theme))
    return [
        publisher.put(url, contents[name], section="theme", key="", quality=BROTLI_FINEST)
        for name, url in assets.items()
    ]


def _contents(theme: Path) -> dict[str, bytes]:
    """The static files as readers get them, by name below static/."""
    found = {}
    for file in sorted((theme / "static").rglob("*")):
        name = file.relative_to(theme / "static").as_posix()
        if file.is_file() and not file.name.startswith("."):
            found[name] = file.read_bytes()
            if name.endswith(".css"):
                found[name] = _COMMENT.sub("", found[name].decode()).encode()
            elif name in _SCRIPTS:
                found[name] = ("\n".join(data.script_lines(found[name].decode())) + "\n").encode()
    for lang in i18n.LANGUAGES if (theme / "templates").is_dir() else ():
        found[f"words-{lang}.js"] = interface.script(theme / "templates", lang)
    return dict(hooks.statics(found))


@derived
def made_with() -> str:
    """The distributions that pages depend on with their versions, a line each. Read once a process
    and those forked from it."""
    return "".join(f"{name} {version(name)}\n" for name in hooks.made_with())


def environment_key(theme: Path, translations: Path) -> str:
    """A digest of all code and theme that pages depend on: after any change of ours all pages are
    made anew, else what was built before and what is built after could differ."""
    total = hashlib.sha256(f"{__version__} {PARSER_VERSION}".encode())
    total.update(made_with().encode())
    for folder in (theme, translations, *_CODE):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".mo":
                total.update(file.relative_to(folder).as_posix().encode())
                total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]
