"""Who an author is proved to be: trusted results, our own verification, and what forgers try."""

from __future__ import annotations

import time
from collections.abc import Sequence

import dkim as dkimpy
import pytest

from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.foundation.types import Mailbox, TxtAnswer
from solicomm_build.message.auth.authentication import assess, read_results, vouched
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.auth.signer import Signer
from solicomm_build.message.parse import parse
from solicomm_build.testing.signatures import key, key_records, signed

NOW = int(time.time())
MX = ("mx.hub.example",)
POST = b"From: Ana <ana@union.example>\r\nTo: water@hub.example\r\nSubject: x\r\n\r\nWords.\r\n"
RECORDS = key_records(("s", "union.example", key()), ("s", "evil.example", key("rsa", 1)))
UNION = Signer(key(), "union.example", "s")
EVIL = Signer(key("rsa", 1), "evil.example", "s")


def reject(name: str) -> TxtAnswer:
    texts = (b"v=DMARC1; p=reject",) if name.startswith("_dmarc.") else ()
    return TxtAnswer(texts if name.count(".") > 1 else ())


def nothing(name: str) -> TxtAnswer:
    return TxtAnswer()


def dead(name: str) -> TxtAnswer:
    raise NameLookupError("no answer")


def by(field: str, raw: bytes = POST, **lookups: object) -> str:
    raw = f"Authentication-Results: {field}\r\n".encode() + raw
    return assess(raw, trusted=MX, **lookups).level  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "level"),
    [
        ("mx.hub.example; dmarc=pass header.from=union.example", "aligned"),
        ("MX.hub.example 1; dmarc=pass (p=reject dis=none) header.from=union.example", "aligned"),
        ("mx.hub.example; dmarc=pass header.from=other.example", "claimed"),
        ("mx.hub.example; dmarc=fail (p=reject dis=none) header.from=union.example", "failed"),
        ("mx.hub.example; dmarc=fail (policy=none) header.from=union.example", "failed"),
        ('mx.hub.example; dmarc=fail reason="a; b" header.from=union.example', "failed"),
        ("mx.hub.example; dmarc=fail policy.dmarc=none", "failed"),
        ("mx.hub.example; dkim=pass header.d=union.example; spf=none", "aligned"),
        (
            "mx.hub.example; auth=pass smtp.auth=Ana@Union.example smtp.mailfrom=x@y.example",
            "aligned",
        ),
        ('mx.hub.example; auth=pass (plain) smtp.auth="ana@union.example"', "aligned"),
        ("mx.hub.example; auth=pass smtp.auth=ben@union.example", "claimed"),
        ("mx.hub.example; auth=pass smtp.auth=ana", "claimed"),
        ("mx.hub.example; auth=pass smtp.auth=ana@evil.example", "claimed"),
        ("mx.hub.example; auth=pass smtp.mailfrom=ana@union.example", "claimed"),
        ("mx.hub.example; auth=fail smtp.auth=ana@union.example", "claimed"),
        ("mx.other.example; auth=pass smtp.auth=ana@union.example", "claimed"),
        ("mx.hub.example; dkim=pass header.i=@union.example", "aligned"),
        ("mx.hub.example; dkim=pass header.d=evil.example", "claimed"),
        ("mx.hub.example; dkim=fail header.d=union.example", "failed"),
        ("mx.hub.example; spf=fail smtp.mailfrom=evil.example; dkim=none; dmarc=none", "failed"),
        ("mx.hub.example; spf=softfail smtp.mailfrom=evil.example; dkim=none", "claimed"),
        (
            "mx.hub.example; spf=fail smtp.mailfrom=x.example; dkim=pass header.d=union.example",
            "aligned",
        ),
        ("mx.hub.example; spf=pass smtp.mailfrom=ana@union.example", "aligned"),
        ("mx.hub.example; spf=pass smtp.mailfrom=evil.example", "claimed"),
        ("mx.hub.example; spf=pass smtp.helo=union.example", "claimed"),
        ("mx.hub.example; none", "claimed"),
        ("mx.evil.example; dmarc=pass header.from=union.example", "claimed"),
        ("(mx.hub.example) evil; dmarc=pass header.from=union.example", "claimed"),
        ("evil; x=y (mx.hub.example; dmarc=pass header.from=union.example)", "claimed"),
        ("mx.hub.example; x=y (; dmarc=pass header.from=union.example", "claimed"),
        ('mx.hub.example; x="y; dmarc=pass header.from=union.example', "claimed"),
        ("", "claimed"),
        ('mx.hub.example; spf=pass smtp.mailfrom="a b"@union.example', "aligned"),
        (
            r'mx.hub.example; spf=pass (mx: "a\") b"@union.example) smtp.mailfrom=union.example',
            "aligned",
        ),
        (
            "mx.hub.example;dkim=pass(signed)header.d=union.example;dmarc=pass action=none",
            "aligned",
        ),
    ],
)
def test_what_our_own_mail_server_says(field: str, level: str) -> None:
    assert by(field) == level


