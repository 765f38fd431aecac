"""Encoded words and parameters, also as mailers really write them."""

from __future__ import annotations

import time

import pytest

from solicomm_build.message import header


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?caf=C3=A9_au_lait?=", "café au lait"),
        ("=?UTF-8?B?4oKs?= =?utf-8?b?4oKs?=", "€€"),
        ("=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?iso-8859-1?q?=E9?= =?utf-8?q?=C3=A9?=", "éé"),
        ("x =?utf-8*en?q?y?=", "x y"),
        ("=?utf-8?q?with space?=", "with space"),
        ("=?x-none?q?=E9?=", "é"),
        ("=?utf-8?b?!?=", ""),
        ("=?utf-8?q?a=0Ab=00?=", "a b"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        ("=?iso-8859-1?q?R\xe9union_=E0?=", "Réunion à"),
        ("=?utf-8?q?R\xe9union_=C3=A9?=", "Réunion é"),
        ("=?koi8-r?q?\xf3\xcf\xc0\xda?=", "Союз"),
        ("=?koi8-r?q?Союз?=", "Союз"),
    ],
)
def test_decode(value: str, text: str) -> None:
    assert header.decode(value) == text


def test_only_so_many_words_are_decoded() -> None:
    text = header.decode("=?utf-8?q?a?= " * (header.MAX_WORDS + 1))
    assert text.startswith("a" * header.MAX_WORDS)
    assert text.endswith("=?utf-8?q?a?=")


@pytest.mark.parametrize(
    ("value", "params"),
    [
        ("text/plain", {}),
        ('Text/Plain; Charset="utf-8"; x=y', {"charset": "utf-8", "x": "y"}),
        ('a/b; name="a\\"b"', {"name": 'a"b'}),
        ('a/b; name="open', {"name": "open"}),
        ("a/b; x=1; x=2", {"x": "1"}),
        ("a/b; f*=utf-8''%C3%A9.txt", {"f": "é.txt"}),
        ("a/b; f*1=b; f*0=a", {"f": "ab"}),
        ("a/b; f*0*=latin-1'fr'%E9; f*1*=%E8; f*2=x", {"f": "éèx"}),
        ("a/b; f*=%41", {"f": "A"}),
        ("a/b; f*99999=a", {"f": "a"}),
        ('multipart/mixed boundary="a b"', {"boundary": "a b"}),
        ("multipart/mixed boundary=a; charset=x", {"boundary": "a", "charset": "x"}),
        ("text/plain; charset=us-ascii (Plain text)", {"charset": "us-ascii"}),
        ('text/plain; (c) charset="us-ascii" (x)', {"charset": "us-ascii"}),
        ("text/plain (c (d)); charset=x", {"charset": "x"}),
        ("attachment; filename=my file (1).pdf", {"filename": "my file (1).pdf"}),
    ],
)
def test_parameters(value: str, params: dict[str, str]) -> None:
    assert header.parametrised(value).params == params


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("multipart/mixed boundary=a", "multipart/mixed"),
        ("text/plain (what else); charset=x", "text/plain"),
        ("Text / Plain", "text/plain"),
        ("(c)", ""),
        ("", ""),
    ],
)
def test_the_value_ends_where_a_parameter_or_comment_begins(value: str, kind: str) -> None:
    assert header.parametrised(value).value == kind


def test_base64_forgives() -> None:
    assert header.base64(b"YWI") == b"ab"
    assert header.base64(b"Y W\nI=") == b"ab"
    assert header.base64(b"") == b""
    assert header.base64(b"A") == b""


def test_base64_in_several_pieces_is_read_to_its_end() -> None:
    assert header.base64(b"QW5hIA==\r\nQmVuIA==\r\nQ2hlbg==\r\n") == b"Ana Ben Chen"
    assert header.base64(b"QW5hIHdy\nb3RlLg==\nQmVuIHRvby4=") == b"Ana wrote.Ben too."
    assert header.base64(b"QW5hIA==\n____\nA list of the union") == b"Ana ", "words are no base64"
    assert header.base64(b"QW5hIA==\nSee you\n") == b"Ana "
    assert header.base64(b"QUJD=\nREVG") == header.base64(b"QUJDREVG"), "a sign too many"


@pytest.mark.parametrize("awkward", [" ", "\t", "(", "( ", " (", "a ", "=", " =", ";", "; "])
def test_a_long_value_costs_what_its_length_costs(awkward: str) -> None:
    """A flood of spaces behind a media type took the cube of their number."""
    begun = time.process_time()
    header.parametrised("text/plain " + awkward * (60_000 // len(awkward)))
    assert time.process_time() - begun < 1
