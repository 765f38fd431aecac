"""Whatever octets stand where a post, an event or settings should: a value or ContentError.

The kept inputs are the known attacks; Hypothesis adds arbitrary octets, arbitrary front matter and
damaged good files.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.foundation import yamlsafe
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.message import memberlines
from solicomm_build.people import roster, rosterevents
from solicomm_build.post import conference, event
from solicomm_build.post.post import Attached, Post, decode, encode

GOOD = encode(
    Post(
        "m@x.example",
        references=("r@x.example",),
        name="Ana",
        subject="Hello",
        attachments=(Attached("a" * 64, "x.pdf", "application/pdf", 1),),
        body="Hello\n",
    )
)
HEAD = b"---\nschema: solicomm/post@1\nmessage_id: m@x.example\n"
BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 106)
)
HOSTILE = {
    "alias bomb": HEAD + BOMB + b"---\n",
    "ten megabytes of value": HEAD + b"subject: " + b"x" * 10_000_000 + b"\n---\n",
    "ten megabytes of keys": HEAD + b"".join(b"k%d: v\n" % n for n in range(900_000)) + b"---\n",
    "ten megabytes of brackets": HEAD + b"subject: " + b"[" * 10_000_000 + b"\n---\n",
    "nested objects": HEAD + b"subject: " + b'[{"a": ' * 5000 + b"\n---\n",
    "a key twice": HEAD + b"subject: a\nsubject: b\n---\n",
    "a key twice in an object": HEAD + b'attachments: [{"a": "1", "a": "2"}]\n---\n',
    "a tag": HEAD + b"subject: !!python/object/apply:os.system [id]\n---\n",
    "a tag on the document": b"--- !!python/object/apply:os.system [id]\n---\n",
    "a merge key": HEAD + b"<<: {name: x}\n---\n",
    "a surrogate": HEAD + b'subject: "\\ud800"\n---\n',
    "a directive": b"---\n%YAML 1.1\n---\n",
    "a NUL": HEAD + b"subject: a\0b\n---\n",
    "not UTF-8": HEAD + b"subject: \xff\xfe\n---\n",
    "UTF-16": "---\nschema: solicomm/post@1\n---\n".encode("utf-16"),
    "a huge number": HEAD
    + b'attachments: [{"sha256": "'
    + b"a" * 64
    + b'", "bytes": '
    + b"9" * 100_000
    + b"}]\n---\n",
    "a date beyond": HEAD + b"date: 9999-12-31T23:59:59-23:59\n---\n",
    "no end": HEAD,
    "nothing": b"",
}


def _read(blob: bytes) -> Post | None:
    with contextlib.suppress(ContentError):
        post = decode(blob, file="p.md")
        assert isinstance(post, Post)
        return post
    return None


@pytest.mark.parametrize("name", HOSTILE)
def test_known_attacks(name: str) -> None:
    post = _read(HOSTILE[name])
    if post is not None:
        assert decode(encode(post)) == post


def test_a_post_of_ten_megabytes_is_a_post() -> None:
    blob = HEAD + b"---\n" + b"x\n" * 5_000_000
    post = _read(blob)
    assert post is not None
    assert len(post.body) == 10_000_000


@given(st.binary(max_size=300))
def test_arbitrary_octets(blob: bytes) -> None:
    for data in (blob, b"---\n" + blob + b"\n---\n", HEAD + blob + b"\n---\n"):
        _read(data)


PIECES = [
    *"[]{}\"'#>|a?%@-é\u2028\x85\x7f\n",
    *("schema: ", "message_id: ", "date: ", "attachments: ", "references: ", "solicomm/post@1"),
    *("solicomm/post@2", "  ", "- ", ": ", ", ", "&a", "*a", "!!x", "\\u202e", "\\ud800", '"b"'),
    "---\n",
]
YAMLISH = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(YAMLISH)
def test_arbitrary_front_matter(text: str) -> None:
    post = _read(HEAD + text.encode() + b"\n---\nbody\n")
    _read(b"---\n" + text.encode() + b"\n---\nbody\n")
    if post is not None:
        assert decode(encode(post)) == post


@given(st.integers(0, len(GOOD)), st.binary(max_size=8), st.integers(0, 20))
def test_damaged_good_files(at: int, octets: bytes, cut: int) -> None:
    _read(GOOD[:at] + octets + GOOD[at + cut :])


@given(YAMLISH | st.text(max_size=100))
def test_settings(text: str) -> None:
    with contextlib.suppress(ContentError):
        yamlsafe.load(text)
    with contextlib.suppress(ContentErrors):
        conference.decode("schema: solicomm/conference@1\n" + text)
    with contextlib.suppress(ContentErrors):
        hubyaml.parse("name: Hub\n" + text, Path("/hub"))
    with contextlib.suppress(ContentError):
        event.decode(
            b"schema: solicomm/event@1\ntype: pin\nby: p\n" + text.encode("utf-8", "replace")
        )


@given(st.binary(max_size=200), st.text(max_size=200))
def test_rosters(blob: bytes, text: str) -> None:
    with contextlib.suppress(ContentErrors):
        roster.fold(rosterevents.decode_events(blob))
    with contextlib.suppress(ContentErrors):
        assert all("@" in mailbox.addr_spec for mailbox in memberlines.parse(text))
