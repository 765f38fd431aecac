"""Cards for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime

from solicomm_build.features.library.cards.entry import (
    Contributor,
    Creator,
    Dates,
    Entry,
    File,
    Identifiers,
    Relations,
    Rights,
)
from solicomm_build.features.library.exchange.published import Published

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
BASE = "https://hub.example.org/libraries/agreements/"


def full(**changes: object) -> Published:
    """A card that says everything a card can say."""
    fields: dict[str, object] = {
        "id": "lib:2026-7qk3xa2m",
        "type": "collective-agreement",
        "title": {"en": "Pay & <hours> at 100% {Lakeside_Depot} #7", "sw": "Mkataba wa pamoja"},
        "creators": (
            Creator("Otieno, Grace"),
            Creator("Lakeside Workers and Drivers", "org", "municipal"),
            Creator("Ana Silva"),
        ),
        "contributors": (Contributor("Haddad, Salma", "translator"),),
        "publisher": "LMWU",
        "place": "Ziwani",
        "date": Dates("2025-11"),
        "languages": ("en", "sw"),
        "subjects": ("ilo-taxonomy:collective-bargaining", "free:water"),
        "countries": ("KE",),
        "abstract": {"en": "Pay, hours, boots.\nAnd a second line."},
        "identifiers": Identifiers(
            isbn="978-0-00-000000-2", doi="10.1000/182", other=(("register", "17/2025"),)
        ),
        "rights": Rights("CC-BY-4.0", "LMWU"),
        "relations": Relations(replaces=("lib:2022-h6ye4qvr",)),
        "files": (
            File("0" * 64, "cba-2025.pdf", "application/pdf", 812334, pages=64, text=True),
            File("1" * 64, "members.txt", "text/plain", 10, role="annex"),
        ),
        **changes,
    }
    entry = Entry(**fields)  # type: ignore[arg-type]
    url = f"{BASE}{entry.key}/"
    return Published(
        entry, url, WHEN, "The hub", "Agreements", {"cba-2025.pdf": f"{url}files/cba-2025.pdf"}
    )


def with_cover(**changes: object) -> Published:
    """A card with a document, the words taken out of it, and its cover, all open."""
    files = (
        File("0" * 64, "cba.pdf", "application/pdf", 812334),
        File("2" * 64, "cba.txt", "text/plain", 4000, role="text"),
        File("3" * 64, "cover.webp", "image/webp", 9000, role="cover"),
    )
    card = full(files=files, **changes)
    open_ = {file.name: f"{card.url}files/{file.name}" for file in files}
    return Published(card.entry, card.url, WHEN, "The hub", "Agreements", open_)


def plain() -> Published:
    """A card that says as little as a card may."""
    entry = Entry("lib:2026-aaaaaaaa", "report", {"ar": "اتفاق"}, languages=("ar",))
    return Published(entry, f"{BASE}2026-aaaaaaaa/", WHEN, "The hub", "Agreements")
