"""/metrics: for programs on this machine, when hub.yaml says so, without addresses or domains."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient

from solicomm_build.features.metrics import prometheus
from solicomm_build.features.metrics.measures import measure
from solicomm_build.foundation.hub import backups, health, liveness
from solicomm_build.foundation.hub.cluster import lease, relays
from solicomm_build.foundation.hub.cluster.settings import Cluster, Followers, Lease
from solicomm_build.foundation.spool import Spool
from solicomm_build.people import rosterevents
from solicomm_build.testing import selfsigned, smallhub
from solicomm_build.testing.listhub import WHEN, ListHub
from solicomm_build.testing.smallhub import item, mail
from solicomm_build.web.app import create_app

_ROOT = Path(__file__).parents[3]


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


def _named_in(text: str) -> set[str]:
    return set(re.findall(r"\bsolicomm_[a-z_]+", text))


def test_alarms_and_panel_know_the_metrics_and_the_how_to_names_each(hub: ListHub) -> None:
    told = prometheus.text(measure(hub.config))
    there = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")}
    rules = yaml.safe_load((_ROOT / "deploy/prometheus/rules.yml").read_text())
    alarms = [one for group in rules["groups"] for one in group["rules"]]
    assert all(one["annotations"]["description"] for one in alarms)
    assert _named_in(" ".join(one["expr"] for one in alarms)) <= there
    panel = json.loads((_ROOT / "deploy/grafana/solicomm.json").read_text())
    assert _named_in(json.dumps(panel["panels"])) == there
    assert there <= _named_in((_ROOT / "docs/howto/operator.md").read_text())


def test_stages_build_disk_certificate_and_backups_are_numbers(hub: ListHub) -> None:
    config = hub.config
    (config.state).mkdir(exist_ok=True)
    last = {
        "at": "2026-11-25T10:00:00+00:00",
        "seconds": 2.5,
        "written": 3,
        "failures": [["a", "b"]],
    }
    (config.state / "build.json").write_text(json.dumps(last))
    backups.note(config, "sftp:me@far.example:/x", at=WHEN, every=timedelta(hours=1))
    liveness.note_end(config.state, "ingest", 1, 4)
    pair = selfsigned.certificate(config.root, "hub.example", now=WHEN)
    told = prometheus.text(measure(replace(config, tls=pair))).splitlines()
    assert "solicomm_build_failures 1" in told
    assert "solicomm_build_seconds 2.5" in told
    assert 'solicomm_stage_up{stage="ingest"} 0' in told
    assert 'solicomm_stage_ends{stage="ingest"} 4' in told
    at = WHEN.timestamp()
    assert f'solicomm_backup_timestamp_seconds{{place="sftp:far.example:/x"}} {at}' in told
    assert "solicomm_backups_overdue 1" in told
    assert any(line.startswith("solicomm_disk_free_ratio 0.") for line in told)
    assert any(line.startswith("solicomm_certificate_end_timestamp_seconds 1") for line in told)


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


def test_whose_each_cell_is_and_what_waits_for_followers(hub: ListHub) -> None:
    said = Cluster("n1", Lease(("http://127.0.0.1:1",)), Followers(("/srv/git",)))
    config = replace(hub.config, cluster=said)
    lease.write(config, lease.Lease("n1", 41, lease.now() + 60, lease.boot()))
    behind = config.state / lease.FOLDER / lease.BEHIND
    behind.mkdir()
    (behind / "content%2Fconferences%2Fwater.git").touch()
    lines = prometheus.text(measure(config)).splitlines()
    assert 'solicomm_cell_token{cell="0",node="n1"} 41' in lines
    assert "solicomm_follower_lag_repositories 1" in lines
    numbers = list(health.in_numbers(health.figures(config)))
    assert numbers[-2:] == ["cell 0: n1, token 41", "behind at followers: 1"]


def test_which_servers_for_copies_are_passed_over(hub: ListHub) -> None:
    config = replace(hub.config, cluster=Cluster(relay=(("mta1", 10026), ("::1", 25))))
    relays.note(config, {("mta1", 10026): "no", ("was.named.once", 25): "no"})
    lines = prometheus.text(measure(config)).splitlines()
    assert 'solicomm_relay_away{relay="mta1:10026"} 1' in lines
    assert 'solicomm_relay_away{relay="[::1]:25"} 0' in lines
    assert not any("was.named.once" in line for line in lines)
