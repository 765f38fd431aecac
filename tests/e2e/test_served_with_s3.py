"""A whole hub as `solicomm serve` runs it, with mail and pages in S3, killed on the way.

SMTP → bridge ─PUT→ SeaweedFS → ingest → builder → publish ─PUT→ SeaweedFS
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming
from solicomm_build.testing import objectstores
from solicomm_build.testing.objectstores import Store
from solicomm_build.testing.served import Served, serving
from tests.unit.objects.test_incoming import item

pytestmark = pytest.mark.skipif(objectstores.missing(), reason="SeaweedFS is there with make dev")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with objectstores.seaweedfs(tmp_path / "seaweedfs") as found:
        yield found


@pytest.fixture
def hub(tmp_path: Path, store: Store) -> Config:
    root = tmp_path / "hub"
    founding.found_hub(root, name="Hub", domain="hub.example", sample=False)
    founding.new_conference(
        hubyaml.load(root), "bar", kind="conference", title="Bar", posting="open", lang="en",
        visibility="public",
    )  # fmt: skip
    s3 = json.dumps({"endpoint": store.s3.endpoint, **store.s3.buckets})
    with (root / "hub.yaml").open("a") as file:
        file.write(f"\ncluster: {{node: n1, s3: {s3}}}\n")
    config = hubyaml.load(root)
    store.of(config)
    return config


def mail(number: int) -> bytes:
    return (
        f"From: Ana <ana@union.example>\r\nTo: bar@hub.example\r\nSubject: Word {number}\r\n"
        f"Message-ID: <{number}@union.example>\r\n\r\nText of {number}.\r\n"
    ).encode()


def shown(store: Store, word: str) -> bool:
    pages = store.bucket("pages")
    try:
        return word.encode() in pages.get("conferences/bar/index.html")
    except FileNotFoundError:
        return False


def until(served: Served, store: Store, word: str) -> None:
    served.until(lambda: word if shown(store, word) else "", f"page in the store with {word}")


def test_a_mail_becomes_a_page_in_the_store(hub: Config, store: Store) -> None:
    with serving(hub) as served:
        served.send(mail(1), "bar@hub.example")
        until(served, store, "Word 1")
        served.kill()
    assert not list(hub.spool_in.glob("*.mail"))
    with serving(hub) as served:
        until(served, store, "Word 1")
        with store.down(), pytest.raises(OSError, match="451"):
            served.send(mail(2), "bar@hub.example")
        served.send(mail(2), "bar@hub.example")
        until(served, store, "Word 2")
        served.until(lambda: "none" if not store.bucket("spool").names("in") else "", "empty spool")
        environments = [Path(f"/proc/{pid}/environ") for pid in served.members()]
        commands = [Path(f"/proc/{pid}/cmdline") for pid in served.members()]
        for path in (*environments, *commands):
            with contextlib.suppress(PermissionError, FileNotFoundError, ProcessLookupError):
                assert store.account.secret.encode() not in path.read_bytes()
        assert served.end() == 0
    said = served.log.read_text() + hub.mail_log.read_text()
    assert store.account.secret not in said
    assert "pages-put" in said


def test_nobody_goes_back_a_version_while_mail_waits_there(hub: Config, store: Store) -> None:
    spool = incoming.of(hub)
    path = spool.put([item()])
    words = ["upgrade", "--undo", "--hub", str(hub.root)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 66, done.output
    assert "1 files of mail wait in S3" in done.output + done.stderr
    spool.done(path)
    after = CliRunner().invoke(main, words)
    assert "does not know: cluster" in after.output + after.stderr
