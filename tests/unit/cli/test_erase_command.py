"""`solicomm erase` over a hub that is built and searched."""

from __future__ import annotations

from pathlib import Path

import brotli
from click.testing import CliRunner

from solicomm_build import data
from solicomm_build.cli.main import main
from solicomm_build.config import Config
from solicomm_build.model.conference import Conference
from solicomm_build.pipeline import search
from solicomm_build.pipeline.run import Builder
from solicomm_build.spool import Spool
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

WORD = b"zanzibarish"


def _holding(hub: Config) -> set[str]:
    """The search files that hold the word, compressed ones unpacked."""
    found = set()
    for folder in (hub.public / "search", hub.state):
        for path in folder.rglob("*"):
            if path.is_file():
                octets = path.read_bytes()
                if path.suffix == ".br":
                    octets = brotli.decompress(octets)
                if WORD in octets:
                    found.add(path.relative_to(hub.root).as_posix())
    return found


def test_an_erased_post_leaves_the_search(tmp_path: Path) -> None:
    """The index kept the words behind a tombstone."""
    from solicomm_build import maillog
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
    assert any(path.startswith("public/search/") for path in _holding(hub))
    words = ["erase", "<2@union.example>", "--reason", "x", "--verify", "--hub", str(hub.root)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert _holding(hub) == set()
