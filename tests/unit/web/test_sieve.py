"""Files that do not fit are left out of a form while it comes, in whatever pieces."""

from __future__ import annotations

import pytest

from solicomm_build.web import formdata
from solicomm_build.web.uploads import sieve
from solicomm_build.web.uploads.sieve import Sieve

KIND = "multipart/form-data; boundary=b7"


def part(name: str, data: bytes, filename: str = "") -> bytes:
    more = f'; filename="{filename}"' if filename else ""
    head = f'--b7\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + data + b"\r\n"


FORM = (
    part("text", b"Words\r\n--b not yet")
    + part("file", b"y" * 900, "large.txt")
    + part("file", b"small\r\n\r\n", "small.txt")
    + part("file", b"", "")
    + part("name", b"Ana")
    + b"--b7--\r\n"
)


@pytest.mark.parametrize("size", [1, 7, 64, 5000])
def test_what_fits_goes_on_and_what_does_not_is_named(size: int) -> None:
    mark = sieve.boundary(KIND)
    assert mark == b"b7"
    made = Sieve(mark, 700)
    for at in range(0, len(FORM), size):
        made.feed(FORM[at : at + size])
    made.close()
    assert (made.large, made.is_over) == ([("large.txt", 900)], False)
    assert len(made.octets) <= 700
    found = formdata.read(KIND, bytes(made.octets))
    assert found is not None
    assert found.fields["text"] == "Words\n--b not yet"
    assert found.fields["name"] == "Ana"
    assert [(one.name, one.octets) for one in found.files] == [("small.txt", b"small\r\n\r\n")]


@pytest.mark.parametrize("size", [3, 5000])
def test_a_form_that_fits_is_what_it_was(size: int) -> None:
    made = Sieve(b"b7", 5000)
    for at in range(0, len(FORM), size):
        made.feed(FORM[at : at + size])
    made.close()
    assert (made.large, made.is_over) == ([], False)
    assert formdata.read(KIND, bytes(made.octets)) == formdata.read(KIND, FORM)


def test_a_text_that_does_not_fit_is_no_file() -> None:
    made = Sieve(b"b7", 700)
    made.feed(part("text", b"z" * 900) + b"--b7--\r\n")
    made.close()
    assert (made.large, made.is_over) == ([], True)


@pytest.mark.parametrize(
    "octets",
    [b"", b"--b7", b"--b7\r\n", b"--b7--", b"\r\n\r\n--b7\r\n\r\n", b"--b7\r\n" + b"a" * 20_000],
)
def test_what_is_no_form_ends_all_the_same(octets: bytes) -> None:
    made = Sieve(b"b7", 30_000)
    made.feed(octets)
    made.close()
    assert made.large == []
