"""What `solicomm cluster` writes and refuses: hub.yaml, the parcel, files of a follower."""

from __future__ import annotations

import dataclasses
import io
import os
import pwd
import shlex
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.cells.machines import (
    alone,
    beginning,
    followerfiles,
    joining,
    parcel,
    plan,
    readiness,
)
from solicomm_build.features.cells.machines.followerfiles import Wanted
from solicomm_build.features.cells.machines.joining import Wish
from solicomm_build.features.cells.machines.plan import Plan
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import backups, cells, hubyaml
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.replica import machine

from .conftest import Machine

TOP = "# ours\nname: Hub\ndomain: hub.example.org\nurl: https://hub.example.org\n"
REST = "\n# what we say of mail\nlimits: {recipients: 100}\n"
HOSTS = {"n1": "192.0.2.1", "n2": "n2", "n3": "n3"}
PLAN = Plan(HOSTS, ("http://192.0.2.1:2379",), "solicomm", "/srv/git")
ME = pwd.getpwuid(os.geteuid()).pw_name


def hub(root: Path, text: str = TOP + REST) -> Config:
    root.mkdir(parents=True, exist_ok=True)
    (root / "hub.yaml").write_text(text)
    return hubyaml.load(root)


def test_hub_yaml_says_the_plan_and_all_else_stays(tmp_path: Path) -> None:
    config = hub(tmp_path)
    text = plan.wanted(config, PLAN)
    assert text.startswith(TOP + REST)
    said = hubyaml.parse(text, tmp_path).cluster
    assert (said.node, said.git.own) == ("n1", "/srv/git")
    assert said.git.here == "ssh://solicomm@192.0.2.1/srv/git"
    assert said.git.names == {"n2": "ssh://solicomm@n2/srv/git", "n3": "ssh://solicomm@n3/srv/git"}
    other = hubyaml.parse(plan.named(text, "n3"), tmp_path).cluster
    assert (other.node, other.git.here) == ("n3", "ssh://solicomm@n3/srv/git")
    assert sorted(other.git.names) == ["n1", "n2"]
    plan.keep(tmp_path, text)
    assert plan.alone(hubyaml.load(tmp_path)) == TOP + REST


def test_the_store_stays_when_the_hub_is_alone_again(tmp_path: Path) -> None:
    store = dataclasses.replace(
        PLAN, store="https://s3.example:8333", buckets="our", divided=True, port=2222
    )
    plan.keep(tmp_path, plan.wanted(hub(tmp_path), store))
    config = hubyaml.load(tmp_path)
    assert config.cluster.divided
    assert config.cluster.git.here == "ssh://solicomm@192.0.2.1:2222/srv/git"
    after = hubyaml.parse(plan.alone(config), tmp_path).cluster
    assert not after.is_shared
    assert not after.divided
    assert after.s3 is not None
    assert after.s3.spool == "our-spool"


@pytest.mark.parametrize(
    ("words", "said"),
    [(["n1"], "Name all machines"), (["n1", "n2", "n2=h"], "n2 is named twice")],
)
def test_machines_that_are_none_are_refused(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan.hosts(words)
    assert plan.hosts(["n1", "n2=192.0.2.2"]) == {"n1": "n1", "n2": "192.0.2.2"}


def test_a_file_that_cannot_be_changed_is_left(tmp_path: Path) -> None:
    in_one_line = (
        "{name: Hub, domain: hub.example.org, "
        "url: 'https://hub.example.org', cluster: {node: n1}}\n"
    )
    config = hub(tmp_path, in_one_line)
    with pytest.raises(HubError, match="cannot change"):
        plan.keep(tmp_path, plan.wanted(config, PLAN))
    assert (tmp_path / "hub.yaml").read_text() == in_one_line


def test_a_key_in_quotes_is_the_key(tmp_path: Path) -> None:
    config = hub(tmp_path, TOP + "'cluster': {node: n1}\n")
    plan.keep(tmp_path, plan.wanted(config, PLAN))
    assert hubyaml.load(tmp_path).cluster.is_shared
    assert plan.alone(hubyaml.load(tmp_path)) == TOP


def test_a_parcel_brings_keys_and_settings(tmp_path: Path) -> None:
    config = hub(tmp_path / "one")
    config.keys.mkdir(parents=True)
    (config.keys / "cluster").write_bytes(b"secret")
    for name in ("plugins/lawyer/cli.py", "plugins/lawyer/__pycache__/cli.pyc", "spool/in/1.mail"):
        (config.root / name).parent.mkdir(parents=True, exist_ok=True)
        (config.root / name).write_bytes(b"own")
    made = parcel.write(config, TOP)
    assert made.stat().st_mode & 0o777 == 0o600
    text, keys = parcel.read(made.read_bytes())
    assert text == TOP
    assert keys == {"private/keys/cluster": b"secret", "plugins/lawyer/cli.py": b"own"}
    parcel.lay(tmp_path / "two", text, keys)
    there = tmp_path / "two" / "private" / "keys" / "cluster"
    assert there.read_bytes() == b"secret"
    assert there.stat().st_mode & 0o777 == 0o600


def tar(name: str, *, kind: bytes = tarfile.REGTYPE, link: str = "", octets: bytes = b"") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as file:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, link, len(octets)
        file.addfile(info, io.BytesIO(octets))
    return made.getvalue()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"no archive",
        tar("private/keys/a"),
        tar("/etc/passwd"),
        tar("private/keys/../../../x"),
        tar("private/mail.git/HEAD"),
        tar("plugins/../private/mail.git/HEAD"),
        tar("private/keys/.hidden"),
        tar("private/keys/a", kind=tarfile.SYMTYPE, link="/etc/shadow"),
        tar("hub.yaml", octets=b"\xff"),
        tar("hub.yaml", octets=b"x" * (9 << 20)),
    ],
)
def test_another_parcel_is_refused(octets: bytes) -> None:
    with pytest.raises(UsageError, match="not what `solicomm cluster init` wrote"):
        parcel.read(octets)


