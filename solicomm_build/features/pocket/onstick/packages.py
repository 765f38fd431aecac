"""Which packages a stick has: the names that the pages of the small hub are made for, and how large
each is. A name is a random one and says nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.front.offered import Around, Block, Offered, Row
from solicomm_build.foundation import i18n, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext

_FILE = "sealed.json"
_RANK = 90  # after what everybody can read


def note(small: Config, sizes: Mapping[str, int]) -> None:
    """These, each of so many octets, and no others, from now on."""
    small.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(small.state / _FILE, json.dumps(sizes, sort_keys=True).encode())


def sizes(small: Config) -> Mapping[str, int]:
    """The octets of each, by their names."""
    path = small.state / _FILE
    found: Mapping[str, int] = json.loads(path.read_bytes()) if path.exists() else {}
    return found


def url(name: str) -> str:
    """Where the page of one is, in the first language."""
    return f"/sealed/{name}/"


def front(around: Around) -> Offered:
    """The way to each of them from the front page of a stick. What is in one is not said: neither
    its name nor its conference's stands anywhere in clear."""
    config, lang = around.config, around.lang
    if config.carried != "hub":
        return Offered()
    opens = gettext(lang, "Opens with the five words that its members were given.")
    rows = (
        Row(
            gettext(lang, "Package %(name)s", name=name),
            front_url(url(name), lang, config.languages[0]),
            words=(i18n.format_size(lang, octets), opens),
        )
        for name, octets in sorted(sizes(config).items())
    )
    title = gettext(lang, "Sealed: for members")
    return Offered((Block("sealed", _RANK, title, tuple(rows)),))
