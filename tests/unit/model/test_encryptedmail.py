"""What nobody on a list could read, told from what only speaks of it or is signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.message.parse import parse
from solicomm_build.post.held.encryptedmail import is_unreadable

MAIL = Path(__file__).parents[2] / "data" / "mail"
SEALED = sorted(path for path in MAIL.glob("*.eml") if path.stem.startswith("sealed-"))
OTHERS = sorted(set(MAIL.glob("*.eml")) - set(SEALED))


@pytest.mark.parametrize("path", SEALED, ids=lambda path: path.stem)
def test_what_is_encrypted_is_known(path: Path) -> None:
    assert is_unreadable(parse(path.read_bytes()))


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_what_can_be_read_is_not_taken_for_it(path: Path) -> None:
    assert not is_unreadable(parse(path.read_bytes()))


def test_there_are_samples_of_each() -> None:
    assert len(SEALED) >= 9
    assert {"open-about-pgp", "open-clear-signed", "open-signed-file"} <= {p.stem for p in OTHERS}


@pytest.mark.parametrize("kind", ["multipart/encrypted", "Multipart / Encrypted; boundary=x"])
def test_a_type_says_it_though_the_parts_are_missing(kind: str) -> None:
    assert is_unreadable(parse(f"Content-Type: {kind}\n\nx".encode()))
