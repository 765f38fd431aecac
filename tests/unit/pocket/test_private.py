"""Nothing of what is not for everybody is on a stick.

A mark is put wherever the hub keeps something private, and looked for in every octet of the pages
and of the unpacked repositories. A ZIM is made of the same small hub.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import writing
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.testing import hubs

MARK = "kanarienvogel"


def _marked(config: Config) -> None:
    """Puts the mark into the roster, mail, keys, drafts, people, and conferences that are not for
    everybody."""
    mark = f"{MARK}@union.example\n".encode()
    people = config.root / "content" / "people.git"
    if not people.is_dir():
        create(people)
    for repo in (config.roster_repo, config.mail_repo, people):
        hubs.commit(repo, Change(f"{MARK}.yaml", mark))
    for folder in (config.private / "keys", config.private / "people-drafts", config.spool_in):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_bytes(mark)
    hubs.add(config, "bargaining", [hubs.post("closed", subject=MARK, body=MARK)])
    unlisted = config.conference_repo("chemworks")
    create(unlisted)
    settings = f"schema: solicomm/conference@1\ntitle: {MARK}\nvisibility: unlisted\n"
    hubs.commit(unlisted, Change("conference.yaml", settings.encode()))
    library = open_repo(next(config.libraries.glob("*.git")))
    with Writer(library, branch="refs/heads/drafts") as writer:
        draft = [Change(f"entries/{MARK}/entry.md", mark)]
        writer.commit(draft, author_name=MARK, when=hubs.START, message=f"{MARK}\n")


def _octets(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.as_posix(), path.read_bytes()


def _unpacked(folder: Path, work: Path) -> Iterator[tuple[str, bytes]]:
    """Every object of every bundle."""
    for number, bundle in enumerate(sorted(folder.rglob("*.bundle"))):
        repo = work / f"{number}.git"
        subprocess.run(["git", "clone", "-q", "--mirror", bundle, repo], check=True)
        objects = ["git", "--git-dir", repo, "cat-file", "--batch", "--batch-all-objects"]
        yield bundle.name, subprocess.run(objects, check=True, capture_output=True).stdout


def test_no_private_octet_is_in_pages_or_repositories(sample_hub: Config, tmp_path: Path) -> None:
    _marked(sample_hub)
    stick, work = tmp_path / "stick", tmp_path / "work"
    work.mkdir()
    hubs.add(sample_hub, "formation", [hubs.post("open", body="for everybody to read")])
    writing.write(sample_hub, stick, Choice(), progress=lambda what, number, of: None)
    looked = [*_octets(stick), *_unpacked(stick, work)]
    assert any(b"for everybody to read" in octets for name, octets in looked if "bundle" in name)
    found = [name for name, octets in looked if MARK.encode() in octets.lower()]
    assert found == []
    assert not any(MARK in name for name, _ in looked)
