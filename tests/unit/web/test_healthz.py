"""`/healthz`: `ok`, or what is wrong and nothing of people."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import backups, health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import selfsigned, smallhub
from solicomm_build.web.app import create_app
from solicomm_build.web.healthz import Health


def test_ok_when_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = smallhub.make(tmp_path / "hub")
    monkeypatch.setattr(health, "stages", lambda config: [])
    client = TestClient(create_app(hub))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("text/plain")
    assert client.head("/healthz").status_code == 200


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A hub that works, and shows not everything, has an old backup and an old certificate."""
    hub = smallhub.make(tmp_path / "hub")
    certificate, key = selfsigned.certificate(tmp_path, "hub.example", now=clock.now(), days=3)
    monkeypatch.setattr(health, "stages", lambda config: [])
    at = clock.now() - timedelta(days=9)
    note = {"at": at.isoformat(), "seconds": 1.0, "failures": ["conferences/secret"]}
    hub.state.mkdir(exist_ok=True)
    (hub.state / "build.json").write_text(json.dumps(note))
    backups.note(hub, "/mnt/secret", at=at, every=timedelta(days=1))
    return dataclasses.replace(hub, tls=(certificate, key))


def test_what_will_go_wrong_is_said_without_names(late: Config) -> None:
    answer = TestClient(create_app(late)).get("/healthz?all")
    assert answer.status_code == 503
    assert answer.text.splitlines() == [
        "the last build could not show everything",
        "a backup is overdue",
        "the certificate ends in 2 days",
    ]


@pytest.mark.parametrize(
    ("base", "headers"),
    [
        ("http://127.0.0.1", {}),
        ("http://127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("http://hub.example", {}),
    ],
)
def test_numbers_are_for_who_asks_from_this_machine(
    late: Config, base: str, headers: dict[str, str]
) -> None:
    client = TestClient(create_app(late), base_url=base, client=("127.0.0.1", 40000))
    numbers = client.get("/healthz?all", headers=headers).text.splitlines()[3:]
    is_here = base == "http://127.0.0.1" and not headers
    shown = ["build: 216 hours ago, 1 places not shown", "backup: 216 hours ago, overdue"]
    assert numbers == ([*shown, "certificate: 2 days left"] if is_here else [])
    assert len(client.get("/healthz", headers=headers).text.splitlines()) == 3


def test_503_says_what_is_wrong(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", operator="secret@operator.example")
    limits = dataclasses.replace(hub.limits, free_disk_percent=101)
    answer = TestClient(create_app(dataclasses.replace(hub, limits=limits))).get("/healthz")
    assert answer.status_code == 503
    assert answer.text.splitlines() == [
        health.STOPPED,
        "less than 101 % of the disk is free: mail is refused for now (452)",
    ]


def test_who_asks_during_the_first_look_waits_for_what_it_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def slow(_health: Health) -> tuple[list[str], list[str]]:
        looks.append(1)
        time.sleep(0.3)
        return ["the disk is full"], []

    monkeypatch.setattr(Health, "_look", slow)
    one = Health(smallhub.make(tmp_path / "hub"))
    about = {"path": "/healthz", "query_string": b"", "server": ("127.0.0.1", 80), "headers": []}
    request = Request({"type": "http", "method": "GET", **about})

    async def ask() -> list[int]:
        answers = await asyncio.gather(*(one.answer(request) for _ in range(5)))
        return [answer.status_code for answer in answers]

    assert asyncio.run(ask()) == [503] * 5
    assert len(looks) == 1
