"""Single points of reading what came back; whole samples are in test_dsn_samples.py."""

from __future__ import annotations

import pytest

from solicomm_build.features.bounces.reports import bouncetext, dsn
from solicomm_build.features.bounces.reports.dsn import Auto, Failure, Unknown, of_reply, status_in


def _report(group: str) -> bytes:
    return (
        "From: x@y.example\nContent-Type: multipart/report; boundary=b\n\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"{group}\n\n--b--\n"
    ).encode()


def _one(group: str) -> Failure:
    report = dsn.read(_report(group))
    assert isinstance(report, tuple)
    (failure,) = report
    return failure


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 no such user", "5.1.1"),
        ("550-5.7.26 This mail", "5.7.26"),
        ("#550 5.1.10 RESOLVER", "5.1.10"),
        ("554 said so", "5.0.0"),
        ("452 4.2.2 full", "4.2.2"),
        ("host 4.3.2.1 said: 550 no", "5.0.0"),
        ("SMTPSVC(5.0.2195.6713)", ""),
        ("sorry (#5.1.1)", "5.1.1"),
        ("nothing", ""),
        ("host x [198.51.100.7] 450 later; 550 5.1.1 gone", "5.1.1"),
    ],
)
def test_the_most_telling_status_counts(text: str, status: str) -> None:
    assert status_in(text) == status


def test_the_original_recipient_is_whom_we_know() -> None:
    found = _one(
        "Final-Recipient: rfc822; b@far.example\nOriginal-Recipient: rfc822;a@near.example\n"
        "Action: failed\nStatus: 5.1.1"
    )
    assert (found.recipient, found.final) == ("a@near.example", "b@far.example")
    assert found.mta == "mx.example"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("rfc822; <a@b.example>", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("RFC822;a+40b.example", "a@b.example"),
        ("utf-8; \\x{438}@b.example", "и@b.example"),
        ("utf-8; \\x{D800}\\x{A}a@b.example", "a@b.example"),
        ("X400; /S=Ana/O=Corp/", None),
        ("rfc822; c=US;dda:SMTP=a@b.example", "a@b.example"),
        ("", None),
    ],
)
def test_addresses(value: str, address: str | None) -> None:
    assert _one(f"Final-Recipient: {value}\nAction: failed").recipient == address


def test_the_diagnosis_wins_over_the_summary() -> None:
    told = "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n"
    assert _one(told + "Diagnostic-Code: smtp; 550 5.7.1 spam").status == "5.7.1"
    assert _one(told + "Diagnostic-Code: smtp; 550 no").status == "5.1.1"
    assert _one(told + "Diagnostic-Code: no kind").diagnostic == "no kind"
    assert _one(told.replace("5.1.1", "5.0.0 (disk quota)")).diagnostic == "5.0.0 (disk quota)"


def test_folds_blank_lines_and_noise_in_a_report() -> None:
    found = _one(
        "Final-Recipient: rfc822;\n a@b.example\nnoise\nAction: Failed (really)\n"
        "Diagnostic-Code: smtp; 550\n\t5.1.1 gone"
    )
    assert found.recipient == "a@b.example"
    assert found.diagnostic == "550 5.1.1 gone"


def test_a_flood_of_recipients_is_cut() -> None:
    groups = "\n\n".join(
        f"Final-Recipient: rfc822; a{n}@b.example\nAction: failed" for n in range(500)
    )
    report = dsn.read(_report(groups))
    assert isinstance(report, tuple)
    assert len(report) == dsn.MAX_RECIPIENTS


def test_replies_at_the_handover() -> None:
    gone = of_reply("a@b.example", "550 5.1.1 unknown\r\nX: y")
    assert (gone.action, gone.status, gone.source) == ("failed", "5.1.1", "reply")
    assert "\n" not in gone.diagnostic
    assert of_reply("a@b.example", "452 4.2.2 full").action == "delayed"


