"""Saving a change to a site: through the gate, by the editor's name, never over somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.siteedits import Changed, Edit, Editors, Refused
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import access
from solicomm_build.people.gittoken import Grant
from solicomm_build.testing import smallhub

ABOUT = b"---\ntitle: About\n---\nWe are many.\n"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    config = smallhub.make(tmp_path / "hub")
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    founding.new_union(config, "metal", title="Metal", lang="en")
    return config


@pytest.fixture
def ana(hub: Config) -> Grant:
    return access.issue(hub, "ana@union.example", ["unions/metal"], lang="es")[0]


def save(hub: Config, grant: Grant, *edits: Edit) -> siteedits.Saved:
    return siteedits.save(hub, "metal", grant, edits, subject="Edit", source="web", name="Ana Paz")


def test_a_change_is_a_commit_by_the_editor(hub: Config, ana: Grant) -> None:
    saved = save(hub, ana, Edit("pages/aims.en.md", ABOUT))
    repo = open_repo(hub.union_repo("metal"))
    assert repo.ref() == saved.commit
    said = repo.git("log", "-1", "--format=%an <%ae> %s %(trailers:key=Source,valueonly)").decode()
    assert said.split("\n")[0] == "Ana Paz <member@users.hub.invalid> Edit web"
    assert smallhub.files(hub.union_repo("metal"))["pages/aims.en.md"] == ABOUT
    pushes = (hub.private / "pushes.jsonl").read_text()
    assert ana.id in pushes
    assert saved.commit in pushes
    assert not list((hub.state / "edits").iterdir())


def test_what_the_gate_refuses_comes_back_with_line_and_remedy(hub: Config, ana: Grant) -> None:
    before = open_repo(hub.union_repo("metal")).ref()
    with pytest.raises(Refused) as refused:
        save(hub, ana, Edit("pages/aims.en.md", ABOUT + b"![](media/none.png)\n"))
    fault = next(one for one in refused.value.faults if one.line == 5)
    assert fault.file == "pages/aims.en.md"
    assert "Escriba" in " ".join(one.said for one in refused.value.faults)  # the grant's language
    assert open_repo(hub.union_repo("metal")).ref() == before


def test_nobody_writes_over_what_changed_meanwhile(hub: Config, ana: Grant) -> None:
    path = "pages/aims.en.md"
    save(hub, ana, Edit(path, ABOUT))
    base = siteedits.look(hub, "metal").files[path]
    save(hub, ana, Edit(path, ABOUT + b"One.\n", base))
    with pytest.raises(Changed) as changed:
        save(hub, ana, Edit(path, ABOUT + b"Two.\n", base))
    assert changed.value.paths == (path,)
    with pytest.raises(Changed):
        save(hub, ana, Edit(path, ABOUT + b"New.\n"))  # it was thought not to exist
    assert smallhub.files(hub.union_repo("metal"))[path].endswith(b"One.\n")


def test_saving_twice_is_one_commit(hub: Config, ana: Grant) -> None:
    first = save(hub, ana, Edit("pages/aims.en.md", ABOUT))
    assert save(hub, ana, Edit("pages/aims.en.md", ABOUT)).commit == first.commit


def test_another_change_meanwhile_to_another_file_is_kept(
    hub: Config, ana: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushing = siteedits._push
    others = []

    def slow(*args: object) -> object:
        if not others:
            others.append(1)
            save(hub, ana, Edit("pages/other.en.md", ABOUT))
        return pushing(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(siteedits, "_push", slow)
    save(hub, ana, Edit("pages/aims.en.md", ABOUT))
    files = smallhub.files(hub.union_repo("metal"))
    assert files["pages/aims.en.md"] == files["pages/other.en.md"] == ABOUT
    assert open_repo(hub.union_repo("metal")).ref(MAIN)


def test_only_who_may_push_is_an_editor(hub: Config, ana: Grant) -> None:
    editors = Editors(hub)
    reader, _ = access.issue(hub, "lea@union.example", ["unions/metal"], write=False)
    _, other = access.issue(hub, "leo@union.example", ["conferences/bar"])
    found = editors.of_address("Ana@union.example", "metal")
    assert found
    assert found.id == ana.id
    assert editors.of_address(reader.person, "metal") is None
    assert editors.of_token(other, "metal") is None
    assert editors.of_id(ana.id, "metal")
    access.revoke(hub, ana.id)
    assert editors.of_id(ana.id, "metal") is None
    assert editors.of_address("ana@union.example", "metal") is None


def test_a_commit_never_names_an_address(ana: Grant) -> None:
    assert siteedits.author_name(ana) == "ana"
