"""The fields of a card, as lists of other programs say them. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from solicomm_build.features.library.cards.entry import Creator, Entry, Identifiers
from solicomm_build.foundation.language import languagetag
from solicomm_build.post.subjects import resolve

MONTHS = tuple("jan feb mar apr may jun jul aug sep oct nov dec".split())  # noqa: SIM905
"""Months as BibTeX abbreviates them."""


_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?!\d))?(?:[-/](\d{1,2})(?!\d))?", re.ASCII)

_AS_ISBN = re.compile(r"[0-9Xx -]{10,17}")
_ISBN = re.compile(r"(?<![0-9Xx])(?:(?:[0-9][ -]?){12}[0-9]|(?:[0-9][ -]?){9}[0-9Xx])(?![0-9Xx])")
_ISSN = re.compile(r"(?<![0-9Xx])([0-9]{4})[-‐–—]?([0-9]{3}[0-9Xx])(?![0-9Xx])")
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.ASCII)
_HTTP = re.compile(r"https?://[^\s<>\"]+")
_SCHEMED = re.compile(r"[a-z0-9-]{2,30}:\S.*")


_LANGUAGES = {
    "english": "en",
    "french": "fr",
    "spanish": "es",
    "portuguese": "pt",
    "arabic": "ar",
    "russian": "ru",
}


def entry(title: str, said_lang: str, lang: str, *, abstract: str, **fields: Any) -> Entry:
    """A card without an id. `said_lang` is a tag or an English name of a language; `lang` counts
    where it is neither."""
    said = said_lang.strip().lower().replace("_", "-")
    known = languagetag.shortest(_LANGUAGES.get(said, said))
    main = known if languagetag.TAG.fullmatch(known) else lang
    return Entry(
        id="",
        title={main: plain(title)},
        languages=(main,),
        abstract={main: abstract.strip()} if abstract.strip() else None,
        **fields,
    )


def creator(name: str) -> Creator:
    """A person, or an organisation where the name stands in braces (as BibTeX has it)."""
    text = name.strip()
    if text.startswith("{") and text.endswith("}"):
        return Creator(plain(text), "org")
    return Creator(plain(text))


def csl_name(name: Mapping[str, str]) -> Creator:
    """The same from a name of CSL-JSON, with its particles (`van der`) and what stands behind it
    (`Jr.`)."""
    if "literal" in name:
        return Creator(name["literal"], "org")
    family = [name.get(key, "") for key in ("non-dropping-particle", "family")]
    given = [name.get(key, "") for key in ("given", "dropping-particle")]
    parts = [" ".join(filter(None, some)) for some in (family, given)]
    return Creator(", ".join(part for part in (*parts, name.get("suffix", "")) if part))


def csl_parts(issued: Any) -> str:
    """The date of CSL-JSON that is in parts; "" for any other."""
    parts = issued.get("date-parts") if isinstance(issued, dict) else None
    return "-".join(map(str, (parts or [[]])[0]))


def csl_words(issued: Any) -> str:
    """The one in words, where these are a date."""
    said = issued if isinstance(issued, dict) else {"raw": issued or ""}
    words = str(said.get("raw") or said.get("literal") or "").strip()
    return words if _DATE.match(words) else ""


def identified(isbn: str, issn: str, doi: str, url: str) -> Identifiers:
    """The identifiers as a card has them, of what other programs write into these fields: two
    numbers and a word about each, an ISSN without its hyphen, a DOI as an address. What holds none
    stays as it is."""
    number = _ISBN.search(isbn)
    serial = _ISSN.search(issn)
    handle = _DOI.search(doi)
    address = _HTTP.search(url)
    if url.startswith("www.") and not address:
        url = f"http://{url.split(maxsplit=1)[0]}"
    return Identifiers(
        number[0] if number and not _AS_ISBN.fullmatch(isbn) else isbn,
        f"{serial[1]}-{serial[2]}" if serial else issn,
        handle[0] if handle else doi,
        address[0] if address else url,
    )


def has_isbn(text: str) -> bool:
    """Whether there is an ISBN in it, of ten digits or thirteen."""
    return _ISBN.search(text) is not None


def numbers(said: Mapping[str, Any], keys: str) -> Identifiers:
    """ISBN, ISSN, DOI and address by the four keys, parted by spaces."""
    isbn, issn, doi, url = (str(said.get(key, "")) for key in keys.split())
    return identified(isbn, issn, doi, url)


def date(text: str) -> str:
    """`yyyy`, `yyyy-mm` or `yyyy-mm-dd` where the text begins like one, else the text. Of years
    from one to another (`1914-18`, `2012-2013`) it is the first."""
    match = _DATE.match(text.strip())
    if match is None:
        return text.strip()
    year, month, day = match.groups()
    if month and not 1 <= int(month) <= 12:
        return year
    return "-".join(part.zfill(2) for part in (year, month, day) if part)


def subjects(words: list[str]) -> tuple[str, ...]:
    """Each word as the subject it is known by, once. A colon that parts no scheme from a word
    (`Decent work: indicators`) is a space."""
    plain_words = filter(None, (plain(word).strip(": ") for word in words))
    parted = (one if _SCHEMED.fullmatch(one) else one.replace(":", " ") for one in plain_words)
    return tuple(dict.fromkeys(resolve(one) for one in parted))


def by_language(said: Mapping[str, str], field: str, main: str) -> dict[str, str]:
    """The columns `field` and `field:<language>` by language."""
    return {
        key.partition(":")[2] or main: value
        for key, value in said.items()
        if key.partition(":")[0] == field and value
    }


def listed(text: str) -> list[str]:
    """What stands between `;` and `|`."""
    return [part.strip() for part in re.split(r"[;|]", text) if part.strip()]


def plain(text: str) -> str:
    """The text without braces, on one line."""
    return " ".join(text.replace("{", "").replace("}", "").split())


def made_key(*parts: str) -> str:
    """A key for a record that has none: 16 hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
