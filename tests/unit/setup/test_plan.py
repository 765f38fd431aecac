"""What `solicomm setup` says that it will do, and what it asks of the machine for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.setup import answers, plan
from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.steps import ground, running
from tests.unit.setup.bare import Bare

ANSWERS = Answers("hub.example.org", "op@elsewhere.example", web="www.hub.example.org")
TIMER = "etc/systemd/system/solicomm-backup"


def said(found: Answers) -> str:
    return "\n".join(line for step in plan.steps(found) for line in step.what)


@pytest.mark.parametrize(
    ("place", "packages"),
    [
        ("", set()),
        ("/var/backups/solicomm", set()),
        ("sftp:you@backup.example:/hub", {"restic", "openssh-client"}),
        ("s3:https://s3.example/bucket", {"restic"}),
        ("restic:rest:https://backup.example/", {"restic"}),
    ],
)
def test_what_takes_a_backup_elsewhere_is_installed(place: str, packages: set[str]) -> None:
    found = set(ground.packages(replace(ANSWERS, backup=place)))
    assert found & {"restic", "openssh-client"} == packages


def test_the_plan_names_what_a_person_has_to_bring_for_a_backup_elsewhere() -> None:
    assert "solicomm needs a key" in said(replace(ANSWERS, backup="sftp:you@backup.example:/hub"))
    assert ".aws/credentials" in said(replace(ANSWERS, backup="s3:https://s3.example/bucket"))
    assert "ssh" not in said(replace(ANSWERS, backup="/var/backups/solicomm"))


@pytest.mark.parametrize("place", ["/var/backups/hub", "/var/backups/hub/", "/mnt/50%/hub"])
def test_a_timer_for_the_same_place_is_left_and_one_for_another_is_not(
    tmp_path: Path, place: str
) -> None:
    bare = Bare(tmp_path)
    unit = tmp_path / f"{TIMER}.service"
    unit.parent.mkdir(parents=True, exist_ok=True)
    word = place.rstrip("/").replace("%", "%%")
    unit.write_text(f"ExecStart=/usr/bin/solicomm backup {word} --hub /srv/solicomm/hub\n")
    bare.active.add("solicomm-backup.timer")
    machine = bare.machine()
    assert running.backups(replace(ANSWERS, backup=place)).is_done(machine)
    parent = str(Path(place).parent)
    assert not running.backups(replace(ANSWERS, backup=parent)).is_done(machine)


@pytest.mark.parametrize(
    ("server", "names"),
    [
        ("caddy", "a certificate for mail.hub.example.org from"),
        ("nginx", "a certificate for www.hub.example.org and mail.hub.example.org from"),
        ("none", "a certificate for www.hub.example.org and mail.hub.example.org from"),
    ],
)
def test_the_plan_names_what_the_certificate_is_for(server: str, names: str) -> None:
    assert names in said(replace(ANSWERS, server=server))


def test_a_private_address_is_right_where_an_authority_of_ones_own_certifies() -> None:
    inside = replace(ANSWERS, addresses=("10.0.0.5",), acme="https://ca.example.org/directory")
    assert answers.parse(answers.text(inside), "x").addresses == ("10.0.0.5",)


def test_a_firewall_in_an_office_lets_the_name_through() -> None:
    office = Answers("hub.local", "op@elsewhere.example", local=True)
    assert "UDP at 5353" in said(office)
    assert "UDP" not in said(ANSWERS)
