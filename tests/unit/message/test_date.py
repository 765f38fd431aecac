"""Dates as mail has them, to UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.message import date


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("Tue, 3 Mar 2026 08:15:00 -0300", "2026-03-03T11:15:00"),
        ("Tue, 3 Mar 2026 08:15:00 -0300 (BRT)", "2026-03-03T11:15:00"),
        ("3 Mar 2026 08:15 +0530", "2026-03-03T02:45:00"),
        ("Tue,, 3 March, 2026 08:15:00 GMT", "2026-03-03T08:15:00"),
        ("Tue, 3 (third) Mar 2026 08:15:00 EST", "2026-03-03T13:15:00"),
        ("Tue, 3 Mar 26 08:15:00 Z", "2026-03-03T08:15:00"),
        ("Tue, 3 Mar 99 08:15:00 Z", "1999-03-03T08:15:00"),
        ("Tue, 3 Mar 126 08:15:00 Z", "2026-03-03T08:15:00"),
        ("Tue, 3 Mar 2026 08:15:00 --500", "2026-03-03T13:15:00"),
        ("Tue, 3 Mar 2026 08:15:00 +9999", "2026-03-03T08:15:00"),
        ("Tue, 3 Mar 2026 23:59:60 +0000", "2026-03-03T23:59:59"),
        ("Tue, 3 Mar 2026 08:15:00", "2026-03-03T08:15:00"),
        ("Tue Mar  3 08:15:00 2026", "2026-03-03T08:15:00"),
        ("Tue Mar  3 08:15:00 +0100 2026", "2026-03-03T07:15:00"),
        ("2026-03-03T08:15:00+01:00", "2026-03-03T07:15:00"),
        ("Tue, 3 Mar\r\n 2026 08:15:00.25 +0000", "2026-03-03T08:15:00"),
    ],
)
def test_parse(value: str, iso: str) -> None:
    assert date.parse(value) == datetime.fromisoformat(iso).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Thu, 99 Foo 2026 25:61:61 +9999",
        "Thu, 1 Foo 2026 10:00:00 +0000",
        "Thu, 31 Feb 2026 10:00:00 +0000",
        "Thu, 1 Jan 1970 00:00:00 +0000",
        "Fri, 31 Dec 9999 23:00:00 -1200",
        "Tue, 3 Mar 2026 08:15:61 +0000",
        "(" * 600,
    ],
)
def test_no_date(value: str) -> None:
    assert date.parse(value) is None


def test_received() -> None:
    moment = datetime(2026, 3, 3, 11, tzinfo=UTC)
    value = "from a by b; id x; Tue, 3 Mar 2026 12:00:00 +0100 (CET)"
    assert date.of_received(value) == moment
    assert date.of_received("from a by b") is None
