"""Whatever comes back to a bounce address is read without an exception, and soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.features.bounces.bounceclass import Kind, classify
from solicomm_build.features.bounces.reports import dsn
from solicomm_build.features.bounces.reports.dsn import Auto, Complaint, Report, Unknown

FOLDER = Path(__file__).parents[1] / "data" / "bounces"
SAMPLES = sorted(FOLDER.glob("*.eml"))

_PIECES = st.sampled_from(
    [
        b"From: MAILER-DAEMON@x.example\r\n",
        b"Subject: failure notice\r\n",
        b"Return-Path: <>\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n",
        b"\r\n--b\r\n",
        b"\r\n--b--\r\n",
        b"Content-Type: message/delivery-status\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: message/global-delivery-status\r\n\r\n",
        b"Content-Type: message/feedback-report\r\n\r\n",
        b"Feedback-Type: abuse\r\n",
        b"Final-Recipient: rfc822; ",
        b"Final-Recipient: utf-8; \\x{110000}",
        b"Action: failed\r\n",
        b"Status: 5.1.1\r\n",
        b"Diagnostic-Code: smtp; ",
        b"550 5.1.1 user unknown",
        b"a@b.example",
        b"<a@b.example>:",
        b"\r\n\r\n",
        b"\r\n",
        b" ",
        b"The following address(es) failed:\r\n",
        b"I'm afraid I wasn't able to deliver your message\r\n",
        b"@",
        b"<",
        b">",
        b"\0",
        b"\xff",
        b"X-Failed-Recipients: ",
        b"was not delivered to:\r\n",
        b"----- Transcript of session\r\n",
        b"Auto-Submitted: auto-replied\r\n",
        b"unknown user: a@b.example\r\n",
        b"Received: from x\r\n",
    ]
)
_OCTETS = st.lists(st.one_of(_PIECES, st.binary(max_size=6)), max_size=50).map(b"".join)


def read(raw: bytes) -> Report:
    """Everything that is asked of a report; the net for what nobody thought of is not used."""
    report = dsn.read(raw)
    assert isinstance(report, (tuple, Auto, Complaint, Unknown))
    if isinstance(report, Unknown):
        assert report.reason != "the message cannot be read"
    if isinstance(report, tuple):
        assert report
        for failure in report:
            assert classify(failure) in Kind
            assert failure.recipient is None or "@" in failure.recipient
            for text in (failure.recipient or "", failure.diagnostic, failure.mta):
                text.encode()
                assert "\n" not in text
                assert "\r" not in text
    return report


@settings(max_examples=300)
@given(_OCTETS)
def test_bounce_like_octets(raw: bytes) -> None:
    read(raw)


@settings(max_examples=100)
@given(st.data())
def test_torn_samples(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(SAMPLES)).read_bytes()
    other = data.draw(st.sampled_from(SAMPLES)).read_bytes()
    read(
        raw[: data.draw(st.integers(0, len(raw)))] + other[data.draw(st.integers(0, len(other))) :]
    )


def _status(body: bytes) -> bytes:
    return (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n" + body
    )


LONG = {
    "no address": b"From: MAILER-DAEMON@x\r\n\r\n" + b"a" * 300_000,
    "half an address": b"From: MAILER-DAEMON@x\r\n\r\n" + b"a@" * 100_000,
    "hyphens": b"From: MAILER-DAEMON@x\r\n\r\n550 a@" + b"-" * 60_000,
    "many entries": b"\r\n\r\nThe following address(es) failed:\r\n"
    + b"".join(b"  a%d@b.example\r\n" % n for n in range(20_000)),
    "an endless field": _status(b"Diagnostic-Code: smtp; x\r\n" + b" y\r\n" * 60_000),
    "groups without end": _status(b"Action: failed\r\n\r\n" * 50_000),
    "replies": b"From: MAILER-DAEMON@x\r\n\r\n" + b"550 5.1.1 " * 20_000,
    "digits": _status(b"Action: failed\r\nDiagnostic-Code: smtp; " + b"5.5." * 40_000),
}


@pytest.mark.parametrize("name", LONG)
def test_long_ones_are_read_soon(name: str) -> None:
    read(LONG[name])
