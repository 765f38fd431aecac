"""Plays every script in dialogues/ against a bridge of its own (solicomm_build.testing.dialogue).

A script may say how its bridge is set up: `# option: lmtp tls message_bytes=65536`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Limits
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.people import roster, rosterevents, token
from solicomm_build.people.recipients import HubDirectory
from solicomm_build.people.tokens import TokenCheck
from solicomm_build.testing.bridge import hub_config, running_bridge
from solicomm_build.testing.dialogue import DialogueError, octets, play

SCRIPTS = sorted((Path(__file__).parent / "dialogues").glob("*.txt"))
MAILBOXES = frozenset({"ana", "josé"})
KEY = b"k" * 32
AT = datetime(2026, 11, 24, tzinfo=UTC)
STORED = token.digest("confirmedbytheroster234567")
GIVEN = roster.fold(
    [rosterevents.token(STORED, "join", "organising", "ana@union.example", at=AT, expires=AT)]
)
"""The tags and tokens of the scripts: signed with the key, or stored here."""


def _options(script: Path) -> dict[str, str]:
    lines = script.read_text("utf-8").splitlines()
    words = [w for line in lines if line.startswith("# option:") for w in line[9:].split()]
    return {word.partition("=")[0]: word.partition("=")[2] for word in words}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_dialogue(script: Path, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    options = _options(script)
    numbers = {name: int(value) for name, value in options.items() if value}
    config = hub_config(
        tmp_path, limits=Limits(**numbers), tls=certificate if "tls" in options else None
    )
    directory = HubDirectory(
        config.domain, config.conferences, lambda: MAILBOXES, is_good=TokenCheck(KEY, lambda: GIVEN)
    )
    with running_bridge(config, directory=directory) as bridge:
        play(script, bridge.lmtp if "lmtp" in options else bridge.smtp, bridge.kept)
        assert "bridge-fault" not in bridge.log.counters()


def test_escapes_of_a_script() -> None:
    assert octets(r"a\r\n\0\t\s\\é\xff") == b"a\r\n\0\t \\\xc3\xa9\xff"


@pytest.mark.parametrize(
    "step", ["S: 250", "S= x", "KEPT 1", "CLOSED", "DANCE", "RAW x", "TO x", "FROM -"]
)
def test_a_miss_names_file_and_line(step: str, tmp_path: Path) -> None:
    script = tmp_path / "wrong.txt"
    script.write_text(f"C: NOOP\n\n{step}\n")
    item = Item(Envelope("a@x", ("b@x",), datetime.now(UTC)), b"")
    with (
        running_bridge(hub_config(tmp_path / "hub")) as bridge,
        pytest.raises(DialogueError, match=r"wrong.txt:3"),
    ):
        play(script, bridge.smtp, lambda: [item, item])
