"""An empty word, as of a variable that a script has not set, is nobody and nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from solicomm_build.features.network.trust import adding
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.holding import list_held
from solicomm_build.ingest.run import ingest
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.networks import Network
from solicomm_build.testing.smallhub import item, mail

Run = Callable[..., Result]


@pytest.mark.parametrize(
    "words",
    [
        ("peer", "remove", ""),
        ("peer", "send", ""),
        ("peer", "sync", ""),
        ("peer", "bundle", "none/x.zip", "--for", ""),
        ("peer", "offer", "conferences/organising", "--to", "", "--yes"),
        ("peer", "unoffer", "conferences/organising", "--from", ""),
        ("peer", "heirs", "conferences/organising", ""),
        ("quarantine", "show", ""),
        ("quarantine", "retry", ""),
        ("moderate", ""),
        ("redact", "organising", "", "--reason", "none"),
        ("backup", ""),
        ("new", "list", ""),
        ("bounces", "revert", "--since", "2026-11-01", "--domain", ""),
        ("moderate", "--hub", ""),
        ("init", ""),
        ("mta-maps", "--out", ""),
        ("web-config", "caddy", "--out", ""),
        ("units", "--install", "--root", ""),
        ("backup", "key", "--out", ""),
        ("stick", ""),
        ("shelf", "agreements", ""),
        ("peer", "bundle", "", "--for", "x"),
        ("member", "confirm", "organising", "--consent", ""),
        ("replay", "--since", "2026-11-01", "--conference", ""),
        ("member", "data", "ana@union.example", "--out="),
    ],
)
def test_an_empty_word_is_refused(
    on_hub: Run, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = on_hub(*words)
    assert told.exit_code == 64
    assert not [*tmp_path.glob("[!s]*")], "beside the hub"
    assert "is empty, and nothing was done" in told.stderr


def test_what_may_be_left_out_may_still_be(on_hub: Run) -> None:
    for words in (("moderate",), ("poll", "list"), ("form", "list"), ("library", "subjects")):
        assert on_hub(*words).exit_code == 0


def test_what_only_describes_may_be_empty(on_hub: Run) -> None:
    assert on_hub("new", "library", "pay", "--title", "").exit_code == 0


def test_the_only_one_set_aside_stays(on_hub: Run, sample_hub: Config) -> None:
    kept = Spool(sample_hub.spool_in).quarantine(item(mail(), "organising@hub.example"), "a fault")
    assert on_hub("quarantine", "drop", "", "--yes").exit_code == 64
    assert kept.exists()


def test_the_only_mail_that_waits_is_not_decided(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = smallhub.make(tmp_path, Conference("bar", {"en": "Bar"}, posting="moderated"))
    (tmp_path / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    monkeypatch.setenv("SOLICOMM_HUB", str(tmp_path))
    Spool(hub.spool_in).put([item(mail(), proved=True)])
    ingest(hub, once=True, log=maillog.to_nobody())
    assert len(list_held(hub)) == 1
    for decision in ("discard", "accept", "ban"):
        assert run("moderate", decision, "").exit_code == 64
    assert len(list_held(hub)) == 1


def test_the_only_hub_stays_known(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    with pytest.raises(UsageError, match="an empty id names no hub"):
        adding.remove(net.hubs["a"], "")
    assert [*net.known("a").peers] == [net.id("b")]
