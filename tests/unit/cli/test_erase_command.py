"""`solicomm erase` and `solicomm redact` over a hub that is built and searched."""

from __future__ import annotations

import base64
import gzip
import re
from pathlib import Path

import brotli
import pytest
from click.testing import CliRunner

from solicomm_build.builder.run import Builder
from solicomm_build.cli.main import main
from solicomm_build.features.privacy import erasures, settling
from solicomm_build.features.search import index as search
from solicomm_build.features.search.engine import joined
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import erasing
from solicomm_build.post.store.erasing import Copy
from solicomm_build.testing import searching, smallhub
from solicomm_build.testing.smallhub import item, mail

WORD = b"zanzibarish"


def _holding(hub: Config) -> set[str]:
    """The files of pages, search and state that hold the word, compressed ones unpacked."""
    found = set()
    for folder in (hub.public, hub.state):
        for path in folder.rglob("*"):
            if path.is_file():
                octets = path.read_bytes()
                if path.suffix == ".br":
                    octets = brotli.decompress(octets)
                elif path.suffix == ".gz":
                    octets = gzip.decompress(octets)
                elif path.name == joined.TERMS:
                    octets = b"".join(searching.pieces(octets))
                for packed in re.findall(rb'"(H4sI[A-Za-z0-9+/=]+)"', octets):
                    octets += gzip.decompress(base64.b64decode(packed))
                if WORD in octets:
                    found.add(path.relative_to(hub.root).as_posix())
    return found


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub with two posts, built and searched; the second holds the word."""
    from solicomm_build.foundation import maillog
    from solicomm_build.ingest.run import ingest

    settings = Conference("bar", {"en": "Bar"}, kind="list", posting="open")
    hub = smallhub.make(tmp_path / "hub", settings)
    (hub.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    raws = [mail("Another text", msgid="1@union.example")]
    raws += [mail(f"A {WORD.decode()} text", msgid="2@union.example")]
    Spool(hub.spool_in).put([item(raw, "bar@hub.example") for raw in raws])
    ingest(hub, once=True, log=maillog.to_nobody())
    builder = Builder(hub, data.theme())
    builder.build()
    assert builder.contents is not None
    search.update(hub, builder.contents, settle=True)
    builder.close()
    for name in (joined.TERMS, joined.ROWS):
        assert any(path.endswith(name) for path in _holding(hub)), "what is to go is looked for"
    return hub


def test_an_erased_post_leaves_the_search(hub: Config) -> None:
    """The index kept the words behind a tombstone."""
    words = ["erase", "<2@union.example>", "--reason", "x", "--verify", "--hub", str(hub.root)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert _holding(hub) == set()


def test_a_hidden_post_leaves_pages_search_and_state(hub: Config) -> None:
    """The index kept the words behind a tombstone until the next merge."""
    words = ["redact", "bar", "<2@union.example>", "--reason", "r", "--hub", str(hub.root)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert _holding(hub) == set()
    done = CliRunner().invoke(main, [*words, "--undo"])
    assert done.exit_code == 0, done.output
    found = _holding(hub)
    assert any(path.startswith("public/conferences/bar/t/") for path in found)
    assert any(path.startswith("public/search/") for path in found)


@pytest.mark.parametrize(
    "words",
    [
        ("redact", "bar", "<2@union.example>", "--reason", "r"),
        ("erase", "<2@union.example>", "--reason", "x"),
        ("erase", "<2@union.example>", "--reason", "x", "--verify"),
    ],
)
def test_pages_that_stay_are_said_and_end_it_with_65(
    hub: Config, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """It ended with 0, and a script went on as if the post were on no page."""
    monkeypatch.setattr(settling, "settle", lambda *_: [("conferences/bar", "the disk is full")])
    done = CliRunner().invoke(main, [*words, "--hub", str(hub.root)])
    assert done.exit_code == 65, done.output
    assert "conferences/bar could not be made anew: the disk is full" in done.stderr
    assert "then run: solicomm build" in done.stderr


def test_a_copy_that_does_not_let_go_ends_it_with_75(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Copy("m2", "silent", "it does not answer")]
    monkeypatch.setattr(erasing, "copies", lambda *_: iter(found))
    monkeypatch.setattr(erasures, "has_copies", lambda *_: True)
    words = ["erase", "<2@union.example>", "--reason", "x", "--hub", str(hub.root)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 75, done.output
    assert "Not gone from m2" in done.stderr
    assert "solicomm erase --status" in done.stderr
    found[:] = [Copy("m2", "asked")]
    words[1] = "<1@union.example>"
    assert CliRunner().invoke(main, words).exit_code == 0, "it lets go in a moment"
