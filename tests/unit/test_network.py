"""What is counted as one client: an IPv4 address, an IPv6 /64, never this machine."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.network import HERE, place


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", HERE),
        ("127.8.9.1", HERE),
        ("::1", HERE),
        ("::ffff:127.0.0.1", HERE),
        ("", HERE),
        ("unix", HERE),
        ("999.1.1.1", HERE),
    ],
)
def test_a_place(address: str, expected: str) -> None:
    assert place(address) == expected


def test_all_of_a_64_is_one_place_and_its_neighbour_is_another() -> None:
    ours = {place(f"2001:db8:0:1:{number:x}::{number:x}") for number in range(1000)}
    assert ours == {"2001:db8:0:1::/64"}
    assert place("2001:db8:0:2::1") not in ours


def test_a_server_in_front_is_no_place() -> None:
    fronts = ("10.0.0.2", "2001:db8::2")
    assert place("::ffff:10.0.0.2", fronts) == place("2001:db8::2", fronts) == HERE
    assert place("2001:db8::3", fronts) == "2001:db8::/64"
    assert place("192.0.2.77", ("192.0.2.64/28",)) == HERE
    assert place("192.0.2.80", ("192.0.2.64/28",)) == "192.0.2.80"
