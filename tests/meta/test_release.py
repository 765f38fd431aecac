"""What `make release` makes, as far as it is cheap: the list of parts, manual, completion, sums."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

import solicomm_build
from solicomm_build.cli.commands import commands

ROOT = Path(solicomm_build.__file__).parents[1]
LOCK = (ROOT / "requirements.txt").read_text("utf-8")
DAY = "2026-11-28"


@pytest.fixture(scope="module")
def release() -> ModuleType:
    loader = SourceFileLoader("release_script", str(ROOT / "scripts" / "release"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_list_of_parts_names_every_locked_package_with_its_hashes(release: ModuleType) -> None:
    found = release.parts(LOCK, "1.2.3", f"{DAY}T00:00:00Z")
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.5")
    pins = re.findall(r"(?m)^([\w.-]+)==([\w.]+)", LOCK)
    assert [(one["name"], one["version"]) for one in found["components"]] == [
        (name.lower(), version) for name, version in pins
    ]
    hashes = [h["content"] for c in found["components"] for f in c["externalReferences"]
              for h in f["hashes"]]  # fmt: skip
    assert hashes == re.findall(r"--hash=sha256:([0-9a-f]{64})", LOCK)
    refs = [one["bom-ref"] for one in found["components"]]
    assert found["dependencies"][0]["dependsOn"] == refs
    assert json.dumps(found) == json.dumps(release.parts(LOCK, "1.2.3", f"{DAY}T00:00:00Z"))


def test_the_manual_has_every_command_and_man_can_read_it(release: ModuleType) -> None:
    page = release.manual("1.2.3", DAY)
    for name in commands():
        assert f"\n.B solicomm {name.replace('-', chr(92) + '-')}\n" in page
    if shutil.which("groff"):
        said = subprocess.run(
            ["groff", "-man", "-ww", "-z"], input=page.encode(), capture_output=True, check=True
        )
        assert not said.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_completes_words(release: ModuleType, shell: str) -> None:
    text = release.completion(shell)
    assert "_SOLICOMM_COMPLETE" in text
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=text.encode(), check=True)


def test_fish_shows_a_description_past_its_first_comma(release: ModuleType) -> None:
    text = release.completion("fish")
    assert 'string split --max 1 "," $completion' in text
    if shutil.which("fish"):
        asked = f"{text}\ncomplete -C 'solicomm backup li'"
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["fish", "--no-config", "-c", asked],
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "list\tList the backups in PLACE, the oldest first.\n"


def test_units_of_the_package_run_the_packaged_program(release: ModuleType, tmp_path: Path) -> None:
    release.units(ROOT, tmp_path)
    unit = (tmp_path / "usr/lib/systemd/system/solicomm.service").read_text("utf-8")
    assert "ExecStart=/usr/bin/solicomm serve --hub /srv/solicomm/hub\n" in unit
    assert (tmp_path / "usr/lib/tmpfiles.d/solicomm.conf").is_file()
    assert not [p for p in tmp_path.rglob("*.*") if p.is_file() and "/app" in p.read_text("utf-8")]


def test_sums_are_those_that_sha256sum_reads(release: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"one")
    (tmp_path / "SHA256SUMS").write_text(release.sums(tmp_path))
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)


def test_who_fetched_it_sees_that_a_sum_was_changed(release: ModuleType, tmp_path: Path) -> None:
    """By the lines of docs/releases.md."""
    key, sums = tmp_path / "key", tmp_path / "SHA256SUMS"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = (tmp_path / "key.pub").read_text("utf-8")
    (tmp_path / "allowed_signers").write_text(f"maintainers {public}")
    sums.write_text(f"{'a' * 64}  a.whl\n")
    release.sign(key, sums)
    text = (ROOT / "docs" / "releases.md").read_text("utf-8")
    line = re.search(r"^    (ssh-keygen -Y verify .*)$", text, re.MULTILINE)
    assert line is not None
    verify = ["sh", "-c", line[1]]
    assert subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    sums.write_text(f"{'b' * 64}  a.whl\n")
    assert subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_what_a_machine_lacks_is_said(release: ModuleType) -> None:
    said = release.lacking(lambda name: None if name == "buildah" else f"/usr/bin/{name}")
    assert said == {"image": "buildah not installed here"}
    assert set(release.lacking(lambda _name: None)) == {"deb", "image"}


def test_packed_files_have_no_time_of_today(release: ModuleType) -> None:
    assert release.packed(b"text") == release.packed(b"text")
    assert gzip.decompress(release.packed(b"text")) == b"text"


@pytest.mark.parametrize("name", ["postinst", "prerm", "postrm"])
def test_scripts_of_the_package_are_sound_and_leave_the_hub_alone(name: str) -> None:
    path = ROOT / "deploy" / "debian" / name
    subprocess.run(["sh", "-n", path], check=True)
    text = path.read_text("utf-8")
    assert text.startswith("#!/bin/sh\nset -e\n")
    assert not re.search(r"deluser|userdel|rm [^\n]*/srv", text)


def test_a_tag_that_says_another_version_is_refused(release: ModuleType) -> None:
    assert release.fitting("0.2.0", "") == release.fitting("0.2.0", "v0.2.0\nnightly") == ""
    assert release.fitting("0.2.0", "v0.1.9") == (
        "the commit is tagged v0.1.9, and the program says 0.2.0"
    )
    assert release.fitting(solicomm_build.__version__, "nightly") == ""
