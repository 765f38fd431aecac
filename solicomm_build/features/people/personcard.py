"""A card of the people's directory: `people/<id>.yaml` in content/people.git. Pure.

A card says what its person chose to show to everybody, and nothing else: no address, no list, no
conference. Its id (`c_` and ten characters of base32, 50 random bits) is not the person id that
conferences know, so that nobody finds out by it who voted or decided there. The roster alone knows
whose card it is (features/people/cardholders.py). Format: docs/formats/person.md.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from solicomm_build.features.people.personaddress import CARD_ID
from solicomm_build.foundation import schema, yamlsafe
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.language import languagetag
from solicomm_build.foundation.yamlsafe import Node

SCHEMA = "solicomm/person@1"
CONTACTS = ("relay", "none")
NETWORK = "network"
"""The card is shown at the other hubs of the network, too."""
MOST_PHOTO = 10 * 1024
"""Octets of a photo at most: a page of fifty people stays below a megabyte on a slow line."""
LONGEST_LINE = 100
LONGEST_ABOUT = 2000

_COUNTRY = re.compile(r"[A-Z]{2}")
_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_POST = re.compile(r"/conferences/[a-z0-9][a-z0-9-]{0,27}/t/[a-z2-7]{32}/(#[a-z2-7]{32})?")


@dataclass(frozen=True, slots=True)
class Card:
    """What a person shows. `name` may be a pseudonym, `union` is a site's id here or any name,
    `country` ISO 3166-1 alpha-2, `about` texts by language, `introduction` the address of a post on
    this hub (root-relative), `photo` the SHA-256 of `photos/<id>.webp`; `since` and `consented`
    are days, `share` is "" or `NETWORK`. Empty: not shown.
    """

    id: str
    name: str
    union: str = ""
    country: str = ""
    languages: tuple[str, ...] = ()
    roles: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    introduction: str = ""
    contact: str = "none"
    since: str = ""
    photo: str = ""
    consented: str = ""
    share: str = ""

    @property
    def is_reachable(self) -> bool:
        """Whether mail through the hub reaches the person."""
        return self.contact == "relay"

    @property
    def url(self) -> str:
        """The address of the card's page."""
        return f"/people/{self.id}/"

    def about_in(self, lang: str) -> tuple[str, str]:
        """(language, text) of what is said in a language, else in the first there is."""
        tag = next((tag for tag in (lang, *self.about) if self.about.get(tag)), "")
        return tag, self.about.get(tag, "")


def mint() -> str:
    """A new card id."""
    return "c_" + base64.b32encode(secrets.token_bytes(7)).decode("ascii").lower()[:10]


def path(identifier: str) -> str:
    """Where a card lies. Raises ValueError for what is no card id."""
    if not CARD_ID.fullmatch(identifier):
        raise ValueError(f"not a card id: {identifier!r}")
    return f"people/{identifier}.yaml"


def photo_path(identifier: str) -> str:
    """Where its photo lies."""
    return path(identifier).replace("people/", "photos/").replace(".yaml", ".webp")


def id_of(path: str) -> str:
    """The card id in a card's path; empty when it is none."""
    name = path.removeprefix("people/").removesuffix(".yaml")
    return name if CARD_ID.fullmatch(name) and path == f"people/{name}.yaml" else ""


def decode(blob: bytes | str, file: str) -> Card:
    """The card in a file. Raises ContentErrors with every fault found."""
    try:
        top = schema.open_file(blob, file=file)
    except ContentError as error:
        raise ContentErrors([error]) from error
    top.schema(SCHEMA)
    card = _read(top)
    top.close()
    top.raise_faults()
    return card


def _read(top: schema.Section) -> Card:
    consent = top.section("consent")
    consented = _fitting(consent, "directory", _DAY, "2026-11-24")
    if not consented:
        remedy = "Nothing is shown without it: write the day the person agreed on"
        top.fault("consent", "`consent.directory` is missing", remedy)
    consent.close()
    about = top.by_language("about", "en", longest=5000, lines=True)
    return Card(
        id=_fitting(top, "id", CARD_ID, "c_7h2kq5m3xa", required=True),
        name=top.text("name", required=True, example="Amina", longest=LONGEST_LINE),
        union=top.text("union", longest=LONGEST_LINE),
        country=_fitting(top, "country", _COUNTRY, "KE"),
        languages=top.words("languages", pattern=languagetag.TAG, example="[sw, en]"),
        roles=top.text("roles", longest=LONGEST_LINE),
        about={tag: text[:LONGEST_ABOUT] for tag, text in about.items()},
        introduction=_fitting(top, "introduction", _POST, "/conferences/water/t/…/"),
        contact=top.choice("contact", CONTACTS, "none"),
        since=_fitting(top, "since", _DAY, "2026-11-24"),
        photo=_fitting(top, "photo", _SHA256, "the SHA-256 of the file"),
        consented=consented,
        share=NETWORK if top.choice("share", ("no", NETWORK), "no") == NETWORK else "",
    )


def _fitting(
    section: schema.Section,
    key: str,
    pattern: re.Pattern[str],
    example: str,
    *,
    required: bool = False,
) -> str:
    value = section.text(key, required=required, example=example)
    if value and not pattern.fullmatch(value):
        section.fault(key, f"`{key}` is {value!r}", f"Write it as in `{key}: {example}`")
        return ""
    return value


def encode(card: Card) -> bytes:
    """The file of a card. `decode` reads it back."""
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "id": card.id,
        "name": card.name,
        "union": card.union,
        "country": card.country,
        "languages": list(card.languages),
        "roles": card.roles,
        "about": dict(card.about),
        "introduction": card.introduction,
        "contact": card.contact,
        "share": card.share,
        "since": card.since,
        "photo": card.photo,
        "consent": {"directory": card.consented},
    }
    return yamlsafe.dump({key: value for key, value in values.items() if value}).encode("utf-8")