def test_nested_too_deep_is_unknown() -> None:
    level = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    raw = b"".join(level % (n, n) for n in range(300))
    report = dsn.read(raw)
    assert isinstance(report, Unknown)
    assert "deep" in report.reason


def test_a_second_opinion_names_somebody_and_says_nothing_else() -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.example\nSubject: Notice\n\n"
        b"This Message was undeliverable due to the following reason:\n\n"
        b"Your message was not delivered because the return address was refused.\n\n"
        b"The return address was <a@b.example>\n"
    )
    report = dsn.read(raw)
    assert report == Unknown("neither a report nor words that are known") or (
        isinstance(report, tuple) and all(one.status == "" for one in report)
    )


def test_marks_of_automatic_answers() -> None:
    for field in ("Auto-Submitted: auto-generated", "Precedence: auto_reply", "X-Autoreply: yes"):
        assert dsn.read(f"From: a@b.example\n{field}\n\nGone fishing\n".encode()) == Auto("answer")
    assert isinstance(dsn.read(b"From: a@b.example\nAuto-Submitted: no\n\nHello\n"), Unknown)


def test_a_delay_with_an_end_is_a_failure() -> None:
    text = "A message has failed.\nIt has not yet been delivered:\n  a@b.example\n"
    assert bouncetext.read(text, {}) is None
    told = bouncetext.read(f"The following addresses had permanent fatal errors\n{text}", {})
    assert told is not None
    assert not told[0].delayed


def test_words_of_people_are_no_bounces() -> None:
    assert bouncetext.guess("550 5.1.1 a@b.example", {"from": "Ana <ana@b.example>"}) is None


def test_a_second_recipient_begins_a_group_of_its_own() -> None:
    report = dsn.read(
        _report(
            "Original-Recipient: rfc822; a@b.example\nFinal-Recipient: rfc822; x@far.example\n"
            "Action: failed\nStatus: 5.1.1\nOriginal-Recipient: rfc822; c@b.example\n"
            "Final-Recipient: rfc822; y@far.example\nAction: delayed\nStatus: 4.2.2"
        )
    )
    assert isinstance(report, tuple)
    seen = [(one.recipient, one.final, one.status) for one in report]
    assert seen == [
        ("a@b.example", "x@far.example", "5.1.1"),
        ("c@b.example", "y@far.example", "4.2.2"),
    ]


@pytest.mark.parametrize("action", ["deliverable", "Delivered (to a mailbox)", "relayed", ""])
def test_good_news_is_no_failure(action: str) -> None:
    group = f"Final-Recipient: rfc822; a@b.example\nAction: {action}\nStatus: 2.1.5"
    assert dsn.read(_report(group)) == Auto("delivered")


def test_words_that_hold_a_semicolon_are_kept_whole() -> None:
    told = "Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: "
    assert _one(told + "smtp; 550 no; never").diagnostic == "550 no; never"
    assert _one(told + "550 no such user; never").diagnostic == "550 no such user; never"


def test_a_delimiter_in_the_returned_message_makes_no_report() -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.example\nSubject: Returned mail\n\nReceived: from x\n\n"
        b"--b1_xx\nContent-Type: message/delivery-status\n\nFinal-Recipient: x;a@b.example\n"
    )
    assert dsn._with_type(raw) == raw
    assert dsn._with_type(raw.replace(b"Received: from x\n\n", b"")).startswith(b"Content-Type:")


@pytest.mark.parametrize("to", ["The meters are broken.", "a@b.example, c@d.example", ""])
def test_the_last_guess_is_one_address_or_none(to: str) -> None:
    raw = (
        "From: MAILER-DAEMON@mx.example\nSubject: Mail System Error\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nNobody was reached.\n--b\n"
        f"Content-Type: message/rfc822\n\nTo: {to}\nSubject: x\n\ny\n--b--\n"
    )
    report = dsn.read(raw.encode())
    assert not isinstance(report, tuple) or [one.recipient for one in report] == [None]
