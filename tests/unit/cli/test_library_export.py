"""What `library export` writes, other programs and our own import read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from click.testing import Result

from solicomm_build.model.exchange.reading import Found, read

Run = Callable[..., Result]


@pytest.mark.parametrize(("form", "suffix"), [("bibtex", "bib"), ("ris", "ris"), ("csl", "json")])
def test_what_we_write_we_read(on_hub: Run, tmp_path: Path, form: str, suffix: str) -> None:
    target = tmp_path / f"out.{suffix}"
    said = on_hub("library", "export", "agreements", target, f"--{form}")
    assert said.exit_code == 0, said.output
    found = list(read(target.read_bytes(), target.name, "en"))
    assert len(found) > 20
    assert all(isinstance(item, Found) for item in found)


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not here")
def test_pandoc_reads_every_citation(on_hub: Run, tmp_path: Path) -> None:
    for form, suffix, name in (("bibtex", "bib", "biblatex"), ("ris", "ris", "ris")):
        target = tmp_path / f"out.{suffix}"
        on_hub("library", "export", "agreements", target, f"--{form}")
        told = subprocess.run(
            ["pandoc", "-f", name, "-t", "csljson", str(target)], capture_output=True, check=True,
            timeout=60,
        )  # fmt: skip
        again = [i for i in read(told.stdout, "a.json", "en") if isinstance(i, Found)]
        ours = [i for i in read(target.read_bytes(), target.name, "en") if isinstance(i, Found)]
        assert len(again) == len(ours)


def test_a_bag_is_valid(on_hub: Run, tmp_path: Path) -> None:
    said = on_hub("library", "export", "agreements", tmp_path / "bag", "--bagit")
    assert said.exit_code == 0, said.output
    bag = bagit.Bag(str(tmp_path / "bag"))
    assert bag.validate()
    assert (tmp_path / "bag/data/entries/2026-r6me3tkc/heat-pocket-guide.pdf").is_file()
    (tmp_path / "bag/data/library.yaml").write_text("changed")
    assert not bag.is_valid()
