"""Two who set one machine up: the second is told to wait, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.setup import answers, machine, reach
from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.machine import Ended
from solicomm_build.features.setup.steps import ground
from tests.unit.setup.bare import HUB, Bare

ANSWERS = Answers("hub.example.org", "op@elsewhere.example", addresses=("192.0.2.25",))


class _Slow(Bare):
    """While the first makes the hub, somebody begins a second setup."""

    def __init__(self, root: Path, words: list[str]) -> None:
        super().__init__(root)
        self.second: Result | None = None
        self._words = words

    def _solicomm(self, verb: str, *words: str) -> Ended:
        if verb == "init" and self.second is None:
            half = self.root / HUB / "content/half.git"
            half.mkdir(parents=True)
            self.second = CliRunner().invoke(main, self._words)
            assert half.exists(), "what the first is making was put aside"
            half.rmdir()
            half.parent.rmdir()
        return super()._solicomm(verb, *words)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "refuse_others", lambda: None)
    monkeypatch.setattr(reach, "addresses", lambda: ANSWERS.addresses)
    monkeypatch.setattr(reach, "lookup", lambda name: ANSWERS.addresses)
    monkeypatch.setattr(reach, "greets", lambda port, words, host="": True)
    monkeypatch.setattr(reach, "listens", lambda port, host="": True)
    monkeypatch.setattr(reach, "certified", lambda name, port, host="": "")
    monkeypatch.setattr(reach, "page", lambda name, trusts="": "")


@pytest.mark.parametrize("more", [[], ["--remove"]])
def test_a_second_setup_is_told_to_wait_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(answers.text(ANSWERS))
    words = ["setup", "--answers", str(file)]
    bare = _Slow(tmp_path / "root", [*words, *more])
    monkeypatch.setattr(machine, "Machine", bare.machine)
    first = CliRunner().invoke(main, words)
    assert first.exit_code == 0, (first.output, first.exception)
    assert bare.second is not None
    assert bare.second.exit_code == 66
    assert "another `solicomm setup` is at work" in bare.second.output
    assert "solicomm" in bare.active
    assert CliRunner().invoke(main, words).exit_code == 0, "the first has ended"
