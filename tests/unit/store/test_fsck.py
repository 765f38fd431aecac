from __future__ import annotations

import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.desk import tokens
from solicomm_build.desk.office import CONFIRM
from solicomm_build.features.checks import storage
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.cards.filestore import IN_GIT
from solicomm_build.features.library.cards.shelving import Incoming
from solicomm_build.foundation import clock, keys, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents, token
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import post
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck, mailstore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN, item, mail

MID = PostId(post_id("1@union.example"))
PATH = post.path(TopicId(MID), MID)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    Spool(made.spool_in).put([item(mail())])
    ingest(made, once=True, log=maillog.to_nobody())
    assert fsck.check(made) == []
    return made


def _write(path: Path, name: str, data: bytes | None) -> None:
    write_once(open_repo(path), [Change(name, data)], message="m\n", when=BEGUN)


def _faults(hub: Config) -> list[str]:
    return [str(fault) for fault in fsck.check(hub)]


def test_a_git_is_started_once_for_a_repository(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    smallhub.add_conference(hub, Conference("baz", {"en": "Baz"}))
    begun: list[str] = []
    real = subprocess.Popen.__init__

    def started(self: object, words: list[str], *args: Any, **named: Any) -> None:
        begun.append(next(word for word in words if word.startswith("--git-dir=")))
        real(self, words, *args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess.Popen, "__init__", started)
    assert fsck.check(hub) == []
    conferences = [one for one in begun if "/conferences/" in one]
    assert len(conferences) == 2
    assert len(begun) == len(set(begun))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (PATH, b"no front matter", "not a post"),
        (PATH, post.encode(post.Post("2@union.example", body="x\n")), "does not fit its name"),
        ("topics/aa/x/posts/y.md", b"", "not a path of a post"),
        ("conference.yaml", b"schema: x\n", "conference.yaml"),
        ("conference.yaml", None, "there is no conference.yaml"),
    ],
)
def test_a_conference_that_breaks_its_format(
    hub: Config, name: str, data: bytes | None, words: str
) -> None:
    _write(hub.conference_repo("bar"), name, data)
    (fault,) = _faults(hub)
    assert words in fault
    assert fault.startswith("content/conferences/bar.git")


def test_a_message_that_is_nowhere(hub: Config) -> None:
    lost = PostId(post_id("2@union.example"))
    _write(hub.mail_repo, mailstore.path(lost), mail(msgid="<2@union.example>"))
    (fault,) = _faults(hub)
    assert f"{lost}.eml: the message is in no conference" in fault
    spool = Spool(hub.spool_in)
    spool.put([item(mail(msgid="<2@union.example>"))])  # on its way: not lost
    spool.put([item(b"")])
    assert _faults(hub) == []


def test_a_message_whose_post_was_taken_off_the_pages_is_not_lost(hub: Config) -> None:
    away = PostId(post_id("2@union.example"))
    _write(hub.mail_repo, mailstore.path(away), mail(msgid="<2@union.example>"))
    path = f"topics/{away[:2]}/{away}/posts/{away}.md"
    _write(hub.conference_repo("bar"), path, post.encode(post.Post("2@union.example", body="x\n")))
    _write(hub.conference_repo("bar"), path, None)
    assert _faults(hub) == []


def test_held_mail_without_its_reason(hub: Config) -> None:
    _write(hub.mail_repo, f"held/bar/{MID}.eml", mail())
    (fault,) = _faults(hub)
    assert f"bar/{MID}.json is missing" in fault


def test_decisions_that_decide_nothing(hub: Config) -> None:
    _write(hub.mail_repo, f"decisions/bar/{MID}.json", b"{}")
    (fault,) = _faults(hub)
    assert "this is not a decision" in fault
    made = b'{"decision": "ban", "by": "operator", "at": "2026-11-24T00:00:00Z"}'
    _write(hub.mail_repo, f"decisions/bar/{MID}.json", made)
    assert _faults(hub) == []
    _write(hub.mail_repo, "decisions/bar/other.json", made)
    assert "no decision lies here" in _faults(hub)[0]


def test_roster_library_and_site(hub: Config) -> None:
    _write(hub.roster_repo, rosterevents.event_path(BEGUN, b"x"), b"rubbish\n")
    create(hub.library_repo("lib"))
    _write(hub.library_repo("lib"), "entries/x/entry.md", b"x")
    _write(hub.library_repo("lib"), "entries/x/clauses.yaml", b"schema: solicomm/clauses@1\n")
    create(hub.union_repo("uni"))
    _write(hub.union_repo("uni"), "site.yaml", b"x")
    faults = _faults(hub)
    assert any("this line is not an event" in fault for fault in faults)
    assert any("there is no library.yaml" in fault for fault in faults)
    assert any("entries/x/entry.md" in fault for fault in faults)
    assert any("entries/x/clauses.yaml" in fault and "Save the" in fault for fault in faults)
    assert any("site.yaml" in fault for fault in faults)


