"""What OpenSSH and git read of what we sign, and we of what they sign."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from solicomm_build.features.network.trust import signed
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub import identity, sshsig
from solicomm_build.foundation.hub.identity import Identity


def _identity() -> Identity:
    pem = sshsig.new_key()
    public = sshsig.public_key(pem)
    return Identity(identity.id_of("water.example", public), public, pem)


def test_openssh_verifies_what_we_sign(tmp_path: Path) -> None:
    one = _identity()
    (tmp_path / "signature").write_text(one.sign(b"some words\n", "solicomm"))
    (tmp_path / "allowed").write_text(f"hub {one.public}\n")
    words = ["ssh-keygen", "-Y", "verify", "-n", "solicomm", "-I", "hub"]
    words += ["-f", str(tmp_path / "allowed"), "-s", str(tmp_path / "signature")]
    done = subprocess.run(words, input=b"some words\n", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    other = subprocess.run(words, input=b"other words\n", capture_output=True, check=False)
    assert other.returncode != 0


def test_what_openssh_signs_is_verified(tmp_path: Path) -> None:
    one = _identity()
    key = tmp_path / "key"
    key.write_bytes(one.pem)
    key.chmod(0o600)
    words = ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", str(key)]
    made = subprocess.run(words, input=b"words", capture_output=True, check=True)
    assert sshsig.verify(b"words", made.stdout.decode(), "file") == one.public


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda text: text.replace("SIGNATURE", "SIGNED", 1),
        lambda text: text[:60] + ("A" if text[60] != "A" else "B") + text[61:],
        lambda text: text.replace("\n", "\n!", 1),
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text + "A" * 5000,
    ],
)
def test_a_spoiled_signature_is_refused(spoiled: object) -> None:
    text = _identity().sign(b"words", "git")
    with pytest.raises(ContentError, match="signature"):
        sshsig.verify(b"words", spoiled(text), "git")  # type: ignore[operator]


def test_a_signature_is_for_one_purpose() -> None:
    with pytest.raises(ContentError):
        sshsig.verify(b"words", _identity().sign(b"words", "git"), "solicomm")


def test_a_signed_file_is_read_back_and_a_changed_one_is_not() -> None:
    one = _identity()
    blob = signed.write({"schema": "x", "name": "Water: and more", "list": ["a", "b"]}, one)
    top, key = signed.read(blob)
    assert (top.text("name"), key) == ("Water: and more", one.public)
    for changed in (blob.replace(b"Water", b"Wader"), blob[:-40], blob.partition(b"signature")[0]):
        with pytest.raises(ContentError):
            signed.read(changed)


def test_the_key_in_words_can_be_said() -> None:
    words = identity.words(_identity().public).split()
    assert len(words) == 6
    assert all(len(word) == 5 and word.isalpha() for word in words)


def test_an_id_is_of_one_key() -> None:
    one, other = _identity(), _identity()
    assert one.id.startswith("water-")
    assert identity.fits(one.id, one.public)
    assert not identity.fits(one.id, other.public)
    assert not identity.fits(one.id, "ssh-rsa AAAA")
