"""Whose files are pushed: each kind's module is there, and none is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import HubError
from solicomm_build.gate import hooks
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.testing import hubs, smallhub


@pytest.mark.parametrize("kind", hooks.repositories())
def test_every_kind_of_repository_has_its_module(kind: str) -> None:
    module = hooks.kind_of(kind)
    asked = (module.read_settings, module.rules, module.check, module.own_address)
    assert all(map(callable, asked))
    assert hooks.settings_of(kind) == module.FILE  # type: ignore[attr-defined]


@pytest.mark.parametrize("folder", hooks.files())
def test_every_kind_of_file_in_a_conference_has_its_module(folder: str) -> None:
    module = hooks.files_at(f"{folder}/x")
    assert module is not None
    assert not module.is_pushed(f"{folder}/no such name")
    assert not module.is_hubs(f"{folder}/no such name")


def test_a_kind_that_nobody_knows_is_told() -> None:
    with pytest.raises(HubError, match="nobody here knows the files of ships"):
        hooks.kind_of("ships")


def test_a_push_to_a_conference_loads_nothing_of_sites_polls_and_forms() -> None:
    """The hook is started for every push, so it has to be quick."""
    program = (
        "import sys; from solicomm_build.gate import hook, judge, hooks; hooks.drafts_of('unions');"
        "hooks.kind_of('conferences'); from solicomm_build.gate import conferencefiles;"
        "conferencefiles.misplaced('topics/x'); print(*sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, text=True
    )
    ours = [one for one in told.stdout.split() if one.startswith("solicomm_build.features.")]
    for name in ("sites", "polls", "forms", "library"):
        more = {one for one in ours if one.startswith(f"solicomm_build.features.{name}.")}
        assert more <= {f"solicomm_build.features.{name}.gate"} | _ROSTERS


def test_after_a_push_to_a_site_nothing_that_judges_is_loaded(tmp_path: Path) -> None:
    """It was, to know the site's language: half of what a push waits for at its end."""
    hub = smallhub.make(tmp_path / "hub")
    repo = create(hub.union_repo("docks"))
    hubs.commit(repo.path, Change("site.yaml", hubs.UNION.replace(b"[en", b"[fr, en")))
    program = (
        "import sys; from pathlib import Path;"
        "from solicomm_build.gate import address, hook, words;"
        "from solicomm_build.gate.push import Place; from solicomm_build.git.repo import *;"
        "from solicomm_build.testing.smallhub import config;"
        "place = Place(config(Path(sys.argv[1])), 'unions', 'docks');"
        "repo = open_repo(Path(sys.argv[2])); address.shown(place, MAIN);"
        "print(words.language_of(repo, place), *sys.modules)"
    )
    command = [sys.executable, "-c", program, str(hub.root), str(repo.path)]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    language, *loaded = told.stdout.split()
    assert language == "fr"
    assert not {"mistune", "nh3", "solicomm_build.features.sites.pushed"} & set(loaded)


_ROSTERS = {f"solicomm_build.features.{name}" for name in ("polls.pollwork",)}
"""What the roster of members asks for."""
