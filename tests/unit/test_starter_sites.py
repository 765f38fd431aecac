"""`solicomm new union`: the starter sites, in the six languages and in one without a starter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.sites.values import site, sitecheck
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import LANGUAGES, Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A hub with a starter in every language, built."""
    made = smallhub.make(tmp_path_factory.mktemp("s") / "hub", Conference("water", {"en": "Water"}))
    made = replace(made, languages=LANGUAGES)
    for lang in (*LANGUAGES, "sw"):
        founding.new_union(made, f"union-{lang}", title='Dock "workers": №1 @LANG@', lang=lang)
    assert hubs.build(made).failures == []
    return made


@pytest.mark.parametrize("lang", [*LANGUAGES, "sw"])
def test_a_new_site_is_whole(hub: Config, lang: str) -> None:
    home = hubs.page(hub, f"/unions/union-{lang}/")
    assert f'<html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}">' in home
    assert "Dock" in home
    assert home.count("news/site/") == 1
    assert "@TITLE@" not in home
    assert "@YEAR@" not in home
    for name in ("about", "rights", "join", "news", "events"):
        assert f'href="{name}/"' in home
        hubs.page(hub, f"/unions/union-{lang}/{name}/")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_tells_how_to_look_after_it_in_the_repository_only(hub: Config, lang: str) -> None:
    assert not (hub.public / f"unions/union-{lang}/how-to").exists()
    with Reader(open_repo(hub.union_repo(f"union-{lang}"))) as reader:
        names = {entry.path: entry.oid for entry in reader.tree(MAIN, recursive=True)}
        text = reader.blob(names[f"pages/how-to.{lang}.md"]).decode()
        assert "news/2026/" in text
        for name, oid in names.items():
            if name.endswith(".md"):
                found = reader.blob(oid).decode()
                assert "@" not in found.replace("@example", ""), name
                assert sitecheck.check_text(found, name) == []
                assert sitecheck.warn_text(found, name) == []


def test_the_starters_have_the_same_files() -> None:
    folder = data.folder("content") / "starters" / "union"
    found = {
        lang: sorted(p.relative_to(folder / lang).as_posix() for p in (folder / lang).rglob("*.*"))
        for lang in LANGUAGES
    }
    assert all(names == found["en"] for names in found.values())
    assert site.FILE in found["en"]