def test_settings_and_objects(hub: Config) -> None:
    open_repo(hub.site_repo).git("config", "gc.auto", "6700")
    for pack in (hub.conference_repo("bar") / "objects/pack").glob("*.pack"):
        pack.unlink()
    shutil.rmtree(hub.roster_repo)
    faults = _faults(hub)
    assert any("the setting gc.auto is 6700" in fault for fault in faults)
    assert any("private/roster.git" in fault and "no repository here" in fault for fault in faults)
    assert any("content/conferences/bar.git" in fault and "copy" in fault for fault in faults)


@pytest.mark.parametrize("name", ["mail", "bar"])
def test_octets_of_a_pack_that_changed(hub: Config, name: str) -> None:
    """git's own look at the connections alone reads no file, and saw nothing."""
    repo = hub.mail_repo if name == "mail" else hub.conference_repo(name)
    for pack in (repo / "objects/pack").glob("*.pack"):
        pack.chmod(0o644)
        octets = bytearray(pack.read_bytes())
        octets[-40] ^= 1
        pack.write_bytes(octets)
        faults = _faults(hub)
        assert any(pack.name in fault and "have changed" in fault for fault in faults)


def test_octets_of_what_was_pushed_that_changed(hub: Config) -> None:
    """Pushes leave each object in a file of its own, and git's look at connections reads none."""
    repo = open_repo(hub.site_repo)
    oid = repo.git("hash-object", "-w", "--stdin", input=b"Who we are\n" * 99).decode().strip()
    repo.git("update-ref", "refs/tags/kept", oid)
    assert _faults(hub) == []
    loose = hub.site_repo / "objects" / oid[:2] / oid[2:]
    octets = loose.read_bytes()
    loose.chmod(0o644)
    for damaged in (
        octets[:-1] + bytes([octets[-1] ^ 1]),
        octets[:9],
        b"",
        octets + b"x",
        zlib.compress(b"blob 4\0Who?"),
    ):
        loose.write_bytes(damaged)
        faults = _faults(hub)
        assert any(f"objects/{oid[:2]}/{oid[2:]}: octets" in fault for fault in faults), damaged
    loose.write_bytes(octets)
    assert _faults(hub) == []


@pytest.mark.parametrize(
    ("name", "octets"),
    [("HEAD", b"\xff\xfe"), ("config", b"\xff\xfe"), ("config", b"[x"), ("config", b"")],
)
def test_what_a_repository_says_of_itself_is_damaged(hub: Config, name: str, octets: bytes) -> None:
    """The command for it ended with a trace, and told nothing of all the others."""
    (hub.mail_repo / name).write_bytes(octets)
    assert any(fault.startswith("private/mail.git: ") for fault in _faults(hub))


@pytest.mark.parametrize(
    ("name", "octets", "says"),
    [
        ("keys/token.key", b"short", "it is no key any more. Bring it back from a backup"),
        ("keys/token-20261101T000000Z.key", b"", "it is no key any more"),
        ("keys/posts.key", b"short", "it is no key any more"),
        ("keys/spool.key", b"short", "it is no key any more"),
        ("conferences-mailed-since", b"yesterday\n", "it holds no moment such as"),
        ("contacts/metal.json", b'{"agreed": "office@', "it is damaged: no JSON"),
        ("polls/bar/x/voters.json", b"\xff", "it is damaged: no JSON"),
    ],
)
def test_plain_files_that_are_damaged(hub: Config, name: str, octets: bytes, says: str) -> None:
    file = hub.private / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(octets)
    (fault,) = _faults(hub)
    assert fault.startswith(f"private/{name}: {says}")


def _desk_ran(hub: Config) -> None:
    hub.state.mkdir(exist_ok=True)
    (hub.state / "answers.sqlite").touch()


def _asked(hub: Config) -> None:
    event = tokens.given(token.fresh(), "join", "bar", "ana@union.example", days=CONFIRM)
    store = RosterStore.of(hub)
    store.append([event], at=clock.now(), subject="Ask: join")
    store.close()


def _changed(hub: Config) -> None:
    (hub.keys / "token-20261101T000000Z.key").write_bytes(b"k" * 32)


