"""May this sender post here? Each rule, and the order they are asked in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from solicomm_build.foundation.types import Envelope
from solicomm_build.message.auth.levels import Level
from solicomm_build.message.parse import parse
from solicomm_build.people import roster, rosterevents
from solicomm_build.post import policy
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.post.misdirected import PHRASES, is_command
from solicomm_build.post.policy import judge
from solicomm_build.post.postingcase import Case, Counts, Verdict
from solicomm_build.post.postingrules import PostingRules

AT = datetime(2026, 11, 24, tzinfo=UTC)
OWNER = rosterevents.Consent("owner")
PEOPLE = roster.fold(
    [
        rosterevents.member(1, "ana@union.example", at=AT, consent=OWNER),
        rosterevents.subscribe("water", 1, at=AT, consent=OWNER),
        rosterevents.member(2, "mod@union.example", at=AT, consent=OWNER),
        rosterevents.role("water", 2, "moderator", at=AT, by="operator"),
    ]
)
ANA, BEN, MOD = "From: ana@union.example", "From: ben@other.example", "From: mod@union.example"


def _judge(
    *fields: str, posting: str = "open", mail_from: str | None = "ana@union.example"
) -> Verdict:
    raw = (
        "\r\n".join(["Message-ID: <m@x>", "To: water@hub.example", *fields]) + "\r\n\r\nx\r\n"
    ).encode()
    return judge(
        Case(
            message=parse(raw),
            envelope=Envelope(mail_from, ("water@hub.example",), AT),
            conference=Conference("water", {"en": "Water"}, posting=posting),
            list_id="water.hub.example",
            list_address="water@hub.example",
            roster=PEOPLE,
            level="aligned",
        )
    )


@pytest.mark.parametrize(
    ("posting", "sender", "action", "rule"),
    [
        ("open", BEN, "accept", "open"),
        ("open", ANA, "accept", "open"),
        ("members", ANA, "accept", "member"),
        ("members", "From: Ana <ANA@Union.Example>", "accept", "member"),
        ("members", BEN, "hold", "nonmember"),
        ("members", MOD, "accept", "moderator"),
        ("moderated", ANA, "hold", "moderated"),
        ("moderated", BEN, "hold", "moderated"),
        ("moderated", MOD, "accept", "moderator"),
        ("announce", ANA, "hold", "announce"),
        ("announce", MOD, "accept", "moderator"),
    ],
)
def test_posting_modes(posting: str, sender: str, action: str, rule: str) -> None:
    verdict = _judge(sender, posting=posting)
    assert (verdict.action, verdict.rule, verdict.archive) == (action, rule, True)


def test_the_envelope_sender_is_not_identity() -> None:
    assert _judge(BEN, posting="members", mail_from="ana@union.example").action == "hold"
    assert _judge(ANA, posting="members", mail_from="bounce@relay.example").action == "accept"


@pytest.mark.parametrize(
    "fields",
    [
        ("List-Id: Water <water.hub.example>",),
        ("List-ID: <WATER.hub.example>",),
        ("X-Loop: water@hub.example",),
        ("List-Post: <mailto:water@hub.example>",),
        ("Delivered-To: water@hub.example",),
        ("Received: from a by b; Tue, 24 Nov 2026 00:00:00 +0000",) * 51,
    ],
)
def test_loops_are_discarded(fields: tuple[str, ...]) -> None:
    verdict = _judge(MOD, *fields)
    assert (verdict.action, verdict.rule) == ("discard", "loop")
    assert verdict.reason


@pytest.mark.parametrize(
    "fields",
    [
        ("List-Id: <fire.hub.example>",),
        ("X-Loop: fire@hub.example",),
        ("Received: from a by b; Tue, 24 Nov 2026 00:00:00 +0000",) * 50,
        ("Auto-Submitted: No",),
    ],
)
def test_what_is_no_loop_and_not_automatic(fields: tuple[str, ...]) -> None:
    assert _judge(ANA, *fields).action == "accept"


def test_automatic_mail() -> None:
    assert _judge(ANA, mail_from=None).rule == "null-sender"
    assert _judge(ANA, mail_from=None).action == "discard"
    assert _judge(ANA, "Auto-Submitted: auto-replied (vacation)").rule == "auto-replied"
    assert _judge(ANA, "Auto-Submitted: Auto-Replied; x=y").action == "discard"
    generated = _judge(ANA, "Auto-Submitted: auto-generated", posting="members")
    assert (generated.action, generated.rule) == ("hold", "automatic")
    assert _judge(ANA, "Auto-Submitted: auto-generated").action == "accept"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ((ANA, BEN), "two-from"),
        (("From: ana@union.example, ben@other.example",), "two-authors"),
        (("From: Union: ana@union.example;",), "group-from"),
        (("From: Nobody:;",), "group-from"),
        (("From:",), "no-author"),
        (("From: just a name",), "no-author"),
        ((), "no-author"),
    ],
)
def test_an_unclear_author_is_held(fields: tuple[str, ...], rule: str) -> None:
    verdict = _judge(*fields)
    assert (verdict.action, verdict.rule) == ("hold", rule)


def test_colons_in_names_make_no_group() -> None:
    for sender in ('"Ana: x; y" <ana@union.example>', "=?utf-8?q?A:_x;?= <ana@union.example>"):
        assert _judge(f"From: {sender}", posting="members").action == "accept"


def test_limits() -> None:
    many = "Cc: " + ", ".join(f"a{n}@x.example" for n in range(100))
    assert _judge(ANA, many).rule == "many-recipients"
    kind = 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x'
    assert _judge(ANA, kind).rule == "encrypted"
    smime = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
    verdict = _judge(ANA, smime, posting="members")
    assert (verdict.action, verdict.rule) == ("hold", "encrypted")


@pytest.mark.parametrize("field", ["Archive: no", "X-No-Archive: Yes", "Archive: No; filename=x"])
def test_a_post_may_ask_not_to_be_archived(field: str) -> None:
    verdict = _judge(ANA, field)
    assert (verdict.action, verdict.archive) == ("accept", False)


# -- what members and moderators made of it ---------------------------------------------------


def _people(*events: rosterevents.Event) -> roster.Roster:
    joined = rosterevents.Consent("mail")
    return roster.fold(
        [
            rosterevents.member(1, "ana@union.example", at=AT, consent=OWNER),
            rosterevents.subscribe("water", 1, at=AT, consent=OWNER),
            rosterevents.member(2, "mod@union.example", at=AT, consent=OWNER),
            rosterevents.role("water", 2, "host", at=AT, by="operator"),
            rosterevents.member(3, "new@union.example", at=AT, consent=joined),
            rosterevents.subscribe("water", 3, at=AT, consent=joined),
            *events,
        ]
    )


NONE_YET = Counts()


def _case(
    *fields: str,
    text: str = "a post of two\r\nlines\r\n",
    to: str = "To: water@hub.example",
    people: roster.Roster | None = None,
    level: Level = "aligned",
    counts: Counts = NONE_YET,
    certain: bool = True,
    enforced: bool = True,
    topic_closed: bool = False,
    to_topic: bool = False,
    fed: bool = False,
    **settings: Any,
) -> Verdict:
    raw = "\r\n".join(["Message-ID: <m@x>", to, *fields]) + f"\r\n\r\n{text}"
    settings = {"posting": "members", "languages": ("es",), **settings}
    return judge(
        Case(
            message=parse(raw.encode()),
            envelope=Envelope("ana@union.example", ("water@hub.example",), AT),
            conference=Conference("water", {"en": "Water"}, **settings),
            list_id="water.hub.example",
            list_address="water@hub.example",
            roster=people or _people(),
            level=level,
            counts=counts,
            certain=certain,
            enforced=enforced,
            topic_closed=topic_closed,
            to_topic=to_topic,
            fed=fed,
        )
    )


NEW = "From: new@union.example"


def test_the_banned_are_discarded_and_the_trusted_write_freely() -> None:
    ban = rosterevents.standing("water", "ben@other.example", "banned", at=AT, by="mod")
    trust = rosterevents.standing("water", "ben@other.example", "trusted", at=AT, by="mod")
    assert _case(BEN, people=_people(ban)).rule == "banned"
    assert _case(BEN, people=_people(ban), posting="open").action == "discard"
    for posting in ("open", "members", "moderated", "announce"):
        verdict = _case(BEN, people=_people(ban, trust), posting=posting)
        assert (verdict.action, verdict.rule) == ("accept", "trusted")


def test_an_emergency_holds_everything() -> None:
    rules = PostingRules(emergency=True)
    assert _case(MOD, policy=rules).rule == "emergency"
    assert _case(ANA, policy=rules).action == "hold"


@pytest.mark.parametrize(
    ("counts", "rule"),
    [
        (Counts(19, 199), "member"),
        (Counts(20, 20), "member-rate"),
        (Counts(0, 200), "list-rate"),
    ],
)
def test_posts_a_day(counts: Counts, rule: str) -> None:
    assert _case(ANA, counts=counts).rule == rule
    assert _case(MOD, counts=counts).rule == "moderator"
    assert _case(ANA, counts=counts, posting="open").action == "accept"
    assert _case(ANA, counts=counts, policy=PostingRules(per_member=0, per_list=0)).rule == "member"


@pytest.mark.parametrize("field", ["X-Spam: Yes", "X-Spam-Flag: YES", "X-Spam-Status: Yes, 9.1"])
def test_spam_waits(field: str) -> None:
    assert _case(ANA, field).rule == "spam"
    assert _case(ANA, "X-Spam-Status: No, yes").action == "accept"


def test_who_looks_forged_waits() -> None:
    for sender in (ANA, MOD, NEW):
        verdict = _case(sender, level="failed")
        assert (verdict.action, verdict.rule) == ("hold", "looks-forged")
    assert _case(ANA, level="failed", posting="open").rule == "looks-forged"
    for posting in ("open", "members"):  # who is not on the list waits just the same
        assert _case(BEN, level="failed", posting=posting).rule == "looks-forged"
    assert _case(ANA, level="aligned").action == "accept"


@pytest.mark.parametrize(("ever", "rule"), [(0, "first-posts"), (1, "first-posts"), (2, "member")])
def test_the_first_posts_of_who_joined_alone_wait(ever: int, rule: str) -> None:
    assert _case(NEW, counts=Counts(member_ever=ever)).rule == rule
    assert _case(NEW, counts=Counts(member_ever=ever), posting="open").rule == "open"
    assert _case(ANA, counts=Counts(member_ever=ever)).rule == "member"
    trust = rosterevents.standing("water", "new@union.example", "trusted", at=AT, by="mod")
    assert _case(NEW, people=_people(trust)).rule == "trusted"
    assert _case(NEW, policy=PostingRules(first_posts=0)).rule == "member"


def test_who_cannot_be_asked_about_waits_for_the_dns() -> None:
    verdict = _case(ANA, level="failed", certain=False)
    assert (verdict.action, verdict.rule) == ("hold", "dns-silent")
    assert _case(BEN, level="failed", certain=False).rule == "dns-silent"
    for sender in (ANA, BEN):
        assert _case(sender, level="failed", certain=False, posting="open").rule == "open"


def test_a_moderator_can_hold_everything_by_a_word() -> None:
    begins = rosterevents.emergency("water", on=True, at=AT, by="mod")
    ends = rosterevents.emergency("water", on=False, at=AT, by="mod")
    assert _case(MOD, people=_people(begins)).rule == "emergency"
    assert _case(MOD, people=_people(begins, ends)).rule == "moderator"
    odd = rosterevents.Event("emergency", "2026-11-24", {"conference": "water", "on": "yes"})
    assert _people(odd).refused == [odd]


def test_spam_is_thrown_away_where_the_list_says_so() -> None:
    assert _case(ANA, "X-Spam: yes", policy=PostingRules(spam="discard")).action == "discard"


def test_nonmembers_are_rejected_only_when_it_is_they_who_wrote() -> None:
    rules = PostingRules(nonmembers="reject")
    assert _case(BEN, level="aligned", policy=rules).action == "reject"
    assert _case(BEN, level="claimed", policy=rules).action == "hold"
    assert _case(ANA, level="aligned", policy=rules).action == "accept"


@pytest.mark.parametrize(
    "program",
    ["Auto-Submitted: auto-generated", "Precedence: bulk"],
)
def test_a_program_that_writes_without_end_is_stopped(program: str) -> None:
    verdict = _case(ANA, program, counts=Counts(automatic=10), posting="open")
    assert (verdict.action, verdict.rule) == ("hold", "automatic-flood")
    calm = _case(ANA, program, counts=Counts(automatic=9), posting="open")
    assert calm.action == "accept"
    assert _case(ANA, counts=Counts(automatic=10)).action == "accept"


def test_what_a_list_passed_on_is_no_program_s() -> None:
    """An open conference to which the mail of a busy list was sent held two posts of three."""
    passed_on = ("List-Id: <n.other.example>", "Precedence: list")
    verdict = _case(ANA, *passed_on, counts=Counts(automatic=500), posting="open")
    assert verdict.action == "accept"


def test_a_list_that_feeds_this_one_is_let_in() -> None:
    rules = PostingRules(siblings=("news.union.example",))
    fed = ("List-Id: News <news.union.example>", "Precedence: list")
    to = "To: news@union.example"
    verdict = _case(BEN, *fed, to=to, policy=rules, counts=Counts(automatic=50), fed=True)
    assert (verdict.action, verdict.rule) == ("accept", "fed")
    other = _case(BEN, "List-Id: <x.union.example>", to=to, policy=rules, fed=True)
    assert other.rule == "nonmember"
    forged = _case(BEN, *fed, to=to, policy=rules)
    assert forged.rule == "nonmember", "nothing proves that a server of that list's domain sent it"


def test_an_answer_to_a_digest_waits() -> None:
    digest = f"digest.{'a' * 32}@hub.example"
    assert _case(ANA, f"In-Reply-To: <{digest}>").rule == "digest-reply"
    assert _case(ANA, f"References: <one@x> <{digest}>").rule == "digest-reply"
    assert _case(ANA, "Subject: Re: [Agua] compendio 2026-11-24 (7 mensajes)").rule == (
        "digest-reply"
    )
    assert _case(ANA, "Subject: Re: [Water] talks 2026-11-24").rule == "member"
    inside = _case(ANA, "In-Reply-To: <post@x>", f"References: <{digest}> <post@x>")
    assert inside.rule == "member", "it answers a message in the digest"


def test_a_closed_topic_takes_no_more() -> None:
    assert _case(ANA, topic_closed=True).rule == "topic-closed"
    assert _case(MOD, topic_closed=True).rule == "moderator"


@pytest.mark.parametrize("action", ["hold", "accept", "discard"])
def test_what_happens_to_nonmembers(action: str) -> None:
    verdict = _case(BEN, policy=PostingRules(nonmembers=action))
    assert verdict.action == action


@pytest.mark.parametrize(
    ("to", "rule"),
    [
        ("To: WATER@hub.example", "member"),
        ("Cc: Water <water@hub.example>, ben@other.example", "member"),
        (f"To: water+t-{'a' * 32}@hub.example", "member"),
        ("To: water-request@hub.example", "not-addressed"),
        ("To: water@elsewhere.example", "not-addressed"),
        ("Subject: secret", "not-addressed"),
    ],
)
def test_the_list_must_be_named(to: str, rule: str) -> None:
    assert _case(ANA, to=to).rule == rule
    assert _case(MOD, to=to).rule == rule.replace("member", "moderator")
    assert _case(ANA, to=to, policy=PostingRules(addressed=False)).rule == "member"


@pytest.mark.parametrize(
    ("subject", "text", "rule"),
    [
        ("unsubscribe", "", "command"),
        ("Unsubscribe!", "please\r\n-- \r\nAna\r\nUnion\r\nStreet\r\nCity\r\nPhone\r\n", "command"),
        ("", "Please unsubscribe me.\r\n", "command"),
        ("", "unsubscribe water\r\n", "command"),
        ("water@hub.example leave", "x\r\n", "command"),
        ("hola", "\r\n> quoted\r\nDarme de baja, por favor\r\n", "command"),
        ("CANCELAR SUSCRIPCION", "", "command"),
        ("me désinscrire", "", "member"),
        ("unsubscribe", "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n", "member"),
        ("How to unsubscribe", "I wonder.\r\n", "member"),
        ("help", "The boiler bursts!\r\n", "member"),
    ],
)
def test_commands_are_answered_and_not_posted(subject: str, text: str, rule: str) -> None:
    verdict = _case(ANA, f"Subject: {subject}", text=text)
    assert verdict.rule == rule
    assert (verdict.action == "answer") == (rule == "command")


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_every_phrase_is_known_in_its_language(language: str) -> None:
    for phrase in PHRASES[language]:
        raw = f"Subject: x\n\n{phrase.upper()}.\n".encode()
        raw = b"Content-Type: text/plain; charset=utf-8\n" + raw
        assert is_command(parse(raw), (language,), ("water",)), phrase


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Bonjour,\n\ndésinscription, svp\n\nMerci\nAna"),
        ("es", "Hola a todas,\nbaja por favor"),
        ("ru", "Здравствуйте!\n\nОтпишите меня, пожалуйста."),
        ("ru", "отпишите меня, пожалуйста"),
        ("ar", "السلام عليكم\n\nإلغاء الاشتراك من فضلك"),
    ],
)
def test_a_command_with_manners_is_one(language: str, text: str) -> None:
    head = b"Content-Type: text/plain; charset=utf-8\nSubject: x\n\n"
    assert is_command(parse(head + text.encode()), (language,), ("water",))
    assert not is_command(parse(head + text.encode() + b"\n1\n2\n3\n4"), (language,), ())


def test_a_file_must_be_what_its_name_says() -> None:
    rules = AttachmentRules(types=("pdf",))
    for start, rule in (("%PDF-1.4", "member"), ("<html>", "attachment-disguised")):
        field, text = _attached("bill.pdf", start)
        assert _case(ANA, field, text=text, attachments=rules).rule == rule
    field, text = _attached("bill.pdf", "MZ\x00")
    assert _case(ANA, field, text=text).rule == "attachment-program"


@pytest.mark.parametrize(
    ("name", "start", "rule"),
    [
        ("note.opus", "OggS", "member"),
        ("note.m4a", "\0\0\0 ftypM4A ", "member"),
        ("note.amr", "#!AMR", "member"),  # begins like a script
        ("note.mp3", "<html>", "attachment-disguised"),
        ("note.m4a", "ftyp", "attachment-disguised"),
        ("note.amr", "#!/bin/sh", "attachment-program"),
    ],
)
def test_a_voice_note_is_what_it_says(name: str, start: str, rule: str) -> None:
    field, text = _attached(name, start + "\n" if start == "#!AMR" else start)
    rules = AttachmentRules(types=("opus", "m4a", "amr", "mp3"))
    assert _case(ANA, field, text=text, attachments=rules).rule == rule


def test_a_list_may_be_against_voices() -> None:
    field, text = _attached("note.opus", "OggS")
    for types in ((), ("opus",)):
        rules = AttachmentRules(types=types, sound="none")
        assert _case(ANA, field, text=text, attachments=rules).rule == "attachment-type"


def _attached(name: str, start: str = "x") -> tuple[str, str]:
    fields = 'Content-Type: multipart/mixed; boundary="b"'
    text = (
        "--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n--b\r\nContent-Type: application/x\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{start}\r\n--b--\r\n'
    )
    return fields, text


@pytest.mark.parametrize(
    ("name", "types", "rule"),
    [
        ("a.pdf", (), "member"),
        ("a.pdf", ("pdf",), "member"),
        ("a.odt", ("pdf",), "attachment-type"),
        ("a", ("pdf",), "attachment-type"),
        ("bill.pdf.EXE", (), "attachment-program"),
    ],
)
def test_attachments(name: str, types: tuple[str, ...], rule: str) -> None:
    field, text = _attached(name, "%PDF-1.7")
    rules = AttachmentRules(types=types)
    assert _case(ANA, field, text=text, attachments=rules).rule == rule
    assert _case(ANA, field, text=text, attachments=rules, posting="open").rule == "open"


def test_every_verdict_names_its_rule_and_holds_give_reasons() -> None:
    for verdict in (_case(BEN), _case(ANA), _case(NEW), _case(ANA, "Subject: unsubscribe")):
        assert verdict.rule
        assert verdict.reason or verdict.action == "accept"


@pytest.mark.parametrize(
    ("text", "level", "action"),
    [
        ("pin\nclose", "signed", "answer"),
        ("pin\nclose", "claimed", "hold"),
        ("pin\nklose", "signed", "answer"),
        ("pin\nklose", "claimed", "hold"),
        ("summary\n\nWe agreed.", "signed", "answer"),
        ("summary\n\nWe agreed.", "claimed", "hold"),
        ("close the window please", "signed", "accept"),
        ("Hello", "signed", "accept"),
    ],
)
def test_a_moderators_commands_go_to_the_desk(text: str, level: Level, action: str) -> None:
    found = _case(MOD, text=text, level=level, to_topic=True)
    assert found.action == action
    if action == "answer":
        assert found.rule == "topic-command"
    assert _case(MOD, text=text, level=level).rule != "topic-command"


UNPROVEN_LEVELS: tuple[Level, ...] = ("claimed", "failed")


@pytest.mark.parametrize("level", UNPROVEN_LEVELS)
@pytest.mark.parametrize("posting", ["members", "moderated", "announce"])
def test_a_claim_of_a_member_moderator_or_trusted_author_is_worth_nothing(
    posting: str, level: Level
) -> None:
    """Each unproven author waits for the same yes, whatever the roster says of the address."""
    trust = rosterevents.standing("water", "ben@other.example", "trusted", at=AT, by="mod")
    for enforced in (True, False):
        found = {
            _case(sender, level=level, posting=posting, people=people, enforced=enforced)
            for sender in (ANA, BEN, MOD, NEW)
            for people in (_people(), _people(trust))
        }
        (verdict,) = found
        assert verdict.action == "hold"
        is_forged = level == "failed" and enforced
        assert verdict.rule == ("looks-forged" if is_forged else "unproven")


def test_on_an_open_list_a_claim_lifts_no_limit() -> None:
    rules = PostingRules(nonmembers="accept", per_member=2, first_posts=1, addressed=True)
    for sender in (ANA, BEN, MOD, NEW):
        how = {"level": "claimed", "posting": "open", "policy": rules}
        assert _case(sender, **how).rule == "open"
        assert _case(sender, counts=Counts(member_today=2), **how).rule == "member-rate"
        assert _case(sender, to="Bcc: x@y.example", **how).rule == "not-addressed"
        assert _case(sender, topic_closed=True, **how).rule == "topic-closed"


def test_a_private_mail_of_a_moderator_that_is_handed_on_waits() -> None:
    """What proves the author does not prove to whom he wrote."""
    for posting in ("members", "moderated", "announce"):
        for rules in (PostingRules(), PostingRules(addressed=False)):
            found = _case(MOD, to="To: friend@other.example", posting=posting, policy=rules)
            wanted = posting != "members" or rules.addressed
            assert (found.rule == "not-addressed") is wanted


def test_orders_of_an_unproven_author_wait_for_a_yes_whoever_it_claims_to_be() -> None:
    for sender in (ANA, BEN, MOD):
        for posting in ("open", "announce"):
            close = _case(sender, text="close", level="claimed", to_topic=True, posting=posting)
            week = _case(sender, "Subject: [summary] Week 3", level="claimed", posting=posting)
            assert (close.rule, week.rule) == ("unproven", "unproven")


def test_a_command_that_went_astray_is_answered_without_proof() -> None:
    for sender in (ANA, BEN, MOD):
        found = _case(sender, "Subject: unsubscribe", text="", level="claimed")
        assert (found.action, found.rule) == ("answer", "command")


def test_commands_of_others_wait_and_texts_of_others_go_out() -> None:
    assert _case(ANA, text="pin\nclose", to_topic=True).rule == "topic-command"
    assert _case(ANA, text="pin\nclose", to_topic=True).action == "hold"
    assert _case(ANA, text="pin\nHello all", to_topic=True).action == "accept"


def test_a_command_that_a_list_passed_on_is_no_command() -> None:
    """The desk acts on no such mail, so it would be lost."""
    for field in ("List-Id: <x.other.example>", "Precedence: list", "X-Loop: x@other.example"):
        found = _case(MOD, field, text="pin", level="signed", to_topic=True)
        assert found.rule != "topic-command" or found.action == "hold"


def test_the_rules_of_features_stand_where_they_are_told() -> None:
    """The order is behaviour: a moderator's command is known before anything can hold it, and what
    answers a digest before its topic is looked at."""
    order = [f"{rule.__module__.split('.')[-2]}.{rule.__name__}" for rule in policy.rules()]
    assert [
        (order[at + 1], one) for at, one in enumerate(order) if not one.startswith("post.")
    ] == [
        ("post._loop", "fediverse._from_elsewhere"),
        ("post._automatic", "chat._no_words"),
        ("topics._moderators", "following._wish"),
        ("weekly._moderators", "topics._moderators"),
        ("post._emergency", "weekly._moderators"),
        ("post._not_addressed", "topics._others"),
        ("post._topic_closed", "digests._reply"),
        ("post._attachments", "forms._answer"),
    ]
