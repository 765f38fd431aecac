from __future__ import annotations

import pytest

from solicomm_build.bridge import path
from solicomm_build.foundation.errors import AddressError


@pytest.mark.parametrize(
    ("argument", "addr_spec"),
    [
        ("FROM:<ana@x.example>", "ana@x.example"),
        ("from: <ana@x.example>  ", "ana@x.example"),
        ("FROM:ana@x.example", "ana@x.example"),
        ("FROM:<>", ""),
        ("FROM:<a..b.@x.example>", "a..b.@x.example"),
        ("FROM:<@one.example,@two.example:ana@x.example>", "ana@x.example"),
        ('FROM:<"ana"@x.example>', "ana@x.example"),
        ('FROM:<"ana bo"@x.example>', '"ana bo"@x.example'),
        ('FROM:<"a@b>"@x.example>', '"a@b>"@x.example'),
        ("FROM:<ana@[192.0.2.1]>", "ana@[192.0.2.1]"),
        ("FROM:<ana@[IPv6:2001:db8::1]>", "ana@[IPv6:2001:db8::1]"),
        ("FROM:<añá@únion.example>", "añá@únion.example"),
        ("FROM:<ana+t-x=y/z!#$%&'*@x>", "ana+t-x=y/z!#$%&'*@x"),
        ("FROM:<postmaster>", "postmaster"),
    ],
)
def test_paths(argument: str, addr_spec: str) -> None:
    assert path.read(argument, "FROM") == path.Path(addr_spec, {})


@pytest.mark.parametrize(
    "argument",
    [
        "FROM:",
        "FROM:<ana@x.example",
        "FROM:ana@x.example>",
        "FROM:<ana@>",
        "FROM:<@x.example>",
        "FROM:<ana@x..example>",
        "FROM:<ana@-x.example>",
        "FROM:<ana bo@x.example>",
        "FROM:<ana@x.example><bo@x.example>",
        "FROM:<ana@x.example>SIZE=1",
        "FROM:<ana@x@y>",
        "FROM:<a\u202eb@x.example>",
        f"FROM:<ana@{'a' * 256}>",
        "FROM:Ana <ana@x.example>",
        "FROM:postmaster",
    ],
)
def test_what_is_no_path(argument: str) -> None:
    with pytest.raises(AddressError) as caught:
        path.read(argument, "FROM")
    assert caught.value.reply.startswith("501 5.1.7")
    with pytest.raises(AddressError) as caught:
        path.read(argument.replace("FROM", "TO"), "TO")
    assert caught.value.reply.startswith("501 5.1.3")


def test_parameters() -> None:
    found = path.read("FROM:<ana@x> size=12 BODY=8BITMIME SmtpUtf8", "FROM")
    assert found.parameters == {"SIZE": "12", "BODY": "8BITMIME", "SMTPUTF8": None}


@pytest.mark.parametrize(
    "argument", ["FROM:<a@x> SIZE=", "FROM:<a@x> =1", "FROM:<a@x> A=1 a=2", "TO:<a@x>", "<a@x>"]
)
def test_what_is_no_argument(argument: str) -> None:
    with pytest.raises(AddressError) as caught:
        path.read(argument, "FROM")
    assert caught.value.reply.startswith("501 5.5.4")