@pytest.mark.parametrize("before", [_desk_ran, _asked, _changed])
def test_the_key_of_all_links_is_missing(hub: Config, before: Callable[[Config], None]) -> None:
    """It is made anew by whoever needs it next, and nobody would ever hear why links are dead."""
    hub.keys.mkdir(parents=True, exist_ok=True)
    (hub.keys / "token.key").unlink(missing_ok=True)
    assert _faults(hub) == [], "nobody was ever written to"
    before(hub)
    (fault,) = _faults(hub)
    assert fault.startswith("private/keys/token.key: it is missing")
    keys.token_key(hub.keys)
    assert _faults(hub) == []


@pytest.mark.parametrize("at", [0, 1040, -1])
def test_an_index_that_git_can_make_again(hub: Config, at: int) -> None:
    repo = open_repo(hub.conference_repo("bar"))
    repo.git("repack", "-a", "-d", "-q")
    (index,) = (repo.path / "objects" / "pack").glob("*.idx")
    octets = bytearray(index.read_bytes())
    octets[at] ^= 1
    index.chmod(0o644)
    index.write_bytes(octets)
    fault, *others = _faults(hub)
    assert fault.startswith(f"content/conferences/bar.git/objects/pack/{index.name}: ")
    assert all("Mend first what is named above" in one for one in others)
    command = fault[fault.index("rm -f") : fault.index("; then run")]
    subprocess.run(command, shell=True, check=True, capture_output=True)
    assert _faults(hub) == []


def test_an_index_that_is_not_there(hub: Config) -> None:
    repo = open_repo(hub.conference_repo("bar"))
    repo.git("repack", "-a", "-d", "-q")
    (index,) = (repo.path / "objects" / "pack").glob("*.idx")
    index.unlink()
    pack = index.with_suffix(".pack").relative_to(hub.root).as_posix()
    fault, *others = _faults(hub)
    assert fault.startswith(f"{pack}: it has no index")
    assert all("Mend first what is named above" in one for one in others)
    (found, *_) = storage.repositories(hub)
    assert found.what.startswith(f"{pack} has no index")
    command = fault[fault.index("git index-pack") : fault.index("; then run")]
    assert command in found.remedy
    subprocess.run(command, shell=True, check=True, capture_output=True)
    assert _faults(hub) == []
    assert not any(pack in one.what for one in storage.repositories(hub))


def test_hooks_that_git_passes_over(hub: Config) -> None:
    """git takes a push without asking anybody where its hook is gone or cannot be run."""
    (hub.hooks / "post-receive").chmod(0o644)
    (hub.hooks / "pre-receive").unlink()
    faults = _faults(hub)
    assert [one.partition(":")[0] for one in faults] == ["hooks/pre-receive", "hooks/post-receive"]
    assert all("solicomm gate install" in one for one in faults)


def test_a_mail_repository_that_is_gone(hub: Config) -> None:
    shutil.rmtree(hub.mail_repo)
    faults = _faults(hub)
    assert len(faults) == 2
    assert all("private/mail.git" in fault for fault in faults)


def test_large_files_of_libraries(hub: Config) -> None:
    new_library(hub, "papers", title="Papers", lang="en")
    store = CardStore(hub, "papers")
    octets = b"minutes of the assembly\n" * (IN_GIT // 20)
    card = Entry("", "report", {"en": "Minutes"}, languages=("en",))
    added = store.add(card, [Incoming("minutes.txt", octets)], when=BEGUN).entry
    assert _faults(hub) == []
    path = store.files.path(added.files[0].sha256)
    assert path is not None
    path.write_bytes(b"other")
    (fault,) = _faults(hub)
    assert "minutes.txt is damaged" in fault
    path.unlink()
    (fault,) = _faults(hub)
    assert "minutes.txt is missing" in fault
    assert str(path) in fault


def test_a_post_that_lies_in_two_places(hub: Config) -> None:
    """A hub may have such ones from before the gate refused them; named is which one is shown."""
    other = post.path(TopicId(f"aa{MID[2:]}"), MID)
    forged = post.encode(post.Post("1@union.example", name="Mallory", body="x\n"))
    _write(hub.conference_repo("bar"), other, forged)
    (fault,) = _faults(hub)
    assert fault.startswith(
        f"content/conferences/bar.git/{other}: the post {MID} has another place"
    )
    assert f"Shown is {PATH}, which came first" in fault
    _write(hub.conference_repo("bar"), other, None)
    assert _faults(hub) == []
