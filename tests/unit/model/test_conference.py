"""conference.yaml: defaults, every fault at once, and a round trip."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.message.values import Attachment
from solicomm_build.post import sounds
from solicomm_build.post.admission import admitted, is_too_large
from solicomm_build.post.conference import (
    BEFORE_VOICES,
    AttachmentRules,
    Conference,
    Week,
    decode,
    encode,
)
from solicomm_build.post.postingrules import PostingRules

FULL = """\
schema: solicomm/conference@1
id: africa-public-sector
title: {en: Public sector unions in Africa, fr: Syndicats du secteur public en Afrique}
description: {en: "Wages, water, health."}
kind: list
languages: [en, fr, pt, sw]
visibility: public
posting: moderated
moderators: [p_7h2kq, p_m3x9d]
pseudonyms: required
attachments: {max_bytes: 2000000, types: [pdf, odt]}
forms: [collective-agreement@1]
calendar:
  - {week: 1, opens: 2026-04-06, title: {en: Why bargain?}, read: [lib:2026-7QK3XA2M], task: topic}
retention: {raw_mail_days: 30, posts: forever}
licence: CC-BY-SA-4.0
robots: noindex
health: {answer_target_hours: 48, publish: false}
reply_to: both
redact_origin: true
archive: none
policy: {nonmembers: discard, first_posts: 0, per_list: 1000, emergency: true}
"""


def test_the_example_of_the_format() -> None:
    conference = decode(FULL)
    assert conference.is_list
    assert conference.posting == "moderated"
    assert conference.attachments == AttachmentRules(2_000_000, ("pdf", "odt"))
    assert conference.calendar == (
        Week(1, "2026-04-06", {"en": "Why bargain?"}, ("lib:2026-7QK3XA2M",), "topic"),
    )
    assert (conference.raw_mail_days, conference.answer_target_hours) == (30, 48)
    assert not conference.publish_health
    assert conference.archive == "none"
    assert not conference.has_pages
    assert (conference.reply_to, conference.redact_origin) == ("both", True)
    assert conference.rules == PostingRules("discard", 0, 20, 1000, emergency=True)
    assert decode(encode(conference)) == conference


def test_the_least_has_the_defaults() -> None:
    conference = decode("schema: solicomm/conference@1\nid: water\ntitle: Water\n")
    assert conference == Conference("water", {"en": "Water"})
    assert conference.posting == "members"
    assert not conference.is_list
    assert decode(encode(conference)) == conference


@pytest.mark.parametrize("visibility", ["public", "members"])
@pytest.mark.parametrize("hides", [True, False])
def test_closed_lists_hide_the_way_a_post_came_unless_told(visibility: str, hides: bool) -> None:
    least = f"schema: solicomm/conference@1\nid: water\ntitle: Water\nvisibility: {visibility}\n"
    assert decode(least).redact_origin == (visibility == "members")
    told = decode(least + f"redact_origin: {str(hides).lower()}\n")
    assert told.redact_origin == hides
    assert decode(encode(told)) == told


@pytest.mark.parametrize("posting", ["open", "members", "moderated", "announce"])
def test_what_is_asked_of_posts_follows_from_the_mode(posting: str) -> None:
    least = f"schema: solicomm/conference@1\nid: water\ntitle: Water\nposting: {posting}\n"
    usual = decode(least)
    assert usual.policy is None
    assert (usual.rules.nonmembers == "accept") == (posting == "open")
    assert (usual.rules.per_member, usual.rules.per_list) in ((20, 200), (0, 0))
    told = decode(least + "policy: {per_member: 5, addressed: true}\n")
    assert (told.rules.per_member, told.rules.addressed) == (5, True)
    assert decode(encode(told)) == told


def test_titles_fall_back_to_the_first_language() -> None:
    conference = decode(FULL)
    assert conference.title_in("fr") == "Syndicats du secteur public en Afrique"
    assert conference.title_in("ru") == "Public sector unions in Africa"
    assert conference.description_in("fr") == "Wages, water, health."
    assert Conference("x", {"ru": "Вода"}).title_in("fr") == "Вода"
    assert Conference("x", {}).title_in("fr") == "x"


def test_members_only_is_never_indexed() -> None:
    text = "schema: solicomm/conference@1\nid: x\ntitle: X\nvisibility: members\nrobots: index\n"
    assert decode(text).robots == "noindex"


def test_every_fault_is_named() -> None:
    with pytest.raises(ContentErrors) as caught:
        decode(
            "schema: solicomm/conference@1\nid: ../x\npostings: open\nvisibility: secret\n"
            "moderators: [ana@union.example]\nattachments: {max_bytes: many}\nreply_to: nobody\n"
            "calendar:\n  - {opens: soon}\n  - x\nlanguages: [English]\n",
            "conference.yaml",
        )
    assert [fault.line for fault in caught.value.faults] == [1, 2, 3, 4, 5, 6, 7, 9, 10, 11]
    assert "Did you mean `posting`?" in str(caught.value)
    assert "`title` is missing" in str(caught.value)


def test_the_key_address_of_older_files_is_passed_over() -> None:
    least = "schema: solicomm/conference@1\nid: water\ntitle: Water\n"
    for value in ("water", "w.a@union.example", "[a, b]"):
        assert decode(f"{least}address: {value}\n") == decode(least)
    assert b"address" not in encode(decode(f"{least}address: water\n"))


def test_what_is_no_yaml_is_one_fault() -> None:
    with pytest.raises(ContentErrors, match="not YAML"):
        decode(b"a: [", "conference.yaml")


def test_every_posting_rule_is_read_and_written() -> None:
    rules = PostingRules(
        "reject",
        first_posts=1,
        per_member=5,
        per_list=50,
        addressed=False,
        emergency=True,
        spam="discard",
        siblings=("news.union.example",),
        release=True,
        closed="hold",
    )
    made = Conference("water", {"en": "Water"}, policy=rules)
    assert decode(encode(made)).rules == rules


def test_a_sibling_is_a_list_id() -> None:
    blob = b"schema: solicomm/conference@1\nid: a\ntitle: A\npolicy: {siblings: [a@b.example]}\n"
    with pytest.raises(ContentErrors, match="siblings"):
        decode(blob)


def test_mirrors_are_read_and_written() -> None:
    made = Conference("bar", {"en": "Bar"}, mirror=("public-inbox", "imap"))
    assert decode(encode(made)) == made


@pytest.mark.parametrize("visibility", ["unlisted", "members", "encrypted"])
def test_what_all_can_read_is_for_public_conferences(visibility: str) -> None:
    made = Conference("bar", {"en": "Bar"}, visibility=visibility)
    blob = encode(made) + b"mirror: [public-inbox]\n"
    with pytest.raises(ContentErrors, match="everybody can read a public-inbox"):
        decode(blob)


BEFORE = "schema: solicomm/conference@1\nid: a\ntitle: A\n"
TYPES = "types: [pdf, odt, docx, csv, png, jpg]"


def test_types_that_starters_had_take_voices_now() -> None:
    old = decode(f"{BEFORE}attachments: {{max_bytes: 2000000, {TYPES}}}\n")
    assert old.attachments.types == (*BEFORE_VOICES, *sounds.EXTENSIONS)
    assert decode(encode(old)) == old


@pytest.mark.parametrize(
    "text",
    [
        f"attachments: {{{TYPES}, sound: none}}\n",
        f"pseudonyms: required\nattachments: {{{TYPES}}}\n",
        "attachments: {types: [pdf, odt, docx, csv, jpg, png]}\n",
        "attachments: {types: [pdf]}\n",
    ],
)
def test_whoever_chose_something_else_keeps_it(text: str) -> None:
    assert not set(decode(BEFORE + text).attachments.types) & set(sounds.EXTENSIONS)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("", 2_000_000),
        ("attachments: {max_bytes: 30000000}\n", 2_000_000),
        ("attachments: {max_bytes: 50000}\n", 50_000),
        ("attachments: {max_bytes: 50000, sound_bytes: 900000}\n", 900_000),
        ("attachments: {sound_bytes: 9000000}\n", 9_000_000),
    ],
)
def test_recordings_have_a_bound_of_their_own_of_two_megabytes(text: str, most: int) -> None:
    found = decode(BEFORE + text)
    assert found.attachments.sound_bytes == most
    assert decode(encode(found)) == found
    of = Attachment("a.opus", "audio/ogg", b"OggS" + bytes(most - 4))
    assert admitted(of, found.attachments)
    more = Attachment("a.opus", "audio/ogg", of.payload + b"x")
    assert is_too_large(more, found.attachments)
    assert not admitted(more, found.attachments)
