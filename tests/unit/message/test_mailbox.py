"""What leads to one mailbox is one, and what does not is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.message.mailbox import mailbox, provider


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Ana@Union.Example", "ana@union.example"),
        ("ana+news@union.example", "ana@union.example"),
        ("ana+a+b@union.example", "ana@union.example"),
        ("+ana@union.example", "+ana@union.example"),
        ("ana-news@union.example", "ana-news@union.example"),
        ("a.n.a@union.example", "a.n.a@union.example"),
        ("A.n.a.Paz+news@GoogleMail.com", "anapaz@gmail.com"),
        ("ana-shop@yahoo.com.br", "ana@yahoo.com.br"),
        ("ana-shop@ymail.com", "ana@ymail.com"),
        ("a.n_a-paz@pm.me", "anapaz@proton.me"),
        ("shop@ana.fastmail.com", "ana@fastmail.com"),
        ("Ña@union.example", "ña@union.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("", ""),
    ],
)
def test_a_mailbox(address: str, expected: str) -> None:
    assert mailbox(address) == expected


def test_people_of_one_domain_are_not_one() -> None:
    assert len({mailbox(f"member{number}@union.example") for number in range(50)}) == 50
    assert provider("x+1@googlemail.com") == "gmail.com"


@given(st.text(max_size=60))
def test_a_mailbox_is_its_own_mailbox(text: str) -> None:
    assert mailbox(mailbox(text)) == mailbox(text)
