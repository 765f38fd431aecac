"""Two who change the settings of one conference in the same moment: nobody's words are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.forms import formadding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import placeid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import conference as settings
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


def _text(hub: Config) -> str:
    with Reader(open_repo(hub.conference_repo("bar"))) as reader:
        return (reader.at(MAIN, settings.FILE) or b"").decode()


def _between(monkeypatch: pytest.MonkeyPatch, hub: Config, module: object) -> None:
    """Has somebody push another description when what was there was just read."""
    read, pushed = module._text, []  # type: ignore[attr-defined]

    def late(*words: object) -> str:
        text: str = read(*words)
        if not pushed:
            pushed.append(text)
            push = Change(settings.FILE, f"{text}description: {{en: Pushed}}\n".encode())
            repo = open_repo(hub.conference_repo("bar"))
            write_once(repo, [push], message="Push\n", when=BEGUN)
        return text

    monkeypatch.setattr(module, "_text", late)


def test_two_forms(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    _between(monkeypatch, hub, formadding)
    assert formadding.add(hub, "bar", "rights-violation")[1]
    formadding.add(hub, "bar", "solidarity-appeal")
    assert "Pushed" in _text(hub)
    assert "forms: [rights-violation@1, solidarity-appeal@1]" in _text(hub)
    assert not formadding.add(hub, "bar", "solidarity-appeal")[1]


def test_a_form_that_is_withdrawn(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    formadding.add(hub, "bar", "rights-violation")
    _between(monkeypatch, hub, formadding)
    assert formadding.withdraw(hub, "bar", "rights-violation")
    assert "Pushed" in _text(hub)
    assert "rights-violation" not in _text(hub)


def test_another_id(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    _between(monkeypatch, hub, placeid)
    repo = open_repo(hub.conference_repo("bar"))
    placeid.change(repo, settings.FILE, "id", ("bar", "rivers"))
    assert "Pushed" in _text(hub)
    assert "id: rivers" in _text(hub)
