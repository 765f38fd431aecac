"""`/healthz`: `ok`, or what is wrong and nothing of people."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from solicomm_build.foundation.hub import health
from solicomm_build.testing import smallhub
from solicomm_build.web.app import create_app


def test_ok_when_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = smallhub.make(tmp_path / "hub")
    monkeypatch.setattr(health, "stages", lambda config: [])
    client = TestClient(create_app(hub))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("text/plain")
    assert client.head("/healthz").status_code == 200


def test_503_says_what_is_wrong(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", operator="secret@operator.example")
    limits = dataclasses.replace(hub.limits, free_disk_percent=101)
    answer = TestClient(create_app(dataclasses.replace(hub, limits=limits))).get("/healthz")
    assert answer.status_code == 503
    assert answer.text.splitlines() == [
        health.STOPPED,
        "less than 101 % of the disk is free: mail is refused for now (452)",
    ]
