"""/metrics: for programs on this machine, when hub.yaml says so, without addresses or domains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from solicomm_build.features.metrics import prometheus
from solicomm_build.features.metrics.measures import measure
from solicomm_build.foundation.spool import Spool
from solicomm_build.people import rosterevents
from solicomm_build.testing import smallhub
from solicomm_build.testing.listhub import WHEN, ListHub
from solicomm_build.testing.smallhub import item, mail
from solicomm_build.web.app import create_app


@pytest.fixture
def hub(tmp_path: Path) -> ListHub:
    made = ListHub(tmp_path)
    made.members(["ana@a.example", "bo@b.example"])
    back = [rosterevents.bounce(1, "water", "gone", "2026-11-25", at=WHEN)]
    made._roster.append(back, at=WHEN, subject="Bounces")
    Spool(made.config.spool_in).put([item(mail())])
    return made


def _client(hub: ListHub, *, on: bool = True, client: str = "127.0.0.1") -> TestClient:
    app = create_app(replace(hub.config, metrics=on))
    return TestClient(app, base_url="http://127.0.0.1:8080", client=(client, 40000))


def test_the_numbers(hub: ListHub) -> None:
    answer = _client(hub).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == prometheus.CONTENT_TYPE
    lines = answer.text.splitlines()
    assert 'solicomm_spool_files{spool="in"} 1' in lines
    assert 'solicomm_bounces{class="gone"} 1' in lines
    assert 'solicomm_cursor_lag_commits{repo="conferences/water",consumer="courier"} 0' in lines
    assert "a.example" not in answer.text
    assert "@" not in answer.text
    typed = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(typed) == len(set(typed))
    assert {line.split("{")[0].split(" ")[0] for line in lines if line[0] != "#"} <= set(typed)


def test_the_operators_own_shell_sees_domains(hub: ListHub) -> None:
    told = prometheus.text(measure(hub.config), domains=True)
    assert 'solicomm_bounces{domain="a.example",class="gone"} 1' in told


def test_only_when_the_hub_allows_it(hub: ListHub) -> None:
    assert _client(hub, on=False).get("/metrics").status_code == 404


def test_only_to_this_machine(hub: ListHub) -> None:
    assert _client(hub, client="192.0.2.7").get("/metrics").status_code == 404
    assert _client(hub, client="::1").get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"X-Forwarded-For": "192.0.2.7"},
        {"Forwarded": "for=192.0.2.7"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "192.0.2.7"},
        {"Host": "hub.example"},
        {"Host": "evil.example:8080"},
    ],
)
def test_not_through_a_web_server_in_front(hub: ListHub, fields: dict[str, str]) -> None:
    assert _client(hub).get("/metrics", headers=fields).status_code == 404


def test_a_hub_with_nothing_in_it(tmp_path: Path) -> None:
    found = measure(smallhub.make(tmp_path))
    assert prometheus.text(found).startswith("# HELP solicomm_spool_files")
    assert found.held == {}


def test_labels_are_escaped(hub: ListHub) -> None:
    found = measure(hub.config)
    odd = replace(found, bounces=type(found.bounces)({('a"\\\n', "gone"): 1}))
    assert 'domain="a\\"\\\\\\n"' in prometheus.text(odd, domains=True)
