"""Properties of the files of `model/`: what is written reads back, quickly and slowly alike."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.foundation import frontmatter, yamlsafe
from solicomm_build.foundation.oneline import (
    LONGEST_NAME,
    LONGEST_SUBJECT,
    file_name,
    media_type,
    one_line,
)
from solicomm_build.message.address import mask_name
from solicomm_build.people import rosterevents
from solicomm_build.post import conference, event
from solicomm_build.post.post import KINDS, Attached, Post, decode, encode

UNICODE = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ANY = st.text(max_size=60)
LINES = st.builds(one_line, UNICODE, st.just(LONGEST_NAME))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
ATTACHED = st.builds(
    Attached,
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.builds(lambda text: mask_name(file_name(text)), UNICODE),
    st.builds(media_type, UNICODE),
    st.integers(0, 10**15 - 1),
)


@st.composite
def posts(draw: st.DrawFn) -> Post:
    """Posts as `of_message` makes them."""
    date = draw(st.none() | MOMENTS)
    return Post(
        message_id=draw(UNICODE.filter(bool)),
        in_reply_to=draw(st.none() | UNICODE.filter(bool)),
        references=tuple(draw(st.lists(UNICODE, max_size=50))),
        name=draw(LINES),
        date=date,
        date_raw="" if date else draw(LINES),
        lang=draw(st.sampled_from([None, "en", "pt-BR", "no", "zh-Hant-TW"])),
        subject=one_line(draw(UNICODE), LONGEST_SUBJECT),
        kind=draw(st.sampled_from(sorted(KINDS))),
        attachments=tuple(draw(st.lists(ATTACHED, max_size=3))),
        notes=tuple(draw(st.lists(LINES, max_size=3))),
        body=draw(UNICODE | st.just("---\nkind: form\n---\n")),
    )


@given(posts())
def test_a_post_reads_back(post: Post) -> None:
    assert decode(encode(post)) == post


@given(posts())
def test_the_fast_path_reads_what_yaml_reads(post: Post) -> None:
    head, _ = frontmatter.split(encode(post))
    assert frontmatter.read(head) == yamlsafe.load(head, max_bytes=frontmatter.MAX_BYTES)


@given(ANY, ANY, ANY)
def test_no_text_becomes_a_key(name: str, subject: str, identifier: str) -> None:
    blob = encode(Post("m@x" + identifier, name=name, subject=subject))
    head, body = frontmatter.split(blob)
    assert set(frontmatter.read(head)) <= {"schema", "message_id", "name", "subject", "kind"}
    assert head.count("\n") <= 5
    assert body == ""


@given(ANY)
def test_one_line_is_one_line_and_stays_so(text: str) -> None:
    line = one_line(text, 50)
    assert len(line) <= 50
    assert len(line.splitlines()) <= 1
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert unicodedata.is_normalized("NFC", line)
    assert one_line(line, 50) == line


@given(ANY)
def test_file_names_are_one_segment_and_stay_so(text: str) -> None:
    name = file_name(text)
    assert 0 < len(name) <= 100
    assert not set(name) & set("/\\\x00\n")
    assert not name.startswith(".")
    assert file_name(name) == name


NODES = st.recursive(
    UNICODE.map(lambda text: unicodedata.normalize("NFC", text)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            UNICODE.map(lambda text: unicodedata.normalize("NFC", text)), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(NODES)
def test_dumped_yaml_reads_back(value: yamlsafe.Node) -> None:
    text = yamlsafe.dump(value)
    assert yamlsafe.load(text) == value
    assert yamlsafe.dump(yamlsafe.load(text)) == text


WORDS = UNICODE.map(lambda text: one_line(text, 100)).filter(bool)


@given(
    st.dictionaries(st.sampled_from(["en", "fr", "ar"]), WORDS, min_size=1),
    st.sampled_from(conference.KINDS),
    st.sampled_from(conference.POSTINGS),
    st.sampled_from(["public", "unlisted"]),
)
def test_conferences_read_back(
    title: dict[str, str], kind: str, posting: str, visibility: str
) -> None:
    made = conference.Conference("water", title, kind=kind, posting=posting, visibility=visibility)
    assert conference.decode(conference.encode(made)) == made


@given(MOMENTS, st.dictionaries(st.sampled_from(["title", "reason"]), WORDS), st.lists(WORDS))
def test_topic_events_read_back(at: datetime, data: dict[str, str], words: list[str]) -> None:
    made = event.make(
        "label", at=at, by="p_1", data={**data, "add": tuple(words)} if words else data
    )
    assert event.decode(event.encode(made), eid=made.eid) == made


@given(st.lists(st.tuples(UNICODE, UNICODE), max_size=4), MOMENTS)
def test_roster_events_read_back(people: list[tuple[str, str]], at: datetime) -> None:
    consent = rosterevents.Consent("import", "file")
    made = [
        rosterevents.member(number, address, at=at, consent=consent, name=name)
        for number, (address, name) in enumerate(people, 1)
    ]
    assert rosterevents.decode_events(rosterevents.encode_events(made)) == made
