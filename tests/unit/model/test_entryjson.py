"""A card goes through JSON and comes back the same."""

from __future__ import annotations

import pytest

from solicomm_build.features.library.cards import entryfile, entryjson
from solicomm_build.foundation import data

SAMPLE = sorted((data.folder("content") / "libraries/agreements/entries").glob("*/entry.md"))
FULL = b"""---
schema: solicomm/entry@1
id: lib:2026-7qk3xa2m
type: book
title: {en: "A \\"title\\"", ar: \xd8\xa7\xd8\xaa}
contributors: [{name: "Haddad, Salma", role: translator}]
languages: [en, ar]
abstract: {en: "One."}
identifiers: {isbn: 978-0-00-000000-2, other: [{scheme: register, value: "17/2025"}]}
relations: {replaces: [lib:2022-h6ye4qvr], discussed_in: conf:organising}
files: [{sha256: %s, name: a.pdf, type: application/pdf, bytes: 7, text: no}]
provenance: {at: 2025-11-20T09:00:00Z, reviewed: {by: p_m, at: 2025-11-21T07:30:00Z}}
---

A note.
""" % (b"0" * 64)


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.parent.name)
def test_sample_cards_come_back(path) -> None:  # type: ignore[no-untyped-def]
    entry = entryfile.decode(path.read_bytes(), f"entries/{path.parent.name}/entry.md")
    assert entryjson.load(entryjson.dump(entry)) == entry


def test_a_card_that_says_everything_comes_back() -> None:
    entry = entryfile.decode(FULL, "entries/2026-7qk3xa2m/entry.md")
    assert entry.provenance.reviewed_at is not None
    assert entryjson.load(entryjson.dump(entry)) == entry
