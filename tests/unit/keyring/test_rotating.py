"""The key that signs is changed while old and new are published side by side."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.courier import signing
from solicomm_build.features.checks import dns
from solicomm_build.features.founding import founding
from solicomm_build.features.keyring import rotating
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.errors import ContentError, HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.auth import dkim
from solicomm_build.message.auth.signer import Signer, key_record
from solicomm_build.testing.dnsserver import serving
from solicomm_build.testing.signatures import key, signed

RAW = b"From: a@hub.example\r\nSubject: s\r\nTo: b@c.example\r\n\r\nhi\r\n"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    made = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False)
    keys.dkim_key_path(made.keys, made.domain).write_bytes(key("rsa", 1))
    second = key("rsa", 2)
    monkeypatch.setattr(signing, "new_key", lambda: second)
    return made


def _names(hub: Config) -> list[str]:
    return [one.name for one in dns.records(hub) if one.value.startswith("v=DKIM1")]


def test_a_key_is_made_published_signs_and_the_old_one_goes(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.fixed(clock.now()):
        said = "\n".join(rotating.step(hub))
    (selector,) = [one for one in signing.published(hub) if one != "solicomm"]
    assert f"{selector}._domainkey.hub.example" in said
    assert signing.signer_of(hub).selector == "solicomm", "the old one signs on"
    both = [f"solicomm._domainkey.{hub.domain}", f"{selector}._domainkey.{hub.domain}"]
    assert _names(hub) == both
    with pytest.raises(HubError, match="--published"):
        list(rotating.step(hub))
    with serving({}) as server:
        asked = dataclasses.replace(hub, dns=(server.address,))
        with pytest.raises(HubError, match="Publish it"):
            list(rotating.step(asked))
        assert signing.now(hub).selector == "solicomm"
        server.records = {both[1]: [key_record(key("rsa", 2))]}
        asked = dataclasses.replace(asked)
        assert f"{selector} signs" in "\n".join(rotating.step(asked))
    assert signing.signer_of(hub).selector == selector
    assert _names(hub) == [both[1], both[0]], "the old one stays published"
    with pytest.raises(HubError, match="solicomm signed may be under way"):
        list(rotating.step(hub))
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=22))
    assert "solicomm is gone" in "\n".join(rotating.step(hub))
    assert _names(hub) == [both[1]]
    assert not keys.dkim_key_path(hub.keys, hub.domain).exists()
    assert signing.signer_of(hub).selector == selector


def test_what_either_key_signed_can_be_checked_while_both_are_published(hub: Config) -> None:
    def verified(signer: Signer) -> list[str]:
        raw = signed(RAW, signer, int(clock.timestamp()))
        known = {one.name: one.value.encode() for one in dns.records(hub)}
        return [one.result for one in dkim.verify(raw, known.get)]

    old = signing.signer_of(hub)
    list(rotating.step(hub))
    list(rotating.step(hub, published=True))
    new = signing.signer_of(hub)
    assert new.selector != old.selector
    assert (verified(old), verified(new)) == (["pass"], ["pass"])


def test_the_list_says_which_signs_and_a_damaged_note_is_named(hub: Config) -> None:
    words = ["keys", "list", "--hub", str(hub.root)]
    assert CliRunner().invoke(main, words).output == "solicomm._domainkey.hub.example  signs\n"
    list(rotating.step(hub))
    assert "is next" in CliRunner().invoke(main, words).output
    list(rotating.step(hub, published=True))
    assert "signed before; published until" in CliRunner().invoke(main, words).output
    keys.dkim_key_path(hub.keys, hub.domain).with_suffix(".json").write_text("{")
    with pytest.raises(ContentError, match="which key signs"):
        signing.now(hub)
