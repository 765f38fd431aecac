"""Read receipts and reactions of chat programs are told from messages."""

from __future__ import annotations

import pytest

from solicomm_build.features.chat import nowords
from solicomm_build.message.parse import parse
from tests.unit.model.test_policy import ANA, _judge

_RECEIPT = (
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nThis is a return receipt.\n"
    "--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@b.example\n"
    "Original-Message-ID: <1@x>\nDisposition: manual-action/MDN-sent-automatically; displayed\n"
    "--b--\n"
)
_REACTION = "Content-Type: text/plain; charset=utf-8\nContent-Disposition: reaction\n\n👍\n"
_WITHIN = (
    'Content-Type: multipart/mixed; boundary="b"\n\n'
    f"--b\n{_REACTION}--b\nContent-Type: text/plain\n\n{{text}}\n--b--\n"
)
_OF_GMAIL = (
    'Content-Type: multipart/alternative; boundary="b"\n\n'
    "--b\nContent-Type: text/plain; charset=utf-8\n\n👍 Ana reacted via Gmail\n"
    '--b\nContent-Type: text/vnd.google.email-reaction+json\n\n{"emoji": "👍", "version": 1}\n'
    "--b\nContent-Type: text/html; charset=utf-8\n\n<p>👍 Ana reacted via Gmail</p>\n--b--\n"
)
_FORWARDED = (
    'Content-Type: multipart/mixed; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nLook what came back\n"
    f"--b\nContent-Type: message/rfc822\n\n{_RECEIPT.replace('b', 'c')}\n--b--\n"
)


def _kind(rest: str) -> str:
    head = "From: Ana <ana@union.example>\nTo: water@hub.example\nMessage-ID: <m@x>\n"
    return nowords.kind(parse((head + rest).encode().replace(b"\n", b"\r\n")))


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        (_RECEIPT, "receipt"),
        (_REACTION, "reaction"),
        (_REACTION.replace("n: reaction", "n:\n\tREACTION"), "reaction"),
        (_WITHIN.replace("{text}", ""), "reaction"),
        (_WITHIN.replace("{text}", "And: who brings the banner?"), ""),
        (_OF_GMAIL, "reaction"),
        (f'Content-Type: multipart/mixed; boundary="c"\n\n--c\n{_OF_GMAIL}--c--\n', "reaction"),
        (
            f'Content-Type: multipart/mixed; boundary="c"\n\n--c\n{_OF_GMAIL}'
            "--c\nContent-Type: text/plain\n\nAnd: who brings the banner?\n--c--\n",
            "",
        ),
        ("\nGmail writes text/vnd.google.email-reaction+json\n", ""),
        (_FORWARDED, ""),
        ("\nWe speak of disposition-notification here\n", ""),
        ("Content-Disposition: inline\n\nMy reaction: good\n", ""),
        ("Content-Type: text/plain\nContent-Disposition: attachment; filename=reaction\n\nx\n", ""),
    ],
)
def test_what_says_nothing_is_told_from_what_does(rest: str, kind: str) -> None:
    assert _kind(rest) == kind


@pytest.mark.parametrize("posting", ["open", "members", "moderated"])
def test_a_reaction_is_discarded_whoever_may_post(posting: str) -> None:
    verdict = _judge(ANA, "Content-Disposition: reaction", posting=posting)
    assert (verdict.action, verdict.rule) == ("discard", "reaction")
