"""Pushes to conferences and libraries by path, as a person with a rank: who may do what, and what
is sound. The hook runs as git runs it, without a server."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build import clock, founding
from solicomm_build.config import Config
from solicomm_build.model import event, post
from solicomm_build.model import library as libraries
from solicomm_build.store import access, erase, grants, membership, receiving
from solicomm_build.store.repo import create, open_repo
from solicomm_build.store.rosterstore import RosterStore
from solicomm_build.testing import hubs
from solicomm_build.types import Mailbox, TopicId, post_id

CONFERENCE, LIBRARY, CARD = "conferences/organising", "libraries/agreements", "2026-aaaaaaaa"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return founding.found_hub(
        tmp_path_factory.mktemp("judge") / "hub", name="Hub", domain="hub.example", sample=True
    )


class Author:
    """Somebody with a copy who pushes by path; `rank` is what the grant says, None the operator."""

    def __init__(self, hub: Config, repo: str, folder: Path, rank: str | None, person: str) -> None:
        kind, _, name = repo.partition("/")
        root = hub.root / ("" if kind == "unions" else "content") / kind / f"{name}.git"
        self.repo, self.folder = root, folder
        facts = {"grant": "t-aaaaaaaa", "person": person, "role": rank, "lang": "en"}
        self.pusher = {} if rank is None else {receiving.PUSHER: json.dumps(facts)}
        self.git("clone", "-q", str(root), str(folder), cwd=folder.parent)

    def git(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        who = ("AUTHOR", "COMMITTER")
        environment = {
            "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{one}_NAME": "Ana" for one in who}, **self.pusher,
            **{f"GIT_{one}_EMAIL": "ana@users.hub.invalid" for one in who},
        }  # fmt: skip
        return subprocess.run(
            ["git", *words], cwd=cwd or self.folder, env=environment, capture_output=True,
            text=True, check=False, timeout=60,
        )  # fmt: skip

    def send(self, files: dict[str, bytes | None], message: str = "x") -> str:
        """Commits the files (None: taken away) and pushes; what was said when it was refused."""
        for path, blob in files.items():
            file = self.folder / path
            if blob is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(blob)
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        done = self.git("push", "origin", "HEAD:main")
        return done.stderr.replace("remote: ", "") if done.returncode else ""


Make = Callable[..., Author]


@pytest.fixture
def made(hub: Config, tmp_path: Path) -> Make:
    """Makes the authors of a test: `made(repo, rank, person)`."""

    def make(repo: str, rank: str | None, person: str = "ana") -> Author:
        return Author(hub, repo, tmp_path / f"copy-{rank}-{person}", rank, person)

    return make


def a_post(name: str, **changes: object) -> tuple[str, bytes]:
    made = dataclasses.replace(hubs.post(name), **changes)
    return post.path(TopicId(post_id(made.message_id)), made.mid), post.encode(made)


def test_a_member_adds_a_post_and_changes_none(made: Make, hub: Config) -> None:
    author = made(CONFERENCE, "member")
    path, blob = a_post("first")
    assert author.send({path: blob}) == ""
    assert open_repo(author.repo).ref() == author.git("rev-parse", "HEAD").stdout.strip()
    said = author.send({path: blob + b"more\n"})
    assert "what is there is never changed or taken away by a push" in said
    author.git("reset", "-q", "--hard", "origin/main")
    assert "never changed or taken away" in author.send({path: None})


def test_a_clone_older_than_an_erasure_does_not_bring_the_post_back(
    made: Make, hub: Config
) -> None:
    """Not by a merge, and not by one that takes the file away again: the history would have it."""
    operator = made(CONFERENCE, None)
    (path, blob), (later, its_blob) = a_post("forgotten"), a_post("kept")
    assert operator.send({path: blob}) == ""
    assert operator.send({later: its_blob}) == ""
    author = made(CONFERENCE, "member")  # an old clone
    old = author.git("rev-parse", "HEAD").stdout.strip()
    erase.erase(hub, Path(path).stem, reason="A test", by="test")
    mine, my_blob = a_post("mine")
    said = author.send({mine: my_blob})
    assert "rejected" in said  # the histories differ: git itself says no
    author.git("fetch", "-q")
    merged = author.git("merge", "-q", "--no-edit", "origin/main")
    assert merged.returncode == 0, merged.stderr
    assert (author.folder / path).exists()
    said = author.git("push", "origin", "HEAD:main").stderr.replace("remote: ", "")
    assert "this post was erased by law and may not come back" in said
    assert "git rebase --onto" in said
    assert "erased by law" in author.send({path: None})
    repo = open_repo(author.repo)
    assert blob not in repo.git("cat-file", "--batch-all-objects", "--batch", "--unordered")
    author.git("reset", "-q", "--hard", f"{old}")
    author.send({mine: my_blob})
    assert author.git("rebase", "-q", "--onto", "origin/main", old).returncode == 0
    assert author.git("push", "origin", "HEAD:main").returncode == 0  # as the refusal said


def test_the_operator_may_take_away(made: Make) -> None:
    author = made(CONFERENCE, None)
    path, blob = a_post("second")
    assert author.send({path: blob}) == ""
    assert author.send({path: None}) == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"body": "Write to ana@union.example today.\n"}, "an e-mail address stands here"),
        ({"message_id": "other@union.example"}, "Message-ID does not fit its name"),
        ({"attachments": (post.Attached("0" * 64, "a.pdf", "application/pdf", 3),)},
         "the attachment a.pdf is not there"),
    ],
)  # fmt: skip
def test_posts_that_are_not_sound(made: Make, changes: dict[str, object], reason: str) -> None:
    path, _ = a_post("third")
    _, blob = a_post("third", **changes)
    assert reason in made(CONFERENCE, "host").send({path: blob})


def test_octets_are_those_of_their_name(made: Make) -> None:
    said = made(CONFERENCE, "host").send({f"files/00/{'0' * 64}": b"x"})
    assert "the octets are not those of the name" in said


def test_events_are_for_moderators_and_settings_for_hosts(made: Make, hub: Config) -> None:
    access.issue(hub, "ana", [CONFERENCE], role="moderator")
    path, blob = an_event("pin")
    member = made(CONFERENCE, "member")
    assert "this is for a moderator, and you are a member here" in member.send({path: blob})
    assert made(CONFERENCE, "moderator").send({path: blob}) == ""
    host = made(CONFERENCE, "host")
    settings = (host.folder / "conference.yaml").read_bytes()
    assert host.send({"conference.yaml": settings + b"# more\n"}) == ""
    other = settings.replace(b"id: organising", b"id: formation")
    assert "is another one's name" in host.send({"conference.yaml": other})


def test_forms_are_for_moderators_sound_and_never_changed(made: Make, hub: Config) -> None:
    path = "forms/report@1.yaml"
    text = (
        b"schema: solicomm/form@1\nid: report\nversion: 1\ntitle: {en: Report}\n"
        b"post_to: {title: '{who}'}\npublic: [who]\nfields:\n  - {key: who, type: text}\n"
    )
    assert "this is for a moderator" in made(CONFERENCE, "member").send({path: text})
    moderator = made(CONFERENCE, "moderator")
    bad = moderator.send({path: text.replace(b"type: text", b"type: text, pattern: (a+)+$")})
    assert "`fields.0.pattern` is not a known key" in bad
    assert made(CONFERENCE, "moderator").send({path: text}) == ""
    changed = text.replace(b"{en: Report}", b"{en: Other}")
    assert "what is there is never changed" in made(CONFERENCE, "host").send({path: changed})
    host = made(CONFERENCE, "host")
    settings = (host.folder / "conference.yaml").read_bytes()
    more = settings.replace(b"rights-violation@1]", b"rights-violation@1, report@1, other@1]")
    assert "`forms` names other@1" in host.send({"conference.yaml": more})
    more = more.replace(b", other@1", b"")
    assert made(CONFERENCE, "host").send({"conference.yaml": more, path: text}) == ""


def an_event(kind: str, by: str = "t_ana", **data: str) -> tuple[str, bytes]:
    at = clock.now() + timedelta(hours=int(data.pop("hours", "0")))
    made = event.make(kind, at=at, by=by, data=data)
    return event.path(TopicId(post_id("first@union.example")), made), event.encode(made)


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("pin", {"by": "operator"}, "`by: operator` is not you. Write `by: t_ana`"),
        ("pin", {"by": "t_ben"}, "`by: t_ben` is not you"),
        ("pin", {"hours": "1"}, "`at` is in the future"),
        ("pin", {"hours": "-9999"}, "you were no moderator here at that time"),
        ("move", {"to": "formation"}, "a topic is not moved by a push"),
        ("pinn", {}, "`type: pinn` is not known"),
        ("retitle", {}, "`title` is missing"),
        ("pin", {"title": "x"}, "`title` means nothing here"),
    ],
)
def test_an_event_is_its_authors_own_sound_and_of_now(
    made: Make, hub: Config, kind: str, data: dict[str, str], said: str
) -> None:
    access.issue(hub, "ana", [CONFERENCE], role="moderator")
    path, blob = an_event(kind, **data)
    assert said in made(CONFERENCE, "moderator").send({path: blob})


def test_a_moderator_who_is_a_member_pushes_under_the_person_id(made: Make, hub: Config) -> None:
    address = "luz.marina@union.example"
    membership.subscribe(hub, "organising", [Mailbox("Luz", address)])
    membership.appoint(hub, "organising", address, "moderator")
    grants.settle(hub)
    person = person_of(hub, address)
    author = made(CONFERENCE, "", address)
    path, blob = an_event("close", by=person)
    assert author.send({path: blob}) == ""
    path, blob = an_event("reopen", by="t_luz")
    assert f"Write `by: {person}`" in author.send({path: blob})


def test_who_is_an_address_and_no_member_has_no_name(made: Make, hub: Config) -> None:
    access.issue(hub, "far@union.example", [CONFERENCE], role="moderator")
    path, blob = an_event("unpin", by="far")
    said = made(CONFERENCE, "moderator", "far@union.example").send({path: blob})
    assert "no name here that may stand in a repository" in said


def person_of(hub: Config, address: str) -> str:
    store = RosterStore(open_repo(hub.roster_repo))
    try:
        member = store.roster().member(address)
        assert member is not None
        return store.roster().persons.of(member.number) or ""
    finally:
        store.close()


def test_only_the_hub_writes_source_mail(made: Make) -> None:
    """The courier sends on what says it came by mail: nobody may forge that."""
    path, blob = a_post("forged")
    for source in ("mail", "move"):
        message = f"Forged\n\nSource: {source}\nMessage: " + post_id("forged@union.example")
        said = made(CONFERENCE, "host", source).send({path: blob}, message)
        assert f"says `Source: {source}`" in said


def test_a_conference_has_one_branch(made: Make) -> None:
    author = made(CONFERENCE, "host")
    done = author.git("push", "origin", "HEAD:draft")
    assert "there is one branch here, main" in done.stderr


def test_somebody_unknown_may_nothing(made: Make) -> None:
    path, blob = a_post("fourth")
    said = made(CONFERENCE, "", "nobody@union.example").send({path: blob})
    assert "this is for a member, and you are a reader here" in said


def a_card(**files: bytes) -> dict[str, bytes | None]:
    text = hubs.CARD.format(id=CARD, title="Pay", text="A note.")
    found: dict[str, bytes | None] = {f"entries/{CARD}/entry.md": text.encode()}
    for name, blob in files.items():
        found[f"entries/{CARD}/{name}.txt"] = blob
    return found


def test_a_member_hands_in_a_card_and_a_curator_changes_it(made: Make, hub: Config) -> None:
    member = made(LIBRARY, "member")
    assert libraries.decode((member.folder / "library.yaml").read_bytes()).deposit == "members"
    said = member.send(a_card(pay=b"10 %"))
    assert "the card does not name the file pay.txt" in said
    member.git("reset", "-q", "--hard", "origin/main")
    assert member.send(a_card()) == ""
    changed = {
        f"entries/{CARD}/entry.md": hubs.CARD.format(id=CARD, title="Wage", text="").encode()
    }
    assert "this is for a moderator" in member.send(dict(changed))
    assert made(LIBRARY, "moderator").send(dict(changed)) == ""


def test_cards_that_are_not_sound(made: Make) -> None:
    card = hubs.CARD.format(id="2026-bbbbbbbb", title="x", text="").replace(
        "type: report", "typ: x"
    )
    said = made(LIBRARY, "host").send({"entries/2026-bbbbbbbb/entry.md": card.encode()})
    assert "entries/2026-bbbbbbbb/entry.md, line " in said
    assert "`type` is missing" in said
    assert "Did you mean `type`?" in said


def test_a_repository_outside_a_hub_takes_nothing(hub: Config, tmp_path: Path) -> None:
    lone = create(tmp_path / "lone.git")
    lone.git("config", "core.hooksPath", str(hub.hooks))
    union = founding.data.folder("unions") / "metal"
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path / "w"], check=True)
    (tmp_path / "w" / "site.yaml").write_bytes((union / "site.yaml").read_bytes())
    for words in (
        ("add", "-A"),
        ("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", "-C", tmp_path / "w", *words], check=True)
    done = subprocess.run(["git", "-C", tmp_path / "w", "push", lone.path, "main"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode != 0
    assert "cannot be checked, so nothing was taken" in done.stderr
