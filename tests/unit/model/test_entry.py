"""Library cards and libraries: `solicomm_build/features/library/cards/entryfile.py` and
`library.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.library import library
from solicomm_build.features.library.cards import entry, entryfile
from solicomm_build.foundation.errors import ContentErrors

INVALID = Path(__file__).parents[2] / "invalid"
CARD = """---
schema: solicomm/entry@1
id: lib:2026-7QK3XA2M
type: collective-agreement
title: {en: "Agreement 2025-2028", sw: Mkataba wa pamoja}
creators:
  - {name: "Otieno, Grace", kind: person}
  - {name: Lakeside Municipal Workers, kind: org, registry: municipal}
contributors: [{name: Juma, role: translator}]
publisher: {name: LMW, place: Kisumu}
date: {issued: 2025-11, valid_from: 2025-07-01, valid_to: 2028-06-30}
languages: [en, sw]
subjects: [ilo-taxonomy:collective-bargaining, free:water]
coverage: {countries: [KE, NO], sectors: [isic4:E36]}
abstract: {en: "Pay and hours."}
identifiers: {isbn: 978-0-00-000000-2, other: [{scheme: ILO, value: X1}]}
rights: {licence: CC-BY-4.0, holder: LMW, access: open}
relations: {replaces: lib:2022-abcdefgh, discussed_in: [conf:organising]}
files:
  - {sha256: %s, name: cba.pdf, type: application/pdf, bytes: 812334, pages: 64, text: yes}
provenance:
  {by: p_7h2kq, via: mail, at: 2026-03-04T09:12+03:00, reviewed: {by: p_m3, at: 2026-03-05T00:00Z}}
version: 2
---

A note.
""" % ("a" * 64)
PLACE = "entries/2026-7qk3xa2m/entry.md"


def test_a_card_is_read_whole() -> None:
    card = entryfile.decode(CARD.encode(), PLACE)
    assert (card.id, card.key) == ("lib:2026-7qk3xa2m", "2026-7qk3xa2m")
    assert card.creators[1] == entry.Creator("Lakeside Municipal Workers", "org", "municipal")
    assert card.date == entry.Dates("2025-11", "2025-07-01", "2028-06-30")
    assert card.countries == ("KE", "NO")
    assert card.rights.until == ""
    assert card.relations.replaces == ("lib:2022-abcdefgh",)
    assert card.main_file is not None
    assert (card.main_file.size, card.main_file.text) == (812334, True)
    assert card.provenance.at == datetime(2026, 3, 4, 6, 12, tzinfo=UTC)
    assert (card.version, card.status, card.body) == (2, "published", "A note.\n")


def test_what_is_written_is_read_back() -> None:
    card = entryfile.decode(CARD.encode(), PLACE)
    assert entryfile.decode(entryfile.encode(card), PLACE) == card
    assert entryfile.encode(card) == entryfile.encode(
        entryfile.decode(entryfile.encode(card), PLACE)
    )
    bare = entry.Entry(
        "lib:2026-aaaaaaaa", "report", {"ar": 'تقرير "2026": أجور'}, languages=("ar",)
    )
    assert entryfile.decode(entryfile.encode(bare), "x") == bare


def test_titles_fall_back_to_the_documents_language() -> None:
    card = entryfile.decode(CARD.encode(), PLACE)
    assert card.title_in("sw") == "Mkataba wa pamoja"
    assert card.title_in("ru") == "Agreement 2025-2028"
    assert replace(card, languages=("xx",)).title_in("ru") == "Agreement 2025-2028"
    assert card.abstract_in("fr") == "Pay and hours."
    assert replace(card, abstract=None).abstract_in("fr") == ""
    assert replace(card, files=()).main_file is None


def test_the_id_is_read_as_people_type_it() -> None:
    assert entry.entry_id(" LIB:2026-7QK3XA2M ") == "lib:2026-7qk3xa2m"
    assert entry.entry_id("2026-7QK3XA2M") is None
    assert entry.path("2026-7qk3xa2m") == PLACE


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("schema: solicomm/entry@1", "schema: solicomm/entry@2", "newer than this program"),
        ("schema: solicomm/entry@1", "schema: other/x@1", "is not known here"),
        ("schema: solicomm/entry@1\n", "", "`schema` is missing"),
        ("2026-7QK3XA2M", "2026-7QK3", "not understood"),
        ("2026-7QK3XA2M", "2026-aaaaaaaa", "not this folder's"),
        ("collective-agreement\n", "collective-agrement\n", "Did you mean `collective-agreement`"),
        ("type: collective-agreement\n", "", "`type` is missing"),
        ("2025-11,", "2025-13,", "not a date"),
        ("2025-11,", "November,", "not a date"),
        ("valid_to: 2028", "valid_to: 2024", "before `valid_from`"),
        ("[en, sw]", "[en, en]", "twice"),
        ("[en, sw]", "[English]", "does not fit here"),
        ("languages: [en, sw]\n", "", "`languages` is missing"),
        ("free:water", "water", "does not fit here"),
        ("KE, NO", "Kenya", "does not fit here"),
        ("CC-BY-4.0, holder: LMW, access: open", "x, access: embargo", "an embargo needs its end"),
        ("access: open", "access: all", "cannot be"),
        ("conf:organising", "organising", "does not fit here"),
        ("bytes: 812334", "bytes: many", "not a number between"),
        ("a" * 64, "a" * 63, "not understood"),
        ("name: cba.pdf", "name: ../cba.pdf", "not understood"),
        ("name: cba.pdf", "name: entry.md", "the card itself"),
        ("role: translator", "roll: translator", "Did you mean `role`"),
        ("text: yes", "text: perhaps", "cannot be"),
        ("version: 2", "version: 0", "not a number between"),
        ("at: 2026-03-04T09:12+03:00", "at: yesterday", "not a date with a time"),
        ("{name: LMW, place: Kisumu}", "LMW", "`key: value` lines"),
        ("[{name: Juma, role: translator}]", "Juma", "is not a list"),
        ("978-0-00-000000-2", "none", "not understood"),
        ("Mkataba wa pamoja", '"Mkataba\\u202e"', "invisible control character"),
        ("Mkataba wa pamoja", '"Mkataba\\nwa"', "must be one line"),
        ("Mkataba wa pamoja", "x" * 301, "301 long"),
        ("Mkataba wa pamoja", "[x]", "is not a text"),
        ("sw: Mkataba", "Swahili: Mkataba", "not a language"),
    ],
)
def test_a_fault_is_named(old: str, new: str, fault: str) -> None:
    assert old in CARD
    with pytest.raises(ContentErrors) as caught:
        entryfile.decode(CARD.replace(old, new, 1).encode(), PLACE)
    assert fault in str(caught.value)
    assert PLACE in str(caught.value)


def test_all_faults_come_at_once_with_their_lines() -> None:
    text = CARD.replace("collective-agreement\n", "treaty\n", 1).replace("version: 2", "edition: 2")
    with pytest.raises(ContentErrors) as caught:
        entryfile.decode(text.encode(), PLACE)
    assert [fault.line for fault in caught.value.faults] == [4, 23]


@pytest.mark.parametrize(
    ("blob", "fault"),
    [
        (b"no front matter", "no front matter"),
        (b"---\nid: x\n", "does not end"),
        (b"---\nid: \xff\n---\n", "not UTF-8"),
        (b"---\nid: \0\n---\n", "NUL"),
        (b"---\nid: &a x\n---\n", "anchors"),
        (b"---\n- a\n---\n", "`key: value` lines"),
        (b"---\nid: x\n---\n" + b"x" * 300_000, "300014 bytes"),
    ],
)
def test_what_is_no_card_at_all(blob: bytes, fault: str) -> None:
    with pytest.raises(ContentErrors) as caught:
        entryfile.decode(blob, "entry.md")
    assert fault in str(caught.value)


def test_two_files_of_one_name() -> None:
    line = next(line for line in CARD.splitlines() if "cba.pdf" in line)
    with pytest.raises(ContentErrors, match=r"two files are named `cba.pdf`"):
        entryfile.decode(CARD.replace(line, f"{line}\n{line}").encode(), PLACE)


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault() -> None:
    blob = b"\xef\xbb\xbf" + CARD.replace("\n", "\r\n").encode()
    assert entryfile.decode(blob, PLACE) == entryfile.decode(CARD.encode(), PLACE)


def test_a_library_is_read_and_written_back() -> None:
    blob = b"""schema: solicomm/library@1
