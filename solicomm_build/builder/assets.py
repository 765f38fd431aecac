"""The theme's static files under names that carry their content's hash, so they may be cached for
ever; and the digest that every page's key starts with.

Only whole lines are taken out of `solicomm.js`, `more.js` and `mine.js` (comments), and
indentation: nothing that could change what a script does, as long as no text in it goes over
several lines. Style sheets lose their comments. The words of the interface are scripts, too
(interface.py). Features may make more of the files (hooks.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from os.path import isfile
from pathlib import Path
from typing import Any

from solicomm_build import __version__
from solicomm_build.builder import hooks, interface
from solicomm_build.builder.apart import children, finest
from solicomm_build.builder.conferences.parse import PARSER_VERSION
from solicomm_build.builder.front.branding import Look
from solicomm_build.builder.publish import Output, Publisher
from solicomm_build.builder.render import Outcome
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation import data, i18n, safeio
from solicomm_build.foundation.hooks import derived

FOLDER = "/theme/"

Dress = Callable[[Mapping[str, bytes]], dict[str, bytes]]

_PACKAGE = Path(__file__).resolve().parent.parent
_CODE = (
    data.plugins(),
    *(_PACKAGE / name for name in ("message", "post", "builder", "features")),
)
_KEY, _NAMES = "theme.json", "assets.json"
"""What is kept in a hub's state. Deleting them costs tenths of a second."""
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


def kept_names(state: Path, key: str, theme: Path, look: Look) -> dict[str, str]:
    """The same of a hub that looks so, from its `state` where they were kept for this `key`, which
    is another with other code, another theme or other settings; else made in a child, and kept:
    the stemmers among the files take a tenth of a second. Blocking."""
    files = [(name, hashlib.sha256(octets).hexdigest()) for name, octets in look.files.items()]
    key = hashlib.sha256(repr((key, look.css, look.colour, sorted(files))).encode()).hexdigest()
    found: dict[str, str] | None = _kept(state / _NAMES, key)
    if found is None:
        found = named(key, partial(names, theme, look.dressed))
        _keep(state / _NAMES, key, found)
    return found


def named(key: str, work: Callable[[], dict[str, str]]) -> dict[str, str]:
    """The names of this key, which `work` makes; done in a child. Blocking."""
    del key  # only tests, which have many builders, keep what was made of one
    return children.apart(work)


def _kept(file: Path, key: str) -> Any:
    """What was kept of this key in a file; None when there is nothing, or it is damaged."""
    try:
        said = json.loads(file.read_bytes())
        return said["made"] if said["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(file: Path, key: str, made: object) -> None:
    octets = json.dumps({"key": key, "made": made}).encode()
    safeio.write_atomic(file, octets, durable=False, mode=0o600)


def begin(
    theme: Path, assets: dict[str, str], sources: Sources, dress: Dress
) -> list[children.Child[Outcome]]:
    """Has a child write the static files, which takes as long as many pages."""
    publisher = Publisher(sources.root, packed=sources.packed)

    def work() -> Outcome:
        outputs = publish(theme, assets, publisher, dress)
        return Outcome(outputs, written=publisher.written)

    return children.begin([work])


def publish(
    theme: Path, assets: dict[str, str], publisher: Publisher, dress: Dress = dict
) -> list[Output]:
    """Writes the static files."""
    contents, packed = dress(_contents(theme)), finest.kept(theme)
    return [
        publisher.put(url, contents[name], section="theme", key="", brotlied=packed)
        for name, url in assets.items()
    ]


def install(theme: Path) -> None:
    """Compresses the static files of the program's theme once, for all hubs. Blocking. Raises
    OSError where the program may not write."""
    finest.keep(theme, _contents(theme).values())


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
    if (theme / "templates").is_dir():
        words = interface.messages(theme / "templates")
        for lang in i18n.LANGUAGES:
            found[f"words-{lang}.js"] = interface.script(words, lang)
    return dict(hooks.statics(found))


@derived
def made_with() -> str:
    """The distributions that pages depend on with their versions, a line each. Read once a process
    and those forked from it."""
    return "".join(f"{name} {version(name)}\n" for name in hooks.made_with())


_held: list[str] = []


def hold_key(state: Path) -> None:
    """Looks up the key of our code once, for this process and those forked from it: they run what
    was loaded here, whatever is put in its place meanwhile."""
    _held[:] = [environment_key(data.theme(), i18n.TRANSLATIONS, state)]


def held_key() -> str:
    """That key; empty where nobody holds it."""
    return _held[0] if _held else ""


def our_key(theme: Path, state: Path) -> str:
    """That key, or what it is now."""
    return held_key() or environment_key(theme, i18n.TRANSLATIONS, state)


def environment_key(theme: Path, translations: Path, state: Path | None = None) -> str:
    """A digest of all code and theme that pages depend on: after any change of ours all pages are
    made anew, else what was built before and what is built after could differ. In `state` is kept
    what it was: where no file was written or put in another's place since, none is read."""
    begun = f"{__version__} {PARSER_VERSION}" + made_with()
    places = [place for folder in (theme, translations, *_CODE) for place in _files(folder)]
    seen = hashlib.sha256(repr((begun, [_state_of(file) for _, file in places])).encode())
    kept = _kept(state / _KEY, seen.hexdigest()) if state else None
    if isinstance(kept, str):
        return kept
    total = hashlib.sha256(begun.encode())
    for name, file in places:
        total.update(name.encode())
        total.update(hashlib.sha256(Path(file).read_bytes()).digest())
    found = total.hexdigest()[:16]
    if state:
        state.mkdir(parents=True, exist_ok=True)
        _keep(state / _KEY, seen.hexdigest(), found)
    return found


def _files(folder: Path) -> list[tuple[str, str]]:
    """The files of a folder that count, in order: below it, and where they are."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        files = [os.path.join(place, name) for name in names if not name.endswith(".mo")]
        found += [(file[len(os.fspath(folder)) + 1 :], file) for file in files if isfile(file)]
    return sorted(found)


def _state_of(file: str) -> tuple[object, ...]:
    """What is another after a file was written: the kernel alone sets the time of a change."""
    facts = os.stat(file)
    return file, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
