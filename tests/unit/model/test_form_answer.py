"""An answer to a form on its way from the mail's part into the post's file."""

from __future__ import annotations

import json

import pytest

from solicomm_build.features.forms.values import formanswer, formfile, formmail
from solicomm_build.features.forms.values.formanswer import Answer
from solicomm_build.features.forms.values.formvalues import Values
from solicomm_build.foundation import data
from solicomm_build.message.compose import multipart, text_part
from solicomm_build.message.parse import parse
from solicomm_build.post import post as posts
from solicomm_build.testing.smallhub import mail

VALUES = {
    "union": "hogar",
    "employer": "=cmd() ana@union.example",
    "wage": [{"year": "2026", "rise_pct": "3.5"}, {"year": "2027"}],
}


def answered(octets: bytes, kind: str = formanswer.TYPE) -> bytes:
    """A mail with a text and this part."""
    head = f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{formanswer.NAME}"'
    part = head.encode() + b"\r\n\r\n" + octets.replace(b"\n", b"\r\n")
    inside = multipart("mixed", [text_part("A report.\n"), part], seed="x")
    plain = mail("", subject="Report")
    return plain.replace(b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\n" + inside, 1)


def test_the_part_becomes_front_matter_and_no_attachment() -> None:
    raw = answered(formanswer.encode(Answer("report@1", VALUES, "a" * 32)))
    post = posts.of_message(parse(raw))
    assert (post.kind, post.attachments) == ("form", ())
    assert post.answer is not None
    assert post.answer.values["wage"] == VALUES["wage"]
    assert "ana@union" not in post.answer.values["employer"]
    blob = posts.encode(post)
    assert b"form: report@1\n" in blob
    assert b"ana@union" not in blob
    assert posts.decode(blob) == post


@pytest.mark.parametrize(
    "values",
    [
        {"of": "the docks", "union": "hogar", "wage": [{"year": "2026"}]},
        {"of": "wage", "wage": [{"year": "2026"}, {"year": "2027"}]},
        {"of": [{"year": "2026"}, {"year": "2027"}]},
        {"of": "alone"},
    ],
)
def test_a_field_may_be_called_as_what_names_the_list_of_a_row(values: Values) -> None:
    post = posts.of_message(parse(answered(formanswer.encode(Answer("report@1", values)))))
    again = posts.decode(posts.encode(post))
    assert again == post
    assert again.answer is not None
    assert again.answer.values == values


@pytest.mark.parametrize(
    "octets",
    [
        b"no json",
        b"[]",
        b'{"schema": "solicomm/form-answer@2"}',
        json.dumps({"schema": formanswer.SCHEMA, "form": "x", "values": {"a": "b"}}).encode(),
        json.dumps({"schema": formanswer.SCHEMA, "form": "x@1", "values": {"a": 1}}).encode(),
        json.dumps({"schema": formanswer.SCHEMA, "form": "x@1", "values": {"A b": "c"}}).encode(),
        json.dumps({"schema": formanswer.SCHEMA, "form": "x@1", "values": {"a": [{}]}}).encode(),
        b'{"schema": "solicomm/form-answer@1", "form": "x@1", "values": {"a": "'
        + b"x" * formanswer.MAX_BYTES
        + b'"}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_answer_stays_an_attachment(octets: bytes) -> None:
    post = posts.of_message(parse(answered(octets)))
    assert (post.kind, post.answer) == ("post", None)
    assert [one.type for one in post.attachments] == [formanswer.TYPE]


def test_a_file_that_only_says_it_is_an_answer() -> None:
    blob = posts.encode(posts.Post("1@x", kind="form", body="text\n"))
    assert posts.decode(blob).answer is None


def test_only_so_many_lines_are_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def close(word: str, *_: object) -> list[str]:
        asked.append(word)
        return []

    monkeypatch.setattr(formmail.difflib, "get_close_matches", close)
    form = formfile.decode(
        (data.folder("content") / "forms" / "collective-agreement@1.yaml").read_bytes(),
        "forms/collective-agreement@1.yaml",
    )
    label = form.fields[0].label_in("en")
    filled = formmail.read(form, f"{label}: x\n" + "Nothing like it: x\n" * 20_000, {})
    assert len(filled.unknown) == len(asked) <= 30
