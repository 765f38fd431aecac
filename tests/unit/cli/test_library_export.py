"""What `library export` writes, other programs and our own import read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import bagit
import pytest
from click.testing import Result

from solicomm_build.features.library.exchange import staticrepository, xml
from solicomm_build.features.library.exchange.harvesting import page
from solicomm_build.features.library.exchange.reading import Found, read
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.testing import hubs, smallhub

Run = Callable[..., Result]
LIBRARY = b"schema: solicomm/library@1\nid: papers\ntitle: {en: Papers}\nlanguages: [en]\n"


@pytest.mark.parametrize(("form", "suffix"), [("bibtex", "bib"), ("ris", "ris"), ("csl", "json")])
def test_what_we_write_we_read(on_hub: Run, tmp_path: Path, form: str, suffix: str) -> None:
    target = tmp_path / f"out.{suffix}"
    said = on_hub("library", "export", "agreements", target, f"--{form}")
    assert said.exit_code == 0, said.output
    found = list(read(target.read_bytes(), target.name, "en"))
    assert len(found) > 20
    assert all(isinstance(item, Found) for item in found)


@pytest.mark.parametrize(("form", "suffix"), [("bibtex", "bib"), ("ris", "ris"), ("csl", "json")])
def test_what_a_library_wrote_itself_makes_no_card_twice(
    on_hub: Run, tmp_path: Path, form: str, suffix: str
) -> None:
    target = tmp_path / f"out.{suffix}"
    on_hub("library", "export", "agreements", target, f"--{form}")
    said = on_hub("library", "import", "agreements", target).output
    assert " 0 new, 0 changed, " in said
    assert " 0 as before" not in said


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not here")
def test_pandoc_reads_every_citation(on_hub: Run, tmp_path: Path) -> None:
    for form, suffix, name in (("bibtex", "bib", "biblatex"), ("ris", "ris", "ris")):
        target = tmp_path / f"out.{suffix}"
        on_hub("library", "export", "agreements", target, f"--{form}")
        told = subprocess.run(
            ["pandoc", "-f", name, "-t", "csljson", str(target)],
            capture_output=True,
            check=True,
            timeout=60,
        )
        again = [i for i in read(told.stdout, "a.json", "en") if isinstance(i, Found)]
        ours = [i for i in read(target.read_bytes(), target.name, "en") if isinstance(i, Found)]
        assert len(again) == len(ours)


def test_a_bag_is_valid(on_hub: Run, tmp_path: Path) -> None:
    said = on_hub("library", "export", "agreements", tmp_path / "bag", "--bagit")
    assert said.exit_code == 0, said.output
    bag = bagit.Bag(str(tmp_path / "bag"))
    assert bag.validate()
    assert not (tmp_path / "bag").stat().st_mode & 0o077, "files for members alone are in it"
    assert (tmp_path / "bag/data/entries/2026-r6me3tkc/heat-pocket-guide.pdf").is_file()
    (tmp_path / "bag/data/library.yaml").write_text("changed")
    assert not bag.is_valid()


def test_a_static_repository_names_its_gateway_and_holds_every_record(
    on_hub: Run, tmp_path: Path
) -> None:
    target = tmp_path / "out.xml"
    at = "https://union.example/papers.xml"
    said = on_hub(
        "library",
        "export",
        "agreements",
        target,
        "--oai",
        "--at",
        at,
        "--gateway",
        "https://gateway.example/oai/",
    )
    assert said.exit_code == 0, said.output
    root = ElementTree.parse(target).getroot()
    space = f"{{{staticrepository.STATIC}}}"
    assert [child.tag for child in root] == [
        f"{space}{name}" for name in ("Identify", "ListMetadataFormats", "ListRecords")
    ]
    base = root.findtext(f"{space}Identify/{{{xml.OAI}}}baseURL")
    assert base == "https://gateway.example/oai/union.example/papers.xml"
    records = root.findall(f"{space}ListRecords/{{{xml.OAI}}}record")
    # our own harvester reads the records as those of /oai
    body = b"".join(ElementTree.tostring(record) for record in records)
    answer = f'<OAI-PMH xmlns="{xml.OAI}"><ListRecords>'.encode() + body
    answer += b"</ListRecords></OAI-PMH>"
    found = page(answer, base, "en").items
    assert len(found) == len(records) == int(said.output.split()[0]) > 20
    assert all(isinstance(item, Found) for item in found)


def test_a_static_repository_needs_its_address(on_hub: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.xml"
    assert on_hub("library", "export", "agreements", target, "--oai").exit_code == 64
    wrong = on_hub("library", "export", "agreements", target, "--oai", "--at", "/srv/papers.xml")
    assert wrong.exit_code == 65
    assert not target.exists()


def test_a_card_that_cannot_be_read_is_kept_and_named(run: Run, tmp_path: Path) -> None:
    """A bag left it out without a word, and so did the other forms."""
    hub = smallhub.make(tmp_path / "hub")
    (hub.root / "hub.yaml").write_text("name: Hub\ndomain: hub.example\nurl: http://hub.example\n")
    card = b"---\nid: 7\n---\nSaid.\n"
    hubs.commit(
        create(hub.library_repo("papers")).path,
        Change("library.yaml", LIBRARY),
        Change("entries/2025-aaaaaaaa/entry.md", card),
        Change("entries/2025-aaaaaaaa/a.txt", b"octets"),
    )
    bag = tmp_path / "bag"
    said = run("library", "export", "papers", bag, "--bagit", "--hub", hub.root)
    assert "since it cannot be read: entries/2025-aaaaaaaa/entry.md, line 2" in said.stderr
    assert "1 cards in the bag" in said.stdout
    assert (bag / "data/entries/2025-aaaaaaaa/entry.md").read_bytes() == card
    assert (bag / "data/entries/2025-aaaaaaaa/a.txt").read_bytes() == b"octets"
    said = run("library", "export", "papers", tmp_path / "a.bib", "--bibtex", "--hub", hub.root)
    assert "Left out, since it cannot be read: entries/2025-aaaaaaaa/entry.md" in said.stderr