@pytest.mark.parametrize(
    "result",
    [
        'spf=pass smtp.mailfrom="ana@union.example"@evil.example',
        'spf=pass smtp.mailfrom="x smtp.mailfrom=ana@union.example"@evil.example',
        r'spf=pass smtp.mailfrom="x\" smtp.mailfrom=ana@union.example "@evil.example',
        r'spf=pass smtp.mailfrom="\"a\\"; dmarc=pass header.from=union.example; x=y\"@evil.org"',
        'spf=pass (mx: "a); dmarc=pass header.from=union.example"@evil.example) smtp.mailfrom=e',
        'spf=none (mx: "a); dmarc=pass header.from=union.example (@evil.example" says nothing)',
        "spf=pass smtp.mailfrom=ana@union.example(x)@evil.example",
        'spf=none reason="smtp.mailfrom=x; dmarc=pass header.from=union.example',
        'spf=pass reason="from smtp.mailfrom=ana@union.example" smtp.mailfrom=evil.example',
        'dkim=pass header.i="ana@union.example"@evil.example',
        "dkim=pass header.d=evil.example header.i=a header.d=union.example x@evil.example",
        "dkim=pass header.i=a header.d=union.example x@evil.example header.d=evil.example",
        "dkim=pass header.i=@union.example x@evil.example",
        "dmarc=pass-ed header.from=union.example",
    ],
)
def test_what_a_stranger_had_our_server_write_down_is_no_pass(result: str) -> None:
    """His own address, HELO or signature, in which stands what looks like a result."""
    assert by(f"mx.hub.example; {result}") == "claimed"


@pytest.mark.parametrize(
    "before",
    [
        "((x)) mx.hub.example",
        r"(a\)b) mx.hub.example",
        '(") mx.hub.example',
        '"mx.hub.example"x',
        'mx.hub.example"x"',
        "\u00a0mx.hub.example",
        "mx.hub.example\u00a0x",
        "\x1fmx.hub.example",
        "\u2003mx.hub.example",
        "mx.hub(x).example",
    ],
)
def test_no_id_counts_in_a_form_that_is_not_taken_away_from_strangers(before: str) -> None:
    """Postfix takes away what others write in our server's name (`foreign_results`)."""
    assert by(f"{before}; dmarc=pass header.from=union.example") == "claimed"


def test_a_stranger_cannot_name_a_failure_anothers() -> None:
    twice = "dmarc=fail (p=reject) header.from=union.example header.from=other.example"
    assert by(f"mx.hub.example; {twice}") == "failed"


def test_only_the_topmost_field_of_that_name_counts() -> None:
    forged = b"Authentication-Results: mx.hub.example; dmarc=pass header.from=union.example\r\n"
    assert by("mx.hub.example; dmarc=fail (p=reject)", forged + POST) == "failed"
    assert by("mx.evil.example; dkim=none", forged + POST) == "aligned"
    assert assess(forged + POST).level == "claimed"


def test_a_subdomain_is_the_organizations_when_the_dns_says_so() -> None:
    field = "mx.hub.example; dkim=pass header.d=mail.union.example"
    assert by(field) == "claimed"
    assert (
        by(
            field,
            txt=lambda n: TxtAnswer(
                (b"v=DMARC1; p=none",) if n.endswith("c.union.example") else ()
            ),
        )
        == "aligned"
    )


def test_what_it_does_not_say_the_dns_does() -> None:
    field = "mx.hub.example; dmarc=fail header.from=union.example"
    raw = f"Authentication-Results: {field}\r\n".encode() + POST
    for txt, enforced in ((nothing, False), (reject, True)):
        found = assess(raw, trusted=MX, txt=txt)
        assert (found.level, found.enforced) == ("failed", enforced)
        assert not found.is_proof


