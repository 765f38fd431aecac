"""Nothing private leaves: a hub whose every private place holds a mark, looked for in all that it
hands on, by stick, by mail, over HTTP and in what git can fetch.

The marks are words of a conference for members, of held mail, and of mail as it came; addresses,
a member's and an operator's; and every key of the hub.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from solicomm_build.features.network.carrying import messageids, wire
from solicomm_build.features.network.carrying.zipped import MANIFEST
from solicomm_build.features.network.trust import card as cards
from solicomm_build.foundation import maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import exchange
from solicomm_build.git.repo import create, open_repo
from solicomm_build.ingest import run as ingest
from solicomm_build.people import rosterevents
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.networks import Network
from solicomm_build.web.app import create_app

ADDRESS = "ana@canary-address.example"
MARKS = ("canary-address", "canary-members", "canary-held", "canary-header", "canary-roster")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = Network(tmp_path_factory.mktemp("net"), "ab")
    a = made.hubs["a"]
    closed = Conference("closed", {"en": "Closed"}, posting="open", visibility="members")
    held = Conference("held", {"en": "Held"}, posting="moderated")
    for one in (closed, held):
        smallhub.add_conference(a, one)
    person = rosterevents.mailbox("canary-roster", at=smallhub.BEGUN, by="o", keep=True)
    smallhub.add_events(a, [person])
    spool = Spool(a.spool_in)
    for number, (name, words) in enumerate(
        (("net", "Hello"), ("closed", "canary-members"), ("held", "canary-held"))
    ):
        raw = smallhub.mail(
            words,
            "X-Mailer: canary-header",
            msgid=f"<m{number}@canary-id.example>",
            sender=f"Ana <{ADDRESS}>",
        )
        spool.put([smallhub.item(raw, f"{name}@a.example", mail_from=ADDRESS)])
    ingest.ingest(a, once=True, log=maillog.to_nobody())
    assert len(made.mids("a")) == 1
    made.carry("a", "b")
    made.write("b", hubs.post("answer"))
    made.carry("b", "a")
    return made


def _marks(net: Network) -> list[bytes]:
    """All that is nobody else's: words, and a line of each key."""
    found = [mark.encode() for mark in MARKS]
    for path in sorted(net.hubs["a"].keys.rglob("*")):
        if path.is_file() and not path.name.endswith(".pub"):
            lines = [line for line in path.read_bytes().splitlines() if len(line) >= 20]
            found += [line for line in lines if b"KEY" not in line] or [path.read_bytes()]
    return found


def test_the_marks_are_where_they_should_be(net: Network) -> None:
    """Else nothing below means anything."""
    a = net.hubs["a"]
    told = b"".join(
        open_repo(path).git("cat-file", "--batch-all-objects", "--batch", "--buffer")
        for path in (a.mail_repo, a.roster_repo, a.conference_repo("closed"))
    )
    assert all(mark.encode() in told for mark in MARKS)
    assert len(_marks(net)) > len(MARKS) + 1


def test_nothing_private_is_on_a_stick(net: Network, tmp_path: Path) -> None:
    looked, whole = 0, net.folder / "1.stick"
    for path in (net.stick("a", "b"), whole):
        for name, octets in _unfolded(net, path, tmp_path):
            looked += 1
            found = [mark for mark in _marks(net) if mark in octets]
            assert not found, (name, found)
    assert looked >= 6


def _unfolded(net: Network, stick: Path, tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    """Each file of a stick, as what it holds: of a bundle every object, of a sealed table what its
    hub alone can read."""
    yield stick.name, stick.read_bytes()
    with zipfile.ZipFile(stick) as read:
        assert MANIFEST in read.namelist()
        for name in read.namelist():
            octets = read.read(name)
            yield name, octets
            if name.endswith(".ids.age"):
                table = messageids.opened(octets, net.identity("b"))
                assert set(table) <= net.mids("a")
                yield name, str(table).replace("canary-id", "").encode()
            if name.endswith(".bundle"):
                place = f"{stick.name}-{Path(name).name}"
                file = tmp_path / place
                file.write_bytes(octets)
                repo = create(tmp_path / f"{place}.git")
                for other in (net.repo("a"), net.repo("b")):
                    exchange.copy(repo, other, ["+refs/peers/*:refs/peers/*"], most=1 << 30)
                exchange.fetch(repo, str(file), ["+refs/peers/*:refs/in/*"], most=1 << 30)
                yield name, repo.git("cat-file", "--batch-all-objects", "--batch", "--buffer")
    assert "closed" not in "".join(read.namelist())


def test_nothing_private_is_answered_or_lies_in_what_git_serves(net: Network) -> None:
    a = net.hubs["a"]
    client = TestClient(create_app(a), base_url="https://a.example")
    ids = f"{wire.IDS}/{net.id('b')}"
    paths = [cards.PATH, wire.OFFERS, wire.HUBS, wire.NOTICES, f"{wire.HUBS}/{net.id('b')}"]
    paths += [f"{ids}/net", f"{ids}/closed", f"{ids}/held", f"{wire.NOTICES}/x.yaml", "/network/"]
    paths += [f"/conferences/{name}.git/info/refs?service=git-upload-pack" for name in ("net",)]
    answers = {path: client.get(path) for path in paths}
    assert answers[wire.OFFERS].status_code == 200
    for path, answer in answers.items():
        assert not [mark for mark in _marks(net) if mark in answer.content], path
    assert answers[f"{ids}/closed"].status_code == 404
    assert set(answers[wire.OFFERS].json()) <= {
        "conferences/net",
        "conferences/held",
        "conferences/own",
    }
    for name in answers[wire.OFFERS].json():
        repo = open_repo(a.conference_repo(name.partition("/")[2]))
        told = repo.git("cat-file", "--batch-all-objects", "--batch", "--buffer")
        assert not [mark for mark in _marks(net) if mark in told], name
