"""`solicomm rename library` and `rename union`: what goes on, and what leads from the old name."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.features.library import library as library_file
from solicomm_build.features.library.addresses import KINDS as LIBRARY_ADDRESSES
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.catalogue import Catalogue, HarvestedHub
from solicomm_build.features.library.deposits.deposits import Deposits
from solicomm_build.features.network.trust import peers
from solicomm_build.features.removing import places as removing
from solicomm_build.features.removing.places import Place
from solicomm_build.features.renaming import places
from solicomm_build.features.sites import drafts, sitecontacts
from solicomm_build.features.sites.editing import editlinks
from solicomm_build.features.sites.sitecontacts import Contact
from solicomm_build.foundation import clock, formernames
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import domains, hubyaml, identity
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import access, addresses
from solicomm_build.post.store.fsck import check
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.deskhub import DeskHub, token_in
from solicomm_build.testing.killing import killed
from solicomm_build.web.app import create_app
from tests.unit.desk import test_depositing

ANA = "ana@union.example"
DRAFT = "refs/heads/first-of-may"


@pytest.fixture
def desk(tmp_path: Path) -> DeskHub:
    """A hub with a library and a union, whose site Ana edits; she is on a list."""
    made = DeskHub(tmp_path / "hub")
    (made.config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "operator: op@hub.example\nmail_domains: {docks.example: docks}\n"
    )
    founding.new_library(made.config, "papers", title="Papers", lang="en")
    founding.new_union(made.config, "docks", title="Dock workers", lang="en")
    made.member(1, ANA, "water")
    access.issue(made.config, ANA, ["unions/docks"])
    return made


@pytest.fixture
def hub(desk: DeskHub) -> Config:
    return hubyaml.load(desk.config.root)


def _show(hub: Config, repo: Path, what: str) -> str:
    del hub
    return open_repo(repo).git("show", what).decode()


def _run(hub: Config, *words: str) -> str:
    done = CliRunner().invoke(main, ["rename", *words, "--hub", str(hub.root)])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_says_what_happens_and_takes_it_back(hub: Config) -> None:
    said = _run(hub, "library", "papers", "rules", "--yes")
    assert "papers+deposit@hub.example does, too" in said
    assert "id: rules\n" in _show(hub, hub.libraries / "rules.git", "main:library.yaml")
    said = _run(hub, "union", "docks", "harbour", "--yes")
    assert "Back: solicomm rename union harbour --undo" in said
    assert "union: harbour\n" in _show(hub, hub.unions / "harbour.git", "main:site.yaml")
    assert check(hub) == []
    _run(hub, "union", "harbour", "--undo", "--yes")
    _run(hub, "library", "rules", "--undo", "--yes")
    assert "union: docks\n" in _show(hub, hub.unions / "docks.git", "main:site.yaml")
    assert formernames.now(hub.private, "libraries") == {"rules": "papers"}
    assert formernames.first(hub.private, "unions") == {"docks": "docks"}
    assert check(hub) == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "why"),
    [
        ("libraries", "none", "x", "there is no library none"),
        ("libraries", "papers", "Bad 1", "is not an id"),
        ("unions", "docks", "metal", "metal is a union already"),
        ("unions", "none", "x", "there is no union none"),
    ],
)
def test_what_cannot_be_is_refused(hub: Config, kind: str, old: str, new: str, why: str) -> None:
    founding.new_union(hub, "metal", title="Metal workers", lang="en")
    with pytest.raises((HubError, UsageError), match=why):
        places.rename(hub, old, new, kind)
    assert formernames.rows(hub.private) == ()


def test_nothing_new_takes_an_old_name(hub: Config) -> None:
    places.rename(hub, "papers", "rules", "libraries")
    places.rename(hub, "docks", "harbour", "unions")
    with pytest.raises(UsageError, match="papers is what rules was called before"):
        founding.new_library(hub, "papers", title="", lang="en")
    with pytest.raises(UsageError, match="docks is what harbour was called before"):
        founding.new_union(hub, "docks", title="", lang="en")


def test_what_waits_for_a_library_is_put_into_it(desk: DeskHub) -> None:
    found = test_depositing.deposit(desk, "Title: Heat", ("guide.pdf", test_depositing.GUIDE))
    review = test_depositing.to(found, "op@hub.example")
    places.rename(desk.config, "papers", "rules", "libraries")
    assert {one.library for _, one in Deposits(desk.config).facts()} == {"rules"}
    done = desk.reply(review, "accept", sender="op@hub.example")  # to papers-review+TOKEN@
    assert any("/libraries/rules/" in one.text for one in done)
    listed = open_repo(desk.config.libraries / "rules.git").git("ls-tree", "-r", "main")
    assert b"guide.pdf" in listed


def test_documents_come_to_either_address(desk: DeskHub) -> None:
    places.rename(desk.config, "papers", "rules", "libraries")
    for word in ("papers", "rules"):
        (kind,) = LIBRARY_ADDRESSES
        finder = addresses.Finder(desk.config, lambda: desk.roster)
        for rest in ("+deposit", "-get", "-request"):
            found = kind.find(finder, f"{word}{rest}")
            assert found is not None
            assert found.base == "rules"
        assert f"{word}-deposit" in kind.local_parts(desk.config)
    found = test_depositing.deposit(desk, "", ("guide.pdf", test_depositing.GUIDE))
    assert test_depositing.to(found, ANA)
    assert {one.library for _, one in Deposits(desk.config).facts()} == {"rules"}


def test_large_files_follow_a_library(hub: Config, tmp_path: Path) -> None:
    source = tmp_path / "large"
    source.write_bytes(b"large" * 10)
    with source.open("rb") as opened:
        sha256, _ = FileStore(hub, "papers").put(opened)
    places.rename(hub, "papers", "rules", "libraries")
    path = FileStore(hub, "rules").path(sha256)
    assert path == hub.libraries / "rules.files" / sha256[:2] / sha256
    assert not (hub.libraries / "papers.files").exists()


def test_catalogues_elsewhere_know_its_cards_by_the_same_identifiers(hub: Config) -> None:
    key = "2026-7qk3xa2m"
    card = hubs.CARD.format(id=key, title="Heat", text="Hot.")
    write = Change(f"entries/{key}/entry.md", card.encode())
    write_once(open_repo(hub.libraries / "papers.git"), [write], message="A", when=clock.now())

    def of(library: str) -> tuple[str, str] | None:
        with Catalogue(hub) as catalogue:
            found = HarvestedHub(hub, catalogue, clock.now()).record(library, key)
            return (found.library, found.named or found.library) if found else None

    assert of("papers") == ("papers", "papers")
    places.rename(hub, "papers", "rules", "libraries")
    assert of("papers") == of("rules") == ("rules", "papers")
    places.rename(hub, "rules", "papers", "libraries")
    assert of("papers") == of("rules") == ("papers", "papers")


def test_a_library_says_where_it_is_discussed_also_after_that_is_renamed(hub: Config) -> None:
    blob = _show(hub, hub.libraries / "papers.git", "main:library.yaml")
    change = Change(library_file.FILE, f"{blob}conference: water\n".encode())
    write_once(open_repo(hub.libraries / "papers.git"), [change], message="C", when=clock.now())
    places.rename(hub, "water", "rivers")
    blob = _show(hub, hub.libraries / "papers.git", "main:library.yaml")
    assert library_file.decode(blob.encode()).conference == "rivers"


def test_editors_write_to_either_address_and_their_tokens_go_on(desk: DeskHub) -> None:
    (draft,) = desk.ask("site+docks", "We won.", subject="news: Won")
    assert token_in(draft)
    places.rename(desk.config, "docks", "harbour", "unions")
    (done,) = desk.reply(draft)  # to site-docks+TOKEN@
    assert "http://hub.example/unions/harbour/news/won/" in done.text
    listed = open_repo(desk.config.unions / "harbour.git").git("ls-tree", "-r", "main")
    assert b"won.en.md" in listed
    (draft,) = desk.ask("site-docks", "Again.", subject="news: Again")
    assert draft.reply_to[0].addr_spec.startswith("site-harbour+")


def test_drafts_keep_their_address_and_are_of_the_union(hub: Config) -> None:
    repo = open_repo(hub.unions / "docks.git")
    repo.git("branch", "first-of-may", "main")
    before = drafts.address(hub, "docks", "first-of-may")
    places.rename(hub, "docks", "harbour", "unions")
    settings = _show(hub, hub.unions / "harbour.git", f"{DRAFT}:site.yaml")
    assert "union: harbour\n" in settings
    assert drafts.address(hub, "harbour", "first-of-may") == before
    assert drafts.noted(hub) == ["harbour"]
    places.finish(hub)
    places.rename(hub, "harbour", "docks", "unions")
    assert drafts.address(hub, "docks", "first-of-may") == before


def test_domains_contacts_and_addresses_of_people_go_on(hub: Config) -> None:
    proven = {"www.docks.example": {"union": "docks", "proven": "2026-03-01T00:00:00+00:00"}}
    (hub.private / "domains.json").write_text(json.dumps(proven))
    sitecontacts.write(hub, "docks", Contact("office@docks.example"))
    hub = dataclasses.replace(hub, pages="sites.example")
    places.rename(hub, "docks", "harbour", "unions")
    assert domains.proven(hub) == {"www.docks.example": "harbour"}
    assert sitecontacts.read(hub, "harbour").agreed == "office@docks.example"
    for name in ("harbour", "docks"):  # hub.yaml says docks, and who types may, too
        asked = domains.challenge(hub, name, "docks.example")
        assert "solicomm-site=harbour." in asked.text
    domains.remove(hub, "docks", "www.docks.example")
    assert domains.proven(hub) == {}


def test_old_pages_lead_on(hub: Config) -> None:
    places.rename(hub, "papers", "rules", "libraries")
    places.rename(hub, "docks", "harbour", "unions")
    for kind, name in (("libraries", "rules"), ("unions", "harbour")):
        page = hub.public / kind / name
        page.mkdir(parents=True)
        (page / "index.html").write_text("<!DOCTYPE html><title>T</title>")
    app = create_app(hub)
    with TestClient(app, base_url="http://hub.example", follow_redirects=False) as client:
        for old, new in (
            ("/libraries/papers/?q=a%20b", "/libraries/rules/?q=a%20b"),
            ("/take/libraries/papers/", "/take/libraries/rules/"),
            ("/unions/docks/feed.xml", "/unions/harbour/feed.xml"),
            ("/unions/docks/sw/news/", "/unions/harbour/sw/news/"),
        ):
            said = client.get(old)
            assert (said.status_code, said.headers["location"]) == (301, new)
        said = client.get("/edit/docks/text?new=news")
        assert (said.status_code, said.headers["location"]) == (302, "/edit/harbour/text?new=news")
        for place in ("libraries/papers", "unions/docks"):
            refs = client.get(f"/{place}.git/info/refs?service=git-upload-pack")
            assert refs.status_code == 200
    for held in app.state.held:
        held.close()


def test_a_site_s_old_origin_leads_to_the_one_of_today(hub: Config) -> None:
    hub = dataclasses.replace(hub, url="https://hub.example", pages="sites.example")
    places.rename(hub, "docks", "harbour", "unions")
    page = hub.public / "unions" / "harbour"
    page.mkdir(parents=True)
    (page / "index.html").write_text("<!DOCTYPE html><title>T</title>")
    app = create_app(hub)
    with TestClient(app, follow_redirects=False, client=("127.0.0.1", 1)) as client:

        def get(host: str, path: str) -> tuple[int, str]:
            said = client.get(f"https://{host}{path}")
            return said.status_code, said.headers.get("location", "")

        assert get("docks.sites.example", "/news/?a=b") == (
            301,
            "https://harbour.sites.example/news/?a=b",
        )
        assert get("harbour.sites.example", "/")[0] == 200
        assert get("none.sites.example", "/")[0] == 421
        for name, known in (("docks", 200), ("harbour", 200), ("none", 404)):
            path = f"/hosts/known?domain={name}.sites.example"
            assert get("hub.example", path)[0] == known
    for held in app.state.held:
        held.close()


def test_a_link_into_the_editor_of_before_lets_in(hub: Config) -> None:
    grant, _ = access.issue(hub, "ben@union.example", ["unions/docks"])
    link = editlinks.link(hub, grant, "docks")
    places.rename(hub, "docks", "harbour", "unions")
    assert editlinks.use(hub, link, "metal") is None
    assert editlinks.use(hub, link, "harbour") is not None
    assert access.Access(hub).grants().by_id[grant.id].opens("unions/harbour")


def test_an_editor_s_clone_of_before_pulls_and_pushes(hub: Config, tmp_path: Path) -> None:
    _, token = access.issue(hub, "cai", ["unions/docks"])

    def git(*words: str) -> None:
        who = ["-c", "user.name=Cai", "-c", "user.email=cai@hub.invalid"]
        subprocess.run(["git", *who, *words], check=True, capture_output=True)

    clone = str(tmp_path / "clone")
    with webserver.running(hub) as (host, port):
        git("clone", f"http://cai:{token}@{host}:{port}/unions/docks.git", clone)
        places.rename(hub, "docks", "harbour", "unions")
        text = "---\ntitle: Found\ndate: 2026-03-01\n---\n\nHello.\n"
        (tmp_path / "clone/news/2026").mkdir(parents=True, exist_ok=True)
        (tmp_path / "clone/news/2026/found.en.md").write_text(text)
        git("-C", clone, "add", ".")
        git("-C", clone, "commit", "-m", "News")
        git("-C", clone, "pull", "--rebase")
        assert "union: harbour" in (tmp_path / "clone/site.yaml").read_text()
        git("-C", clone, "push")
    listed = open_repo(hub.unions / "harbour.git").git("ls-tree", "-r", "--name-only", "main")
    assert b"news/2026/found.en.md" in listed


def test_what_other_hubs_have_keeps_its_name(hub: Config, tmp_path: Path) -> None:
    other = identity.of(smallhub.make(tmp_path / "other"))
    with peers.changing(hub) as known:
        known.peers[other.id] = peers.Peer(other.id, other.public, "https://other.example")
    for kind, name, file in (("libraries", "papers", "library"), ("unions", "docks", "site")):
        with pytest.raises(HubError, match=rf"other hubs have {name} .* `title` in {file}\.yaml"):
            places.rename(hub, name, "x", kind)


@pytest.mark.parametrize("at", ["note", "move", "private"])
@pytest.mark.parametrize(
    ("word", "old", "new"), [("library", "papers", "rules"), ("union", "docks", "harbour")]
)
def test_a_kill_loses_nothing_and_the_next_look_ends_it(
    hub: Config, word: str, old: str, new: str, at: str
) -> None:
    words = ["rename", word, old, new, "--yes", "--hub", str(hub.root)]
    assert killed(lambda: main(words, standalone_mode=False), f"rename.after-{at}")
    assert places.finish(hub)
    assert formernames.rows(hub.private)[0].done
    folder = hub.libraries if word == "library" else hub.unions
    assert (folder / f"{new}.git").is_dir()
    assert not (folder / f"{old}.git").exists()
    assert check(hub) == []
    assert not places.finish(hub)


def test_a_version_before_is_given_back_the_names_that_it_knows(hub: Config) -> None:
    places.rename(hub, "docks", "harbour", "unions")
    places.rename(hub, "papers", "rules", "libraries")
    words = ["upgrade", "--undo", "--hub", str(hub.root)]
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code != 0
    said = "Say solicomm rename library rules papers; solicomm rename union harbour docks; then"
    assert said in refused.output
    removing.remove(hub, Place("library", "rules"))  # it could not be taken back
    places.rename(hub, "harbour", "docks", "unions")
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output


def test_large_files_follow_where_one_came_under_the_new_name_first(hub: Config) -> None:
    """As of a document that was let in before a renaming that was killed had come so far."""
    names = [FileStore(hub, one).put(io.BytesIO(one.encode()))[0] for one in ("papers", "laws")]
    assert killed(lambda: places.rename(hub, "papers", "laws", "libraries"), "rename.after-move")
    assert places.finish(hub)
    assert all(FileStore(hub, "laws").path(one) for one in names)
    assert not (hub.libraries / "papers.files").exists()
