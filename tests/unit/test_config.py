"""A hub's folder: how it is found, and where its things lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import config, hubyaml

ROOT = Path("/hub")

LEAST = "name: Hub\ndomain: hub.example\nurl: http://127.0.0.1:8080/\n"


def test_load_and_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOLICOMM_HUB", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HubError, match="solicomm init"):
        config.find_hub(None)
    with pytest.raises(HubError, match="cannot be read"):
        hubyaml.load(tmp_path)
    (tmp_path / "hub.yaml").write_text(LEAST)
    assert hubyaml.load(config.find_hub(None)).root == tmp_path
    other = tmp_path / "other"
    other.mkdir()
    (other / "hub.yaml").write_text(LEAST)
    monkeypatch.setenv("SOLICOMM_HUB", str(other))
    assert config.find_hub(None) == other
    assert config.find_hub(str(tmp_path)) == tmp_path


def test_the_layout_is_that_of_the_flow_document() -> None:
    hub = hubyaml.parse(LEAST, ROOT)
    assert hub.spool_in == ROOT / "spool/in"
    assert hub.spool_out == ROOT / "spool/out"
    assert hub.spool_quarantine == ROOT / "spool/quarantine"
    assert hub.sink == ROOT / "spool/sink.mbox"
    assert (hub.state, hub.public, hub.private) == (
        ROOT / "state",
        ROOT / "public",
        ROOT / "private",
    )
    assert hub.conference_repo("water") == hub.conferences / "water.git"
    assert hub.library_repo("lib") == ROOT / "content/libraries/lib.git"
    assert hub.union_repo("klgwu") == ROOT / "unions/klgwu.git"
    assert hub.site_repo == ROOT / "content/site.git"
    assert hub.roster_repo == ROOT / "private/roster.git"
    assert hub.mail_repo == ROOT / "private/mail.git"
    assert (hub.mailboxes, hub.keys) == (ROOT / "private/mailboxes", ROOT / "private/keys")
