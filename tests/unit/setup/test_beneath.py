"""Root on a machine whose hub's user was taken over: no link of that user is followed."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.features.setup import plan
from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.machine import Ended, Machine
from solicomm_build.features.setup.step import walk
from solicomm_build.features.setup.steps import web
from solicomm_build.foundation.errors import HubError
from tests.unit.setup.bare import HUB, Bare
from tests.unit.setup.test_setup import ANSWERS, OFFICE, set_up, world

__all__ = ["world"]


def _taken_over(folder: Path, inside: str, to: Path) -> None:
    """A link in the place of a file or folder."""
    path = folder / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.rename(path.with_name("aside"))
    path.symlink_to(to)


@pytest.mark.parametrize("inside", ["hub.yaml", "trust", ""])
def test_setup_reads_and_writes_through_no_link_of_the_hubs_user(
    tmp_path: Path, inside: str
) -> None:
    bare, other = Bare(tmp_path / "root"), tmp_path / "other"
    set_up(bare, OFFICE)
    other.mkdir()
    secret = other / "root.pem"
    secret.write_text("domain: secret\n")
    mode = secret.stat().st_mode
    _taken_over(bare.root, f"{HUB}/{inside}".rstrip("/"), secret if "." in inside else other)
    machine = bare.machine()
    file = f"/{HUB}/{'hub.yaml' if inside == 'hub.yaml' else 'trust/root.pem'}"
    with pytest.raises(HubError, match="a link is in the way"):
        machine.read(file)
    with pytest.raises(HubError, match="a link is in the way"):
        machine.write(file, "ours\n", mode=0o600)
    with pytest.raises(HubError, match="a link is in the way"):
        set_up(bare, OFFICE)
    assert (secret.read_text(), secret.stat().st_mode) == ("domain: secret\n", mode)
    assert sorted(path.name for path in other.iterdir()) == ["root.pem"]


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    (tmp_path / HUB).mkdir(parents=True)
    os.mkfifo(tmp_path / HUB / "hub.yaml")
    with pytest.raises(HubError, match=r"hub\.yaml is no file"):
        bare.machine().read(f"/{HUB}/hub.yaml")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to another user")
def test_what_setup_makes_below_its_folder_is_the_hubs_users_and_elsewhere_root_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: Callable[[str], object] = lambda name: SimpleNamespace(pw_uid=4711, pw_gid=4712)  # noqa: E731
    monkeypatch.setattr(pwd, "getpwnam", known)
    machine = Bare(tmp_path).machine()
    (tmp_path / HUB).mkdir(parents=True)
    machine.write(f"/{HUB}/trust/root.pem", "x")
    machine.write("/etc/solicomm/tls/privkey.pem", "x", mode=0o640, group=machine.user()[1])
    owners = {
        name: ((found := (tmp_path / name).stat()).st_uid, found.st_gid)
        for name in (f"{HUB}/trust", f"{HUB}/trust/root.pem", "etc/solicomm/tls/privkey.pem")
    }
    assert list(owners.values()) == [(4711, 4712), (4711, 4712), (0, 4712)]
    assert (tmp_path / "etc/solicomm/tls/privkey.pem").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("found", [ANSWERS, OFFICE])
def test_no_folder_of_root_is_handed_to_the_hubs_user(tmp_path: Path, found: Answers) -> None:
    bare = Bare(tmp_path)
    set_up(bare, found)
    handed = [line for line in bare.ran if line.startswith("chown") or "-o solicomm" in line]
    assert handed == [line for line in handed if line.endswith("-m 755 /srv/solicomm")]
    assert f"install -d -o root -g solicomm -m 750 {tmp_path}/etc/solicomm/tls" in bare.ran
    hook = tmp_path / web.HOOK.lstrip("/")
    if hook.exists():
        assert "/srv/" not in hook.read_text()
        assert "-o solicomm" not in hook.read_text()
    assert "certificate: /etc/solicomm/tls/" in (tmp_path / HUB / "hub.yaml").read_text()


@pytest.mark.parametrize("server", ["caddy", "nginx"])
def test_what_the_hubs_user_wrote_into_settings_never_gets_into_etc(
    tmp_path: Path, server: str
) -> None:
    """Also where every file below the hub's folder that goes into /etc is another's by now."""
    bare = Bare(tmp_path)

    def play(words: Sequence[str], typed: str) -> Ended:
        ended = bare(words, typed)
        for folder in ("mta", "web"):
            for file in (tmp_path / HUB / folder).rglob("*.*"):
                file.write_text("taken_over = yes\n")
        return ended

    machine = Machine(tmp_path, play, patience=0.0)
    found = replace(ANSWERS, server=server)
    walk(plan.steps(found), machine, lambda line: None, lambda fault: False)
    assert (tmp_path / HUB / "mta/postfix/main.cf").read_text() == "taken_over = yes\n"
    files = [path for path in (tmp_path / "etc").rglob("*") if path.is_file()]
    assert [path for path in files if "taken_over" in path.read_text()] == []
    assert (tmp_path / "etc/postfix/master.cf").read_text().startswith("# postfix/master.cf of")


def test_a_file_of_another_program_in_another_charset_comes_back_as_it_was(tmp_path: Path) -> None:
    machine, file = Bare(tmp_path).machine(), tmp_path / "etc" / "postfix" / "main.cf"
    file.parent.mkdir(parents=True)
    before = "myorigin = año\n".encode("latin-1")
    file.write_bytes(before)
    text = machine.read("/etc/postfix/main.cf")
    assert text is not None
    machine.write("/etc/postfix/main.cf", f"{text}mynetworks = 127.0.0.0/8\n")
    assert file.read_bytes() == before + b"mynetworks = 127.0.0.0/8\n"
    machine.put_back("/etc/postfix/main.cf")
    assert file.read_bytes() == before