def test_a_machine_joins_with_an_empty_folder(tmp_path: Path) -> None:
    config = hub(tmp_path / "one")
    text = plan.wanted(config, PLAN)
    octets = parcel.write(config, text).read_bytes()
    hub(tmp_path / "two", TOP.replace("hub.example", "other.example"))
    for node, said in (("n1", "this comes from"), ("n7", "no machine n7. It names n2, n3")):
        with pytest.raises(UsageError, match=said):
            joining.join(Wish(tmp_path / "three", node, octets), print)
    with pytest.raises(UsageError, match=r"has a hub already, other\.example\.org"):
        joining.join(Wish(tmp_path / "two", "n2", octets), print)
    assert not (tmp_path / "three").exists()


def test_files_of_a_follower_are_for_its_user_and_folder(tmp_path: Path) -> None:
    wanted = Wanted(ME, "/mnt/hubs", "ssh-ed25519 AAAA solicomm")
    assert followerfiles.install(wanted, tmp_path)
    assert followerfiles.install(wanted, tmp_path) == []
    assert (tmp_path / "mnt/hubs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / followerfiles.ALLOWED).read_text() == "ssh-ed25519 AAAA solicomm\n"
    assert os.access(tmp_path / "usr/local/lib/solicomm/follower-shell", os.X_OK)
    sshd = (tmp_path / "etc/ssh/sshd_config.d/solicomm.conf").read_text()
    assert f"Match User {ME}\n" in sshd
    assert "follower-shell /mnt/hubs\n" in sshd
    units = tmp_path / "etc/systemd/system"
    dropped = units / "solicomm.service.d" / "cluster.conf"
    assert "ReadWritePaths=/mnt/hubs\n" in dropped.read_text()
    collects = (units / "solicomm-follower-gc.service").read_text()
    assert f"User={ME}\n" in collects
    assert "find /mnt/hubs -name" in collects
    assert any("usermod --shell /bin/sh" in line for line in wanted.by_hand())


def test_snapshots_are_made_each_night_where_there_is_a_store_for_them(tmp_path: Path) -> None:
    there = hub(tmp_path / "hub")
    config = hubyaml.parse(plan.wanted(there, PLAN), there.root)
    timer = "solicomm-snapshot.timer"
    assert timer not in beginning.follower(config, ME, "key").timers
    stored = dataclasses.replace(PLAN, store="https://s3.example:8333", buckets="hub")
    config = hubyaml.parse(plan.wanted(there, stored), there.root)
    wanted = beginning.follower(config, ME, "key")
    assert timer in wanted.timers
    followerfiles.install(wanted, tmp_path)
    service = (tmp_path / "etc/systemd/system/solicomm-snapshot.service").read_text()
    command = f"{Path(sys.executable).parent / 'solicomm'} cells snapshot --hub {tmp_path / 'hub'}"
    assert f"ExecStart={command}\n" in service
    assert f"ReadWritePaths=-{tmp_path / 'hub'}\n" in service
    assert f"User={ME}\n" in service


def test_what_is_to_be_done_by_hand_makes_the_same_files(tmp_path: Path) -> None:
    wanted = Wanted(ME, "/mnt/hubs", "ssh-ed25519 AAAA solicomm", Path("/mnt/other/hub"))
    lines = wanted.by_hand()
    for line in lines:
        words = shlex.split(line)
        if words[0] in ("install", "sed") and "-d" not in words:
            words[-1] = f"{tmp_path}{words[-1]}"
            subprocess.run(words, check=True)
    for path, text in wanted.files().items():
        if path != followerfiles.ALLOWED:
            assert (tmp_path / path).read_text() == text, path
    assert lines[-1].startswith("systemctl enable --now ")
    assert "solicomm-snapshot.timer" in lines[-1]


def test_nobody_who_logs_in_is_locked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followerfiles, "install", lambda _wanted: pytest.fail("it was installed"))
    said: list[str] = []
    beginning.follow(Wanted("root", "/srv/git", "key"), by_hand=False, say=said.append)
    assert "can do nothing else then" in said[1]
    assert Wanted("daemon", "/srv/git", "key").is_of_system