id: agreements
title: {en: Agreements, fr: Accords}
description: {en: What unions won.}
languages: [en, fr]
conference: organising
"""
    found = library.decode(blob)
    assert (found.id, found.deposit, found.conference) == ("agreements", "members", "organising")
    assert library.decode(library.encode(found)) == found
    with pytest.raises(ContentErrors, match="deposit"):
        library.decode(blob + b"deposit: everyone\n")


def test_the_documented_card_is_valid() -> None:
    text = (INVALID.parents[1] / "docs/formats/library-entry.md").read_text("utf-8")
    card = text.split("```yaml\n")[1].split("```")[0]
    assert entryfile.decode(card.encode(), PLACE).publisher == "LMWU"


def test_a_list_that_is_too_long() -> None:
    many = ", ".join(f"free:word-{number}" for number in range(100))
    with pytest.raises(ContentErrors, match="101 items"):
        entryfile.decode(CARD.replace("free:water", many).encode(), PLACE)


def test_a_relation_may_be_one_word_or_a_list() -> None:
    listed = CARD.replace("replaces: lib:2022-abcdefgh", "replaces: [LIB:2022-ABCDEFGH]")
    assert entryfile.decode(listed.encode(), PLACE) == entryfile.decode(CARD.encode(), PLACE)


@pytest.mark.parametrize("case", sorted((INVALID).glob("card-*")), ids=lambda path: path.name)
def test_invalid_cards_fail_with_the_right_words(case: Path) -> None:
    with pytest.raises(ContentErrors) as caught:
        entryfile.decode((case / "entry.md").read_bytes(), "entry.md")
    assert str(caught.value) == (case / "expected.txt").read_text().strip()
