"""Posts: a pure function of the message, a file that reads back, and nothing that breaks out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from solicomm_build.foundation.errors import ContentError, MessageError
from solicomm_build.foundation.types import PostId, TopicId, post_id, public_id
from solicomm_build.message.msgid import topic_of
from solicomm_build.message.parse import parse
from solicomm_build.post import post as posts
from solicomm_build.post.post import Attached, Post, decode, effective_time, encode, of_message

SHA = "0123456789abcdef" * 4
ATTACHED = (
    f'{{"sha256": "{SHA}", "name": "mkataba.pdf", "type": "application/pdf", "bytes": 181223}}'
)
FULL = Post(
    message_id="20260304091200.12@mail.example.ke",
    in_reply_to="a@b.example",
    references=("r@b.example", "a@b.example"),
    name="Amina Ötieno",
    date=datetime(2026, 3, 4, 6, 12, tzinfo=UTC),
    lang="sw",
    subject='Mkataba: "mpya" # 1',
    attachments=(Attached(SHA, "mkataba.pdf", "application/pdf", 181223),),
    notes=("charset guessed",),
    body="Habari\n",
)
FILE = f"""\
---
schema: solicomm/post@1
message_id: "20260304091200.12@mail.example.ke"
in_reply_to: "a@b.example"
references: ["r@b.example", "a@b.example"]
name: "Amina Ötieno"
date: 2026-03-04T06:12:00Z
lang: sw
subject: "Mkataba: \\"mpya\\" # 1"
kind: post
attachments: [{ATTACHED}]
notes: ["charset guessed"]
---
Habari
"""


def _mail(*fields: str, body: str = "Hello\n") -> bytes:
    return ("\n".join(fields) + "\n\n" + body).encode()


def _post(*fields: str, body: str = "Hello\n") -> Post:
    return of_message(parse(_mail("Message-ID: <m@x.example>", *fields, body=body)))


# -- files ------------------------------------------------------------------------------------


def test_the_file_of_a_post() -> None:
    assert encode(FULL).decode() == FILE
    assert decode(encode(FULL)) == FULL


def test_the_same_in_other_yaml_is_the_same_post() -> None:
    text = FILE.replace('"20260304091200.12@mail.example.ke"', "20260304091200.12@mail.example.ke")
    text = text.replace("2026-03-04T06:12:00Z", "'2026-03-04T09:12:00.5+03:00'  # local")
    assert decode(text.encode()) == FULL


def test_empty_values_are_left_out() -> None:
    bare = Post(message_id="m@x", date_raw="Thu, 99 Foo")
    assert encode(bare) == (
        b'---\nschema: solicomm/post@1\nmessage_id: "m@x"\ndate_raw: "Thu, 99 Foo"\n'
        b"kind: post\n---\n"
    )
    assert decode(encode(bare)) == bare


def test_texts_cannot_become_keys_or_end_the_front_matter() -> None:
    sly = Post("m@x\n---\nkind: summary", subject="x\n---\nname: root", name="a\rb", body="---\n")
    read = decode(encode(sly))
    assert read.message_id == sly.message_id
    assert (read.subject, read.name, read.kind) == ("x --- name: root", "a b", "post")
    assert read.body == "---\n"


def test_what_others_wrote_is_made_safe_on_reading() -> None:
    text = (
        '---\nschema: solicomm/post@1\nmessage_id: "m@x"\nname: "\\u202Etxt"\n'
        'subject: "\\u0000<b>"\nlang: "en\\" onload"\nkind: exploit\nnotes: ["a\\nb"]\n'
        f'attachments: [{{"sha256": "{SHA}", "name": "../x", "type": "a", "bytes": "1"}}]\n---\n'
    )
    read = decode(text.encode())
    assert (read.name, read.subject, read.lang, read.kind) == ("txt", "<b>", None, "post")
    assert read.attachments == (Attached(SHA, "_x", "application/octet-stream", 1),)
    assert read.notes == ("a b",)


def test_an_unknown_major_version_is_shown_as_plain_text() -> None:
    text = '---\nschema: solicomm/post@2\nmessage_id: "m@x"\nnew: {a: b}\n---\nana@union.example\n'
    read = decode(text.encode())
    assert read.message_id == "m@x"
    assert read.notes == ("unknown schema solicomm/post@2",)
    assert "new: {a: b}" in read.body
    assert "union.example" not in read.body


def test_unknown_keys_of_a_known_version_are_passed_over() -> None:
    text = FILE.replace("kind: post\n", "kind: summary\ncovers: {from: 2026-02-23}\n")
    assert decode(text.encode()).kind == "summary"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("schema: solicomm/entry@1", "the schema is 'solicomm/entry@1'"),
        ("schema: [solicomm/post@1]", "the schema is"),
        ("a: b", "`schema` is missing"),
        ("schema: solicomm/post@1", "`message_id` is missing"),
        ("schema: solicomm/post@1\nmessage_id: [a]", "`message_id` is not a text"),
        ("schema: solicomm/post@1\nmessage_id: a\ndate: yesterday", "`date` is 'yesterday'"),
        ("schema: solicomm/post@1\nmessage_id: a\ndate: 2026-03-04T00:00:00", "`date` is"),
        ("schema: solicomm/post@1\nmessage_id: a\ndate: 0001-01-01T00:00:00+09:00", "`date` is"),
        ("schema: solicomm/post@1\nmessage_id: a\nreferences: b", "not a list of texts"),
        ("schema: solicomm/post@1\nmessage_id: a\nreferences: [[b]]", "not a list of texts"),
        ("schema: solicomm/post@1\nmessage_id: a\nattachments: [x]", "without a SHA-256"),
        ("schema: solicomm/post@1\nmessage_id: a\nattachments: x", "without a SHA-256"),
        ("schema: solicomm/post@1\nmessage_id: a\nattachments: {x: y}", "without a SHA-256"),
        ("schema: solicomm/post@1\nmessage_id: a\nsubject: {x: y}", "`subject` is not a text"),
    ],
)
def test_faults_of_a_file(line: str, words: str) -> None:
    with pytest.raises(ContentError, match=words) as caught:
        decode(f"---\n{line}\n---\n".encode(), file="topics/p.md")
    assert "topics/p.md" in caught.value.public


# -- where and when ---------------------------------------------------------------------------


def test_paths() -> None:
    mid, tid = post_id("m@x"), TopicId(post_id("t@x"))
    path = posts.path(tid, mid)
    assert path == f"topics/{tid[:2]}/{tid}/posts/{mid}.md"
    assert posts.parse_path(path) == (tid, mid)
    assert FULL.mid == post_id(FULL.message_id)
    assert posts.attachment_path(SHA) == f"files/01/{SHA}"


def test_what_is_no_id_is_no_path() -> None:
    with pytest.raises(ValueError, match="no ids"):
        posts.path(TopicId("../../x"), PostId("x"))
    with pytest.raises(ValueError, match="not a SHA-256"):
        posts.attachment_path("../x")
    tid = post_id("x")
    for text in ("conference.yaml", f"topics/zz/{tid}/posts/{tid}.md", "topics/../posts/x.md", ""):
        assert posts.parse_path(text) is None


def test_effective_time_is_clamped() -> None:
    receipt = datetime(2026, 3, 10, tzinfo=UTC)
    day = timedelta(days=1)
    assert effective_time(None, receipt) == receipt
    assert effective_time(receipt + 400 * day, receipt) == receipt
    assert effective_time(receipt - 400 * day, receipt) == receipt - 7 * day
    assert effective_time(receipt - day, receipt) == receipt - day


# -- from a message ---------------------------------------------------------------------------


def test_a_plain_mail() -> None:
    post = _post(
        "From: Ana Ruiz <ana@union.example>",
        "Date: Wed, 4 Mar 2026 09:12:00 +0300",
        "Subject: =?utf-8?q?=C2=BFHuelga=3F?=",
        "In-Reply-To: <a@x>",
        "References: <r@x> <a@x>",
        "Content-Language: ES-ar",
    )
    assert post == Post(
        message_id=public_id("m@x.example"),
        in_reply_to=public_id("a@x"),
        references=(public_id("r@x"), public_id("a@x")),
        name="Ana Ruiz",
        date=datetime(2026, 3, 4, 6, 12, tzinfo=UTC),
        lang="es-ar",
        subject="¿Huelga?",
        body="Hello\n",
    )


def test_addresses_are_masked_in_name_subject_and_body() -> None:
    post = _post(
        'From: "ana@union.example" <ana@union.example>',
        "Subject: ask ben@union.example",
        "Date: ben@union.example",
        body="Mail cleo@union.example\n",
    )
    assert post.name == "ana@…"
    assert b"union.example" not in encode(post)
    assert "cleo@…" in post.body


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("ana@union.example", "ana@…"),
        ("ana@localhost", "ana@…"),
        ('"" <ana@union.example>', "ana@…"),
        ("undisclosed:;", ""),
    ],
)
def test_without_a_display_name_the_masked_address_is_shown(field: str, name: str) -> None:
    assert _post(f"From: {field}").name == name


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("ana at union.example (Ana Paz)", "Ana Paz"),
        ("ana.paz at union.example  (=?utf-8?q?Jos=C3=A9?=)", "José"),
        ("ana à union.example (Ana ben@union.example)", "Ana ben@…"),
        ("ana at union.example (ana at union.example)", "ana@…"),
        ("ana at union.example", "ana@…"),
        ("Ana of the union", ""),
    ],
)
def test_who_wrote_is_known_in_archives_that_hide_addresses(field: str, name: str) -> None:
    """Pipermail writes them so, in the language of its list; the authors had no names."""
    post = _post(f"From: {field}")
    assert post.name == name
    assert b"union.example" not in encode(post)


def test_names_subjects_and_file_names_lose_controls_and_bidi() -> None:
    post = _post(
        "From: =?utf-8?q?A=E2=80=AEna=0D=0Ax?= <a@x.example>",
        "Subject: =?utf-8?q?a=0D=0ABcc:_x=E2=81=A6?= <script>",
        'Content-Type: application/pdf; name="x"',
        "Content-Disposition: attachment; filename*=utf-8''..%2F%E2%80%AEfdp.exe",
        "Content-Transfer-Encoding: base64",
        body="aGVsbG8=\n",
    )
    assert post.name == "Ana x"
    assert post.subject == "a Bcc: x <script>"
    (attached,) = post.attachments
    assert "/" not in attached.name
    assert "\u202e" not in attached.name
    assert attached.bytes == 5
    assert attached.sha256.startswith("2cf24dba5fb0a30e")


def test_a_date_that_is_none_is_kept_raw() -> None:
    for raw in ("Thu, 99 Foo 2026 25:61:61 +9999", "Thu, 1 Jan 1970 00:00:00 +0000"):
        post = _post("From: a@x.example", f"Date: {raw}")
        assert (post.date, post.date_raw) == (None, raw)
    assert _post("From: a@x.example").date_raw == ""


def test_references_keep_the_first_and_the_last() -> None:
    ids = " ".join(f"<{n}@x>" for n in range(200))
    references = _post(f"References: {ids} <y> <a@x> <a@x>").references
    assert len(references) == 50
    assert references[:2] == (public_id("0@x"), public_id("152@x"))
    assert references[-1] == public_id("a@x")


def test_a_message_without_id_gets_the_callers() -> None:
    message = parse(_mail("From: a@x.example"))
    with pytest.raises(MessageError):
        of_message(message)
    assert of_message(message, message_id="made@hub").message_id == public_id("made@hub")
    noted = of_message(message, message_id="made@hub", notes=["mid_conflict"])
    assert noted.notes == ("mid_conflict",)


def test_a_guessed_charset_is_noted() -> None:
    raw = b"Message-ID: <m@x>\nContent-Type: text/plain; charset=x-none\n\n\xe9t\xe9\n"
    post = of_message(parse(raw))
    assert post.notes == ("charset guessed",)
    assert decode(encode(post)) == post


def test_markdown_mail_stays_markdown_and_text_does_not_become_it() -> None:
    body = "*a* [b](http://x.example)\n"
    assert _post("Content-Type: text/markdown", body=body).body == body
    assert _post(body=body).body != body


def test_the_post_does_not_depend_on_line_ends_or_the_day() -> None:
    raw = _mail("Message-ID: <m@x>", "From: Ana <a@x.example>", "Subject: s", body="a\nb\n")
    assert encode(of_message(parse(raw))) == encode(of_message(parse(raw.replace(b"\n", b"\r\n"))))


def test_other_zones_are_written_in_utc() -> None:
    zone = timezone(timedelta(hours=-3))
    post = Post("m@x", date=datetime(2026, 3, 4, 23, 30, tzinfo=zone))
    assert b"date: 2026-03-05T02:30:00Z\n" in encode(post)


def test_a_post_names_neither_the_person_nor_the_host_of_an_id() -> None:
    own, above = "jane.doe.1@mail.acme.example", "bo@pc-17.acme.example"
    head = (
        f"Message-ID: <{own}>",
        f"In-Reply-To: <{above}>",
        f"References: <{above}>",
        "From: Nightowl <x@acme.example>",
    )
    made = of_message(parse(_mail(*head)))
    blob = encode(made)
    assert b"acme" not in blob
    assert b"jane" not in blob
    assert made.mid == post_id(own)
    assert made.in_reply_to is not None
    assert post_id(made.in_reply_to) == post_id(above)
    assert [post_id(one) for one in made.references] == [post_id(above)]


def test_an_answer_to_an_id_of_ours_finds_its_post() -> None:
    ours = public_id("jane.doe.1@mail.acme.example")
    assert post_id(ours) == post_id("jane.doe.1@mail.acme.example")
    assert public_id(ours) == ours
    made = public_id(f"{'a' * 32}@no-message-id.invalid")
    assert made == f"{'a' * 32}@no-message-id.invalid"
    answer = parse(_mail("Message-ID: <m@x>", f"In-Reply-To: <{ours}>", "From: a@x.example"))
    assert topic_of(answer, post_id("m@x")) == post_id("jane.doe.1@mail.acme.example")


def test_a_file_is_called_by_nobodys_address() -> None:
    text = (
        '---\nschema: solicomm/post@1\nmessage_id: "m@x"\nattachments: '
        '[{"sha256": "'
        + "0" * 64
        + '", "name": "for jane@acme.pdf", "type": "a/b", "bytes": 1}]\n---\n'
    )
    assert decode(text.encode()).attachments[0].name == "for jane@….pdf"
