"""A feature of an operator's own, as docs/howto/add-a-feature.md shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import solicomm_build

GUIDE = Path(solicomm_build.__file__).parents[1] / "docs" / "howto" / "add-a-feature.md"
FILE = re.compile(r"^`(plugins/\w+/\w+\.py)`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

_ASK = """
import os, shutil, sys
from pathlib import Path
from solicomm_build.foundation import hooks
from solicomm_build.testing.deskhub import DeskHub

hub = DeskHub(Path(sys.argv[1]))
shutil.copytree(os.environ["PLUGINS"], hub.config.root / "plugins")
(hub.config.root / "lawyer.txt").write_text("+44 20 0000 0000")
hooks.adopt(hub.config.root / "plugins")
hub.member(1, "ana@union.example", "water", lang="fr")
for words in ("avocat", "aide tous"):
    for letter in hub.ask("water-request", words):
        print(letter.text)
"""


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A hub with the feature of the guide in it."""
    root = tmp_path / "hub"
    assert run("-m", "solicomm_build.cli.main", "init", str(root)).returncode == 0
    files = FILE.findall(GUIDE.read_text("utf-8"))
    assert len(files) == 3
    for name, text in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (root / "lawyer.txt").write_text("+44 20 0000 0000\n", "utf-8")
    return root


def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own: what is adopted stays adopted."""
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, env=os.environ | more
    )


def command(hub: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "solicomm_build.cli.main", *words, "--hub", str(hub))


def test_mail_and_the_shell_know_it(hub: Path, tmp_path: Path) -> None:
    told = run("-c", _ASK, str(tmp_path / "asked"), PLUGINS=str(hub / "plugins"))
    assert told.returncode == 0, told.stderr
    assert "Call +44 20 0000 0000, day and night." in told.stdout
    assert "whom to call when arrested" in told.stdout
    assert command(hub, "lawyer").stdout == "+44 20 0000 0000\n"
    listed = run("-m", "solicomm_build.cli.main", "--help", SOLICOMM_HUB=str(hub))
    assert "Say whom to call." in listed.stdout


def test_a_hub_without_it_does_not_know_it(tmp_path: Path) -> None:
    root = tmp_path / "hub"
    assert run("-m", "solicomm_build.cli.main", "init", str(root)).returncode == 0
    told = command(root, "lawyer")
    assert (told.returncode, "No such command" in told.stderr) == (64, True)


def test_what_others_may_write_is_not_loaded(hub: Path) -> None:
    (hub / "plugins" / "lawyer" / "mail.py").chmod(0o666)
    told = command(hub, "check")
    assert told.returncode != 0
    assert "only the hub's own user may write it" in told.stderr


def test_a_second_feature_of_a_name_is_a_fault_that_says_so(hub: Path) -> None:
    (hub / "plugins" / "lawyer").rename(hub / "plugins" / "polls")
    told = command(hub, "check")
    assert "there is a feature of that name" in told.stderr


def test_the_same_command_twice_is_a_fault_that_names_both(hub: Path) -> None:
    text = (hub / "plugins" / "lawyer" / "mail.py").read_text("utf-8")
    second = hub / "plugins" / "zeal"
    second.mkdir()
    (second / "__init__.py").write_text("", "utf-8")
    (second / "mail.py").write_text(text, "utf-8")
    script = "import sys; from pathlib import Path\n"
    script += "from solicomm_build.foundation import hooks\n"
    script += "from solicomm_build.desk.hooks import commands\n"
    script += "hooks.adopt(Path(sys.argv[1]))\ncommands()"
    told = run("-c", script, str(hub / "plugins"))
    assert "zeal.mail: COMMANDS has 'lawyer', which another feature has too" in told.stderr


def test_one_that_cannot_be_loaded_is_named_with_its_fault(hub: Path) -> None:
    (hub / "plugins" / "lawyer" / "cli.py").write_text("import no_such_module\n", "utf-8")
    told = command(hub, "status")
    assert "plugins/lawyer: cannot be loaded (ModuleNotFoundError" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_folder_that_is_no_hub_has_no_features(hub: Path) -> None:
    (hub / "hub.yaml").rename(hub / "hub.txt")
    assert (
        "Say whom to call."
        not in run("-m", "solicomm_build.cli.main", "--help", SOLICOMM_HUB=str(hub)).stdout
    )
