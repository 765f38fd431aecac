"""Mailboxes read in one way on every Python, and masked for publication."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.foundation.types import Mailbox
from solicomm_build.message import address


@pytest.mark.parametrize(
    ("value", "boxes"),
    [
        ("ana@x.example", [("", "ana@x.example")]),
        ("Ana <ana@x.example>", [("Ana", "ana@x.example")]),
        ('"Souza, Ana" <ana@x.example>', [("Souza, Ana", "ana@x.example")]),
        ('"A \\"B\\"" <ana@x.example>', [('A "B"', "ana@x.example")]),
        ("a@b.example <x@y.example>", [("a@b.example", "x@y.example")]),
        ('"a@b.example" <x@y.example>', [("a@b.example", "x@y.example")]),
        ("ana@x.example (Ana (S.))", [("Ana (S.)", "ana@x.example")]),
        ("(c) Ana <ana@x.example> (d)", [("Ana", "ana@x.example")]),
        ("Ana ana@x.example", [("Ana", "ana@x.example")]),
        ("=?utf-8?q?Souza=2C_Ana?= <ana@x.example>", [("Souza, Ana", "ana@x.example")]),
        ("=?utf-8?q?Souza,_Ana?= <ana@x.example>", [("Souza, Ana", "ana@x.example")]),
        ("=?utf-8?q?a=3Cb=40c.example=3E?= <ana@x.example>", [("a<b@c.example>", "ana@x.example")]),
        ("a@x.example, b@y.example", [("", "a@x.example"), ("", "b@y.example")]),
        ("team: a@x.example, B <b@y.example>;", [("", "a@x.example"), ("B", "b@y.example")]),
        ("undisclosed-recipients:;", []),
        ("<>", []),
        ("", []),
        (",,;", []),
        ("root", [("", "root")]),
        ("two words", []),
        ("<@relay.example:ana@x.example>", [("", "ana@x.example")]),
        ("Ana <ana @x.example>", [("Ana", "ana@x.example")]),
        ("A <a@x.example> <b@y.example>", [("A", "a@x.example")]),
        ('"open <ana@x.example>', [('"open', "ana@x.example")]),
        ("<open@x.example", [("", "<open@x.example")]),
        ('"a b"@x.example', [("", '"a b"@x.example')]),
        ('Ana <"a b"@x.example>', [("Ana", '"a b"@x.example')]),
        ('"a b"@x.example, b@y.example', [("", '"a b"@x.example'), ("", "b@y.example")]),
        ("ana(her account)@x.example", [("her account", "ana@x.example")]),
        ("Ana <ana(\\) x)@(y (z))x.example>", [("Ana", "ana@x.example")]),
        ("(Empty list)(start)Hidden recipients :(nobody(that I know)) ;", []),
    ],
)
def test_parse_list(value: str, boxes: list[tuple[str, str]]) -> None:
    found = address.parse_list(value)
    if value == "<open@x.example":
        assert len(found) == 1  # no mailbox is clear here; that it is one value is enough
        return
    assert found == tuple(Mailbox(name, spec) for name, spec in boxes)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Ana",
                '"A, B"',
                "<a@x.example>",
                "b@y.example",
                ",",
                ", ",
                " ",
                "\t",
                "=?utf-8?q?=C3=A9?=",
            ]
        )
    ).map("".join)
)
def test_the_quick_way_and_the_long_way_agree(value: str) -> None:
    assert address.parse_list(value) == tuple(address._mailboxes(value))


def test_a_flood_of_mailboxes_ends() -> None:
    for one in ("a@x.example,", "a@x.example(c),"):
        assert len(address.parse_list(one * 3000)) == address.MAX_MAILBOXES


@pytest.mark.parametrize(
    "spec", ["a@b.example", "a+t-x@b", '"a b"@c.example', "é@ü.example", "a@[192.0.2.1]"]
)
def test_valid(spec: str) -> None:
    assert address.is_valid(spec)


@pytest.mark.parametrize(
    "spec", ["", "a", "@b", "a@", "a b@c", "a@b c", "a@b@c", "<a@b>", "a@-b", f"{'a' * 250}@b.cd"]
)
def test_not_valid(spec: str) -> None:
    assert not address.is_valid(spec)


def test_key_joins_spellings() -> None:
    assert address.key("Ana@Union.Example") == "ana@union.example"
    assert address.key("ana@BÜCHER.example") == address.key("ana@xn--bcher-kva.example")
    assert address.key("É@x.example") != address.key("é@x.example")
    assert address.key("a@" + "ü" * 70 + ".example").startswith("a@ü")
    assert address.key("Root") == "root"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("no address", "no address"),
        ("write to ana@union.example.", "write to ana@…."),
        ("<ana.souza+x@mail.union.example>", "<ana.souza+x@…>"),
        ('"a b"@union.example', '"a b"@…'),
        ("mailto:ana@union.example?subject=x", "mailto:ana@…?subject=x"),
        ("ана@союз.example", "ана@…"),
        ("ana@[192.0.2.1]", "ana@…"),
        ("git@forge.example:x/y", "git@…:x/y"),
        ("user@localhost and @name and a @ b", "user@localhost and @name and a @ b"),
        ("linux@5.10.3", "linux@5.10.3"),
        ("https://x.example/r/1@y.example/", "https://x.example/r/1@y.example/"),
        ("https://x.example/?q=a@y.example", "https://x.example/?q=a@…"),
        ("https://x.example/?q=a%40y.example", "https://x.example/?q=a%40…"),
        ("https://x.example/#a@y.example", "https://x.example/#a@…"),
        ("https://ana@y.example/path", "https://ana@…/path"),
        ("ftp://x.example/a@y.example", "ftp://x.example/a@…"),
        ("https://x.example/ a@y.example", "https://x.example/ a@…"),
        ("a@x.example,b@y.example", "a@…,b@…"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert address.mask(text) == masked
    assert address.mask(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ana\uff20union.example", "ana@…"),
        ("ana\ufe6bunion.example", "ana@…"),
        ("ana\u200b@\u200bunion.example", "ana@…"),
        ("ana@union\uff0eexample", "ana@…"),
        ("ana(work)@union.example", "ana(work)@…"),
        ("ana@(work)union.example", "ana@…"),
        ("(see) @ noon, x\u200by", "(see) @ noon, x\u200by"),
    ],
)
def test_addresses_that_only_look_otherwise_are_masked(text: str, masked: str) -> None:
    assert address.mask(text) == masked
    assert address.mask(masked) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("minutes.pdf", "minutes.pdf"),
        ("jane.doe@acme.example.pdf", "jane.doe@….pdf"),
        ("a@b", "a@…"),
        ("for jane@acme.jpg", "for jane@….jpg"),
        ("a(x)@b.docx", "a(x)@….docx"),
        ("a\uff20b.docx", "a@….docx"),
        ("jane@acme.example", "jane@…"),
    ],
)
def test_names_of_files_name_nobody(name: str, masked: str) -> None:
    assert address.mask_name(name) == masked
    assert address.mask_name(masked) == masked


TOKEN = "mfrggzdfmztwq2lknnwg23tpoa"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"Reply to <water-confirm+{TOKEN}@hub.example>", "Reply to <water-confirm+…@…>"),
        (f"mailto:vote+q-budget.{TOKEN}@hub.example?x", "mailto:vote+q-budget.…@…?x"),
        (f"unfollow%2B{TOKEN.upper()}%40hub.example", "unfollow%2B…%40…"),
        (
            f"Leave: https://hub.example/unsubscribe/{TOKEN}",
            "Leave: https://hub.example/unsubscribe/…",
        ),
        (f"[vote](https://hub.example/vote/q-a.{TOKEN})", "[vote](https://hub.example/vote/q-a.…)"),
        (
            f"https://hub.example/login/{TOKEN}?x=1 a@b.example",
            "https://hub.example/login/…?x=1 a@…",
        ),
        (f"https://hub.example/t/{TOKEN}234567/", f"https://hub.example/t/{TOKEN}234567/"),
        (f"the word {TOKEN} and /confirm/{TOKEN}", f"the word {TOKEN} and /confirm/{TOKEN}"),
        ("https://x.example/wiki/Arbeitnehmerfreizuegigkeit",) * 2,
        ("https://x.example/arbeitnehmerfreizuegigkeit",) * 2,
        (f"https://{TOKEN}.example/", f"https://{TOKEN}.example/"),
    ],
)
def test_what_lets_somebody_act_for_who_quotes_a_letter_is_masked(text: str, masked: str) -> None:
    assert address.mask(text) == masked
    assert address.mask(masked) == masked


def test_masking_odd_addresses_takes_time_in_step_with_the_text() -> None:
    for piece in ("\u200b", ")@", "a\u200b", "@(", "a@(", "\uff20", "a."):
        took = [_seconds(piece * count) for count in (20_000, 80_000)]
        assert took[1] < 40 * took[0] + 0.05, piece


def _seconds(text: str) -> float:
    started = time.process_time()
    address.mask("a\u200b" + text)
    address.mask_name(text)
    return time.process_time() - started


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请联系ana@union.example或打电话。再见", "请联系ana@…或打电话。再见"),
        ("連絡はana@union.exampleまでお願いします", "連絡はana@…までお願いします"),
        ("ana@пример.рф и ana@büro.exämple", "ana@… и ana@…"),
    ],
)
def test_words_that_follow_an_address_without_a_space_stay(text: str, masked: str) -> None:
    assert address.mask(text) == masked
    assert address.mask(masked) == masked
