"""A child that makes pages reaches no key, no member and no network."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from solicomm_build.builder.apart import children, walls
from solicomm_build.foundation import confined
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo


def _reached(hub: Config) -> dict[str, str]:
    """What a child gets to, and what refuses it."""
    walls.put_up(hub)
    found: dict[str, str] = {}

    def tried(name: str, path: Path) -> None:
        try:
            found[name] = f"{len(path.read_bytes())} octets"
        except OSError as error:
            found[name] = type(error).__name__

    tried("token key", hub.keys / "token.key")
    tried("roster", hub.roster_repo / "HEAD")
    tried("mail", hub.mail_repo / "HEAD")
    tried("settings", hub.root / "hub.yaml")
    tried("passwords", Path("/etc/passwd"))
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=1).close()
    except OSError as error:
        found["network"] = type(error).__name__
    with Reader(open_repo(hub.conference_repo("organising"))) as reader:
        found["conference"] = str(len(reader.tree(MAIN)))
    (hub.public / "made.html").write_text("made")
    return found


@pytest.mark.skipif(confined.LANDLOCK not in confined.walls(), reason="this kernel has no landlock")
def test_a_child_that_makes_pages_sees_what_they_are_made_of_and_no_more(
    sample_hub: Config,
) -> None:
    (found,) = children.end(children.begin([lambda: _reached(sample_hub)]))
    refused = {name for name, said in found.items() if said == "PermissionError"}
    assert refused == {"token key", "roster", "mail", "settings", "passwords", "network"}
    assert int(found["conference"]) > 1
    assert (sample_hub.public / "made.html").read_text() == "made"
