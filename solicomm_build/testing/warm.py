"""What hubs and builders of tests need not make again: there are hundreds in one process, all with
the same theme.

What is kept follows from what is asked alone: Jinja looks at code's template by a digest, what is
compressed is compared octet by octet, git makes every empty repository alike, and a child that
reads or cleans a document says the same of the same octets. Tests of these children ask them each
time (`anew`).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import os
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from solicomm_build.builder import assets, compiled, publish
from solicomm_build.builder.apart import children
from solicomm_build.builder.compiled import Code
from solicomm_build.builder.render import Outcome
from solicomm_build.builder.sources import Sources
from solicomm_build.cleaning import child as cleaner
from solicomm_build.extraction import child as extractor
from solicomm_build.foundation import data
from solicomm_build.git import repo

_LATE = ("icalendar", "markdown", "pypdfium2", "segno")
"""What some pages need: a child that makes one would import it, which takes longer than the page.
How little a stage loads is asked of programs of their own."""
_KEPT: dict[Path, dict[str, bytes]] = {}
_EMPTY: dict[Path, bytes | None] = {}
"""What is in an empty repository: files with their octets, folders with None."""
begin_by_git = repo._begin
_CODE: dict[tuple[bytes, str], CodeType | None] = {}
_NAMES: dict[str, dict[str, str]] = {}
_SAID: dict[tuple[str, ...], bytes] = {}
"""What children said, by their words and a digest of the document."""
_MOST_SAID = 1 << 20  # octets: of larger ones there are few
_compile = compiled.made
_mark = compiled._mark
_key = assets.environment_key
_name = assets.named
_read = assets._contents
begin_theme = assets.begin
_clean = cleaner._said
_extract = extractor._said


def take() -> None:
    """Keeps, for this process, the code of templates, compressed files, the key of our theme, the
    names and octets of static files, an empty repository and what is in documents; on the disk,
    what Python has compiled, though the environment may say no: each of the hundreds of processes
    of tests would compile it all again.
    """
    for name in (*_LATE, *_formats()):
        with contextlib.suppress(ImportError):  # some formats need what we do not have
            importlib.import_module(name)
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    vars(repo)["_begin"] = _begun
    vars(compiled)["made"] = _made
    vars(compiled)["_mark"] = _marked
    compiled.Code.load_bytecode = _load  # type: ignore[method-assign]
    vars(assets)["named"] = _named
    vars(assets)["_contents"] = _contents
    vars(assets)["begin"] = _theme_begun
    vars(assets)["environment_key"] = _environment_key
    vars(cleaner)["_said"] = _cleaned
    vars(extractor)["_said"] = _extracted
    vars(publish)["_siblings"] = functools.lru_cache(maxsize=512)(publish._siblings)


def _formats() -> list[str]:
    """The modules that read pictures, one for each format."""
    package = importlib.import_module("PIL")
    found = pkgutil.iter_modules(package.__path__, "PIL.")
    return [one.name for one in found if one.name.endswith("ImagePlugin")]


def _begun(path: Path) -> None:
    if not _EMPTY:
        begin_by_git(path)
        found = sorted(path.rglob("*"))
        _EMPTY.update((f.relative_to(path), f.read_bytes() if f.is_file() else None) for f in found)
        return
    path.mkdir()
    for name, octets in _EMPTY.items():
        if octets is None:
            (path / name).mkdir()
        else:
            (path / name).write_bytes(octets)


def _made(theme: Path, work: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    if theme not in _KEPT:
        _KEPT[theme] = _compile(theme, work)
    return dict(_KEPT[theme])


def _load(self: Code, bucket: Any) -> None:
    """What Jinja makes of octets is never changed: each is taken apart once."""
    data = self.known.get(bucket.key)
    if data is None:
        return
    key = (data, bucket.checksum)
    if key not in _CODE:
        bucket.bytecode_from_string(data)
        _CODE[key] = bucket.code
    bucket.code = _CODE[key]


def _named(key: str, work: Callable[[], dict[str, str]]) -> dict[str, str]:
    if key not in _NAMES:
        _NAMES[key] = _name(key, work)
    return dict(_NAMES[key])


def _contents(theme: Path) -> dict[str, bytes]:
    return dict(_contents_of_ours(theme)) if theme == data.theme() else _read(theme)


def _theme_begun(
    theme: Path, names: dict[str, str], sources: Sources, dress: assets.Dress
) -> list[children.Child[Outcome]]:
    """What a child has compressed nobody knows after it: here it only says what was written."""
    publisher = publish.Publisher(sources.root, packed=sources.packed)
    outputs = assets.publish(theme, names, publisher, dress)
    return children.begin([lambda: Outcome(outputs, written=publisher.written)])


def _marked(theme: Path) -> str:
    return _of_our_templates(theme) if theme == data.theme() else _mark(theme)


def _environment_key(theme: Path, translations: Path, state: Path | None = None) -> str:
    if theme != data.theme():
        return _key(theme, translations, state)
    key, octets = _of_ours(theme, translations)
    if state and not (kept := state / assets._KEY).exists():
        state.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(octets)  # commands on this hub need not read all of our files again
    return key


@functools.cache
def _of_ours(theme: Path, translations: Path) -> tuple[str, bytes]:
    """The key, and the file that keeps it in a hub's state."""
    with tempfile.TemporaryDirectory() as folder:
        key = _key(theme, translations, Path(folder))
        return key, Path(folder, assets._KEY).read_bytes()


_of_our_templates = functools.cache(_mark)
_contents_of_ours = functools.cache(_read)


def _cleaned(octets: bytes, *words: str) -> bytes:
    key = ("clean", hashlib.sha256(octets).hexdigest(), *words)
    return _once(key, lambda: _clean(octets, *words)) or b""


def _extracted(worker: str, path: Path, *words: str, seconds: float) -> bytes | None:
    key = (worker, hashlib.sha256(path.read_bytes()).hexdigest(), *words, str(seconds))
    return _once(key, lambda: _extract(worker, path, *words, seconds=seconds))


def _once(key: tuple[str, ...], ask: Callable[[], bytes | None]) -> bytes | None:
    """What a child says, unless it broke or came too late: that may be otherwise the next time."""
    if (said := _SAID.get(key)) is None:
        said = ask()
        if said and len(said) <= _MOST_SAID:
            _SAID[key] = said
    return said


@contextlib.contextmanager
def anew() -> Iterator[None]:
    """Within, each document is read and cleaned by a child of its own."""
    vars(cleaner)["_said"], vars(extractor)["_said"] = _clean, _extract
    try:
        yield
    finally:
        vars(cleaner)["_said"], vars(extractor)["_said"] = _cleaned, _extracted
