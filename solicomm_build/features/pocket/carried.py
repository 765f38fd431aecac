"""The small hub of a choice, and its pages (builder/carrying)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from solicomm_build.builder.carrying import smallhub
from solicomm_build.features.pocket import choice as choosing
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.onstick import packages
from solicomm_build.foundation import data
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


def left_out(path: str) -> bool:
    """Whether a file of the pages is of no use without a server: feeds, what scripts fetch, and the
    directory of people, which has nobody in it here."""
    plain = path.partition("/")[2] if path.partition("/")[0] in LANGUAGES else path
    return plain.startswith(_SERVED) or path.endswith(_FEEDS)
