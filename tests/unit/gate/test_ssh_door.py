"""What ssh lets in: a key that opens a repository, and git's two commands for it. sshd is not
started here (tests/e2e/test_ssh.py); in the place of git-shell stands what would have been run."""

from __future__ import annotations

import base64
import os
from typing import NoReturn

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate import ssh
from solicomm_build.git import receiving
from solicomm_build.people import access
from solicomm_build.people.gittoken import Grant

KIND = b"ssh-ed25519"
TEXT = base64.b64encode(len(KIND).to_bytes(4, "big") + KIND + b"\0\0\0 " + b"k" * 32).decode()
SITE = "unions/metal"


class Became(Exception):
    """What this process would have become."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = tmp_path_factory.mktemp("ssh") / "hub"
    made = founding.found_hub(root, name="Hub", domain="hub.example", sample=True)
    key = ssh.public_key(f"ssh-ed25519 {TEXT}").fingerprint
    access.issue(made, "ana", [SITE], key=key, lang="fr")
    access.issue(made, "bo", [SITE], key=key[:-1] + "x", write=False)
    return made


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> None:
    def instead(file: str, words: list[str], environment: dict[str, str]) -> NoReturn:
        raise Became(file, words, environment)

    monkeypatch.setattr(os, "execvpe", instead)
    monkeypatch.setenv("GIT_PROTOCOL", "version=2")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 not-base64!",
        f"ssh-rsa {TEXT}",
        f"no-such-kind {TEXT}",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
)
def test_only_the_public_half_is_taken(line: str) -> None:
    with pytest.raises(UsageError, match=r"ends in \.pub"):
        ssh.public_key(line)


def test_the_line_for_sshd_allows_one_command() -> None:
    grant = Grant("k-aaaaaaaa", "ana", (SITE,), "x")
    line = ssh.authorized_line(ssh.public_key(f"ssh-ed25519 {TEXT} ana@home"), 'a "b" \\', grant)
    assert line == f'restrict,command="a \\"b\\" \\\\" ssh-ed25519 {TEXT} ana k-aaaaaaaa'


@pytest.mark.usefixtures("became")
@pytest.mark.parametrize(
    ("asked", "verb"),
    [
        ("git-receive-pack '/unions/metal.git'", "git-receive-pack"),
        ("git receive-pack 'unions/metal'", "git-receive-pack"),
        ("git-upload-pack '/unions/metal.git'", "git-upload-pack"),
    ],
)
def test_a_key_becomes_gits_own_shell(hub: Config, asked: str, verb: str) -> None:
    with pytest.raises(Became) as found:
        ssh.serve(hub, "ana", asked)
    _, words, environment = found.value.args
    assert words[-4:] == ["git", "shell", "-c", f"{verb} '{hub.union_repo('metal')}'"]
    assert (len(words) > 4) == (verb == "git-receive-pack"), "what a push may use is limited"
    assert environment["GIT_PROTOCOL"] == "version=2"
    assert '"person": "ana"' in environment[receiving.PUSHER]


@pytest.mark.usefixtures("became")
@pytest.mark.parametrize(
    ("person", "asked", "said"),
    [
        ("ana", "ls", "Only git comes in here"),
        ("ana", "git-upload-pack '/unions/metal.git'; ls", "Only git comes in here"),
        ("ana", "git-upload-pack '/unions/../private/members.git'", "Only git comes in here"),
        ("ana", "git-upload-pack 'unions/bus'", f"Your key opens {SITE}, not unions/bus"),
        ("bo", "git-receive-pack 'unions/metal'", f"Your key opens {SITE}, not"),
        ("cy", "git-upload-pack 'unions/metal'", "This key was revoked or is over"),
    ],
)
def test_whatever_else_is_asked_is_refused(hub: Config, person: str, asked: str, said: str) -> None:
    with pytest.raises((HubError, UsageError), match=said):
        ssh.serve(hub, person, asked)


@pytest.mark.usefixtures("became")
def test_a_key_to_what_is_gone_says_so(hub: Config) -> None:
    access.issue(hub, "di", ["unions/*"], key="SHA256:" + "d" * 43)
    with pytest.raises(HubError, match="There is no repository unions/gone in this hub"):
        ssh.serve(hub, "di", "git-upload-pack 'unions/gone'")
