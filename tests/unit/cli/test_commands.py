"""What every command promises: help with an example, sentences for errors, sysexits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result

from solicomm_build import __version__
from solicomm_build.cli.commands import GROUPS, commands
from solicomm_build.cli.main import main
from solicomm_build.cli.serving import supervisor
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse

Run = Callable[..., Result]


def all_commands() -> Iterator[tuple[str, ...]]:
    """The words of every command and subcommand."""
    context = click.Context(main)
    for name in commands():
        command = main.get_command(context, name)
        yield (name,)
        if isinstance(command, click.Group):
            for sub in command.list_commands(context):
                yield (name, sub)


WORDS = sorted(all_commands())


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_help_has_an_example(run: Run, words: tuple[str, ...]) -> None:
    told = run(*words, "--help")
    assert told.exit_code == 0
    assert "Example:" in told.output
    lines = [line.strip() for line in told.output.splitlines()]
    shown = [line for line in lines if "solicomm " in line and not line.startswith("Usage:")]
    assert any(" ".join(("solicomm", *words)) in line for line in shown)


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_examples_name_options_that_exist(words: tuple[str, ...]) -> None:
    context = click.Context(main)
    command = main.get_command(context, words[0])
    for word in words[1:]:
        assert isinstance(command, click.Group)
        command = command.get_command(context, word)
    assert command is not None
    names = {name for param in command.params for name in param.opts}
    for line in (command.help or "").splitlines():
        if f"solicomm {' '.join(words)}" in line and not isinstance(command, click.Group):
            assert set(re.findall(r"(?<=\s)--[a-z0-9-]+", line)) <= names


def _summaries() -> dict[str, str]:
    return {name: one.summary for name, one in commands().items()}


def test_the_list_of_commands(run: Run) -> None:
    told = run("--help")
    for name, does in _summaries().items():
        assert f" {name} {does} " in " ".join(told.output.split()) + " "
    assert "solicomm init hub --sample" in told.output


def test_the_short_form_of_help(run: Run) -> None:
    assert run("-h").output == run("--help").output


def test_the_version(run: Run) -> None:
    assert run("--version").output == f"solicomm, version {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("stat",),
        ("init",),
        ("status", "--no-such-option"),
        ("member", "nonsense"),
        ("serve", "--http", "nowhere"),
        ("new", "conference", "x", "--posting", "nobody"),
        ("import", "organising"),
    ],
    ids=" ".join,
)
def test_wrong_words_are_a_usage_error(on_hub: Run, words: tuple[str, ...]) -> None:
    """EX_USAGE, and a hint where there is one."""
    told = on_hub(*words)
    assert told.exit_code == 64
    assert told.stderr.startswith("Usage:")
    assert "Error: " in told.stderr
    if words[0] == "stat":
        assert "Did you mean status?" in told.stderr


@pytest.mark.parametrize("kind", ["conference", "list", "library", "union"])
@pytest.mark.parametrize("lang", ["..", "/", "x" * 300, "english"])
def test_a_new_place_speaks_a_language(on_hub: Run, kind: str, lang: str) -> None:
    """Sites begin with the texts of the folder of their language: no other folder is read."""
    told = on_hub("new", kind, "neu", "--lang", lang)
    assert told.exit_code == 64
    assert "is not a language. Write its tag, such as en" in told.stderr


def test_a_hub_that_is_served_is_not_served_twice(
    on_hub: Run, sample_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_LEAVING", 0.1)
    pulses = [Pulse(sample_hub.state, one) for one in ("desk", "deliver")]
    try:
        told = on_hub("serve")
    finally:
        for pulse in pulses:
            pulse.end()
    assert told.exit_code == 75
    assert f"{sample_hub.root} is served already, at {sample_hub.url}. " in told.stderr
    assert not (sample_hub.state / "alive" / "ingest").exists(), "nothing was begun"


ON_HUBS = [
    ("status",),
    ("build", "--once"),
    ("ingest", "--once"),
    ("desk", "--once"),
    ("deliver", "--once"),
    ("moderate",),
    ("serve",),
    ("web",),
    ("bridge",),
    ("member", "list", "organising"),
    ("mailbox", "list"),
    ("new", "conference", "x"),
    ("import", "organising", "/nowhere"),
    ("fsck",),
    ("post", "organising", "--from", "a@b.example", "--subject", "x"),
]


@pytest.mark.parametrize("words", ON_HUBS, ids=" ".join)
def test_no_hub_is_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = run(*words)
    assert told.exit_code == 66
    assert told.stderr == (
        f"solicomm: {tmp_path} is not a hub: it has no hub.yaml. Name one with --hub DIR or "
        "SOLICOMM_HUB, or make one with `solicomm init DIR`\n"
    )


def test_a_broken_hub_yaml_names_every_fault(on_hub: Run, sample_hub: Config) -> None:
    file = sample_hub.root / "hub.yaml"
    text = file.read_text().replace("domain: ", "domian: ").replace("8080", "none")
    file.write_text(text)
    told = on_hub("status")
    assert told.exit_code == 78
    assert told.stderr.startswith("solicomm: hub.yaml, line ")
    assert "domian" in told.stderr
    assert "http" in told.stderr


@pytest.mark.parametrize("text", [b"\xff", b"{", b"[]", b"{}"])
def test_a_damaged_note_of_the_last_build(on_hub: Run, sample_hub: Config, text: bytes) -> None:
    """It is derived: what else there is to say is said, and the next build writes it anew."""
    (sample_hub.state / "build.json").write_bytes(text)
    told = on_hub("status")
    assert told.exit_code == 0
    assert "Last build" not in told.output


def test_the_hub_is_found_by_option_variable_or_folder(
    run: Run, sample_hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("status", "--hub", sample_hub.root).exit_code == 0
    monkeypatch.setenv("SOLICOMM_HUB", str(sample_hub.root))
    assert run("status").exit_code == 0
    assert run("status", "--hub", tmp_path).exit_code == 66
    monkeypatch.delenv("SOLICOMM_HUB")
    monkeypatch.chdir(sample_hub.root)
    assert run("status").exit_code == 0


def test_as_a_process(sample_hub: Config, tmp_path: Path) -> None:
    """The command that people type: exit code, nothing on the wrong stream, a closed pipe."""
    solicomm = Path(sys.executable).with_name("solicomm")
    told = subprocess.run(
        [solicomm, "member", "list", "nowhere"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SOLICOMM_HUB": str(sample_hub.root)},
        cwd=tmp_path,
    )
    assert (told.returncode, told.stdout) == (66, "")
    assert told.stderr == "solicomm: There is no conference or list nowhere in this hub\n"
    shell = f"'{solicomm}' --help | head -n 0"
    closed = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert closed.stderr == ""


def test_help_lists_every_command_once_and_cuts_no_sentence(run: Run) -> None:
    told = run("--help").output
    for name, words in _summaries().items():
        assert len(re.findall(rf"^  {name} +{re.escape(words[:20])}", told, re.MULTILINE)) == 1
    assert {one.group for one in commands().values()} == set(GROUPS)
    for words in all_commands():
        assert "...\n" not in run(*words, "--help").output.partition("Commands:")[2], words
