"""Nobody is left to guess whether a list is empty or a command did nothing; programs that read the
output find nothing in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "hub"
    founding.found_hub(folder, name="H", domain="hub.example", sample=False)
    for words in (["list", "news", "--title", "News"], ["library", "lib", "--title", "Papers"]):
        done = CliRunner().invoke(main, ["new", *words, "--hub", str(folder)])
        assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("token list", "Nobody has a token or key"),
        ("mailbox list", "There is no mailbox yet"),
        ("site list", "There is no site yet: `solicomm new union ID` makes one"),
        ("library list lib", "There is no entry in lib yet"),
        ("member list news", "Nobody is on news yet"),
        ("bounces list news", "No copy of news came back, and every member gets mail"),
        ("poll list", "There is no open poll in any conference"),
        ("poll list news --all", "There is no poll in news"),
        ("meeting list news", "There is no meeting in news yet"),
        ("form list news", "There is no form in news yet"),
    ],
)
def test_an_empty_list_says_so(hub: Path, words: str, says: str) -> None:
    done = CliRunner().invoke(main, [*words.split(), "--hub", str(hub)])
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"{says}\n")
