"""The small hub of a choice, and its pages (builder/carrying).

It has pages of what was said, so an erasure takes it away. One that a stick is written of at that
moment has a note beside it, `<name>.forget`, and goes when that is done.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from solicomm_build.builder.carrying import smallhub
from solicomm_build.features.pocket import choice as choosing
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.onstick import packages
from solicomm_build.foundation import data, safeio
from solicomm_build.foundation.hub.config import LANGUAGES, Carried, Config
from solicomm_build.foundation.types import Oid

_SERVED = (
    "frame/",
    "latest.json",
    "offline/",
    "sw.js",
    "manifest.webmanifest",
    "robots.txt",
    "people/",
)
_FEEDS = (".xml", "/start.json")
_FORGET = ".forget"


def small_hub(config: Config, choice: Choice, as_: Carried) -> Config:
    """The hub that holds the choice, with its own state below the hub's."""
    languages = tuple(sorted(config.languages, key=lambda lang: lang != choice.lang))
    return replace(
        config,
        root=config.state / "pocket" / f"{as_}-{choice.mark}",
        languages=languages,
        carried=as_,
        borrows=config.root,
        search_peers=(),
    )


def build(
    config: Config, choice: Choice, as_: Carried, sealed: Mapping[str, int] | None = None
) -> tuple[Config, Mapping[str, Oid]]:
    """Brings the small hub of a choice up to date; it, and where its repositories stand. `sealed`
    are the packages that get a page, by their names, with their octets. Raises SoliCommError.
    Blocking."""
    wanted = choosing.repositories(config, choice)
    small = small_hub(config, choice, as_)
    tips = smallhub.borrow(config, small, wanted, choice.since)
    packages.note(small, sealed or {})
    smallhub.build(small, data.theme(), tips)
    return small, tips


@contextlib.contextmanager
def alone(config: Config, choice: Choice, as_: Carried) -> Iterator[None]:
    """Has the small hub of a choice for a block, at whose end it goes where something was erased
    meanwhile. Blocking."""
    root = small_hub(config, choice, as_).root
    root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with safeio.locked(_lock(root)):
            _settle(root)
            yield
    finally:
        if _note(root).exists():
            _let_go(root)


def forget(config: Config) -> None:
    """Takes all small hubs away; the next stick or ZIM makes its own anew. Safe to call again."""
    for root in sorted((config.state / "pocket").glob("*-*")):
        if root.is_dir():
            _note(root).touch(mode=0o600)
            _let_go(root)


def _let_go(root: Path) -> None:
    """Takes a small hub away, unless somebody has it, who sees the note then."""
    with safeio.locked(_lock(root), blocking=False) as is_free:
        if is_free:
            _settle(root)


def _settle(root: Path) -> None:
    if _note(root).exists():
        shutil.rmtree(root, ignore_errors=True)
        _note(root).unlink()


def _note(root: Path) -> Path:
    return root.with_name(f"{root.name}{_FORGET}")


def _lock(root: Path) -> Path:
    return root.with_name(f"{root.name.removeprefix('hub-')}.lock")


def left_out(path: str) -> bool:
    """Whether a file of the pages is of no use without a server: feeds, what scripts fetch, and the
    directory of people, which has nobody in it here."""
    plain = path.partition("/")[2] if path.partition("/")[0] in LANGUAGES else path
    return plain.startswith(_SERVED) or path.endswith(_FEEDS)
