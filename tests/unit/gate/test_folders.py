"""A site in a folder is asked what a push of it would be asked, before anything is pushed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.sites.values.site import decode_site
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate import folders

UNIONS = Path(__file__).parents[3] / "unions"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = tmp_path_factory.mktemp("folders") / "hub"
    return founding.found_hub(root, name="Hub", domain="hub.example", sample=True)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    source = sorted(path.parent for path in UNIONS.glob("*/site.yaml"))[0]
    return Path(shutil.copytree(source, tmp_path / source.name))


def told(hub: Config, site: Path) -> str:
    found = folders.check(hub, f"unions/{site.name}", site)
    return "\n".join(f"{fault.file}: {fault}" for fault in found.faults)


def test_a_sample_site_is_fine(hub: Config, site: Path) -> None:
    assert told(hub, site) == ""


def test_all_that_is_wrong_is_told_at_once(hub: Config, site: Path) -> None:
    (site / "pages" / "link.en.md").symlink_to("/etc/passwd")
    (site / "elsewhere").mkdir()
    (site / "elsewhere" / "x.en.md").write_text("x")
    (site / "pages" / "bad.en.md").write_text("---\ntitle: [\n---\n")
    (site / "media").mkdir(exist_ok=True)
    (site / "media" / "no.jpg").write_bytes(b"GIF89a")
    said = told(hub, site)
    for name in ("pages/link.en.md", "elsewhere/x.en.md", "pages/bad.en.md", "media/no.jpg"):
        assert name in said, name


def test_what_lies_in_git_is_not_looked_at(hub: Config, site: Path) -> None:
    (site / ".git").mkdir()
    (site / ".git" / "HEAD").write_text("x")
    assert told(hub, site) == ""


def test_a_folder_without_settings_is_no_site(hub: Config, site: Path) -> None:
    (site / "site.yaml").unlink()
    assert "there is no site.yaml" in told(hub, site)


@pytest.mark.parametrize("repo", ["conferences/organising", "unions/*", "x"])
def test_only_sites_are_looked_at(hub: Config, site: Path, repo: str) -> None:
    with pytest.raises(UsageError, match="name unions/ID"):
        folders.check(hub, repo, site)


def test_pages_where_the_site_itself_is_read_are_told(hub: Config, site: Path) -> None:
    text = "---\ntitle: x\n---\nx\n"
    settings = (site / "site.yaml").read_text("utf-8")
    first, second = decode_site(settings.encode(), union=site.name).languages[:2]
    for name in (f"news.{first}", f"events.{second}", second, "history", f"people.{first}"):
        (site / "pages" / f"{name}.md").write_text(text)
    said = told(hub, site)
    for name, address in ((f"news.{first}", "news"), (f"events.{second}", "events")):
        assert f"pages/{name}.md: the page has the same address as /{address}/" in said
    assert f"pages/{second}.md: the page has the same address as /{second}/" in said
    assert "pages/history.md" not in said
    assert ("pages/people" in said) is ("\npeople:" in settings)


def test_a_text_in_a_language_that_the_site_does_not_name_is_noted(hub: Config, site: Path) -> None:
    (site / "pages" / "notes.de.md").write_text("---\ntitle: x\n---\nx\n")
    found = folders.check(hub, f"unions/{site.name}", site)
    assert found.faults == []
    (note,) = (str(one) for one in found.warnings if "notes.de.md" in str(one.file))
    assert "`languages` in site.yaml does not name `de`: nobody sees this text" in note