def test_a_folder_for_followers_that_is_none_is_said(
    three: tuple[Machine, Machine, Machine],
) -> None:
    config = three[0].config
    assert list(readiness.own_place(config)) == []
    three[0].place_gone()
    (found,) = readiness.own_place(config)
    assert "is not there" in found.what
    assert "install -d -m 700" in found.remedy
    git = dataclasses.replace(config.cluster.git, own=str(config.root / "spool"))
    cluster = dataclasses.replace(config.cluster, git=git)
    (found,) = readiness.own_place(dataclasses.replace(config, cluster=cluster))
    assert "lie in each other" in found.what


def test_a_machine_that_stands_by_backs_up_nothing(tmp_path: Path) -> None:
    root = tmp_path / "hub"
    plan.keep(root, plan.wanted(hub(root), PLAN))
    place = tmp_path / "backups"
    (root / "state").mkdir()
    done = CliRunner().invoke(main, ["backup", str(place), "--hub", str(root)])
    machine.leave()
    assert done.exit_code == 0, done.output
    assert "Nothing was backed up: n1 does not have the hub just now" in done.output
    assert not place.exists()


def test_a_place_that_another_machine_has_made_is_begun_here(tmp_path: Path) -> None:
    root = tmp_path / "hub"
    plan.keep(root, plan.wanted(hub(root), PLAN))
    config = hubyaml.load(root)
    for folder in (config.private, config.state):
        folder.mkdir()
    lease.write(config, lease.Lease("n1", 7, lease.now() + 600, lease.boot()))
    place = tmp_path / "backups"
    backups.note(config, str(place), at=clock.now(), every=None)  # by n2, on its own disk
    done = CliRunner().invoke(main, ["backup", str(place), "--hub", str(root)])
    machine.leave()
    assert done.exit_code == 0, done.output
    assert (place / "backup.json").exists()


def test_a_hub_on_one_machine_has_no_way_back(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="on one machine already"):
        alone.alone(hub(tmp_path), print)


def test_a_way_back_that_was_killed_is_ended(tmp_path: Path) -> None:
    """The files of all members lay there for good, where no erasure looks."""
    config = hub(tmp_path)
    for name in ("carried.git", "cells/1/carried.git"):
        (config.private / name).mkdir(parents=True)
    cells.write(config, cells.Division(cells=2, named=2))
    said: list[str] = []
    alone.alone(config, said.append)
    assert not [*config.private.rglob("carried.git")]
    assert said == ["The hub is on this machine alone. What it kept for others is gone now"]
    with pytest.raises(UsageError, match="on one machine already"):
        alone.alone(config, said.append)


def test_what_came_from_other_machines_is_taken_by_who_is_alone(tmp_path: Path) -> None:
    """A stage that was killed had taken it out of the store, and put it into no spool yet."""
    config = hub(tmp_path)
    (config.private / "carried.git").mkdir(parents=True)
    for folder, name in (("come", "desk~1.mail"), ("come", "out~2.mail"), ("come-3", "out~3.mail")):
        (config.root / "spool" / folder).mkdir(parents=True, exist_ok=True)
        (config.root / "spool" / folder / name).write_bytes(b"mail")
    alone.alone(config, print)
    found = (config.root / "spool").rglob("*.mail")
    names = sorted(path.relative_to(config.root / "spool").as_posix() for path in found)
    assert names == ["desk/1.mail", "out-3/3.mail", "out/2.mail"]
