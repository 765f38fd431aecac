"""`solicomm check` says whose word about authors is believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.checks import front
from solicomm_build.foundation.hub.config import Config

HUB = Config(Path("/hub"), "Hub", "hub.example", "https://hub.example")


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, "fine", "DKIM is verified here"),
        ({"authserv_id": "mx.hub.example"}, "fine", "SMTP from this machine"),
        ({"authserv_id": "mx", "smtp": ("0.0.0.0", 25)}, "warning", "open to the world"),
        (
            {"authserv_id": "mx", "smtp": ("0.0.0.0", 25), "authserv_peers": ("192.0.2.7/32",)},
            "fine",
            "192.0.2.7/32",
        ),
        ({"authserv_id": "mx", "lmtp": "unix:/run/lmtp"}, "fine", "LMTP"),
        ({"authserv_id": "mx", "lmtp": "[::1]:24"}, "fine", "LMTP"),
        ({"authserv_id": "mx", "lmtp": "0.0.0.0:24"}, "fault", "listens to others"),
    ],
)
def test_who_is_believed(changes: dict[str, object], level: str, words: str) -> None:
    found = list(front.results(replace(HUB, **changes)))  # type: ignore[arg-type]
    assert found[0].level == level
    assert words in found[0].what
