"""What comes into a library knows nothing of who sent it."""

from __future__ import annotations

import hashlib

import pytest

from solicomm_build.features.library.cards.shelving import Incoming, derived_files, read_files
from solicomm_build.testing import knowing

TAKEN = (
    "march.jpg",
    "poster.png",
    "minutes.docx",
    "minutes.odt",
    "guide.epub",
    "report.pdf",
    "song.mp3",
)


@pytest.mark.parametrize("name", TAKEN)
def test_a_document_is_shelved_as_a_clean_copy(name: str) -> None:
    data = knowing.corpus()[name]
    (shelved,) = read_files([Incoming(name, data)])
    text = knowing.unpacked(shelved.data)
    assert [word for word in knowing.PLANTED if word.encode() in text] == []
    assert shelved.file.sha256 == hashlib.sha256(shelved.data).hexdigest()
    assert shelved.file.size == len(shelved.data)
    assert shelved.came == hashlib.sha256(data).hexdigest()
    assert shelved.is_safe


def test_what_cannot_be_cleaned_is_said() -> None:
    (shelved,) = read_files([Incoming("a.rtf", b"{\\rtf1{\\info{\\author Jane}}}")])
    assert not shelved.is_safe
    assert "cannot be cleaned" in "".join(derived_files([shelved])[1])