@pytest.mark.parametrize(
    ("charset", "name", "half"),
    [
        ("shift_jis", "海員組合の書記長", b"\x81"),
        ("big5", "工會主席您好", b"\xa1"),
        ("gb18030", "工会主席您好", b"\x81"),
    ],
)
def test_who_is_proved_is_who_is_read(charset: str, name: str, half: bytes) -> None:
    """In these charsets `@` is the second half of a character after a certain octet, so that the
    same From names one author to a reader who knows the charset, and another to who does not."""
    words = name.encode(charset)
    kind = f"Content-Type: text/plain; charset={charset}".encode()
    sender = words + b" ana@union.example " + words + half + b"@evil.example"
    lines = [b"From: " + sender, b"To: water@hub.example", b"Subject: " + words, kind, b"", words]
    raw = signed(b"\r\n".join(lines) + b"\r\n", EVIL, NOW)
    assert own(raw) == "aligned"
    assert str(author(parse(raw))).endswith("@evil.example")


def test_a_signature_is_over_what_is_read() -> None:
    """Whoever has a mailbox at the domain has a signature of it for a mail of his own. `From :` is
    a field, and a line without a colon ends a header; dkimpy skips either, as mbox separators."""
    own_words = POST.replace(b"Ana <ana@", b"Eve <eve@")
    lines = signed(own_words, UNION, NOW).replace(b"From: Eve <eve@union.example>\r\n", b"")
    header, body = lines.split(b"\r\n\r\n")
    sender = (
        b"\r\nFrom : Ana <ana@union.example>\r\nFrom the chair\r\nFrom: Eve <eve@union.example>"
    )
    forged = header + sender + b"\r\n\r\n" + body
    assert author(parse(forged)) == "ana@union.example"
    assert own(forged) == "failed"


def test_an_explicit_failure_is_never_a_mere_claim() -> None:
    for policy in ("none", "quarantine", "reject"):
        field = f"mx.hub.example; spf=pass smtp.mailfrom=evil.example; dmarc=fail (p={policy})"
        assert by(field) == "failed"


def own(raw: bytes, txt: object = reject) -> str:
    return assess(raw, txt=txt, keys=RECORDS.get).level  # type: ignore[arg-type]


def test_our_own_verification() -> None:
    assert own(signed(POST, UNION, NOW)) == "aligned"
    assert own(POST, nothing) == "claimed"


def test_a_forged_member_of_a_domain_that_enforces() -> None:
    assert own(POST) == "failed"
    assert own(signed(POST, EVIL, NOW)) == "failed"
    changed = signed(POST, UNION, NOW).replace(b"Words", b"Other words")
    assert own(changed) == "failed"


def test_a_signature_that_leaves_room_for_anothers_words_is_no_proof() -> None:
    """`l=` with words behind it, and a Subject or Content-Type that anybody may change."""
    typed = POST.replace(b"Subject", b"Content-Type: text/plain\r\nSubject")
    fields = (b"from", b"to", b"subject", b"content-type")
    for names, length, after in (
        (fields, True, b"strike is called off\r\n"),
        ((b"from", b"to"), False, b""),
        (fields[:3], False, b""),
    ):
        raw = by_another(typed, names, length=length) + after
        found = assess(raw, txt=nothing, keys=RECORDS.get)
        assert (found.level, found.is_vouched) == ("claimed", True)
        assert "dkim=policy" in found.reason
    whole = by_another(typed, fields, length=True)
    assert assess(whole, txt=nothing, keys=RECORDS.get).is_proof
    twice = by_another(typed, fields).replace(b"Subject", b"Subject: y\r\nSubject", 1)
    assert not assess(twice, txt=nothing, keys=RECORDS.get).is_proof


def test_a_server_is_vouched_for_by_its_own_signature_alone() -> None:
    def of_union(raw: bytes) -> bool:
        return vouched(raw, lambda domain: domain == "union.example", keys=RECORDS.get)

    assert of_union(signed(POST, UNION, NOW))
    assert not of_union(signed(POST, EVIL, NOW))
    assert not of_union(signed(POST, UNION, NOW).replace(b"Words", b"Other words"))
    assert not of_union(POST)
    assert not vouched(signed(POST, UNION, NOW), lambda domain: True), "nobody looked"


def test_who_was_added_to_a_signed_mail_was_not_written_to() -> None:
    """A mail to somebody else, who hands it in at a list with another Cc, or a To above the first.
    A domain that does not sign whom its people write to, as Outlook's, proves them as before."""
    private = POST.replace(b"water@hub", b"eve@evil")
    said = "mx.hub.example; dkim=pass header.d=union.example; dmarc=pass header.from=union.example"
    for sent, level in (
        (by_another(private, (b"from", b"to", b"subject")), "claimed"),
        (by_another(private, (b"from", b"subject")), "aligned"),
    ):
        for name in (b"To", b"Cc"):
            added = name + b": water@hub.example\r\n" + sent
            assert own(added) == level
            assert by(said, added) == level
            assert by(f"{said}; spf=pass smtp.mailfrom=ana@union.example", added) == "aligned"
        assert own(sent) == by(said, sent) == "aligned"


