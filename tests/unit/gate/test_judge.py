"""Pushes to conferences and libraries by path, as a person with a rank: who may do what, and what
is sound. The hook runs as git runs it, without a server."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.library import library as libraries
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox, PostId, TopicId, post_id
from solicomm_build.git.repo import create, open_repo
from solicomm_build.people import access, grants
from solicomm_build.people import memberstore as membership
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import event, post
from solicomm_build.testing import hubs
from solicomm_build.testing.clones import Author

CONFERENCE, LIBRARY, CARD = "conferences/organising", "libraries/agreements", "2026-aaaaaaaa"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return founding.found_hub(
        tmp_path_factory.mktemp("judge") / "hub", name="Hub", domain="hub.example", sample=True
    )


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
        ({"body": "Write to ana@union.example today.\n"}, "there is an e-mail address here"),
        ({"message_id": "other@union.example"}, "Message-ID does not fit its name"),
        (
            {"attachments": (post.Attached("0" * 64, "a.pdf", "application/pdf", 3),)},
            "the attachment a.pdf is not there",
        ),
    ],
)
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
    host.git("reset", "-q", "--hard", "origin/main")  # forgets the commit that changed the form
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
    assert "no name here that may be in a repository" in said


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


def test_a_curator_who_pushes_is_known_however_the_address_is_written(made: Make) -> None:
    host, changed = made(LIBRARY, "host"), hubs.CARD.format(id=CARD, title="Wage", text="")
    blob = (host.folder / "library.yaml").read_bytes() + b"curators: [Bea@Union.Example]\n"
    assert host.send({"library.yaml": blob, **a_card()}) == ""
    curator = made(LIBRARY, "member", "bea@union.example")
    assert curator.send({f"entries/{CARD}/entry.md": changed.encode()}) == ""


def test_clauses_beside_a_card_are_looked_at(made: Make) -> None:
    host, path = made(LIBRARY, "host"), "entries/2026-dddddddd"
    text = hubs.CARD.format(id="2026-dddddddd", title="Pay", text="").encode()
    head = b"schema: solicomm/clauses@1\nof: " + b"0" * 64 + b"\nclauses:\n"
    faulty = head + b"  - matter: pay\n    text: Ten.\n"
    said = host.send({f"{path}/entry.md": text, f"{path}/clauses.yaml": faulty})
    assert "clauses.yaml" in said
    assert "cannot be 'pay'" in said
    host.git("reset", "-q", "--hard", "origin/main")
    sound = head + b"  - matter: wage\n    text: Ten.\n"
    assert host.send({f"{path}/entry.md": text, f"{path}/clauses.yaml": sound}) == ""


def test_no_commit_on_the_way_changes_another_s_card(made: Make) -> None:
    first = {
        "entries/2026-cccccccc/entry.md": hubs.CARD.format(
            id="2026-cccccccc", title="Wage", text=""
        ).encode()
    }
    assert made(LIBRARY, "host").send(dict(first)) == ""
    member = made(LIBRARY, "member")
    other = {path: blob.replace(b"Wage", b"Sold") for path, blob in first.items()}
    member.put(dict(other))
    assert "this is for a moderator" in member.send(dict(first))


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
    done = subprocess.run(
        ["git", "-C", tmp_path / "w", "push", lone.path, "main"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "cannot be checked, so nothing was taken" in done.stderr


# -- nobody replaces another's words ---------------------------------------------------------------


def a_copy(path: str, blob: bytes, words: bytes = b"Sold out.\n") -> tuple[str, bytes]:
    """A post of the same mid in another thread, with other words."""
    tid, mid = post.parse_path(path) or ("", "")
    head, _, _ = blob.rpartition(b"---\n")
    return post.path(TopicId(f"zz{tid[2:]}"), PostId(mid)), head + b"---\n" + words


@pytest.mark.parametrize("rank", ["member", "moderator", "host", None])
def test_a_post_has_one_place(made: Make, rank: str | None) -> None:
    author = made(CONFERENCE, rank)
    path, blob = a_post(f"placed-{rank}")
    assert author.send({path: blob}) == ""
    other, forged = a_copy(path, blob)
    said = author.send({other: forged})
    assert f"{other}: this post is there already, at {path}" in said
    assert author.git("rev-parse", "HEAD~1").stdout == author.git("rev-parse", "origin/main").stdout


def test_a_post_does_not_come_twice_in_one_push(made: Make) -> None:
    author = made(CONFERENCE, "member")
    path, blob = a_post("twice")
    other, forged = a_copy(path, blob)
    assert "this post is there already, at" in author.send({path: blob, other: forged})


def test_no_commit_on_the_way_replaces_what_is_there(made: Make) -> None:
    """The log has every commit: what the next one takes back was shown all the same."""
    author = made(CONFERENCE, "member")
    path, blob = a_post("steady")
    other, forged = a_copy(path, blob)
    assert author.send({path: blob}) == ""
    for there, back in (
        ({path: forged}, {path: blob}),
        ({path: None}, {path: blob}),
        ({other: forged}, {other: None}),
        ({other: forged, path: None}, {other: None, path: blob}),
        ({"conference.yaml": b"id: other\n"}, {"conference.yaml": settings_of(author)}),
    ):
        for files in (there, back):
            author.put(files)
        done = author.git("push", "origin", "HEAD:main")
        assert done.returncode, there.keys()
        if there == {path: forged}:
            assert "a commit on the way changes what is there" in done.stderr
            assert "git reset --soft origin/main" in done.stderr
        author.git("reset", "-q", "--hard", "origin/main")


def settings_of(author: Author) -> bytes:
    return (author.folder / "conference.yaml").read_bytes()


def test_own_words_may_still_change_before_they_are_pushed(made: Make) -> None:
    author = made(CONFERENCE, "member")
    path, blob = a_post("draft")
    other, better = a_copy(path, blob, b"Better words.\n")
    for name, octets in ((path, blob), (path, None), (other, better)):
        author.put({name: octets})
    assert author.git("push", "origin", "HEAD:main").returncode == 0


def test_a_clone_that_merged_what_came_meanwhile_is_taken(made: Make) -> None:
    author, other = made(CONFERENCE, "member"), made(CONFERENCE, None)
    operators, hers = a_post("meanwhile"), a_post("offline")
    assert other.send(dict([operators])) == ""
    assert "rejected" in author.send(dict([hers]))
    author.git("fetch", "-q")
    assert author.git("merge", "-q", "--no-edit", "origin/main").returncode == 0
    done = author.git("push", "origin", "HEAD:main")
    assert done.returncode == 0, done.stderr


def test_the_operator_may_carry_a_post_to_another_thread(made: Make) -> None:
    author = made(CONFERENCE, None)
    path, blob = a_post("carried")
    assert author.send({path: blob}) == ""
    other, _ = a_copy(path, blob)
    assert author.send({path: None, other: blob}) == ""


@pytest.mark.parametrize("written", ["<{}>", " {}", "{} ", "<{}"])
def test_a_message_id_is_written_in_one_way(made: Make, written: str) -> None:
    author = made(CONFERENCE, "member")
    path, blob = a_post("variant", message_id=written.format("variant@union.example"))
    assert "the Message-ID is not written as in mail" in author.send({path: blob})
