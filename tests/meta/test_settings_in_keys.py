"""Every setting of hub.yaml that a page shows is part of the page's key: when it changes, a hub
that exists shows the same as one that is built in full."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder.hub import NOT_SHOWN
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.brand import Brand
from solicomm_build.foundation.hub.cluster.settings import Cluster
from solicomm_build.foundation.hub.config import Config, Limits, Reach
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.foundation.hub.smarthost import Smarthost
from solicomm_build.foundation.logfile import Keeping
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, manifest, smallhub

OTHERS: dict[str, Any] = {
    "name": "Another name",
    "domain": "another.example",
    "url": "https://another.example",
    "languages": ("fr", "en"),
    "mail_domains": {"docks.example": "docks"},
    "operator": "op@elsewhere.example",
    "themes": ("dock",),
    "pages": "unions.example",
    "timezone": "Africa/Nairobi",
    "search_peers": ("https://docks.example.org",),
    "search_mirror": ("docks-aaaaaaaa",),
    "http": ("127.0.0.1", 8181),
    "smtp": ("127.0.0.1", 2525),
    "lmtp": "unix:/run/x",
    "dovecot": "unix:/run/y",
    "delivery": "relay",
    "relay": ("127.0.0.1", 26),
    "smarthost": Smarthost("smtp.provider.example"),
    "tls": (Path("/a"), Path("/b")),
    "tls_on_web": False,
    "mta_sts": "enforce",
    "dns": "system",
    "authserv_id": "mx.example",
    "arc": True,
    "limits": Limits(recipients=7),
    "log": Keeping(debug=True),
    "metrics": True,
    "take": ("zim",),
    "authserv_peers": ("10.0.0.1",),
    "fronts": ("10.0.0.1",),
    "cms": ("127.0.0.1", 8182),
    "carried": "library",
    "borrows": Path("/c"),
    "cells": 4,
    "cell": 1,
    "cluster": Cluster("n1"),
    "network": Reach("regional", ("014",)),
    "activitypub": Outwards(("bar",)),
    "brand": Brand({"en": "One for all"}, light="#0b5d3b"),
}
"""Another value for each setting."""


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    hubs.add(made, "bar", [hubs.post("a", subject="First")])
    return made


def built(config: Config, *, full: bool = False) -> dict[str, str]:
    builder = Builder(config, data.theme())
    try:
        assert builder.build(full=full).failures == []
    finally:
        builder.close()
    return manifest.read(config.public)


def test_every_setting_has_another_value_here() -> None:
    names = {one.name for one in dataclasses.fields(Config)} - {"root"}
    assert names == set(OTHERS)
    assert NOT_SHOWN - {"root"} < names


def test_what_is_said_to_be_shown_nowhere_is_shown_nowhere(hub: Config) -> None:
    before = built(hub)
    other = dataclasses.replace(hub, **{name: OTHERS[name] for name in NOT_SHOWN - {"root"}})
    assert manifest.differences(before, built(other, full=True)) == []


@pytest.mark.parametrize("name", ["search_peers", "name", "operator"])
def test_one_setting_that_changes_is_shown(hub: Config, name: str) -> None:
    built(hub)
    other = dataclasses.replace(hub, **{name: OTHERS[name]})
    shown = built(other)
    assert manifest.differences(shown, built(other, full=True)) == []
    if name == "search_peers":
        assert "docks.example.org" in (hub.public / "search/index.html").read_text()


def test_all_settings_that_change_are_shown(hub: Config) -> None:
    built(hub)
    names = set(OTHERS) - NOT_SHOWN - {"themes"}  # a theme is a folder, which has to be there
    other = dataclasses.replace(hub, **{name: OTHERS[name] for name in names})
    shown = built(other)
    shutil.rmtree(hub.public)
    assert manifest.differences(shown, built(other, full=True)) == []