def test_who_writes_to_the_list_may_add_whom_his_server_does_not_sign() -> None:
    """Many sign To alone. The lowest To was signed; what stands above it was not."""
    sent = by_another(POST, (b"from", b"to", b"subject"))
    private = by_another(POST.replace(b"water@hub", b"eve@evil"), (b"from", b"to", b"subject"))

    def level(raw: bytes) -> str:
        def names(boxes: Sequence[Mailbox]) -> bool:
            return any(box.addr_spec == "water@hub.example" for box in boxes)

        return assess(raw, txt=reject, keys=RECORDS.get, names=names).level

    assert level(b"Cc: bo@home.example\r\n" + sent) == "aligned"
    assert level(b"To: bo@home.example\r\n" + sent) == "aligned"
    assert level(b"To: water@hub.example\r\n" + private) == "claimed"
    assert level(b"Cc: water@hub.example\r\n" + private) == "claimed"


def test_a_signature_of_sha1_proves_nothing() -> None:
    """RFC 8301 3.1: who may have something signed can have made another text of the same hash."""
    names = (b"from", b"to", b"subject")
    assert own(by_another(POST, names)) == "aligned"
    assert own(by_another(POST, names, algorithm=b"rsa-sha1")) == "failed"


def by_another(
    raw: bytes,
    names: tuple[bytes, ...],
    *,
    length: bool = False,
    algorithm: bytes = b"rsa-sha256",
) -> bytes:
    """The message signed by other software, which leaves fields out as it is told."""
    signature = dkimpy.sign(
        raw,
        b"s",
        b"union.example",
        key(),
        include_headers=list(names),
        length=length,
        signature_algorithm=algorithm,
        canonicalize=(b"relaxed", b"relaxed"),
    )
    return bytes(signature) + raw


def test_a_dns_that_does_not_answer_proves_nothing() -> None:
    assert own(POST, dead) == "failed"
    assert own(signed(POST, UNION, NOW), dead) == "aligned"
    assert "could not be asked" in assess(POST, txt=dead, keys=RECORDS.get).reason


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"From: \r\n",
        b"From: Ana\r\n",
        b"From: a@x.example, b@x.example\r\n",
        b"From: a@x.example\r\nFrom: b@x.example\r\n",
        b"From: union: a@x.example;\r\n" * 2,
        b"From: <a b>\r\n",
        b"X: " + b"a" * 300_000 + b"\r\n",
        b"From: a@-\r\n",
    ],
)
def test_who_is_no_one_author_claims_only(header: bytes) -> None:
    raw = b"Authentication-Results: mx.hub.example; dmarc=pass\r\n" + header + b"\r\nWords.\r\n"
    assert assess(raw, trusted=MX, txt=nothing, keys=RECORDS.get).level == "claimed"


def test_reasons_are_one_line_of_ascii() -> None:
    for raw in (POST, signed(POST, UNION, NOW), b"From: a@\xc3\xa9.example\r\n\r\n"):
        reason = assess(raw, txt=reject, keys=RECORDS.get).reason
        assert reason.isascii()
        assert "\n" not in reason


def test_results_are_read_as_the_standard_writes_them() -> None:
    # RFC 8601 appendix B.6 has this shape: comments, versions, several methods
    authserv_id, found = read_results(
        '"example.com" 1 ; (a (nested) one) auth/1 = pass (cram-md5) smtp.auth=sender@example.net ;'
        ' spf=fail reason="not; allowed" smtp.mailfrom="a b"@example.net; x=y'
    )
    assert authserv_id == "example.com"
    assert [(one.method, one.result) for one in found] == [
        ("auth", "pass"),
        ("spf", "fail"),
        ("x", "y"),
    ]
    assert found[0].properties == {"smtp.auth": "sender@example.net"}


def test_a_login_is_no_proof_of_one_of_several_authors() -> None:
    raw = POST.replace(b"<ana@union.example>", b"<ana@union.example>, Ben <ben@union.example>")
    assert by("mx.hub.example; auth=pass smtp.auth=ana@union.example", raw) == "claimed"
